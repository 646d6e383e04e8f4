"""An admin's token, and a machine with its key, a command, a PIN, and a bucket with its model."""

from contextlib import ExitStack
from functools import cache

from flask.testing import FlaskClient
from moto.server import ThreadedMotoServer

from tests.credentials import QUICK, Credentials, set_env
from tests.edge.machines import ADMIN, EDGE, SETTINGS
from tools import bucket


def credentials(client: FlaskClient, keep: ExitStack) -> Credentials:
    """Of a machine that was registered just now."""
    patch = set_env(keep, {**SETTINGS, **bucket_settings(), "MODEL_SECRET_KEY": "demo-secret"})
    patch.setattr("shared.domain.pins._COST", QUICK)
    admin = {"Authorization": f"Bearer {ADMIN}"}
    machine = client.post(f"{EDGE}/machines", json={"name": "RVM"}, headers=admin).get_json()[
        "data"
    ]
    url = f"{EDGE}/machines/{machine['uuid']}"
    command = client.post(f"{url}/commands", json={"command": "test_led"}, headers=admin)
    pin = client.post(f"{url}/pins", json={"technician_name": "Dewi"}, headers=admin)
    return Credentials(
        headers={"FirebaseIdToken": admin, "MachineApiKey": {"X-RVM-API-KEY": machine["api_key"]}},
        known={
            "place": machine["uuid"],
            "command_id": command.get_json()["data"]["request_id"],
            "pin_id": pin.get_json()["data"]["pin_id"],
            "model_name": bucket.MODEL,
        },
    )


@cache
def bucket_settings() -> dict[str, str]:
    """A bucket with a model, for this process, and the settings that lead to it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    bucket.fill(port)
    return bucket.settings(port)
