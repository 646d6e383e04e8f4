"""The head of a device, written unread by several instances: latest is right whatever they know."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain import series
from shared.google.firestore import Database
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.meter import Meter
from tests.telemetry.phones import Phone
from tests.topic import Topic


@pytest.fixture
def instances(database: Database, topic: Topic, clock: MovableClock) -> list[Phone]:
    """Two instances on one database; neither knows what the other has seen."""
    return [Phone(database, topic.publisher, clock) for _ in range(2)]


def post(phone: Phone, second: int, value: float | None = None) -> None:
    ts = f"2026-02-18T10:00:{second:02}Z"
    value = second if value is None else value
    assert phone.batch((ts, value, 0, 0)).status_code == 200
    assert phone.point(ts, lat=value).status_code == 200


def latest(phone: Phone) -> tuple[float, float]:
    return phone.latest("accel")["x"], phone.latest("gps")["lat"]


def test_what_another_instance_has_made_late_does_not_move_the_latest_back(
    instances: list[Phone], meter: Meter
) -> None:
    one, other = instances
    post(one, 5)
    post(other, 10)
    post(one, 7)  # it believes this to be the newest
    meter.reset()
    assert latest(one) == latest(other) == (10, 10)
    assert meter.rpcs > 4
    post(one, 11)
    meter.reset()
    assert latest(one) == latest(other) == (11, 11)
    assert meter.cost == (4, 4, 0)


def test_an_instance_that_knows_nothing_leaves_the_latest_where_it_is(
    instances: list[Phone], meter: Meter
) -> None:
    one, other = instances
    post(one, 5)
    post(other, 1)
    meter.reset()
    assert latest(one) == latest(other) == (5, 5)
    assert meter.cost == (4, 4, 0)


def test_a_point_sent_again_to_another_instance_does_not_pass_the_one_after_it(
    instances: list[Phone],
) -> None:
    one, other = instances
    post(one, 5, 1)
    post(one, 5, 2)
    other.point("2026-02-18T10:00:05Z", lat=1)
    assert one.latest("gps")["lat"] == one.items("gps")[-1]["lat"] == 2


def test_points_of_the_time_when_buckets_were_shorter_are_found(
    instances: list[Phone], clock: MovableClock
) -> None:
    name = instances[0].database.path
    noon = 1_771_408_800_000
    times = [noon + 60_000 * minute for minute in range(15)]
    for start in range(0, 15, 5):
        key = series.key(times[start])
        points = [series.packed([ms, ms % 90, 0, 0]) for ms in times[start : start + 5]]
        kept = {"device_id": "dev-1", "key": key}
        instances[0].database.commit(
            Write.set(
                name("telemetry", "dev-1", "gps", key),
                kept,
                merge=True,
                array_union={"points": points},
            )
        )
    latest = series.packed([times[-1], 1, 0, 0])
    head = {"device_id": "dev-1", "newest_ms": times[-1], "oldest_ms": noon, "latest": [latest]}
    instances[0].database.commit(
        Write.set(name("telemetry", "dev-1", "newest", "gps"), head, merge=True)
    )
    clock.move(days=1)
    assert len(instances[0].items("gps")) == 15


def test_a_track_of_long_ago_is_found_by_an_instance_that_has_never_seen_it(
    instances: list[Phone], clock: MovableClock, meter: Meter
) -> None:
    one, other = instances
    clock.move(hours=1)
    for minute in range(40):
        one.point(f"2026-02-18T10:{minute:02}:00Z", lat=minute)
    clock.move(days=100)
    for phone, limit in ((other, 10), (other, 10), (one, 200), (one, 1000)):
        found = [item["lat"] for item in phone.items("gps", limit=limit)]
        assert found == list(range(40))[-limit:]
    meter.reset()
    other.items("gps", limit=10)
    assert meter.cost == (1, 3, 0)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(posts=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=14))
def test_latest_is_the_newest_whoever_takes_what_when(
    database_of: Callable[[], Database], topic: Topic, posts: list[tuple[int, int]]
) -> None:
    database, clock = database_of(), MovableClock()
    instances = [Phone(database, topic.publisher, clock) for _ in range(3)]
    for instance, second in posts:
        clock.move(milliseconds=1)
        post(instances[instance], second)
    newest = max(second for _, second in posts)
    for phone in [*instances, Phone(database, topic.publisher, clock)]:
        assert latest(phone) == (newest, newest)
        assert {item["lat"] for item in phone.items("gps")} == {second for _, second in posts}


def test_a_time_that_is_sent_for_ever_does_not_fill_the_head(phone: Phone) -> None:
    phone.clock.move(hours=1)
    for number in range(180):
        phone.point("2026-02-18T10:15:30Z", lat=number / 10)
    head = phone.database.get(phone.database.path("telemetry", "dev-1", "newest", "gps"))
    assert head is not None
    assert len(head["latest"]) <= 50
    assert phone.latest("gps")["lat"] == 17.9
    assert phone.items("gps")[-1]["lat"] == 17.9
