"""Forms through the one URL, as Apps Script reads them into `e.parameter`; always with 200."""

import json
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

import presence.routes
import telemetry.routes
from exec.routes import create_app
from presence.store import Store as Presence
from shared.google.firestore import Database
from telemetry.store import Store as Telemetry
from tests.conftest import MovableClock
from tests.topic import Topic

SESSION = {"course_id": "cloud-101", "session_id": "sesi-02"}
FORMS = ["application/x-www-form-urlencoded", "multipart/form-data"]
each_form = pytest.mark.parametrize("content_type", FORMS)


@pytest.fixture
def client(database: Database, topic: Topic, clock: MovableClock) -> FlaskClient:
    in_presence, in_telemetry = Presence(database), Telemetry(database, topic.publisher)
    return create_app(
        partial(
            presence.routes.mount, store=lambda: in_presence, now=clock, url_prefix="/presence"
        ),
        partial(
            telemetry.routes.mount, store=lambda: in_telemetry, now=clock, url_prefix="/telemetry"
        ),
    ).test_client()


def send(client: FlaskClient, url: str, fields: Any, content_type: str = FORMS[0]) -> Any:
    answer = client.post(url, data=fields, content_type=content_type)
    assert answer.status_code == 200
    parsed = answer.get_json()
    return parsed["data"] if parsed["ok"] else parsed["error"]


@each_form
def test_a_class_checks_in_by_forms(client: FlaskClient, content_type: str) -> None:
    url = "/exec?path=presence/qr/generate"
    token = send(client, url, SESSION, content_type)["qr_token"]
    scan = {**SESSION, "user_id": "2023", "device_id": "dev", "qr_token": token}
    first = send(client, "/exec?path=presence/checkin", scan, content_type)
    assert first["status"] == "checked_in"
    assert send(client, "/exec/presence/checkin", scan, content_type) == first
    assert send(client, "/exec", {**scan, "path": "presence/checkin"}, content_type) == first
    assert send(client, "/exec", {**scan, "action": "presence/checkin"}, content_type) == first


@pytest.mark.parametrize("name", ["payload", "data"])
@each_form
def test_a_field_may_hold_the_whole_request_as_json(
    client: FlaskClient, name: str, content_type: str
) -> None:
    whole = {name: json.dumps({"path": "presence/qr/generate", **SESSION})}
    assert "qr_token" in send(client, "/exec", whole, content_type)


def test_fields_of_the_query_belong_to_the_form_and_come_first(client: FlaskClient) -> None:
    url = "/exec?path=telemetry/gps&device_id=first&lat=1"
    assert send(client, url, {"device_id": "second", "lng": "2"}) == {"accepted": True}
    latest = client.get("/exec?path=telemetry/gps/latest&device_id=first").get_json()
    assert (latest["data"]["lat"], latest["data"]["lng"]) == (1, 2)


def test_of_equal_fields_the_first_counts(client: FlaskClient) -> None:
    send(client, "/exec?path=telemetry/gps", "device_id=a&device_id=b&lat=1&lng=2")
    assert client.get("/exec?path=telemetry/gps/latest&device_id=a").get_json()["ok"] is True


def test_samples_in_a_form_are_json(client: FlaskClient) -> None:
    samples = json.dumps([{"t": "2026-02-18T10:00:00Z", "x": "0.1", "y": 0, "z": 9.8}])
    form = {"device_id": "dev-1", "samples": samples}
    assert send(client, "/exec?path=telemetry/accel", form) == {"accepted": 1}
    form["samples"] = "[1"
    assert send(client, "/exec?path=telemetry/accel", form) == "invalid_field: samples"


def test_text_that_looks_like_json_stays_text(client: FlaskClient) -> None:
    form = {"device_id": '["a"]', "lat": 1, "lng": 2}
    assert send(client, "/exec?path=telemetry/gps", form) == {"accepted": True}
    query = {"path": "telemetry/gps/latest", "device_id": '["a"]'}
    assert client.get("/exec", query_string=query).get_json()["ok"] is True


def test_json_that_is_called_a_form_stays_json(client: FlaskClient) -> None:
    body = json.dumps(SESSION)  # what `curl -d` sends
    assert "qr_token" in send(client, "/exec?path=presence/qr/generate", body)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORMS[0], b""),
        (FORMS[0], b"%ff%fe=%ff&\xff=\xff"),
        (FORMS[0], b"&".join([b"a=1"] * 5000)),
        (FORMS[1], b"no parts"),
        (FORMS[1] + "; boundary=x", b"--x\r\nnothing"),
        (FORMS[1] + "; boundary=x", b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n1\r\n--x--'),
        (FORMS[1] + "; boundary=x", b"--x\r\nContent-Disposition: form-data; name=f\r\n\r\n1\r\n" * 2000),
    ],
)  # fmt: skip
def test_a_form_without_fields_that_we_read_lacks_the_first_one(
    client: FlaskClient, content_type: str, body: bytes
) -> None:
    url = "/exec?path=presence/checkin"
    assert send(client, url, body, content_type) == "missing_field: user_id"


@pytest.mark.parametrize(
    ("content_type", "begin"),
    [
        (FORMS[0], b"user_id="),
        (
            FORMS[1] + "; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="user_id"\r\n\r\n',
        ),
    ],
)
def test_a_form_over_the_limit_is_refused(
    client: FlaskClient, content_type: str, begin: bytes
) -> None:
    body = begin + b"x" * (1024 * 1024)
    refusal = send(client, "/exec?path=presence/checkin", body, content_type)
    assert refusal == "request_too_large"
