"""A session that is open, and the code that opens it."""

from contextlib import ExitStack

from flask.testing import FlaskClient

from tests.credentials import Credentials, set_env
from tests.tokens import token


def credentials(client: FlaskClient, keep: ExitStack) -> Credentials:
    """An instructor's token, and a code, which is needed to check in."""
    set_env(keep, {"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1"})  # asked for nothing
    instructor = {"Authorization": f"Bearer {token('dosen', role='instructor')}"}
    session = {"course_id": "cloud-101", "session_id": "sesi-02"}
    data = client.post("/presence/qr/generate", json=session).get_json()["data"]
    known = {**session, "qr_token": data["qr_token"]}
    return Credentials({"FirebaseIdToken": instructor}, known)
