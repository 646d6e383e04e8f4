"""Timestamps, ids, limits, settings, things made once: each by itself."""

import contextlib
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.base import clock, timestamps
from shared.base.ids import document_id, fingerprint
from shared.base.once import once
from shared.base.settings import (
    AUTH_MODE,
    DEVICE_KEY_SECRET,
    SettingError,
    refuse_emulators_in_the_cloud,
)
from shared.web.app import Api
from shared.web.cache import Cache
from shared.web.envelopes import OkEnvelope
from shared.web.limits import FailureLimit, RateLimit

NOON = datetime(2026, 2, 18, 10, 15, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-18T10:15:29Z", "2026-02-18t10:15:29z", " 2026-02-18T10:15:29Z ",
        "2026-02-18T10:15:29", "2026-02-18 10:15:29", "2026-02-18T17:15:29+07:00",
        "2026-02-18T17:15:29+07", "2026-02-18T17:15:29+0700", "20260218T101529Z",
        "2026-02-18T10:15:29.000000000Z", "2026-02-18T10:15:29,000Z", "2026-W08-3T10:15:29Z",
        "2026-049T10:15:29Z", "2026049T101529Z",
    ],
)  # fmt: skip
def test_iso_8601_is_read_in_any_of_its_forms(text: str) -> None:
    assert timestamps.parse(text) == NOON


def test_midnight_may_be_the_end_of_a_day() -> None:
    assert timestamps.parse("2026-02-18T24:00:00Z") == datetime(2026, 2, 19, tzinfo=UTC)
    assert timestamps.parse("2026-02-18") == datetime(2026, 2, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "10:15", "2026-02-30", "2026-366", "2026-13-01T00:00:00Z", "1771409729",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-366T24:00", "2026-02-18T25:00",
    ],
)  # fmt: skip
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the kind is all that is promised
        timestamps.parse(text)


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_timestamps(text: str) -> None:
    with contextlib.suppress(ValueError):
        timestamps.parse(text) + timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-02-18T10:15:29.100Z", "2026-02-18T10:15:29.100Z"),
        ("2026-02-18T10:15:29.000Z", "2026-02-18T10:15:29Z"),
        ("2026-02-18T10:15:29.1239Z", "2026-02-18T10:15:29.123Z"),
        ("2026-02-18T10:15:29.0009Z", "2026-02-18T10:15:29Z"),
    ],
)
def test_a_fraction_is_shown_only_where_it_is_not_zero(text: str, shown: str) -> None:
    assert timestamps.text(timestamps.parse(text)) == shown


def test_the_clock_is_utc_and_cut_to_milliseconds() -> None:
    now = clock.now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0


@given(st.text(max_size=200), st.text(max_size=200))
def test_different_texts_are_different_ids_that_firestore_takes(one: str, other: str) -> None:
    found = document_id(one)
    assert (found == document_id(other)) == (one == other)
    assert found not in ("", ".", "..")
    assert "/" not in found
    assert not (found.startswith("__") and found.endswith("__"))
    assert len(found.encode()) <= 1_500


@pytest.mark.parametrize("text", ["", ".", "..", "__x__", "____", "/", "%", "%~", "😀" * 500])
def test_hostile_ids_are_escaped(text: str) -> None:
    found = document_id(text)
    assert found.startswith("%")
    assert len(found.encode()) <= 1_500


@pytest.mark.parametrize("text", ["2023xxxx", "cloud-101", "Ani Ü", "a.b", "__x", "😀"])
def test_ordinary_ids_stay_as_they_are(text: str) -> None:
    assert document_id(text) == text


def test_a_fingerprint_knows_where_a_part_ends() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint("ab", "c") == fingerprint("ab", "c")


def test_a_limit_counts_in_a_sliding_window() -> None:
    limit = FailureLimit(2, timedelta(seconds=60))
    limit.failed(("k",), NOON)
    assert limit.retry_after(("k",), NOON) == 0
    limit.failed(("k",), NOON + timedelta(seconds=30))
    assert limit.retry_after(("k",), NOON + timedelta(seconds=30)) == 30
    assert limit.retry_after(("k",), NOON + timedelta(seconds=60)) == 0
    limit.failed(("k",), NOON + timedelta(seconds=60))
    assert limit.retry_after(("k",), NOON + timedelta(seconds=60)) == 30


def test_a_stranger_cannot_fill_the_limits_memory() -> None:
    limit = FailureLimit(1, timedelta(seconds=60), most_keys=3)
    for number in range(10):
        limit.failed((str(number),), NOON)
    counted = [number for number in range(10) if limit.retry_after((str(number),), NOON)]
    assert counted == [7, 8, 9]


def test_a_setting_with_a_value_it_cannot_have_fails_loudly(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert AUTH_MODE.get() == "open"
    monkeypatch.setenv("AUTH_MODE", "closed")
    with pytest.raises(SettingError, match="AUTH_MODE must be one of open, verified"):
        AUTH_MODE.get()


def test_once_makes_one_thing_for_all_threads() -> None:
    barrier, made = threading.Barrier(8), []

    @once
    def thing() -> object:
        made.append(object())
        return made[-1]

    def ask() -> None:
        barrier.wait()
        thing()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_once_tries_again_after_a_failure() -> None:
    tries = iter([ValueError("not yet"), 7])

    @once
    def thing() -> object:
        found = next(tries)
        if isinstance(found, Exception):
            raise found
        return found

    with pytest.raises(ValueError, match="not yet"):
        thing()
    assert (thing(), thing()) == (7, 7)


def test_a_deployed_function_refuses_emulators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:9099")
    refuse_emulators_in_the_cloud()
    monkeypatch.setenv("K_SERVICE", "presence")
    with pytest.raises(SettingError, match="FIREBASE_AUTH_EMULATOR_HOST"):
        refuse_emulators_in_the_cloud()
    with pytest.raises(SystemExit):
        Api("presence", "/presence", OkEnvelope())
    monkeypatch.setenv("FUNCTIONS_EMULATOR", "true")
    refuse_emulators_in_the_cloud()


def test_a_secret_that_is_missing_or_short_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("", "short"):
        monkeypatch.setenv("DEVICE_KEY_SECRET", value)
        with pytest.raises(SettingError, match="at least 32 characters"):
            DEVICE_KEY_SECRET.get()


def test_a_rate_lets_a_burst_through_and_then_as_many_as_it_says() -> None:
    limit, now = RateLimit(rate=10, burst=3), NOON
    assert [limit.retry_after("k", now) for _ in range(4)] == [0, 0, 0, 1]
    assert limit.retry_after("other", now) == 0
    now += timedelta(milliseconds=100)
    assert [limit.retry_after("k", now) for _ in range(2)] == [0, 1]
    now += timedelta(seconds=10)
    assert [limit.retry_after("k", now) for _ in range(4)] == [0, 0, 0, 1]


def test_a_cache_keeps_for_its_life_and_no_more_than_it_may() -> None:
    made: list[int] = []
    cache: Cache[int] = Cache(timedelta(seconds=5), most=2)

    def get(key: int, second: int) -> int:
        return cache.get(key, NOON + timedelta(seconds=second), lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    assert [get(1, 0), get(1, 4), get(1, 5), get(2, 5), get(3, 5), get(1, 5)] == [1, 1, 1, 2, 3, 1]
    assert made == [1, 1, 2, 3, 1]
    cache.drop(1)
    get(1, 5)
    assert made == [1, 1, 2, 3, 1, 1]


@given(
    st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9999, 12, 28)),
    st.sampled_from(("seconds", "milliseconds", "microseconds")),
    st.sampled_from(("Z", "", "+07:00", " ", "z")),
)
def test_the_short_way_to_milliseconds_gives_what_the_long_one_gives(
    moment: datetime, precision: str, zone: str
) -> None:
    sent = moment.isoformat(timespec=precision) + zone
    try:
        (found,) = timestamps.canonical_millis([sent])
    except (KeyError, ValueError):
        assert precision == "microseconds" or zone != "Z"
    else:
        assert found == timestamps.millis(timestamps.parse(sent))
        assert timestamps.millis_text(found) == timestamps.text(timestamps.parse(sent))


@pytest.mark.parametrize(
    "sent",
    [
        "2026-02-30T10:00:00Z", "2026-02-18T24:00:00.5Z", "0000-01-01T00:00:00Z", "Z", "",
        "2026-02-18T10:15+07Z", "2026-02-18T10:15   Z", "20260218T101529.123.5Z",
        "2026-02-18t10:15:29Z", "２026-02-18T10:15:29Z",
    ],
)  # fmt: skip
def test_the_short_way_refuses_what_is_no_time(sent: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        timestamps.canonical_millis([sent])
