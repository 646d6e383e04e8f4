"""History and latest against a plain list, under any sequence of posts, repeats and gaps."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.base.timestamps import from_millis, text
from shared.domain import series
from shared.domain.series import HOUR, Span
from shared.google.firestore import Database
from telemetry import points as codec
from telemetry import rules
from telemetry.rules import BUCKET, Point, Sample
from tests.conftest import MovableClock
from tests.telemetry.phones import Phone
from tests.topic import Topic

NOW = 1_771_408_800_000
UNTIL = NOW + 2 * HOUR + 300_000  # what is later is of the future, by the clock two hours later
# Seconds apart, round the borders of buckets and hours, a day and a month ago, next year.
TIMES = st.one_of(
    st.integers(0, 60).map(lambda second: NOW + second * 1000),
    st.sampled_from((-1, 0, 1)).flatmap(
        lambda off: st.sampled_from((BUCKET, HOUR)).map(lambda border: NOW + border + off)
    ),
    st.integers(1, 40).map(lambda day: NOW - day * 86_400_000),
    st.just(NOW + 400 * 86_400_000),
)
LIMITS = st.integers(1, 12)
BOUNDS = st.none() | TIMES
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def expected(items: list[Any], limit: int, start: int | None, end: int | None) -> list[Any]:
    """What a plain list would answer; items are (ms, …) in the order of their arrival."""
    inside = [
        item
        for item in items
        if (start is None or item[0] >= start) and (end is None or item[0] <= end)
    ]
    return sorted(inside, key=lambda item: item[0])[-limit:]


def shown_latest(phone: Phone, kind: str, stored: list[Any]) -> None:
    """Fails unless the latest is the newest that is not of the future, or there is none."""
    newest = expected(stored, 1, None, UNTIL)
    answer = phone.get(f"{kind}/latest")
    assert answer.status_code == (200 if newest else 404)
    for _, value in newest:
        assert answer.get_json()["data"]["x" if kind == "accel" else "lat"] == value


def after_two_hours() -> MovableClock:
    clock = MovableClock()
    clock.move(hours=2)
    return clock


def span(limit: int, start: int | None, end: int | None) -> dict[str, Any]:
    query: dict[str, Any] = {"limit": limit}
    if start is not None:
        query["from"] = text(from_millis(start))
    if end is not None:
        query["to"] = text(from_millis(end))
    return query


@settings(max_examples=50, suppress_health_check=QUIET)
@given(
    points=st.lists(st.tuples(TIMES, st.integers(0, 3)), min_size=1, max_size=40),
    repeats=st.lists(st.integers(0, 39), max_size=5),
    limit=LIMITS, start=BOUNDS, end=BOUNDS,
)  # fmt: skip
def test_gps_history_equals_a_plain_list(
    database_of: Callable[[], Database], topic: Topic, points: list[tuple[int, int]],
    repeats: list[int], limit: int, start: int | None, end: int | None,
) -> None:  # fmt: skip
    phone = Phone(database_of(), topic.publisher, after_two_hours())
    sent = points + [points[index] for index in repeats if index < len(points)]
    for ms, lat in sent:
        assert phone.point(text(from_millis(ms)), lat=lat).status_code == 200
    stored = list(dict.fromkeys(points))
    found = phone.items("gps", **span(limit, start, end))
    wanted = expected(stored, limit, start, end)
    assert [(item["ts"], item["lat"]) for item in found] == [
        (text(from_millis(ms)), lat) for ms, lat in wanted
    ]
    shown_latest(phone, "gps", stored)


@settings(max_examples=50, suppress_health_check=QUIET)
@given(
    batches=st.lists(st.lists(TIMES, min_size=1, max_size=6), min_size=1, max_size=14),
    repeats=st.lists(st.integers(0, 13), max_size=4),
    limit=LIMITS, start=BOUNDS, end=BOUNDS,
)  # fmt: skip
def test_accel_history_equals_a_plain_list(
    database_of: Callable[[], Database], topic: Topic, batches: list[list[int]],
    repeats: list[int], limit: int, start: int | None, end: int | None,
) -> None:  # fmt: skip
    clock = after_two_hours()
    phone = Phone(database_of(), topic.publisher, clock)
    numbered = [
        [(ms, f"{batch}.{index}") for index, ms in enumerate(times)]
        for batch, times in enumerate(batches)
    ]
    for batch in numbered + [numbered[index] for index in repeats if index < len(numbered)]:
        clock.move(milliseconds=1)
        samples = [(text(from_millis(ms)), float(name), 0, 0) for ms, name in batch]
        assert phone.batch(*samples).status_code == 200
    stored = [(ms, float(name)) for batch in numbered for ms, name in batch]
    found = phone.items("accel", **span(limit, start, end))
    assert [(item["t"], item["x"]) for item in found] == [
        (text(from_millis(ms)), x) for ms, x in expected(stored, limit, start, end)
    ]
    shown_latest(phone, "accel", stored)


@given(times=st.lists(TIMES, min_size=1, max_size=30))
def test_a_batch_is_cut_by_hours_and_loses_nothing(times: list[int]) -> None:
    samples: list[Sample] = [(ms, index, 0, 0) for index, ms in enumerate(times)]
    chunks = list(rules.chunks(sorted(samples), "batch"))
    assert sorted(sample for chunk in chunks for sample in chunk.samples) == sorted(samples)
    for chunk in chunks:
        times = [ms for ms, *_ in chunk.samples]
        assert times[-1] // HOUR * HOUR - times[0] <= rules.OVERLAP
        assert series.key_time(chunk.chunk_id) == times[-1] == max(times)
    assert len({chunk.chunk_id for chunk in chunks}) == len(chunks)


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
POINTS = st.builds(Point, st.integers(-(10**13), 10**13), NUMBERS, NUMBERS, NUMBERS)


@given(st.lists(POINTS, max_size=5))
def test_points_come_out_of_what_is_kept_as_they_went_in(points: list[Point]) -> None:
    track = codec.decode([codec.encode(point) for point in points])
    assert repr([codec.point(one) for one in track]) == repr(points)  # 1 is not 1.0 there
    for point, (_, shown, _) in zip(points, track, strict=True):
        ts = text(from_millis(point.ms))
        assert json.loads(shown) == {"ts": ts, "lat": point.lat, "lng": point.lng}


@given(st.lists(st.tuples(TIMES), max_size=20), LIMITS)
def test_the_newest_of_a_span_are_its_last(items: list[tuple[int]], limit: int) -> None:
    samples: list[Sample] = [(ms, 0, 0, 0) for (ms,) in items]
    assert [ms for ms, *_ in series.newest(samples, Span(limit), rules.time_of)] == sorted(
        ms for (ms,) in items
    )[-limit:]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("txyz"), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(("device_id", "ts", "samples", "lat", "lng", "accuracy_m"))


@pytest.mark.parametrize("path", ["accel", "gps"])
@settings(max_examples=150, suppress_health_check=QUIET)
@given(
    body=st.dictionaries(NAMES, JSON | st.sampled_from(("d", 1, 2.5, [{"x": 1, "y": 1, "z": 1}])))
)
def test_no_json_body_gives_a_5xx(phone: Phone, path: str, body: Any) -> None:
    answer = phone.client.post(f"/telemetry/{path}", data=json.dumps(body))
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("path", ["accel/latest", "accel/history", "gps/latest", "gps/history"])
@settings(max_examples=60, suppress_health_check=QUIET)
@given(
    query=st.dictionaries(
        st.sampled_from(("device_id", "limit", "from", "to")), st.text(max_size=20)
    )
)
def test_no_query_gives_a_5xx(phone: Phone, path: str, query: dict[str, str]) -> None:
    answer = phone.client.get(f"/telemetry/{path}", query_string=query)
    assert answer.status_code in (200, 400, 404)
