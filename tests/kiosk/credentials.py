"""A user's token, and a machine at its screen: signed link, page, PIN session, login code."""

from contextlib import ExitStack
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient

from tests.conftest import load
from tests.credentials import QUICK, Credentials, set_env
from tests.edge.machines import ADMIN, EDGE, KIOSK, SETTINGS, STUDENT, of_page

PIN = "123456"


def credentials(client: FlaskClient, keep: ExitStack) -> Credentials:
    """Of a machine that was registered and started at the edge's door."""
    patch = set_env(keep, SETTINGS)
    patch.setattr("shared.domain.pins._COST", QUICK)
    patch.setattr("kiosk.rules.MAINTENANCE_IDLE", timedelta(0))  # or nobody could log in
    edge, admin = load("edge"), {"Authorization": f"Bearer {ADMIN}"}
    machine = edge.post(f"{EDGE}/machines", json={"name": "RVM"}, headers=admin).get_json()["data"]
    pin = {"technician_name": "Dewi", "pin": PIN}
    edge.post(f"{EDGE}/machines/{machine['uuid']}/pins", json=pin, headers=admin)
    key = {"X-RVM-API-KEY": machine["api_key"]}
    started = edge.post(f"{EDGE}/handshake", json={"hardware_id": "RVM-1"}, headers=key).get_json()
    link = urlsplit(started["data"]["kiosk_url"])
    query = parse_qs(link.query)
    at_machine = {"X-Machine-UUID": machine["uuid"]}
    page = client.get(f"{link.path}?{link.query}")
    code = client.get(f"{KIOSK}/session/token", headers=at_machine).get_json()["token"]
    session = client.post(f"{KIOSK}/auth/pin", json={"pin": PIN}, headers=at_machine).get_json()[
        "data"
    ]
    return Credentials(
        headers={
            "FirebaseIdToken": {"Authorization": f"Bearer {STUDENT}"},
            "MachineUuid": at_machine,
            "KioskPage": {"X-Kiosk-Page": of_page("proof", page)},
            "PinSession": {"X-PIN-Session": session["session_token"]},
        },
        known={
            "uuid": machine["uuid"],
            "expires": query["expires"][0],
            "signature": query["signature"][0],
            "name": "kiosk.css",
            "pin": PIN,
            "token": code,
        },
    )
