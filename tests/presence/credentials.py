"""A session that is open, and the code that opens it."""

from contextlib import ExitStack

from flask.testing import FlaskClient

from tests.credentials import Credentials


def credentials(client: FlaskClient, keep: ExitStack) -> Credentials:
    """In open mode nobody has to say who they are; a code is needed to check in."""
    session = {"course_id": "cloud-101", "session_id": "sesi-02"}
    data = client.post("/presence/qr/generate", json=session).get_json()["data"]
    return Credentials(known={**session, "qr_token": data["qr_token"]})
