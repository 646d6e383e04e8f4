"""An owner's token, and the key and number of a device of theirs."""

import uuid
from contextlib import ExitStack

from flask.testing import FlaskClient

from tests.credentials import Credentials, set_env
from tests.tokens import token

SETTINGS = {
    "DEVICE_KEY_SECRET": "a secret of the tests, long enough to be one",
    "DEVICE_RATE": "999999",
    "DEVICE_BURST": "999999",
    "DEVICES_PER_OWNER": "0",
    "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",  # never called
}


def credentials(client: FlaskClient, keep: ExitStack) -> Credentials:
    """Of a device that was registered just now."""
    set_env(keep, SETTINGS)
    owner = {"Authorization": f"Bearer {token('owner', role='owner')}"}
    fields = {"device_id": f"D-{uuid.uuid4().hex}", "name": "Seismic Sensor Jakarta"}
    device = client.post("/api/v1/devices", json=fields, headers=owner).get_json()["data"]
    headers = {"FirebaseIdToken": owner, "DeviceApiKey": {"X-API-Key": device["api_key"]}}
    return Credentials(headers, known={"place": str(device["id"])})
