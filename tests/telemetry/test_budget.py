"""What each call may cost, counted at the gRPC channel: RPCs, billed reads, billed writes."""

import random

import pytest

from shared.base.timestamps import from_millis, text
from tests.meter import Meter
from tests.telemetry.phones import Phone
from tests.topic import Topic

START = 1_771_408_800_000  # 2026-02-18T10:00:00Z


def batch(count: int, start: int = START) -> list[tuple[str, float, float, float]]:
    """Samples at 50 a second."""
    return [(text(from_millis(start + index * 20)), index / 7, 0.0, 9.8) for index in range(count)]


@pytest.mark.parametrize("count", [1, 50, 1000])
def test_a_batch_is_one_commit_of_it_and_its_head_and_one_publish(
    phone: Phone, meter: Meter, topic: Topic, count: int
) -> None:
    phone.batch(*batch(count))
    assert meter.cost == (1, 0, 2)
    assert len(topic.messages(1)) == 1


def test_a_batch_over_the_border_of_an_hour_is_two_writes(phone: Phone, meter: Meter) -> None:
    phone.batch(*batch(1000, START + 3_595_000))
    assert meter.cost == (1, 0, 2)


def test_what_is_known_to_be_late_leaves_the_head_alone(phone: Phone, meter: Meter) -> None:
    for start in (START - 120_000, START):
        phone.batch(*batch(5, start))
        phone.point(text(from_millis(start)))
    meter.reset()
    phone.batch(*batch(5, START - 60_000))
    phone.point(text(from_millis(START - 60_000)))
    assert meter.cost == (2, 0, 2)


def test_a_batch_sent_again_is_one_commit_that_writes_nothing(phone: Phone, meter: Meter) -> None:
    phone.batch(*batch(50))
    meter.reset()
    phone.batch(*batch(50))
    assert meter.cost == (1, 0, 0)


def test_a_point_is_one_commit_of_it_and_its_head_and_one_publish(
    phone: Phone, meter: Meter, topic: Topic
) -> None:
    phone.point("2026-02-18T10:00:00Z")
    assert meter.cost == (1, 0, 2)
    assert len(topic.messages(1)) == 1


def test_a_refused_post_costs_nothing(phone: Phone, meter: Meter, topic: Topic) -> None:
    phone.batch()
    phone.point("2026-02-18T10:00:00Z", lat=91)
    assert meter.cost == (0, 0, 0)
    assert topic.messages(0) == []


def test_reads_of_a_shuffled_track_with_repeats_are_a_handful(phone: Phone, meter: Meter) -> None:
    points = [text(from_millis(START + index * 5_000)) for index in range(300)]
    phone.clock.move(hours=1)
    shuffled = points + points[::10]
    random.Random(7).shuffle(shuffled)
    for number, ts in enumerate(shuffled):
        phone.point(ts, lat=points.index(ts) / 10)
        rpcs, reads, writes = meter.cost
        assert (rpcs, reads) == (number + 1, 0)
        assert writes <= 2 * (number + 1)
    meter.reset()
    assert [item["ts"] for item in phone.items("gps", limit=200)] == points[-200:]
    rpcs, reads, _ = meter.cost
    assert rpcs == 1
    assert reads <= 8
    meter.reset()
    assert phone.latest("gps")["ts"] == points[-1]
    assert meter.cost == (1, 1, 0)


def test_latest_is_one_read_whatever_is_stored(phone: Phone, meter: Meter) -> None:
    for number in range(20):
        phone.batch(*batch(50, START + number * 1000))
    meter.reset()
    phone.latest("accel")
    assert meter.cost == (1, 1, 0)


def test_accel_history_reads_the_batches_it_needs(phone: Phone, meter: Meter) -> None:
    for number in range(40):
        phone.batch(*batch(50, START + number * 1000))
    meter.reset()
    assert len(phone.items("accel", limit=100)) == 100
    assert meter.cost == (1, 4, 0)


def test_a_range_of_long_ago_does_not_read_what_came_since(phone: Phone, meter: Meter) -> None:
    phone.clock.move(hours=30)
    for hour in range(30):
        phone.batch(*batch(5, START + hour * 3_600_000))
        phone.point(text(from_millis(START + hour * 3_600_000)))
    end = {"to": text(from_millis(START + 60_000))}
    for kind, count in (("accel", 5), ("gps", 1)):
        meter.reset()
        assert len(phone.items(kind, **end)) == count
        assert meter.cost == (1, 1, 0)
