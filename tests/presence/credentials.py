"""A session that is open, and the code that opens it."""

from collections.abc import Iterable
from contextlib import ExitStack

import pytest
from flask.testing import FlaskClient

from shared.base.accounts import Account
from shared.google import accounts
from tests.credentials import Credentials, set_env
from tests.people.standin import StandIn
from tests.tokens import token


class Teachers(StandIn):
    """An account service that knows everybody, as an instructor."""

    def many(self, uids: Iterable[str] = (), emails: Iterable[str] = ()) -> list[Account]:
        return [
            Account(name, name=name, claims={"role": "instructor"}) for name in (*uids, *emails)
        ]

    def by_uid(self, uid: str) -> Account:
        return self.many([uid])[0]

    def by_email(self, email: str) -> Account:
        return self.many(emails=[email])[0]


def credentials(client: FlaskClient, keep: ExitStack) -> Credentials:
    """An instructor's token with a course, and a code, which is needed to check in."""
    patch: pytest.MonkeyPatch = set_env(
        keep, {"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1"}
    )  # asked for nothing
    instructor = {"Authorization": f"Bearer {token('dosen', role='instructor')}"}
    # Everybody has an account that may teach: no service is asked.
    patch.setattr(accounts, "directory", Teachers)
    session = {"course_id": "cloud-101", "session_id": "sesi-02"}
    data = client.post("/presence/qr/generate", json=session).get_json()["data"]
    client.post("/presence/courses", json={"course_id": "cloud-101"}, headers=instructor)
    known = {**session, "qr_token": data["qr_token"]}
    return Credentials({"FirebaseIdToken": instructor}, known)
