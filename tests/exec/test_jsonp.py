"""JSONP through the one URL: a script for pages that can do no better, and nothing else."""

import json
import re
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from exec import rules
from exec.routes import create_app
from presence.routes import mount
from presence.store import Store
from shared.google.firestore import Database
from tests.conftest import MovableClock
from tests.tokens import token

STATUS = "path=presence/status&user_id=2023&course_id=c&session_id=s"


@pytest.fixture
def client(database: Database, clock: MovableClock) -> FlaskClient:
    store = Store(database)
    presence = partial(mount, store=lambda: store, now=clock, url_prefix="/presence")
    return create_app(presence).test_client()


def called_with(answer: TestResponse, function: str) -> Any:
    """What the script of an answer calls a function with."""
    assert answer.status_code == 200
    assert answer.mimetype == "application/javascript"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    found = re.fullmatch(rf"/\*\*/{re.escape(function)}\((.*)\);", answer.text)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize("name", ["fn", "_cb", "$", "jQuery341_1771408800", "app.callbacks._0"])
def test_a_script_calls_the_function_with_the_answer(client: FlaskClient, name: str) -> None:
    plain = client.get(f"/exec?{STATUS}").get_json()
    answer = client.get(f"/exec?{STATUS}&callback={name}")
    assert called_with(answer, name) == plain
    assert int(answer.headers["Content-Length"]) == len(answer.data)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("path=presence/status&user_id=2023", "missing_field: course_id"),
        ("path=presence/nothing", "unknown_endpoint"),
        ("path=presence/checkin", "method_not_allowed"),
    ],
)
def test_a_refusal_comes_as_a_script_too(client: FlaskClient, query: str, error: str) -> None:
    answer = client.get(f"/exec?{query}&callback=fn")
    assert called_with(answer, "fn") == {"ok": False, "error": error}


def test_the_list_of_endpoints_comes_as_a_script_too(client: FlaskClient) -> None:
    assert called_with(client.get("/exec?callback=fn"), "fn")["ok"] is True


@pytest.mark.parametrize(
    "name",
    ["alert(1)//", "a b", "a;b", "a=b", "<script>", "1a", ".a", "a.", "a..b", "a[0]", "é", "a\n",
     "a\u2028", "x" * 101],
)  # fmt: skip
def test_a_callback_that_is_no_function_name_is_refused_as_json(
    client: FlaskClient, name: str
) -> None:
    query = {"path": "presence/sessions/active", "callback": name}
    answer = client.get("/exec", query_string=query)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json() == {"ok": False, "error": "invalid_field: callback"}
    assert name not in answer.text


def test_text_of_others_ends_no_line_of_the_script() -> None:
    made = rules.script("fn", '{"user_id":"a\u2028b\u2029c"}')
    assert made == '/**/fn({"user_id":"a\\u2028b\\u2029c"});'


def test_an_empty_callback_is_none(client: FlaskClient) -> None:
    assert client.get(f"/exec?{STATUS}&callback=").mimetype == "application/json"


def test_a_post_is_never_a_script(client: FlaskClient) -> None:
    answer = client.post("/exec?path=presence/qr/generate&callback=fn", json={})
    assert answer.mimetype == "application/json"


def test_a_page_of_our_own_origin_gets_no_script_that_its_policy_would_admit(
    client: FlaskClient,
) -> None:
    url = f"/exec?{STATUS}&callback=fn"
    ours = client.get(url, headers={"Sec-Fetch-Site": "same-origin"})
    assert ours.mimetype == "application/json"
    other = client.get(url, headers={"Sec-Fetch-Site": "cross-site"})
    assert other.mimetype == "application/javascript"


@pytest.mark.usefixtures("verified")
def test_there_is_no_jsonp_in_verified_mode(client: FlaskClient) -> None:
    headers = {"Authorization": f"Bearer {token('2023', role='student')}"}
    for given in ({}, headers):
        answer = client.get(f"/exec?{STATUS}&callback=fn", headers=given)
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
