"""The devices contract, example by example, through the production loader."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.conftest import LOADED_PROJECT, empty
from tests.tokens import token

SECRET = "a secret of the tests, long enough to be one"
BASE = "/api/v1/devices"
OWNER = {"Authorization": f"Bearer {token('owner', role='owner')}"}
EXAMPLE = """{
  "data": [
    {
      "type": "gempa",
      "value": 250,
      "timestamp": "2026-05-19T10:30:45Z"
    },
    {
      "type": "temperature",
      "value": 35.5,
      "timestamp": "2026-05-19T10:30:46Z"
    },
    {
      "type": "vibration",
      "value": {
        "x": 5.2,
        "y": 3.1,
        "z": 2.8
      },
      "timestamp": "2026-05-19T10:30:47Z"
    }
  ]
}"""
METADATA = {"location": "Jakarta", "latitude": -6.2088, "longitude": 106.8456}


@pytest.fixture
def client(
    loaded: Callable[[str], FlaskClient], firestore_host: str, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    monkeypatch.setenv("DEVICE_KEY_SECRET", SECRET)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    empty(firestore_host, LOADED_PROJECT)
    return loaded("devices")


@pytest.fixture
def key(client: FlaskClient) -> str:
    """The key of a registered device."""
    fields = {
        "device_id": "SENSOR-001", "name": "Seismic Sensor Jakarta", "firmware_version": "1.0.0",
        "metadata": METADATA, "capabilities": ["vibration", "magnitude"],
    }  # fmt: skip
    answer = client.post(BASE, json=fields, headers=OWNER)
    assert answer.status_code == 201
    body = answer.get_json()
    assert (body["success"], body["message"]) == (True, "Device registered")
    assert len(body["data"]["api_key"]) == 32
    return str(body["data"]["api_key"])


def test_sensor_data_answers_as_the_example(client: FlaskClient, key: str) -> None:
    one = json.dumps({"data": json.loads(EXAMPLE)["data"][:1]})
    answer = client.post(f"{BASE}/data", data=one, headers={"X-API-Key": key})
    assert answer.status_code == 200
    assert answer.text == (
        '{"success":true,"message":"Data ingested successfully","count":1,"device_status":"online"}'
    )


def test_a_missing_key_answers_as_the_example(client: FlaskClient) -> None:
    answer = client.post(f"{BASE}/data", data=EXAMPLE)
    assert (answer.status_code, answer.text) == (
        401,
        '{"success":false,"message":"API key required"}',
    )


def test_an_invalid_key_answers_as_the_example(client: FlaskClient) -> None:
    answer = client.post(f"{BASE}/data", data=EXAMPLE, headers={"X-API-Key": "x" * 32})
    assert (answer.status_code, answer.text) == (
        401,
        '{"success":false,"message":"Invalid API key","code":"INVALID_API_KEY"}',
    )


def test_missing_fields_answer_as_the_example(client: FlaskClient, key: str) -> None:
    answer = client.post(f"{BASE}/data", json={"data": [{}]}, headers={"X-API-Key": key})
    assert (answer.status_code, answer.text) == (
        422,
        '{"success":false,"errors":{"data.0.type":["The data.0.type field is required."],'
        '"data.0.value":["The data.0.value field is required."]}}',
    )


def test_a_value_that_is_no_number_answers_as_the_example(client: FlaskClient, key: str) -> None:
    body = {"data": [{"type": "gempa", "value": "strong"}]}
    answer = client.post(f"{BASE}/data", json=body, headers={"X-API-Key": key})
    assert answer.get_json() == {
        "success": False,
        "errors": {"data.0.value": ["The data.0.value must be numeric"]},
    }


def test_statistics_answer_as_the_example(client: FlaskClient, key: str) -> None:
    client.post(f"{BASE}/data", data=EXAMPLE, headers={"X-API-Key": key})
    answer = client.get(f"{BASE}/SENSOR-001/statistics", headers=OWNER)
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    statistics = answer.get_json()["data"]
    assert list(statistics) == [
        "total_data", "last_24h", "last_7d", "avg_value", "max_value", "min_value",
        "last_activity", "uptime_percentage", "data_by_type",
    ]  # fmt: skip
    assert (statistics["total_data"], statistics["max_value"]) == (3, 250)
    assert statistics["data_by_type"][0] == {"type": "gempa", "count": 1}


def test_an_unknown_device_answers_as_the_example(client: FlaskClient) -> None:
    answer = client.get(f"{BASE}/4711/statistics", headers=OWNER)
    assert (answer.status_code, answer.text) == (
        404,
        '{"success":false,"message":"Device not found"}',
    )
    assert answer.headers["Cache-Control"] == "no-store"


def test_history_is_a_bare_array_as_in_the_example(client: FlaskClient, key: str) -> None:
    body = {
        "data": [
            {"type": "vibration", "value": 120, "timestamp": "2026-05-19T10:30:45Z"},
            {
                "type": "gempa",
                "value": {"intensitas": 250, "magnitude": 5.2, "kedalaman": 10},
                "timestamp": "2026-05-19T10:35:45Z",
            },
        ]
    }
    client.post(f"{BASE}/data", json=body, headers={"X-API-Key": key})
    answer = client.get(f"{BASE}/SENSOR-001/data?limit=50", headers=OWNER)
    assert answer.headers["Cache-Control"] == "private, max-age=30"
    first, second = answer.get_json()
    assert [list(first), first.pop("id") > second.pop("id")] == [
        ["id", "recorded_at", "data_type", "value", "raw_data"],
        True,
    ]
    assert first == {
        "recorded_at": "19 May 2026 10:35:45",
        "data_type": "gempa",
        "value": 250,
        "raw_data": {"intensitas": 250, "magnitude": 5.2, "kedalaman": 10},
    }
    assert second == {
        "recorded_at": "19 May 2026 10:30:45",
        "data_type": "vibration",
        "value": 120,
        "raw_data": {},
    }


def test_details_answer_as_the_example(client: FlaskClient, key: str) -> None:
    client.post(f"{BASE}/data", data=EXAMPLE, headers={"X-API-Key": key})
    client.post(f"{BASE}/heartbeat", headers={"X-API-Key": key})
    device = client.get(f"{BASE}/SENSOR-001", headers=OWNER).get_json()["data"]
    assert list(device) == [
        "id", "device_id", "name", "type", "api_key", "status", "firmware_version",
        "last_heartbeat", "metadata", "capabilities", "recent_data", "stats",
    ]  # fmt: skip
    assert list(device["recent_data"][0]) == ["id", "data_type", "value", "recorded_at"]
    assert list(device["stats"]) == ["total_readings", "last_heartbeat", "uptime"]
    assert (device["api_key"], device["status"], device["type"]) == (key, "online", "sensor")
    assert (device["metadata"], device["capabilities"]) == (METADATA, ["vibration", "magnitude"])


def test_a_heartbeat_answers_as_the_example(client: FlaskClient, key: str) -> None:
    body = '{"metadata": {"uptime": 12345, "cpu_temp": 45.2, "memory_usage": 256}}'
    answer = client.post(f"{BASE}/heartbeat", data=body, headers={"X-API-Key": key})
    body = answer.get_json()
    assert list(body) == ["success", "message", "server_time", "device"]
    assert body["message"] == "Heartbeat received"
    assert body["device"] == {"id": "SENSOR-001", "status": "online"}


def test_broken_json_is_a_bad_request(client: FlaskClient, key: str) -> None:
    answer = client.post(f"{BASE}/data", data="{", headers={"X-API-Key": key})
    assert (answer.status_code, answer.get_json()) == (
        400,
        {"success": False, "message": "Invalid JSON format"},
    )


@pytest.mark.parametrize("path", ["", "/2", "/2/statistics", "/2/data"])
def test_what_is_the_owners_needs_a_token(client: FlaskClient, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        answer = client.get(BASE + path, headers=headers)
        assert (answer.status_code, answer.get_json()["success"]) == (401, False)
