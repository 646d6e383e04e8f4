"""What is over five minutes ahead is stored, and is not the latest before its time has come."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.base.timestamps import from_millis, millis, text
from shared.domain import series
from shared.google.firestore import Database
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.meter import Meter
from tests.telemetry.phones import Phone
from tests.topic import Topic

START = 1_771_408_800_000  # where the clock begins
SECOND, MINUTE = 1_000, 60_000


def at(ms: int) -> str:
    return text(from_millis(START + ms))


def post(phone: Phone, value: float, *times: int) -> None:
    """One batch of these times, and a point of each."""
    assert phone.batch(*[(at(ms), value, 0, 0) for ms in times]).status_code == 200
    for ms in times:
        assert phone.point(at(ms), lat=value).status_code == 200


def latest(phone: Phone) -> tuple[Any, Any]:
    """x and lat, or the error."""
    shown = []
    for kind, name in (("accel", "x"), ("gps", "lat")):
        body = phone.get(f"{kind}/latest").get_json()
        shown.append(body["data"][name] if body["ok"] else body["error"])
    return shown[0], shown[1]


def test_what_is_of_the_future_is_the_latest_when_its_time_has_come(phone: Phone) -> None:
    post(phone, 1, 0)
    post(phone, 2, 5 * MINUTE)  # as far ahead as a clock may be
    assert latest(phone) == (2, 2)
    post(phone, 3, 20 * MINUTE)
    assert latest(phone) == (2, 2)
    assert [item["x"] for item in phone.items("accel")] == [1, 2, 3]
    assert [item["lat"] for item in phone.items("gps")] == [1, 2, 3]
    phone.clock.move(minutes=14, seconds=59)
    assert latest(phone) == (2, 2)
    phone.clock.move(seconds=1)
    assert latest(phone) == (3, 3)


def test_a_phone_with_nothing_but_the_future_is_not_found_until_then(phone: Phone) -> None:
    post(phone, 1, 60 * MINUTE)
    assert latest(phone) == ("device_not_found", "device_not_found")
    assert phone.items("accel")[0]["x"] == phone.items("gps")[0]["lat"] == 1
    for kind in ("accel", "gps"):
        assert phone.items(kind, to=at(0)) == []  # its data are of another time
    phone.clock.move(minutes=55)
    assert latest(phone) == (1, 1)


def test_the_event_names_the_newest_that_is_not_of_the_future(phone: Phone, topic: Topic) -> None:
    phone.batch((at(0), 1, 0, 0), (at(10 * MINUTE), 2, 0, 0), (at(-MINUTE), 3, 0, 0))
    (event,) = topic.events(1)
    assert (event["newest"]["t"], event["newest"]["x"], event["count"]) == (at(0), 1, 3)
    phone.batch((at(10 * MINUTE), 2, 0, 0))
    phone.point(at(10 * MINUTE))
    assert [event["newest"] for event in topic.events(2)] == [None, None]


def test_the_future_costs_reads_only_until_something_newer_has_come(
    phone: Phone, meter: Meter
) -> None:
    post(phone, 1, 0)
    post(phone, 2, 30 * MINUTE)
    meter.reset()
    assert latest(phone) == (1, 1)
    rpcs, reads, _ = meter.cost
    assert rpcs == 4
    assert reads <= 4
    phone.clock.move(minutes=31)
    post(phone, 3, 31 * MINUTE)
    meter.reset()
    assert latest(phone) == (3, 3)
    assert meter.cost == (2, 2, 0)


def test_hundreds_of_batches_of_the_future_do_not_make_the_latest_slow(
    phone: Phone, meter: Meter
) -> None:
    phone.batch((at(0), 1, 0, 0))
    for number in range(100):
        phone.batch((at(30 * MINUTE + number * SECOND), 2, 0, 0))
    meter.reset()
    assert phone.latest("accel")["x"] == 1
    assert meter.cost == (2, 2, 0)


def test_the_track_of_a_phone_whose_future_came_first_is_whole(phone: Phone) -> None:
    post(phone, 1, 60 * MINUTE)
    phone.clock.move(hours=4)
    post(phone, 2, 240 * MINUTE)
    other = Phone(phone.database, phone.publisher, phone.clock)
    for each in (phone, other):
        assert [item["lat"] for item in each.items("gps")] == [1, 2]
        assert latest(each) == (2, 2)


def test_a_head_that_took_the_future_before_this_rule_is_not_believed(phone: Phone) -> None:
    post(phone, 1, 0)
    name = phone.database.path
    for kind, entry in (("accel", [START + 60 * MINUTE, 9, 0, 0, "then"]),
                        ("gps", [START + 60 * MINUTE, 9, 0, 0])):  # fmt: skip
        fields = {"newest_ms": START + 60 * MINUTE, "latest": [series.packed(entry)]}
        path = name("telemetry", "dev-1", "newest", kind)
        phone.database.commit(Write.set(path, fields, merge=True))
    assert latest(phone) == (1, 1)


TIMES = st.sampled_from((-90, -1, 0, 1, 4, 5, 6, 20, 21, 45)).map(lambda n: n * MINUTE)
STEPS = st.tuples(
    st.integers(0, 1),  # which instance
    st.sampled_from((0, 0, 1, 60, 300, 1200)),  # seconds that the clock moves before
    st.lists(TIMES, min_size=1, max_size=3),
)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=1, max_size=9), later=st.sampled_from((0, 60, 900, 3600)))
def test_the_latest_is_the_newest_whose_time_has_come(
    database_of: Callable[[], Database],
    topic: Topic,
    steps: list[tuple[int, int, list[int]]],
    later: int,
) -> None:
    database, clock = database_of(), MovableClock()
    instances = [Phone(database, topic.publisher, clock) for _ in range(2)]
    stored: list[tuple[int, int]] = []

    def compare(phone: Phone) -> None:
        horizon = millis(clock()) - START + 5 * MINUTE
        come = sorted((one for one in stored if one[0] <= horizon), key=lambda one: one[0])
        expected = come[-1][1] if come else "device_not_found"
        assert latest(phone) == (expected, expected)

    for value, (instance, seconds, times) in enumerate(steps):
        clock.move(seconds=seconds, milliseconds=1)
        post(instances[instance], value, *times)
        stored += [(ms, value) for ms in times]
        compare(instances[value % 2])
    clock.move(seconds=later)
    for phone in (*instances, Phone(database, topic.publisher, clock)):
        compare(phone)
        assert len(phone.items("gps")) == len(set(stored))
