"""Every way in which clients in the field name a path; the same bodies, always with 200."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exec.routes import create_app
from presence.routes import mount
from presence.store import Store
from shared.google.firestore import Database
from tests.conftest import MovableClock

SESSION = {"course_id": "cloud-101", "session_id": "sesi-02"}


@pytest.fixture
def client(database: Database, clock: MovableClock) -> FlaskClient:
    store = Store(database)
    presence = partial(mount, store=lambda: store, now=clock, url_prefix="/presence")
    return create_app(presence).test_client()


def post(client: FlaskClient, url: str, **fields: Any) -> Any:
    """As a browser sends it to spare itself the preflight: JSON that says it is text."""
    answer = client.post(url, data=json.dumps(fields), content_type="text/plain")
    assert answer.status_code == 200
    return answer.get_json()


@pytest.mark.parametrize(
    "url",
    [
        "/exec?path=presence/qr/generate",
        "/exec?path=/presence/qr/generate",
        "/exec?path=%2Fpresence%2Fqr%2Fgenerate%2F",
        "/exec?pathInfo=presence/qr/generate",
        "/exec?action=presence/qr/generate",
        "/exec?path=presence/qr_generate",
        "/exec?path=presence/qr/generate&_t=123",
        "/exec?_t=123&path=presence/qr/generate?_u=1",
        "/exec/presence/qr/generate",
        "/?path=presence/qr/generate",
    ],
)
def test_a_path_is_found_in_the_query(client: FlaskClient, url: str) -> None:
    assert post(client, url, **SESSION)["ok"] is True


@pytest.mark.parametrize("key", ["path", "action"])
@pytest.mark.parametrize("path", ["presence/qr/generate", "/presence/qr/generate"])
def test_a_path_is_found_in_the_body(client: FlaskClient, key: str, path: str) -> None:
    assert post(client, "/exec", **{key: path}, **SESSION)["ok"] is True


def test_a_whole_class_goes_through_exec(client: FlaskClient) -> None:
    token = post(client, "/exec?path=presence/qr/generate", **SESSION)["data"]["qr_token"]
    scan = {"user_id": "2023", "device_id": "dev", "qr_token": token, "name": "extra"}
    first = post(client, "/exec", path="presence/checkin", **SESSION, **scan)
    again = post(client, "/exec?action=presence/checkin_mobile", **SESSION, **scan)
    assert first == again
    assert first["data"]["status"] == "checked_in"
    query = "user_id=2023&course_id=cloud-101&session_id=sesi-02"
    status = client.get(f"/exec?path=presence/status&{query}").get_json()
    glued = client.get(f"/exec?path=presence/status?{query.replace('&', '%26')}").get_json()
    half = client.get(f"/exec?path=presence/status?{query}").get_json()
    assert status == glued == half
    assert status["data"]["status"] == "checked_in"


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("/exec?path=presence/checkin", "missing_field: user_id"),
        ("/exec?path=presence/nothing", "unknown_endpoint"),
        ("/exec?path=nothing", "unknown_endpoint"),
        ("/exec?path=presence/status", "method_not_allowed"),
        ("/exec", "unknown_endpoint"),
        ("/exec?path=..%2Fpresence", "unknown_endpoint"),
        ("/exec?path=%F0%9F%98%80", "unknown_endpoint"),
    ],
)
def test_errors_are_the_same_bodies_with_200(client: FlaskClient, url: str, error: str) -> None:
    assert post(client, url) == {"ok": False, "error": error}


def test_a_get_without_a_path_lists_the_endpoints(client: FlaskClient) -> None:
    answer = client.get("/exec?_t=1").get_json()
    assert answer["ok"] is True
    assert "POST /presence/checkin" in answer["data"]["endpoints"]
    assert "GET /presence/status" in answer["data"]["endpoints"]


def test_a_get_may_name_its_path_in_a_body(client: FlaskClient) -> None:
    answer = client.get("/exec", json={"path": "presence/sessions/active"}).get_json()
    assert answer == {"ok": True, "data": {"total": 0, "items": []}}


def test_text_in_a_query_may_be_sent_as_it_is(client: FlaskClient) -> None:
    raw = "path=presence/status&course_id=c&session_id=s&user_id=é".encode().decode("latin-1")
    answer = client.get("/exec", environ_overrides={"QUERY_STRING": raw}).get_json()
    assert answer["data"]["user_id"] == "é"


def test_bytes_in_a_query_that_are_no_text_are_no_fault_of_ours(client: FlaskClient) -> None:
    answer = client.get("/exec", environ_overrides={"QUERY_STRING": "path=presence/list&x=\xff"})
    assert answer.get_json().get("error") != "internal"


@pytest.mark.parametrize(
    "path", ["exec/presence/qr/generate", "exec", "__/health", "exec/__/health"]
)
def test_a_named_path_is_one_of_the_contract(client: FlaskClient, path: str) -> None:
    assert post(client, f"/exec?path={path}", **SESSION) == {
        "ok": False,
        "error": "unknown_endpoint",
    }
    assert post(client, "/exec", path=path, **SESSION) == {"ok": False, "error": "unknown_endpoint"}
    assert client.get(f"/exec?path={path}").get_json() == {"ok": False, "error": "unknown_endpoint"}


def test_every_origin_may_call(client: FlaskClient) -> None:
    answer = client.get("/exec", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("query", ["?path=presence/checkin", ""])
def test_a_body_over_the_limit_is_refused_with_200(
    client: FlaskClient, loaded: Callable[[str], FlaskClient], query: str
) -> None:
    body = b"x" * (1024 * 1024 + 1)
    for answer in (
        client.post(f"/exec{query}", data=body),
        loaded("exec").post(f"/{query}", data=body),
    ):
        assert (answer.status_code, answer.get_json()["error"]) == (200, "request_too_large")


def test_a_body_that_ends_early_is_refused_with_200(client: FlaskClient) -> None:
    answer = client.post("/exec", data=b'{"path": "pre', headers={"Content-Length": "500"})
    assert answer.status_code == 200
    assert answer.get_json() == {"ok": False, "error": "unknown_endpoint"}


def test_exec_is_loaded_as_in_production(loaded: Callable[[str], FlaskClient]) -> None:
    client = loaded("exec")
    assert post(client, "/?path=presence/qr/generate", **SESSION)["ok"] is True
    assert post(client, "/exec?path=presence/qr/generate", **SESSION)["ok"] is True


@pytest.mark.parametrize(
    "path", ["presence/\\ud800", "presence/status?user_id=\\ud800&course_id=c"]
)
def test_half_a_character_in_a_path_is_no_fault_of_ours(client: FlaskClient, path: str) -> None:
    answer = client.post("/exec", data=f'{{"path": "{path}"}}')
    assert answer.status_code == 200
    assert answer.get_json()["error"] in ("unknown_endpoint", "method_not_allowed")


TEXTS = st.text(max_size=20) | st.sampled_from(("presence/checkin", "presence/list", "{", "?"))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    query=st.dictionaries(st.sampled_from(("path", "action", "pathInfo", "x")), TEXTS),
    body=st.dictionaries(st.sampled_from(("path", "action", "ts")), TEXTS) | st.binary(max_size=20),
)
def test_nothing_that_is_sent_gives_another_status(
    client: FlaskClient, query: dict[str, str], body: Any
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body)
    for answer in (
        client.post("/exec", query_string=query, data=data),
        client.get("/exec", query_string=query),
    ):
        assert answer.status_code == 200
        assert answer.get_json().get("error") != "internal"
