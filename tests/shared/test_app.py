"""The frame round every group: envelopes, CORS, caching, size, methods, health, logs."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.base.errors import ApiError, Forbidden, Missing, TooMany, Unavailable
from shared.web.app import LARGEST_BODY, Api
from shared.web.endpoints import data, read
from shared.web.envelopes import Envelope, OkEnvelope, SuccessEnvelope
from shared.web.fields import Fields, Text


class Named(Fields):
    name: Text


def app(envelope: Envelope) -> FlaskClient:
    app = Api("sample", "/sample", envelope)

    @app.get("/raise/<kind>")
    def fail(kind: str) -> Any:
        raise {
            "known": Forbidden(),
            "fast": TooMany(7),
            "down": Unavailable(),
            "field": Missing("x"),
        }[kind]

    @app.get("/cached")
    def cached() -> Any:
        return data({"z": 1, "a": "é"}), 200, {"Cache-Control": "public, max-age=300"}

    @app.post("/named")
    def named() -> Any:
        return data({"name": read(Named).name})

    return app.test_client()


@pytest.fixture
def ok() -> FlaskClient:
    return app(OkEnvelope())


@pytest.fixture
def success() -> FlaskClient:
    return app(SuccessEnvelope())


def test_both_envelopes_print_data_in_the_given_order(
    ok: FlaskClient, success: FlaskClient
) -> None:
    assert ok.get("/sample/cached").text == '{"ok":true,"data":{"z":1,"a":"é"}}'
    assert success.get("/sample/cached").text == '{"success":true,"data":{"z":1,"a":"é"}}'


@pytest.mark.parametrize(
    ("kind", "status", "ok_body", "success_status", "success_body"),
    [
        ("known", 403, {"error": "forbidden"}, 403, {"message": "Forbidden"}),
        ("fast", 429, {"error": "too_many_requests"}, 429, {"message": "Too many requests", "retry_after": 7}),
        ("down", 503, {"error": "unavailable"}, 503, {"message": "Unavailable"}),
        ("field", 400, {"error": "missing_field: x"}, 422, {"errors": {"x": ["The x field is required."]}}),
        ("unforeseen", 500, {"error": "internal"}, 500, {"message": "Internal"}),
    ],
)  # fmt: skip
def test_one_error_is_printed_in_each_groups_envelope(
    ok: FlaskClient, success: FlaskClient, kind: str, status: int, ok_body: dict[str, Any],
    success_status: int, success_body: dict[str, Any],
) -> None:  # fmt: skip
    answer = ok.get(f"/sample/raise/{kind}")
    assert (answer.status_code, answer.get_json()) == (status, {"ok": False, **ok_body})
    answer = success.get(f"/sample/raise/{kind}")
    assert (answer.status_code, answer.get_json()) == (
        success_status,
        {"success": False, **success_body},
    )


def test_what_may_be_retried_says_when(ok: FlaskClient) -> None:
    assert ok.get("/sample/raise/fast").headers["Retry-After"] == "7"
    assert ok.get("/sample/raise/down").headers["Retry-After"] == "1"


def test_unknown_endpoint_and_wrong_method_come_in_the_envelope(
    ok: FlaskClient, success: FlaskClient
) -> None:
    assert ok.get("/sample/no").get_json() == {"ok": False, "error": "unknown_endpoint"}
    wrong = ok.delete("/sample/named")
    assert (wrong.status_code, wrong.get_json()["error"]) == (405, "method_not_allowed")
    assert "POST" in wrong.headers["Allow"]
    assert success.get("/sample/no").get_json() == {"success": False, "message": "Unknown endpoint"}


def test_a_model_is_built_by_the_first_requests_however_many_they_are() -> None:
    for _ in range(20):

        class Sent(Fields):
            name: Text
            rows: list[dict[str, Text]]

        start = threading.Barrier(12)

        def read(_: int, model: type[Sent] = Sent, start: threading.Barrier = start) -> str:
            start.wait()
            return model.read(b'{"name": "n", "rows": [{"a": "b"}]}').name

        with ThreadPoolExecutor(12) as pool:
            assert list(pool.map(read, range(12))) == ["n"] * 12


def test_a_body_over_one_mebibyte_is_refused(ok: FlaskClient) -> None:
    filler = "x" * LARGEST_BODY
    answer = ok.post("/sample/named", data=json.dumps({"name": "n", "filler": filler}))
    assert (answer.status_code, answer.get_json()) == (
        413,
        {"ok": False, "error": "request_too_large"},
    )
    fits = json.dumps({"name": "n", "filler": "x" * (LARGEST_BODY - 40)})
    assert ok.post("/sample/named", data=fits).status_code == 200


def test_errors_and_posts_are_never_stored(ok: FlaskClient) -> None:
    answers = [ok.get("/sample/no"), ok.post("/sample/named", json={"name": "n"})]
    answers.append(ok.get("/sample/raise/known"))
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}
    assert ok.get("/sample/cached").headers["Cache-Control"] == "public, max-age=300"


def test_every_origin_may_call_with_its_own_headers(ok: FlaskClient) -> None:
    answer = ok.options(
        "/sample/named",
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type, x-api-key",
        },
    )
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type, x-api-key"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    for failing in (ok.get("/sample/no"), ok.get("/sample/raise/unforeseen")):
        assert failing.headers["Access-Control-Allow-Origin"] == "*"


def test_health_is_answered_in_the_envelope(ok: FlaskClient) -> None:
    health = {"status": "healthy", "auth_mode": "open"}
    assert ok.get("/__/health").get_json() == {"ok": True, "data": health}


def test_health_tells_the_mode(ok: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_MODE", "verified")
    assert ok.get("/__/health").get_json()["data"]["auth_mode"] == "verified"


def test_a_failure_of_ours_is_one_json_line_without_what_was_sent(
    ok: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    ok.get("/sample/raise/unforeseen?secret=hunter2", headers={"Authorization": "Bearer hunter2"})
    (line,) = capsys.readouterr().err.splitlines()
    found = json.loads(line)
    assert (found["severity"], found["error"], found["path"]) == (
        "ERROR",
        "KeyError",
        "/sample/raise/unforeseen",
    )
    assert any(frame.endswith(" fail") for frame in found["trail"])
    assert "hunter2" not in line


def test_a_failure_says_which_request_it_was_of(
    ok: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    ok.get("/sample/raise/unforeseen", headers={"Function-Execution-Id": "f00"})
    found = json.loads(capsys.readouterr().err)
    assert found["logging.googleapis.com/labels"] == {"execution_id": "f00"}


def test_a_refusal_is_no_failure(ok: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    ok.get("/sample/raise/known")
    assert capsys.readouterr().err == ""


def test_an_error_without_a_rendering_of_its_own_says_internal() -> None:
    assert OkEnvelope().error(ApiError()) == ({"ok": False, "error": "internal"}, 500)
