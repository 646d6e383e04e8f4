"""Wrong codes are counted per address and session; good codes are never kept out."""

from tests.conftest import MovableClock
from tests.meter import Meter
from tests.presence.clients import Classroom, error


def guess(classroom: Classroom, times: int, address: str = "10.0.0.1") -> list[tuple[int, str]]:
    return [
        error(classroom.checkin(f"TKN-WRONG{number:03}", address=address))
        for number in range(times)
    ]


def test_the_twenty_first_wrong_code_in_a_minute_is_too_many(classroom: Classroom) -> None:
    classroom.generate()
    answers = guess(classroom, 21)
    assert answers == [(401, "token_invalid")] * 20 + [(429, "too_many_attempts")]


def test_the_answer_says_when_to_try_again(classroom: Classroom, clock: MovableClock) -> None:
    guess(classroom, 20)
    clock.move(seconds=20)
    answer = classroom.checkin("TKN-WRONG999")
    assert answer.headers["Retry-After"] == "40"
    clock.move(seconds=40)
    assert error(classroom.checkin("TKN-WRONG999")) == (401, "token_invalid")


def test_a_class_behind_the_same_address_still_checks_in(classroom: Classroom) -> None:
    token = classroom.generate()
    guess(classroom, 50)
    answers = [classroom.checkin(token, f"student-{number}") for number in range(30)]
    assert {answer.status_code for answer in answers} == {200}
    assert classroom.checkin(classroom.generate(), "late").status_code == 200


def test_other_addresses_and_other_sessions_are_not_touched(classroom: Classroom) -> None:
    guess(classroom, 21)
    assert guess(classroom, 1, address="10.0.0.2") == [(401, "token_invalid")]
    assert error(classroom.checkin("TKN-WRONG001", session_id="other")) == (401, "token_invalid")


def test_the_address_is_the_one_that_our_own_proxy_wrote(classroom: Classroom) -> None:
    for number in range(21):
        answer = classroom.checkin("TKN-WRONG001", address=f"1.2.3.{number}, 10.0.0.1")
    assert error(answer) == (429, "too_many_attempts")


def test_codes_of_another_session_count_as_wrong(classroom: Classroom) -> None:
    token = classroom.generate(session_id="other")
    for _ in range(20):
        assert error(classroom.checkin(token)) == (401, "token_mismatch")
    assert error(classroom.checkin(token)) == (429, "too_many_attempts")


def test_late_codes_do_not_count_as_wrong(classroom: Classroom, clock: MovableClock) -> None:
    token = classroom.generate()
    clock.move(seconds=121)
    assert {error(classroom.checkin(token)) for _ in range(30)} == {(401, "token_expired")}


def test_guesses_over_the_limit_touch_no_document_that_others_use(
    classroom: Classroom, meter: Meter
) -> None:
    classroom.generate()
    guess(classroom, 20)
    meter.reset()
    guess(classroom, 30)
    assert meter.writes == 0
    assert meter.cost == (30, 30, 0)
    assert max(meter.touched.values()) == 1


def test_an_address_that_goes_from_session_to_session_is_limited_too(classroom: Classroom) -> None:
    token = classroom.generate()
    for number in range(200):
        answer = classroom.checkin("TKN-WRONG001", session_id=f"s{number}")
        assert error(answer) == (401, "token_invalid")
    answer = classroom.checkin("TKN-WRONG001", session_id="one more")
    assert error(answer) == (429, "too_many_attempts")
    assert classroom.checkin(token).status_code == 200
