"""Presence beyond the contract's examples: clock, overlap, repeats, flags, list, stop, any text."""

import json
from typing import Any

import pytest

from presence.store import Store
from tests.conftest import MovableClock
from tests.presence.clients import Classroom, error


def test_codes_overlap_so_that_a_rotating_screen_refuses_nobody(
    classroom: Classroom, clock: MovableClock
) -> None:
    first = classroom.generate()
    clock.move(seconds=60)
    second = classroom.generate()
    clock.move(seconds=59)
    assert classroom.checkin(first, "a").status_code == 200
    assert classroom.checkin(second, "b").status_code == 200
    clock.move(seconds=2)
    assert error(classroom.checkin(first, "c")) == (401, "token_expired")
    assert classroom.checkin(second, "c").status_code == 200


def test_a_photographed_code_with_a_back_dated_ts_is_refused(
    classroom: Classroom, clock: MovableClock
) -> None:
    token = classroom.generate(ts="2026-02-18T10:00:00Z")
    clock.move(seconds=121)
    answer = classroom.checkin(token, ts="2026-02-18T10:01:00Z")
    assert error(answer) == (401, "token_expired")


def test_an_expired_code_is_expired_for_one_who_is_there_already(
    classroom: Classroom, clock: MovableClock
) -> None:
    token = classroom.generate()
    classroom.checkin(token)
    clock.move(seconds=121)
    assert error(classroom.checkin(token)) == (401, "token_expired")
    assert classroom.status()["status"] == "checked_in"


def test_a_code_may_be_typed_in_lower_case_with_spaces(classroom: Classroom) -> None:
    assert classroom.checkin(f"  {classroom.generate().lower()} ").status_code == 200


def test_a_second_checkin_gets_the_same_answer_and_keeps_the_first_time_and_device(
    classroom: Classroom, clock: MovableClock
) -> None:
    token = classroom.generate()
    first = classroom.checkin(token, device_id="phone", ts="2026-02-18T10:00:10Z")
    clock.move(seconds=30)
    second = classroom.checkin(token, device_id="laptop", ts="2026-02-18T10:00:05Z")
    assert first.text == second.text
    listed = classroom.list()
    assert listed["total"] == 1
    assert listed["items"][0]["device_id"] == "phone"
    assert classroom.status()["last_ts"] == "2026-02-18T10:00:10Z"


def test_last_ts_is_server_time_where_no_ts_was_sent(
    classroom: Classroom, clock: MovableClock
) -> None:
    clock.move(milliseconds=1500)
    classroom.checkin(classroom.generate())
    assert classroom.status()["last_ts"] == "2026-02-18T10:00:01.500Z"


def test_the_list_is_oldest_first_with_flags_for_the_instructor(
    classroom: Classroom, clock: MovableClock
) -> None:
    token = classroom.generate()
    for user, device in [("c", "tablet"), ("a", "phone"), ("b", "tablet"), ("a", "laptop")]:
        clock.move(seconds=1)
        classroom.checkin(token, user, device_id=device)
    answer = classroom.list()
    assert answer["total"] == 3
    assert [(item["user_id"], item["flags"]) for item in answer["items"]] == [
        ("c", ["shared_device"]),
        ("a", ["several_devices"]),
        ("b", ["shared_device"]),
    ]
    assert list(answer["items"][0]) == [
        "presence_id", "user_id", "device_id", "ts", "status", "flags",
    ]  # fmt: skip


def test_the_list_counts_all_and_shows_as_many_as_asked_for(classroom: Classroom) -> None:
    token = classroom.generate()
    for user in "abc":
        classroom.checkin(token, user)
    answer = classroom.list(limit=2)
    assert (answer["total"], len(answer["items"])) == (3, 2)


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1.5", "true"])
def test_a_limit_that_is_none_is_named(classroom: Classroom, limit: str) -> None:
    assert error(classroom.get("/list", limit=limit)) == (400, "invalid_field: limit")


def test_the_list_of_a_session_that_nobody_opened_is_empty(classroom: Classroom) -> None:
    assert classroom.list() == {"total": 0, "items": []}


def test_a_stopped_session_refuses_until_the_next_code_and_old_codes_stay_dead(
    classroom: Classroom, clock: MovableClock
) -> None:
    token = classroom.generate()
    stopped = classroom.post("/qr/stop")
    assert stopped.get_json() == {"ok": True, "data": {"status": "stopped"}}
    assert error(classroom.checkin(token)) == (401, "session_closed")
    clock.move(seconds=1)
    again = classroom.generate()
    assert classroom.checkin(again, "a").status_code == 200
    assert error(classroom.checkin(token, "b")) == (401, "session_closed")


def test_stopping_twice_or_what_never_ran_is_no_error(classroom: Classroom) -> None:
    assert [classroom.post("/qr/stop").status_code for _ in range(2)] == [200, 200]


def test_active_sessions_are_the_open_ones_the_latest_first(
    classroom: Classroom, clock: MovableClock
) -> None:
    for session in ("one", "two", "three"):
        classroom.generate(session_id=session)
        clock.move(seconds=1)
    classroom.generate(course_id="other", session_id="four")
    classroom.post("/qr/stop", session_id="two")
    every = classroom.client.get("/presence/sessions/active").get_json()["data"]
    assert [item["session_id"] for item in every["items"]] == ["four", "three", "one"]
    one = classroom.client.get("/presence/sessions/active?course_id=cloud-101").get_json()["data"]
    assert [item["session_id"] for item in one["items"]] == ["three", "one"]
    assert one["items"][0] == {
        "course_id": "cloud-101",
        "session_id": "three",
        "status": "open",
        "issued_at": "2026-02-18T10:00:02Z",
        "expires_at": "2026-02-18T10:02:02Z",
    }


def test_a_stop_of_what_never_ran_lists_no_session(classroom: Classroom) -> None:
    classroom.post("/qr/stop")
    active = classroom.client.get("/presence/sessions/active").get_json()["data"]
    assert active == {"total": 0, "items": []}


@pytest.mark.parametrize(
    "text",
    [
        "a/b",
        ".",
        "..",
        "__x__",
        "%2F",
        " ",
        "😀",
        "x" * 200,
        "😀" * 200,
        "/" * 200,
        "\0",
        "a\nb",
        "<b>",
    ],
)
def test_any_text_is_legal_in_an_id(classroom: Classroom, text: str) -> None:
    classroom.session = {"course_id": text, "session_id": text}
    answer = classroom.checkin(classroom.generate(), user=text, device_id=text)
    assert answer.status_code == 200
    status = classroom.status(user=text)
    assert (status["user_id"], status["status"]) == (text, "checked_in")
    assert [item["user_id"] for item in classroom.list()["items"]] == [text]


def test_ids_that_look_alike_once_escaped_stay_apart(classroom: Classroom) -> None:
    token = classroom.generate()
    classroom.checkin(token, "a/b")
    assert classroom.status("a%2Fb")["status"] == "absent"


@pytest.mark.parametrize("value", [True, 1.5, [], {}, ["a"], "x" * 201])
@pytest.mark.parametrize("field", ["user_id", "device_id", "qr_token"])
def test_what_is_no_text_is_named(classroom: Classroom, field: str, value: object) -> None:
    token = classroom.generate()
    fields: dict[str, Any] = {"user": "u", field: value}
    answer = classroom.checkin(token, **fields)
    assert error(answer) == (400, f"invalid_field: {field}")


@pytest.mark.parametrize("value", [None, ""])
def test_null_and_empty_text_count_as_missing(classroom: Classroom, value: object) -> None:
    assert error(classroom.checkin("TKN", user_id=value)) == (400, "missing_field: user_id")


def test_missing_fields_are_named_before_invalid_ones(classroom: Classroom) -> None:
    answer = classroom.checkin("TKN", user_id=[], qr_token=None)
    assert error(answer) == (400, "missing_field: qr_token")


def test_an_integer_id_counts_as_its_digits(classroom: Classroom) -> None:
    classroom.checkin(classroom.generate(), user_id=20230001)
    assert classroom.status("20230001")["status"] == "checked_in"


@pytest.mark.parametrize("ts", ["soon", "2026-02-30T00:00:00Z", 1771408800, True, [], "9999-12-31"])
def test_a_timestamp_that_cannot_be_read_is_named(classroom: Classroom, ts: object) -> None:
    assert error(classroom.post("/qr/generate", ts=ts)) == (400, "invalid_field: ts")


@pytest.mark.parametrize(
    "ts", ["2026-02-18T17:00:00+07:00", "20260218T100000Z", "2026-02-18 10:00"]
)
def test_a_timestamp_may_be_any_iso_8601(classroom: Classroom, ts: str) -> None:
    answer = classroom.post("/qr/generate", ts=ts)
    assert answer.get_json()["data"]["expires_at"] == "2026-02-18T10:02:00Z"


@pytest.mark.parametrize("ts", [None, ""])
def test_an_empty_ts_counts_as_not_sent(classroom: Classroom, ts: object) -> None:
    answer = classroom.post("/qr/generate", ts=ts)
    assert answer.get_json()["data"]["expires_at"] == "2026-02-18T10:02:00Z"


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'"x"', b"\xff", b'{"course_id": "\\ud800"}']
)
def test_a_body_that_is_no_json_object_says_so(classroom: Classroom, body: bytes) -> None:
    assert error(classroom.client.post("/presence/checkin", data=body)) == (400, "invalid_json")


def test_an_empty_body_misses_its_first_field(classroom: Classroom) -> None:
    answer = classroom.client.post("/presence/checkin")
    assert error(answer) == (400, "missing_field: user_id")


def test_what_the_console_shows_reads_well(classroom: Classroom) -> None:
    classroom.checkin(classroom.generate(), "Ani", ts="2026-02-18T10:00:10Z")
    database = classroom.database
    name = database.path("courses", "cloud-101", "sessions", "sesi-02", "presences", "Ani")
    assert name.endswith("/documents/courses/cloud-101/sessions/sesi-02/presences/Ani")
    found = database.get(name)
    assert found is not None
    assert json.loads(json.dumps(found, default=str)) == {
        "presence_id": found["presence_id"],
        "user_id": "Ani",
        "course_id": "cloud-101",
        "session_id": "sesi-02",
        "device_id": "phone of Ani",
        "devices": ["phone of Ani"],
        "status": "checked_in",
        "ts": "2026-02-18 10:00:10+00:00",
        "checked_in_at": "2026-02-18 10:00:00+00:00",
    }


def test_a_code_that_is_taken_is_drawn_again(classroom: Classroom, clock: MovableClock) -> None:
    from presence.routes import create_app

    letters = iter("A" * 16 + "B" * 8)
    store = Store(classroom.database)
    app = create_app(lambda: store, now=clock, choice=lambda _: next(letters))
    tokens = [
        app.test_client()
        .post("/qr/generate", json=classroom.session)
        .get_json()["data"]["qr_token"]
        for _ in range(2)
    ]
    assert tokens == ["TKN-AAAAAAAA", "TKN-BBBBBBBB"]
