"""Telemetry through the one URL: owners, limits and bounds are the same, always with 200."""

import json
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

import telemetry.routes
from exec.routes import create_app
from shared.google.firestore import Database
from telemetry.store import Store
from tests.conftest import MovableClock
from tests.meter import Meter
from tests.tokens import token
from tests.topic import Topic

POINT = {"device_id": "dev-1", "ts": "2026-02-18T10:00:00Z", "lat": 1, "lng": 2}


@pytest.fixture
def client(database: Database, topic: Topic, clock: MovableClock) -> FlaskClient:
    store = Store(database, topic.publisher)
    mount = partial(telemetry.routes.mount, store=lambda: store, now=clock, url_prefix="/telemetry")
    return create_app(mount).test_client()


def call(
    client: FlaskClient, path: str, body: Any = None, uid: str = "", role: str = "student"
) -> Any:
    """As a client of Versi A calls: the path in a parameter, JSON that says it is text."""
    headers = {"Authorization": f"Bearer {token(uid, role=role)}"} if uid else {}
    url = f"/exec?path=telemetry/{path}"
    answer = (
        client.post(url, data=json.dumps(body), headers=headers, content_type="text/plain")
        if body
        else client.get(f"{url}&device_id=dev-1", headers=headers)
    )
    assert answer.status_code == 200
    parsed = answer.get_json()
    return parsed["data"] if parsed["ok"] else parsed["error"]


@pytest.mark.usefixtures("verified")
def test_a_phone_has_one_owner_here_too(client: FlaskClient) -> None:
    assert call(client, "gps", POINT) == "unauthorized"
    assert call(client, "gps", POINT, "ani") == {"accepted": True}
    assert call(client, "gps", POINT, "budi") == "forbidden"
    assert call(client, "gps", POINT, "budi", "admin") == "forbidden"
    assert call(client, "gps/latest", None, "budi") == "forbidden"
    assert call(client, "gps/latest", None, "ani")["lat"] == 1
    assert call(client, "gps/history", None, "budi", "instructor")["items"][0]["lat"] == 1


def test_a_phone_has_a_rate_here_too(client: FlaskClient, meter: Meter) -> None:
    assert [call(client, "gps", POINT) for _ in range(30)] == [{"accepted": True}] * 30
    meter.reset()
    assert call(client, "gps", POINT) == "too_many_requests"
    answer = client.post("/exec?path=telemetry/gps", json=POINT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (200, "1")
    assert meter.cost == (0, 0, 0)


def test_a_batch_over_many_hours_is_refused_here_too(client: FlaskClient, meter: Meter) -> None:
    samples = [{"t": f"2026-01-{day:02}", "x": 0, "y": 0, "z": 0} for day in range(1, 26)]
    refusal = call(client, "accel", {"device_id": "dev-1", "samples": samples})
    assert refusal == "invalid_field: samples"
    assert meter.cost == (0, 0, 0)
