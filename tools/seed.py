"""Puts demo users and a first session into a running suite, through its own doors."""

import json
import urllib.request
from dataclasses import asdict, dataclass
from typing import Any

from tools.places import PROJECT

API_KEY = "demo-simpul"  # the Auth emulator takes any
PASSWORD = "simpul-demo"  # noqa: S105  of accounts that exist in the emulator only
COURSE, SESSION = "cloud-101", "sesi-01"


@dataclass(frozen=True)
class User:
    """A demo login. A student's uid is the user id that they check in with."""

    uid: str
    email: str
    password: str
    name: str
    role: str


USERS = {
    "instructor": User("dosen-01", "instructor@simpul.test", PASSWORD, "Ibu Ratna", "instructor"),
    "student": User("20230001", "student@simpul.test", PASSWORD, "Budi Santoso", "student"),
    "owner": User("owner-01", "owner@simpul.test", PASSWORD, "Sari Wijaya", "owner"),
    "admin": User("admin-01", "admin@simpul.test", PASSWORD, "Agus Pratama", "admin"),
}


def seed(base_url: str, auth_host: str) -> dict[str, Any]:
    """Makes the demo users and one session with one check-in. Returns the users for demo.json."""
    for user in USERS.values():
        _create_user(auth_host, user)
    session = {"course_id": COURSE, "session_id": SESSION}
    token = call(
        f"{base_url}/presence/qr/generate", session, id_token(auth_host, USERS["instructor"])
    )["data"]["qr_token"]
    checkin = {"user_id": USERS["student"].uid, "device_id": "demo-phone", "qr_token": token}
    call(
        f"{base_url}/presence/checkin",
        {**session, **checkin},
        id_token(auth_host, USERS["student"]),
    )
    return {
        key: {name: asdict(user)[name] for name in ("uid", "email", "password")}
        for key, user in USERS.items()
    }


def id_token(auth_host: str, user: User) -> str:
    """A Firebase ID token, as the user's own app would get it."""
    url = f"http://{auth_host}/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword"
    answer = call(
        f"{url}?key={API_KEY}",
        {"email": user.email, "password": user.password, "returnSecureToken": True},
    )
    return str(answer["idToken"])


def call(url: str, body: dict[str, Any], bearer: str = "") -> dict[str, Any]:
    """The JSON answer to a POST. Raises HTTPError unless the answer says success."""
    headers = {"Content-Type": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        parsed: dict[str, Any] = json.load(answer)
    return parsed


def _create_user(auth_host: str, user: User) -> None:
    base = f"http://{auth_host}/identitytoolkit.googleapis.com/v1/projects/{PROJECT}"
    account = {
        "localId": user.uid,
        "email": user.email,
        "password": user.password,
        "displayName": user.name,
        "emailVerified": True,
    }
    call(f"{base}/accounts", account, "owner")
    claims = json.dumps({"role": user.role})
    call(f"{base}/accounts:update", {"localId": user.uid, "customAttributes": claims}, "owner")
