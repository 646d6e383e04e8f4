"""The rules by themselves: no Flask, no Google, no clock."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from presence import errors, rules
from presence.rules import Presence, Session, Token

NOW = datetime(2026, 2, 18, 10, 0, tzinfo=UTC)
SESSION = Session("cloud-101", "sesi-02")
TOKEN = Token("TKN-7KQ2M9XA", SESSION, issued_at=NOW, expires_at=NOW + rules.TOKEN_LIFE)
SECOND = timedelta(seconds=1)


def require_valid_token(
    token: Token | None = TOKEN,
    session: Session = SESSION,
    is_open: bool = True,
    ts: datetime | None = None,
    now: datetime = NOW,
) -> None:
    rules.require_valid_token(token, session, is_open, ts, now)


def presence(user: str, *devices: str, minute: int = 0) -> Presence:
    moment = NOW + timedelta(minutes=minute)
    return Presence(SESSION, user, devices[0], moment, moment, devices)


def test_a_code_has_at_least_thirty_bits_and_no_letter_that_looks_like_another() -> None:
    drawn = rules.new_token(SESSION, None, NOW, lambda letters: letters[0]).token
    assert len(drawn.removeprefix("TKN-")) * math.log2(len(rules.ALPHABET)) >= 30
    assert not set("01ILO") & set(rules.ALPHABET)


def test_a_code_lives_two_minutes_from_the_ts_that_was_sent() -> None:
    ts = NOW - timedelta(minutes=1)
    token = rules.new_token(SESSION, ts, NOW, lambda letters: letters[0])
    assert (token.issued_at, token.expires_at) == (NOW, NOW + timedelta(minutes=1))


def test_a_good_code_opens_until_its_last_moment() -> None:
    require_valid_token(now=NOW + rules.TOKEN_LIFE)


def test_a_code_is_expired_a_moment_later() -> None:
    with pytest.raises(errors.TokenExpired):
        require_valid_token(now=NOW + rules.TOKEN_LIFE + timedelta(milliseconds=1))


def test_a_back_dated_ts_does_not_stretch_a_codes_life() -> None:
    with pytest.raises(errors.TokenExpired):
        require_valid_token(ts=NOW, now=NOW + rules.TOKEN_LIFE + SECOND)


def test_a_ts_past_the_expiry_shortens_it() -> None:
    with pytest.raises(errors.TokenExpired):
        require_valid_token(ts=NOW + rules.TOKEN_LIFE + SECOND)


def test_a_code_generated_for_the_future_still_ends_two_minutes_after_it_was_issued() -> None:
    dated = rules.new_token(SESSION, NOW + timedelta(days=1), NOW, lambda letters: letters[0])
    with pytest.raises(errors.TokenExpired):
        require_valid_token(dated, now=NOW + rules.TOKEN_LIFE + SECOND)


def test_refusals_come_in_the_order_of_the_contract() -> None:
    late, other = NOW + timedelta(hours=1), Session("cloud-101", "sesi-03")
    with pytest.raises(errors.TokenInvalid):
        require_valid_token(None, other, is_open=False, now=late)
    with pytest.raises(errors.TokenMismatch):
        require_valid_token(TOKEN, other, is_open=False, now=late)
    with pytest.raises(errors.SessionClosed):
        require_valid_token(TOKEN, SESSION, is_open=False, now=late)
    with pytest.raises(errors.TokenExpired):
        require_valid_token(TOKEN, SESSION, is_open=True, now=late)


def test_a_code_is_read_as_people_type_it() -> None:
    assert rules.read_token("  tkn-7kq2m9xa\n") == TOKEN.token


def test_a_presence_id_belongs_to_one_user_of_one_session() -> None:
    ids = {
        Presence(Session(course, session), user, "d", NOW, NOW, ("d",)).presence_id
        for course, session, user in [
            ("a", "b", "c"),
            ("ab", "", "c"),
            ("a", "bc", ""),
            ("a", "b", "d"),
        ]
    }
    assert len(ids) == 4
    assert presence("u", "d").presence_id == presence("u", "other device", minute=1).presence_id


def test_a_device_that_two_users_share_is_flagged_for_both() -> None:
    records = [presence("a", "tablet"), presence("b", "tablet"), presence("c", "own")]
    assert rules.flags(records) == [["shared_device"], ["shared_device"], []]


def test_a_user_with_several_devices_is_flagged() -> None:
    assert rules.flags([presence("a", "phone", "laptop")]) == [["several_devices"]]


def test_a_second_device_that_is_somebody_elses_first_is_flagged_for_both() -> None:
    records = [presence("a", "phone", "tablet"), presence("b", "tablet")]
    assert rules.flags(records) == [["shared_device", "several_devices"], ["shared_device"]]


def test_records_are_ordered_by_the_time_that_is_shown() -> None:
    late, early = presence("a", "d", minute=5), presence("b", "e", minute=1)
    assert rules.oldest_first([late, early]) == [early, late]
