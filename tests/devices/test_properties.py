"""Statistics against a recount of all that was posted, under any history of posts."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices import rules
from shared.base.timestamps import millis, text
from shared.domain.days import DAY, Day, day_and_minute
from shared.domain.devices import Reading, representative
from shared.domain.series import AHEAD
from shared.google.firestore import Database
from tests.conftest import MovableClock
from tests.devices.sensors import Sensor, reading
from tests.topic import Topic

VALUES = st.one_of(
    st.integers(-1000, 1000),
    st.floats(-1e6, 1e6),
    st.sampled_from(({"intensitas": 5, "magnitude": 2}, {"magnitude": 3.5}, {"x": 3, "y": 4, "z": 0}, {"kedalaman": 9})),
)  # fmt: skip
# Now, round the borders of the two windows, days late, and of a clock that runs ahead.
OFFSETS = st.one_of(
    st.integers(-300, 300),
    st.sampled_from((86_400, 7 * 86_400)).flatmap(
        lambda window: st.integers(-90, 90).map(lambda off: off - window)
    ),
    st.integers(-20 * 86_400, 0),
    st.integers(301, 400 * 86_400),
)
POSTS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(("gempa", "humidity", "custom")), VALUES, OFFSETS), min_size=1, max_size=5),
        st.sampled_from((1, 40, 3_700, 90_000)),  # seconds until the next
        st.booleans(),  # sent again
    ),
    min_size=1, max_size=6,
)  # fmt: skip


def recount(stored: list[tuple[datetime, str, Any, bool]], now: datetime) -> dict[str, Any]:
    """The contract's numbers by looking at every reading."""
    cut = now.replace(second=0, microsecond=0)
    dated = [moment for moment, _, _, ahead in stored if not ahead]
    numbers = [float(n) for _, _, value, _ in stored if (n := representative(value)) is not None]
    return {
        "total_data": len(stored),
        "last_24h": sum(moment >= cut - timedelta(hours=24) for moment in dated),
        "last_7d": sum(moment >= cut - timedelta(days=7) for moment in dated),
        "avg_value": pytest.approx(sum(numbers) / len(numbers), rel=1e-9, abs=1e-9)
        if numbers
        else None,
        "max_value": max(numbers) if numbers else None,
        "min_value": min(numbers) if numbers else None,
        "by_type": Counter(kind for _, kind, _, _ in stored),
    }


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(posts=POSTS, later=st.sampled_from((0, 59, 61, 3_600, 6 * 86_400)))
def test_statistics_equal_a_recount(
    database_of: Callable[[], Database], topic: Topic, posts: list[Any], later: int
) -> None:
    clock = MovableClock()
    sensor = Sensor(database_of(), topic.publisher, clock)
    stored: list[tuple[datetime, str, Any, bool]] = []
    for number, (rows, gap, again) in enumerate(posts):
        now = clock()
        moments = [now + timedelta(seconds=offset) for _, _, offset in rows]
        batch = [
            reading(value, text(moment), kind)
            for (kind, value, _), moment in zip(rows, moments, strict=True)
        ]
        for _ in range(1 + again):
            assert sensor.data(*batch, Idempotency_Key=str(number)).status_code == 200
        stored += [
            (moment, kind, value, moment > now + AHEAD)
            for (kind, value, _), moment in zip(rows, moments, strict=True)
        ]
        clock.move(seconds=gap)
    clock.move(seconds=later)
    counted, wanted = sensor.statistics(), recount(stored, clock())
    assert Counter({row["type"]: row["count"] for row in counted["data_by_type"]}) == wanted.pop(
        "by_type"
    )
    assert {name: counted[name] for name in wanted} == wanted
    assert counted["total_data"] >= counted["last_7d"] >= counted["last_24h"]


@given(st.lists(st.integers(0, 1439), max_size=50), st.integers(0, 1440))
def test_packed_minutes_count_as_a_list_does(minutes: list[int], first: int) -> None:
    now = datetime.fromisoformat("2026-02-18T23:59:59Z")
    midnight = millis(now.replace(hour=0, minute=0, second=0))
    readings = [Reading(midnight + minute * 60_000, 0, "gempa", 1) for minute in minutes]
    added = rules.minutes(readings, now)
    day = Day(midnight // DAY, added.get(midnight // DAY, {}), frozenset())
    assert day.count_from(first) == sum(minute >= first for minute in minutes)


def test_a_full_day_changes_no_more_fields_than_a_commit_may() -> None:
    now = datetime.fromisoformat("2026-02-18T23:59:59Z")
    midnight = millis(now.replace(hour=0, minute=0, second=0))
    readings = [Reading(midnight + minute * 60_000, 0, "gempa", 1) for minute in range(1440)]
    (fields,) = rules.minutes(readings, now).values()
    assert len(fields) == 480
    assert max(fields.values()) < 2**63


@given(active=st.sets(st.integers(0, 1439), max_size=30), age=st.integers(1, 20_000))
def test_uptime_equals_a_minute_by_minute_look(active: set[int], age: int) -> None:
    now = datetime.fromisoformat("2026-02-18T23:59:00Z")
    today, _ = day_and_minute(now)
    since = now - timedelta(minutes=age)
    last = millis(now) // 60_000
    heard = {today * 1440 + minute for minute in active}
    span = range(max(millis(since) // 60_000, last - 7 * 1440), last + 1)
    online = sum(any(minute - back in heard for back in range(10)) for minute in span)
    day = Day(today, {}, frozenset(active))
    assert rules.uptime_percentage([day], since, now) == round(100 * online / len(span), 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
ROWS = st.dictionaries(st.sampled_from(("type", "value", "timestamp")), JSON | st.just("gempa"))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=JSON | st.dictionaries(st.just("data"), st.lists(ROWS | JSON, max_size=4)))
def test_no_json_body_gives_a_5xx(sensor: Sensor, body: Any) -> None:
    import json

    sensor.clock.move(seconds=1)
    for path in ("/data", "/heartbeat"):
        assert sensor.send(path, json.dumps(body)).status_code < 500


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(
        st.sampled_from(("device_id", "name", "type", "firmware_version", "metadata", "capabilities", "public")),
        JSON | st.text(min_size=1, max_size=9),
    )
)  # fmt: skip
def test_no_registration_gives_a_5xx(sensor: Sensor, body: Any) -> None:
    import json

    assert sensor.call("POST", "", data=json.dumps(body)).status_code < 500
