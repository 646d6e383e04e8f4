"""The edge and kiosk contract, table by table, through the production loader."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from tests.conftest import LOADED_PROJECT, empty
from tests.edge.machines import ADMIN, SETTINGS, STUDENT

EDGE, KIOSK = "/api/v1/edge", "/api/v1/kiosk"
ADMINS = {"Authorization": f"Bearer {ADMIN}"}
USER = {"Authorization": f"Bearer {STUDENT}"}


@pytest.fixture
def load(
    loaded: Callable[[str], FlaskClient], firestore_host: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], FlaskClient]:
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    empty(firestore_host, LOADED_PROJECT)
    return loaded


@pytest.fixture
def edge(load: Callable[[str], FlaskClient]) -> FlaskClient:
    return load("edge")


@pytest.fixture
def kiosk(load: Callable[[str], FlaskClient]) -> FlaskClient:
    return load("kiosk")


@pytest.fixture
def machine(edge: FlaskClient) -> dict[str, str]:
    answer = edge.post(f"{EDGE}/machines", json={"name": "RVM-01"}, headers=ADMINS)
    assert answer.status_code == 201
    registered: dict[str, str] = answer.get_json()["data"]
    return registered


def test_the_flow_of_the_contract_from_handshake_to_the_open_door(
    edge: FlaskClient, kiosk: FlaskClient, machine: dict[str, str]
) -> None:
    key, here = {"X-RVM-API-KEY": machine["api_key"]}, {"X-Machine-UUID": machine["uuid"]}
    report = {"hardware_id": "HW-1", "ip_address": "10.0.0.7"}
    start = edge.post(f"{EDGE}/handshake", json=report, headers=key).get_json()["data"]
    assert start["uuid"] == machine["uuid"]
    assert start["ws_auth_token"]
    link = urlsplit(start["kiosk_url"])
    page = kiosk.get(f"{link.path}?{link.query}")
    assert (page.status_code, page.mimetype) == (200, "text/html")

    pins = f"{EDGE}/machines/{machine['uuid']}/pins"
    pin = edge.post(pins, json={"technician_name": "Dewi"}, headers=ADMINS).get_json()["data"][
        "pin"
    ]
    entered = kiosk.post(f"{KIOSK}/auth/pin", json={"pin": pin}, headers=here).get_json()["data"]
    session = {**here, "X-PIN-Session": entered["session_token"]}
    sent = kiosk.post(
        f"{KIOSK}/maintenance/command", json={"command": "open_door"}, headers=session
    ).get_json()["data"]
    assert sent["status"] == "sent"

    beat = edge.post(f"{EDGE}/heartbeat", json={"status": "online"}, headers=key).get_json()
    (command,) = beat["commands"]
    assert (command["id"], command["action"]) == (sent["request_id"], "open_door")
    done = edge.post(
        f"{EDGE}/commands/{command['id']}/ack", json={"status": "done"}, headers=key
    ).get_json()
    assert (done["status"], done["data"]["status"]) == ("success", "done")


def test_a_user_logs_in_by_the_code_on_the_screen(
    edge: FlaskClient, kiosk: FlaskClient, machine: dict[str, str]
) -> None:
    key, here = {"X-RVM-API-KEY": machine["api_key"]}, {"X-Machine-UUID": machine["uuid"]}
    edge.post(f"{EDGE}/handshake", json={"hardware_id": "HW-1"}, headers=key)
    code = kiosk.get(f"{KIOSK}/session/token", headers=here).get_json()["data"]
    assert code["qr_content"] == f"myrvm://session/{code['token']}?m={machine['uuid']}"
    claim = {"token": code["token"]}
    looked = kiosk.post(f"{KIOSK}/session/look", json=claim, headers=USER).get_json()["data"]
    assert looked["machine"]["name"] == "RVM-01"
    assert kiosk.post(f"{KIOSK}/session/claim", json=claim, headers=USER).status_code == 200
    assert kiosk.post(f"{KIOSK}/session/claim", json=claim, headers=USER).status_code == 409
    assert kiosk.post(f"{KIOSK}/session/end", headers=here).status_code == 200


def test_telemetry_and_models_answer_a_machine(edge: FlaskClient, machine: dict[str, str]) -> None:
    key = {"X-API-Key": machine["api_key"]}
    body = {"sensors": {"capacity": 61, "temperature": 31.5}}
    answer = edge.post(f"{EDGE}/telemetry", json=body, headers=key)
    assert (answer.status_code, answer.get_json()["status"]) == (200, "success")
    sync = edge.get(f"{EDGE}/model-sync", headers=key)
    assert (sync.status_code, sync.get_json()["error_code"]) == (503, "MODEL_STORE_UNAVAILABLE")


@pytest.mark.parametrize("mount", [EDGE, ""])
def test_a_function_answers_at_its_own_address_too(edge: FlaskClient, mount: str) -> None:
    answer = edge.post(f"{mount}/handshake")
    assert answer.text == (
        '{"status":"error","success":false,"message":"API key required",'
        '"error_code":"MISSING_API_KEY"}'
    )
    assert answer.status_code == 401


def test_unknown_paths_and_methods_answer_in_the_envelope(
    edge: FlaskClient, kiosk: FlaskClient
) -> None:
    for client, path in ((edge, f"{EDGE}/nothing"), (kiosk, f"{KIOSK}/nothing")):
        answer = client.get(path)
        assert (answer.status_code, answer.get_json()["error_code"]) == (404, "UNKNOWN_ENDPOINT")
    answer = edge.get(f"{EDGE}/handshake")
    assert (answer.status_code, answer.get_json()["status"]) == (405, "error")
