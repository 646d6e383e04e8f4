"""When a session takes codes: not those from before it was stopped, and not for ever."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from presence.rules import TOKEN_LIFE, State
from shared.google.firestore import Database
from tests.conftest import MovableClock
from tests.presence.clients import Classroom, error

CLOSED = (401, "session_closed")
CALLS = st.lists(
    st.tuples(st.sampled_from(("generate", "renew", "stop")), st.integers(0, 50)), max_size=12
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS)
def test_a_code_from_before_a_stop_stays_dead_whatever_is_drawn_after_it(
    database_of: Callable[[], Database], calls: list[tuple[str, int]]
) -> None:
    clock = MovableClock()
    classroom, stopped, codes = Classroom(database_of(), clock), None, list[Any]()
    for number, (call, seconds) in enumerate(calls):
        clock.move(seconds=seconds)
        if call == "stop":
            classroom.post("/qr/stop")
            stopped = clock()
        else:
            answer = classroom.post("/qr/generate", renew=call == "renew")
            if answer.status_code == 200:
                codes.append((answer.get_json()["data"]["qr_token"], clock()))
        for index, (code, issued) in enumerate(codes):
            answer = classroom.checkin(code, f"{number}-{index}")
            if stopped and issued <= stopped:
                assert error(answer) == CLOSED
            elif clock() - issued <= TOKEN_LIFE:
                assert answer.status_code == 200


def test_a_photograph_of_the_screen_is_worth_nothing_after_the_break(
    classroom: Classroom, clock: MovableClock
) -> None:
    photographed = classroom.generate()
    clock.move(seconds=10)
    classroom.post("/qr/stop")
    clock.move(seconds=10)
    code = classroom.generate()
    assert error(classroom.checkin(photographed, "absent")) == CLOSED
    assert classroom.checkin(code, "there").status_code == 200


def active(classroom: Classroom, **query: str) -> list[str]:
    answer = classroom.client.get("/presence/sessions/active", query_string=query)
    return [item["session_id"] for item in answer.get_json()["data"]["items"]]


def test_a_session_closes_by_itself_twelve_hours_after_its_last_code(
    classroom: Classroom, clock: MovableClock
) -> None:
    code = classroom.generate()
    clock.move(hours=12)
    assert active(classroom) == active(classroom, course_id="cloud-101") == ["sesi-02"]
    assert error(classroom.checkin(code)) == (401, "token_expired")
    clock.move(milliseconds=1)
    assert active(classroom) == active(classroom, course_id="cloud-101") == []
    assert error(classroom.post("/qr/generate", renew=True)) == CLOSED
    assert error(classroom.checkin(code)) == CLOSED
    assert classroom.checkin(classroom.generate()).status_code == 200, "a new code opens it again"


def test_every_code_begins_the_hours_again(classroom: Classroom, clock: MovableClock) -> None:
    classroom.generate()
    for _ in range(3):
        clock.move(hours=11)
        assert classroom.post("/qr/generate", renew=True).status_code == 200


@pytest.mark.parametrize(
    ("hours", "open_after"), [("1", 1.0), ("0.5", 0.5), ("0", 10_000.0), ("999999", 10_000.0)]
)
def test_how_long_is_a_setting_and_zero_is_for_ever(
    classroom: Classroom, clock: MovableClock, monkeypatch: pytest.MonkeyPatch,
    hours: str, open_after: float,
) -> None:  # fmt: skip
    monkeypatch.setenv("SESSION_HOURS", hours)
    classroom.generate()
    clock.move(hours=open_after)
    assert active(classroom) == ["sesi-02"]
    clock.move(seconds=1)
    is_limited = timedelta(hours=open_after) < timedelta(days=1)
    assert active(classroom) == ([] if is_limited else ["sesi-02"])
    assert classroom.post("/qr/generate", renew=True).status_code == (401 if is_limited else 200)


def test_a_renewal_that_ran_into_a_stop_opens_nothing(clock: MovableClock) -> None:
    drawn, oldest = clock(), clock() - timedelta(hours=12)
    for stopped in (drawn, drawn + timedelta(milliseconds=1)):
        assert not State(True, drawn, stopped).is_open(oldest)
    assert State(True, drawn, drawn - timedelta(milliseconds=1)).is_open(oldest)
