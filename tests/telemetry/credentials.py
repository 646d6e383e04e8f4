"""A device that has sent something."""

from contextlib import ExitStack

from flask.testing import FlaskClient

from tests.credentials import Credentials, set_env
from tests.telemetry.phones import LIMITS


def credentials(client: FlaskClient, keep: ExitStack) -> Credentials:
    """In open mode nobody has to say who they are."""
    set_env(keep, dict.fromkeys(LIMITS, "0"))
    device = {"device_id": "dev-001"}
    client.post("/telemetry/accel", json={**device, "samples": [{"x": 0.1, "y": 0.2, "z": 9.8}]})
    client.post("/telemetry/gps", json={**device, "lat": -7.25, "lng": 112.75})
    return Credentials(known=device)
