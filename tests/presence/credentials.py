"""A session that is open, and the code that opens it."""

from contextlib import ExitStack

import pytest
from flask.testing import FlaskClient

from shared.web import auth
from shared.web.auth import Account
from tests.credentials import Credentials, set_env
from tests.tokens import token


def credentials(client: FlaskClient, keep: ExitStack) -> Credentials:
    """An instructor's token with a course, and a code, which is needed to check in."""
    patch: pytest.MonkeyPatch = set_env(
        keep, {"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1"}
    )  # asked for nothing
    instructor = {"Authorization": f"Bearer {token('dosen', role='instructor')}"}
    # Everybody has an account that may teach: no service is asked.
    patch.setattr(auth, "account", lambda text: Account(text, text, "instructor"))
    patch.setattr(auth, "accounts", lambda uids: [Account(uid, uid, "instructor") for uid in uids])
    session = {"course_id": "cloud-101", "session_id": "sesi-02"}
    data = client.post("/presence/qr/generate", json=session).get_json()["data"]
    client.post("/presence/courses", json={"course_id": "cloud-101"}, headers=instructor)
    known = {**session, "qr_token": data["qr_token"]}
    return Credentials({"FirebaseIdToken": instructor}, known)
