"""Modules 2 and 3 of the course contract, example by example, through the production loader."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.conftest import LOADED_PROJECT, empty

ACCEL = """{
  "device_id": "dev-001",
  "ts": "2026-02-18T10:15:30Z",
  "samples": [
    {
      "t": "2026-02-18T10:15:29.100Z",
      "x": 0.12,
      "y": 0.01,
      "z": 9.70
    },
    {
      "t": "2026-02-18T10:15:29.300Z",
      "x": 0.15,
      "y": 0.02,
      "z": 9.68
    }
  ]
}"""
GPS = """{
  "device_id": "dev-001",
  "ts": "2026-02-18T10:15:30Z",
  "lat": -7.2575,
  "lng": 112.7521,
  "accuracy_m": 12.5
}"""
TRACK = [
    ("2026-02-18T10:15:00Z", -7.2570, 112.7515),
    ("2026-02-18T10:15:10Z", -7.2572, 112.7518),
    ("2026-02-18T10:15:30Z", -7.2575, 112.7521),
]


@pytest.fixture(params=["telemetry", "exec"])
def door(
    request: pytest.FixtureRequest, loaded: Callable[[str], FlaskClient], firestore_host: str
) -> Callable[..., tuple[int, str]]:
    """Calls an endpoint at its own path or through /exec. Returns status and body."""
    empty(firestore_host, LOADED_PROJECT)
    client = loaded(request.param)

    def call(method: str, path: str, body: str | None = None, **query: str) -> tuple[int, str]:
        if request.param == "exec":
            answer = client.open(
                "/exec", method=method, data=body, query_string={"path": path, **query}
            )
            assert answer.status_code == 200
            return {True: 200, False: 0}[answer.get_json()["ok"]], answer.text
        answer = client.open(path, method=method, data=body, query_string=query)
        return answer.status_code if answer.status_code == 200 else 0, answer.text

    return call


Door = Callable[..., tuple[int, str]]


def without(text: str, field: str) -> str:
    return json.dumps({name: value for name, value in json.loads(text).items() if name != field})


def test_accel_answers_as_the_example(door: Door) -> None:
    assert door("POST", "/telemetry/accel", ACCEL) == (200, '{"ok":true,"data":{"accepted":2}}')


def test_latest_accel_answers_as_the_example(door: Door) -> None:
    door("POST", "/telemetry/accel", ACCEL)
    assert door("GET", "/telemetry/accel/latest", device_id="dev-001") == (
        200,
        '{"ok":true,"data":{"t":"2026-02-18T10:15:29.300Z","x":0.15,"y":0.02,"z":9.68}}',
    )


def test_gps_answers_as_the_example(door: Door) -> None:
    assert door("POST", "/telemetry/gps", GPS) == (200, '{"ok":true,"data":{"accepted":true}}')


def test_latest_gps_answers_as_the_example(door: Door) -> None:
    door("POST", "/telemetry/gps", GPS)
    assert door("GET", "/telemetry/gps/latest", device_id="dev-001") == (
        200,
        '{"ok":true,"data":{"ts":"2026-02-18T10:15:30Z","lat":-7.2575,"lng":112.7521,"accuracy_m":12.5}}',
    )


def test_gps_history_answers_as_the_example(door: Door) -> None:
    for ts, lat, lng in reversed(TRACK):
        door(
            "POST",
            "/telemetry/gps",
            json.dumps({"device_id": "dev-001", "ts": ts, "lat": lat, "lng": lng}),
        )
    items = ",".join(f'{{"ts":"{ts}","lat":{lat},"lng":{lng}}}' for ts, lat, lng in TRACK)
    assert door("GET", "/telemetry/gps/history", device_id="dev-001", limit="200") == (
        200,
        f'{{"ok":true,"data":{{"device_id":"dev-001","items":[{items}]}}}}',
    )
    newest = json.loads(door("GET", "/telemetry/gps/history", device_id="dev-001", limit="2")[1])
    assert [item["ts"] for item in newest["data"]["items"]] == [TRACK[1][0], TRACK[2][0]]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/telemetry/accel", ACCEL, "device_id"), ("/telemetry/accel", ACCEL, "samples"),
        ("/telemetry/gps", GPS, "device_id"), ("/telemetry/gps", GPS, "lat"), ("/telemetry/gps", GPS, "lng"),
    ],
)  # fmt: skip
def test_a_missing_field_is_named(door: Door, path: str, body: str, field: str) -> None:
    assert door("POST", path, without(body, field)) == (
        0,
        f'{{"ok":false,"error":"missing_field: {field}"}}',
    )


def test_an_empty_batch_misses_its_samples(door: Door) -> None:
    body = json.dumps({"device_id": "dev-001", "samples": []})
    assert (
        door("POST", "/telemetry/accel", body)[1] == '{"ok":false,"error":"missing_field: samples"}'
    )


READS = ["accel/latest", "accel/history", "gps/latest", "gps/history"]


@pytest.mark.parametrize("read", READS)
def test_a_read_names_its_missing_device(door: Door, read: str) -> None:
    assert door("GET", f"/telemetry/{read}")[1] == '{"ok":false,"error":"missing_field: device_id"}'


@pytest.mark.parametrize("read", READS)
def test_a_device_without_data_is_not_found(door: Door, read: str) -> None:
    found = door("GET", f"/telemetry/{read}", device_id="nobody")
    assert found == (0, '{"ok":false,"error":"device_not_found"}')


@pytest.mark.parametrize(
    ("read", "status"), [("/telemetry/gps/latest?device_id=no", 404), ("/telemetry/gps/latest", 400), ("/telemetry/no", 404)]
)  # fmt: skip
def test_statuses_are_the_contracts(
    loaded: Callable[[str], FlaskClient], read: str, status: int
) -> None:
    answer: Any = loaded("telemetry").get(read)
    assert answer.status_code == status
