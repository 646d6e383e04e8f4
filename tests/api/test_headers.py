"""No header of any answer stands twice: a browser joins both values and refuses the answer."""

import json
from collections import Counter
from collections.abc import Callable
from typing import NoReturn

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from exec import rules
from exec.routes import create_app as create_exec
from shared.base.errors import (
    ApiError,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    ValidationFailed,
)
from shared.web.app import Api
from shared.web.envelopes import Envelope, OkEnvelope, StatusEnvelope, SuccessEnvelope
from tools.paths import ROOT

DOCUMENT = json.loads((ROOT / "public/openapi.json").read_text("utf-8"))
OPERATIONS = [
    (method.upper(), path, operation["tags"][0])
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
ERRORS: list[ApiError] = [
    Invalid("x"),
    Malformed(),
    Unauthorized(),
    Forbidden(),
    NotFound(),
    MethodNotAllowed(["GET"]),
    Conflict(),
    Gone(),
    TooLarge(),
    ValidationFailed({"x": ["The x field is required."]}),
    TooMany(7),
    ApiError(),
    Unavailable(),
]
WAYS_TO_NAME_A_PATH = [
    *(f"/exec?{name}={{}}" for name in rules.IN_QUERY),
    "/exec?path=/{}",
    "/exec?path={}?_t=1",
    "/exec/{}",
    "/?path={}",
    "/exec?path={}&callback=read",
    "/exec?path={}&callback=1",
]

each_error = pytest.mark.parametrize(
    "error", ERRORS, ids=lambda error: f"{error.status} {error.code}"
)


def repeated(response: TestResponse) -> list[str]:
    """The headers that a response has more than once. A look-up by name hides them."""
    counts = Counter(name.lower() for name, _ in response.headers)
    return [name for name, count in counts.items() if count > 1]


def expect_readable(response: TestResponse) -> None:
    """Fails unless a page of another origin may read this response."""
    assert repeated(response) == []
    assert response.headers.getlist("Access-Control-Allow-Origin") == ["*"]


@pytest.mark.parametrize(("method", "path", "group"), OPERATIONS, ids=" ".join)
def test_a_page_of_another_origin_may_read_what_an_operation_answers(
    loaded: Callable[[str], FlaskClient], method: str, path: str, group: str
) -> None:
    client = loaded(group)
    headers = {"Origin": "https://page.example", "Content-Type": "application/json"}
    expect_readable(client.open(path, method=method, headers=headers, data="{"))
    expect_readable(client.open(path, method=method, headers=headers, data="{}"))
    expect_readable(client.open(path + "/no/such/path", method=method, headers=headers))
    preflight = client.options(
        path,
        headers={
            "Origin": "https://page.example",
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )
    expect_readable(preflight)
    assert preflight.status_code == 200
    assert method in preflight.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("envelope", [OkEnvelope(), SuccessEnvelope(), StatusEnvelope()], ids=repr)
@each_error
def test_a_page_of_another_origin_may_read_every_refusal(
    envelope: Envelope, error: ApiError
) -> None:
    app = Api("sample", "/sample", envelope)

    @app.get("/refusal")
    def refuse() -> str:
        raise error

    expect_readable(app.test_client().get("/sample/refusal"))


@each_error
def test_a_page_of_another_origin_may_read_every_refusal_through_exec(error: ApiError) -> None:
    def refuse() -> NoReturn:
        raise error

    def mount(app: Api) -> None:
        app.add_url_rule("/refusal", view_func=refuse)

    answer = create_exec(mount).test_client().get("/exec?path=refusal")
    assert answer.get_json()["error"] == str(error)
    expect_readable(answer)


def test_every_refusal_of_the_document_is_among_them() -> None:
    documented = {
        int(status)
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        for status in operation["responses"]
        if int(status) >= 400
    }
    assert documented - {error.status for error in ERRORS} == set()


@pytest.mark.parametrize("group", sorted({group for _, _, group in OPERATIONS} - {"exec"}))
def test_a_page_may_send_json_to_an_unknown_path_and_read_the_refusal(
    loaded: Callable[[str], FlaskClient], group: str
) -> None:
    client = loaded(group)
    wants = {"Access-Control-Request-Method": "POST"}
    preflight = client.options("/no/such/path", headers=wants)
    assert preflight.status_code == 200
    expect_readable(preflight)
    answer = client.post("/no/such/path", json={})
    assert answer.status_code == 404
    expect_readable(answer)


@pytest.mark.parametrize("way", WAYS_TO_NAME_A_PATH)
def test_a_page_of_another_origin_may_read_exec_however_it_names_a_path(
    loaded: Callable[[str], FlaskClient], way: str
) -> None:
    client, text = loaded("exec"), {"Content-Type": "text/plain"}
    session = '{"course_id": "cloud-101", "session_id": "sesi-02"}'
    expect_readable(client.post(way.format("presence/qr/generate"), data=session, headers=text))
    expect_readable(client.post(way.format("presence/checkin"), data="{}", headers=text))
    expect_readable(client.post(way.format("presence/nothing"), data="{", headers=text))
    expect_readable(client.get(way.format("telemetry/gps/latest")))
    expect_readable(client.get(way.format("presence/qr/generate")))
    expect_readable(client.options(way.format("presence/checkin")))


@pytest.mark.parametrize("name", rules.IN_BODY)
def test_a_page_of_another_origin_may_read_exec_when_the_body_names_the_path(
    loaded: Callable[[str], FlaskClient], name: str
) -> None:
    client = loaded("exec")
    expect_readable(client.post("/exec", json={name: "presence/checkin"}))
    expect_readable(client.post("/exec", json={name: "nothing"}))
    expect_readable(client.post("/exec", data={name: "presence/checkin"}))
    expect_readable(client.post("/exec", data=b"x" * (1024 * 1024 + 1)))
    expect_readable(client.get("/exec"))
