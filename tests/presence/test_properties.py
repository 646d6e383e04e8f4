"""Whatever is called in whatever order, and whatever a body holds."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presence.rules import TOKEN_LIFE
from shared.google.firestore import Database
from tests.conftest import MovableClock
from tests.presence.clients import Classroom, error

USERS = ("a", "b")
SESSIONS = ("one", "two")

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("generate"), st.sampled_from(SESSIONS)),
        st.tuples(st.just("stop"), st.sampled_from(SESSIONS)),
        st.tuples(
            st.just("checkin"),
            st.sampled_from(SESSIONS),
            st.sampled_from(USERS),
            st.integers(0, 5),
        ),
        st.tuples(st.just("wait"), st.sampled_from((1, 59, 61, 121))),
    ),
    max_size=14,
)


class Model:
    """What presence is, in as few lines as it takes."""

    def __init__(self) -> None:
        self.now = timedelta()
        self.open: set[str] = set()
        self.stopped: dict[str, timedelta] = {}
        self.tokens: list[tuple[str, timedelta]] = []
        self.present: set[tuple[str, str]] = set()

    def checkin(self, session: str, user: str, token: int) -> str:
        if token >= len(self.tokens):
            return "token_invalid"
        belongs_to, issued = self.tokens[token]
        if belongs_to != session:
            return "token_mismatch"
        if session not in self.open or issued <= self.stopped.get(session, -TOKEN_LIFE):
            return "session_closed"
        if self.now - issued > TOKEN_LIFE:
            return "token_expired"
        self.present.add((session, user))
        return "checked_in"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_order_of_calls_agrees_with_the_model(
    database_of: Callable[[], Database], steps: list[tuple[Any, ...]]
) -> None:
    clock = MovableClock()
    classroom, model, tokens = Classroom(database_of(), clock), Model(), list[str]()
    for kind, *arguments in steps:
        if kind == "wait":
            clock.move(seconds=arguments[0])
            model.now += timedelta(seconds=arguments[0])
        elif kind == "generate":
            tokens.append(classroom.generate(session_id=arguments[0]))
            model.open.add(arguments[0])
            model.tokens.append((arguments[0], model.now))
        elif kind == "stop":
            classroom.post("/qr/stop", session_id=arguments[0])
            model.open.discard(arguments[0])
            model.stopped[arguments[0]] = model.now
        else:
            session, user, token = arguments
            code = tokens[token] if token < len(tokens) else "TKN-NOTGIVEN"
            answer = classroom.checkin(code, user, session_id=session)
            body = answer.get_json()
            told = body["data"]["status"] if body["ok"] else body["error"]
            assert told == model.checkin(session, user, token)
    for session in SESSIONS:
        listed = {item["user_id"] for item in classroom.list(session_id=session)["items"]}
        assert listed == {user for where, user in model.present if where == session}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ("user_id", "device_id", "course_id", "session_id", "qr_token", "ts", "path")
)
BODIES = st.dictionaries(NAMES, JSON | st.sampled_from(("c", "s", "2026-02-18T10:00:00Z")))
PATHS = ("/qr/generate", "/checkin", "/qr/stop")


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES | JSON)
def test_no_json_body_gives_a_5xx(classroom: Classroom, path: str, body: Any) -> None:
    answer = classroom.client.post("/presence" + path, data=json.dumps(body))
    assert answer.status_code < 500
    assert isinstance(answer.get_json()["ok"], bool)


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=60))
def test_no_bytes_give_a_5xx(classroom: Classroom, path: str, body: bytes) -> None:
    assert classroom.client.post("/presence" + path, data=body).status_code < 500


@pytest.mark.parametrize("path", ["/status", "/list", "/sessions/active"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.dictionaries(NAMES | st.just("limit"), st.text(max_size=30)))
def test_no_query_gives_a_5xx(classroom: Classroom, path: str, query: dict[str, str]) -> None:
    assert classroom.client.get("/presence" + path, query_string=query).status_code < 500


@pytest.mark.parametrize("digits", [4000, 5000, 100_000])
def test_an_integer_of_many_digits_is_refused(classroom: Classroom, digits: int) -> None:
    body = b'{"course_id": ' + b"9" * digits + b', "session_id": "s"}'
    answer = classroom.client.post("/presence/qr/generate", data=body)
    assert answer.status_code == 400


def test_a_deeply_nested_body_is_refused(classroom: Classroom) -> None:
    body = b"[" * 100_000 + b"]" * 100_000
    assert error(classroom.client.post("/presence/checkin", data=body)) == (400, "invalid_json")


def test_numbers_that_json_does_not_have_are_no_ids(classroom: Classroom) -> None:
    body = b'{"course_id": NaN, "session_id": "s"}'
    answer = classroom.client.post("/presence/qr/generate", data=body)
    assert answer.status_code == 400
