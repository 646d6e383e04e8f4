"""Module 1 of the course contract, example by example, through the production loader."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import LOADED_PROJECT, empty

GENERATE = """{
  "course_id": "cloud-101",
  "session_id": "sesi-02",
  "ts": "2026-02-18T10:00:00Z"
}"""
CHECKIN = """{
  "user_id": "2023xxxx",
  "device_id": "dev-001",
  "course_id": "cloud-101",
  "session_id": "sesi-02",
  "qr_token": "TKN-8F2A19",
  "ts": "2026-02-18T10:01:10Z"
}"""
STATUS = "/presence/status?user_id=2023xxxx&course_id=cloud-101&session_id=sesi-02"


@pytest.fixture
def presence(loaded: Callable[[str], FlaskClient], firestore_host: str) -> FlaskClient:
    empty(firestore_host, LOADED_PROJECT)
    return loaded("presence")


def post(client: FlaskClient, path: str, body: str) -> TestResponse:
    return client.post(path, data=body, content_type="application/json")


def generate(client: FlaskClient) -> str:
    return str(post(client, "/presence/qr/generate", GENERATE).get_json()["data"]["qr_token"])


def checkin(client: FlaskClient, **changes: object) -> TestResponse:
    fields = {**json.loads(CHECKIN), **changes}
    fields = {name: value for name, value in fields.items() if value is not None}
    return post(client, "/presence/checkin", json.dumps(fields))


def shape(text: str) -> object:
    """The keys and types of a JSON text, in their order."""

    def of(value: object) -> object:
        if isinstance(value, dict):
            return [(key, of(item)) for key, item in value.items()]
        return type(value).__name__

    return of(json.loads(text))


def test_generate_answers_as_the_example(presence: FlaskClient) -> None:
    answer = post(presence, "/presence/qr/generate", GENERATE)
    token = answer.get_json()["data"]["qr_token"]
    assert answer.status_code == 200
    assert answer.text == (
        f'{{"ok":true,"data":{{"qr_token":"{token}","expires_at":"2026-02-18T10:02:00Z"}}}}'
    )
    assert token.startswith("TKN-")
    assert answer.headers["Content-Type"] == "application/json"


def test_checkin_answers_as_the_example(presence: FlaskClient) -> None:
    answer = checkin(presence, qr_token=generate(presence))
    assert answer.status_code == 200
    assert shape(answer.text) == shape(
        '{"ok": true, "data": {"presence_id": "PR-0001", "status": "checked_in"}}'
    )
    assert answer.get_json()["data"]["status"] == "checked_in"
    assert answer.get_json()["data"]["presence_id"].startswith("PR-")


def test_status_after_checkin_answers_as_the_example(presence: FlaskClient) -> None:
    checkin(presence, qr_token=generate(presence))
    answer = presence.get(STATUS)
    assert answer.status_code == 200
    assert answer.text == (
        '{"ok":true,"data":{"user_id":"2023xxxx","course_id":"cloud-101","session_id":"sesi-02",'
        '"status":"checked_in","last_ts":"2026-02-18T10:01:10Z"}}'
    )


def test_status_without_checkin_answers_as_the_example(presence: FlaskClient) -> None:
    assert presence.get(STATUS).text == (
        '{"ok":true,"data":{"user_id":"2023xxxx","course_id":"cloud-101","session_id":"sesi-02",'
        '"status":"absent","last_ts":null}}'
    )


@pytest.mark.parametrize("field", ["course_id", "session_id"])
def test_generate_names_a_missing_field(presence: FlaskClient, field: str) -> None:
    fields = {name: value for name, value in json.loads(GENERATE).items() if name != field}
    answer = post(presence, "/presence/qr/generate", json.dumps(fields))
    assert (answer.status_code, answer.text) == (
        400,
        f'{{"ok":false,"error":"missing_field: {field}"}}',
    )


@pytest.mark.parametrize("field", ["user_id", "device_id", "course_id", "session_id", "qr_token"])
def test_checkin_names_a_missing_field(presence: FlaskClient, field: str) -> None:
    answer = checkin(presence, **{field: None})
    assert (answer.status_code, answer.text) == (
        400,
        f'{{"ok":false,"error":"missing_field: {field}"}}',
    )


def test_several_missing_fields_are_named_in_the_order_of_the_contract(
    presence: FlaskClient,
) -> None:
    answer = checkin(presence, qr_token=None, course_id=None, device_id=None)
    assert answer.get_json()["error"] == "missing_field: device_id"


@pytest.mark.parametrize("field", ["user_id", "course_id", "session_id"])
def test_status_names_a_missing_field(presence: FlaskClient, field: str) -> None:
    query = {"user_id": "2023xxxx", "course_id": "cloud-101", "session_id": "sesi-02"}
    del query[field]
    answer = presence.get("/presence/status", query_string=query)
    assert (answer.status_code, answer.get_json()) == (
        400,
        {"ok": False, "error": f"missing_field: {field}"},
    )


def test_a_token_that_was_never_given_out_is_invalid(presence: FlaskClient) -> None:
    answer = checkin(presence)
    assert (answer.status_code, answer.text) == (401, '{"ok":false,"error":"token_invalid"}')


def test_a_token_of_another_session_is_a_mismatch(presence: FlaskClient) -> None:
    answer = checkin(presence, qr_token=generate(presence), session_id="sesi-03")
    assert (answer.status_code, answer.text) == (401, '{"ok":false,"error":"token_mismatch"}')


def test_a_token_of_another_course_is_a_mismatch(presence: FlaskClient) -> None:
    answer = checkin(presence, qr_token=generate(presence), course_id="cloud-102")
    assert (answer.status_code, answer.get_json()["error"]) == (401, "token_mismatch")


def test_a_token_after_its_two_minutes_is_expired(presence: FlaskClient) -> None:
    answer = checkin(presence, qr_token=generate(presence), ts="2026-02-18T10:02:01Z")
    assert (answer.status_code, answer.text) == (401, '{"ok":false,"error":"token_expired"}')


def test_an_endpoint_that_does_not_exist_is_unknown(presence: FlaskClient) -> None:
    answer = presence.get("/presence/nothing")
    assert (answer.status_code, answer.text) == (404, '{"ok":false,"error":"unknown_endpoint"}')


def test_paths_work_behind_hosting_and_at_the_functions_own_url(presence: FlaskClient) -> None:
    behind = post(presence, "/presence/qr/generate", GENERATE)
    own = post(presence, "/qr/generate", GENERATE)
    doubled = post(presence, "/presence//qr/generate/", GENERATE)
    assert [answer.status_code for answer in (behind, own, doubled)] == [200, 200, 200]


def test_json_sent_as_text_is_read(presence: FlaskClient) -> None:
    answer = presence.post("/presence/qr/generate", data=GENERATE, content_type="text/plain")
    assert answer.status_code == 200
