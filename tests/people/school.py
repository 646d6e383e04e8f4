"""The people group with its accounts and documents, as short calls."""

import base64
import json
from typing import Any

import requests
from werkzeug.test import TestResponse

from people.routes import create_app
from people.store import Store
from shared.base.accounts import NewAccount
from shared.domain import rosters
from shared.google.accounts import Accounts
from shared.google.firestore import Database
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.people.credentials import COURSE
from tests.tokens import token

ADMIN = NewAccount("admin", "agus@kampus.test", "Agus", "admin")
RATNA = NewAccount("dosen", "ratna@kampus.test", "Ibu Ratna", "instructor")
MADE = NewAccount("made", "made@kampus.test", "Pak Made", "instructor")
ANI = NewAccount("1001", "ani@kampus.test", "Ani", "student")
BUDI = NewAccount("1002", "budi@kampus.test", "Budi", "student")
EVERYBODY = (ADMIN, RATNA, MADE, ANI, BUDI)


def bearer(who: NewAccount, **claims: object) -> str:
    """The ID token of one of them."""
    known: dict[str, object] = {"role": who.role, "email": who.email, "email_verified": True}
    return token(who.uid, **known | {"name": who.name} | claims)


class School:
    """Two instructors, of whom one teaches COURSE; an admin; two students, one on its roster."""

    def __init__(self, database: Database, accounts: Accounts, clock: MovableClock) -> None:
        self.database, self.accounts, self.clock = database, accounts, clock
        self.store = Store(database, lambda: accounts)
        drawn = iter(range(1_000_000))
        app = create_app(lambda: self.store, clock, lambda: f"drawn-{next(drawn)}")
        self.client = app.test_client()
        accounts.add_all(EVERYBODY)
        course = {"course_id": COURSE, "name": "Awan", "teachers": [RATNA.uid]}
        database.commit(Write.set(database.path("courses", COURSE), course))
        self.roster("NIM,Nama,Email\n1001,Ani,ani@kampus.test\n")

    def roster(self, csv: str, course_id: str = COURSE) -> None:
        """Stores a roster, as the console does."""
        document = rosters.to_document(course_id, rosters.read(csv), self.clock())
        path = self.database.path("rosters", course_id)
        self.database.commit(Write.set(path, document))

    def course(self, course_id: str, teacher: NewAccount) -> str:
        """A course that this person teaches."""
        fields = {"course_id": course_id, "teachers": [teacher.uid]}
        self.database.commit(Write.set(self.database.path("courses", course_id), fields))
        return course_id

    def disable(self, uid: str) -> None:
        """Disables an account, as the Firebase console does."""
        self.accounts.update(uid, disabled=True)

    def stored(self, course_id: str = COURSE) -> list[dict[str, Any]]:
        """The students of the stored roster."""
        document = self.database.get(self.database.path("rosters", course_id))
        return list((document or {"students": []})["students"])

    def get(self, path: str, who: NewAccount | str, **query: Any) -> TestResponse:
        return self.client.get(f"/people{path}", query_string=query, headers=header(who))

    def post(self, path: str, who: NewAccount | str, **body: Any) -> TestResponse:
        return self.client.post(f"/people{path}", json=body, headers=header(who))

    def delete(self, path: str, who: NewAccount | str) -> TestResponse:
        return self.client.delete(f"/people{path}", headers=header(who))

    def import_class(self, csv: str | None, who: NewAccount = RATNA, **more: Any) -> dict[str, Any]:
        """The answer to an import that is carried out, unless `apply` says no."""
        body = {"course_id": COURSE, "apply": True, **more, **({"csv": csv} if csv else {})}
        answer = self.post("/import", who, **body)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.get_json()["data"]
        return data


def header(who: NewAccount | str) -> dict[str, str]:
    held = who if isinstance(who, str) else bearer(who)
    return {"Authorization": f"Bearer {held}"} if held else {}


def error(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.get_json()["error"]


class Door:
    """Signs in at the Auth emulator, as pages do."""

    def __init__(self, host: str) -> None:
        self._url = f"http://{host}/identitytoolkit.googleapis.com/v1"

    def password(self, email: str, password: str) -> dict[str, Any]:
        """What a sign-in with a password answers; `idToken` where it worked."""
        body = {"email": email, "password": password}
        return self._call("accounts:signInWithPassword", body)

    def google(self, email: str, *, sub: str = "", verified: bool = True) -> dict[str, Any]:
        """What a sign-in with a Google account of this address answers."""
        claims = {"sub": sub or f"g-{email}", "email": email, "email_verified": verified}
        return self._call(
            "accounts:signInWithIdp",
            {
                "postBody": f"id_token={json.dumps(claims)}&providerId=google.com",
                "requestUri": "http://localhost",
                "returnIdpCredential": True,
            },
        )

    def refreshed(self, refresh_token: str) -> dict[str, Any]:
        """What the next ID token of a sign-in says."""
        url = self._url.replace("identitytoolkit", "securetoken") + "/token?key=fake-api-key"
        body = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return claims_of(requests.post(url, data=body, timeout=30).json()["id_token"])

    def sign_up(self, email: str, password: str) -> dict[str, Any]:
        """What making an account by oneself answers."""
        return self._call("accounts:signUp", {"email": email, "password": password})

    def _call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._url}/{method}?key=fake-api-key"
        answer = requests.post(url, json={**body, "returnSecureToken": True}, timeout=30)
        found: dict[str, Any] = answer.json()
        return found


def claims_of(id_token: str) -> dict[str, Any]:
    """What a token says."""
    body = id_token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return found
