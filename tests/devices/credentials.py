"""An owner's token, and the key and number of a device of theirs."""

import uuid

from flask.testing import FlaskClient

from tests.credentials import Credentials
from tests.tokens import token


def credentials(client: FlaskClient) -> Credentials:
    """Of a device that was registered just now."""
    owner = {"Authorization": f"Bearer {token('owner')}"}
    fields = {"device_id": f"D-{uuid.uuid4().hex}", "name": "Seismic Sensor Jakarta"}
    device = client.post("/api/v1/devices", json=fields, headers=owner).get_json()["data"]
    headers = {"FirebaseIdToken": owner, "DeviceApiKey": {"X-API-Key": device["api_key"]}}
    return Credentials(headers, known={"place": str(device["id"])})
