"""What each call may cost, counted at the gRPC channel: RPCs, billed reads, billed writes."""

import pytest

from tests.conftest import MovableClock
from tests.devices.sensors import Sensor, reading
from tests.meter import Meter


@pytest.mark.parametrize("count", [1, 50, 1000])
def test_a_post_is_one_commit_of_three_writes_and_its_key_at_most_one_read(
    sensor: Sensor, meter: Meter, count: int
) -> None:
    batch = [reading(n, f"2026-02-18T09:{n // 60 % 60:02}:{n % 60:02}Z") for n in range(count)]
    meter.reset()
    sensor.data(*batch)
    assert meter.cost == (2, 1, 3)
    meter.reset()
    sensor.data(*batch[:-1], reading(-1, "2026-02-18T09:00:00Z"))
    assert meter.cost == (1, 0, 3)


def test_each_further_day_is_one_more_write(sensor: Sensor, meter: Meter) -> None:
    sensor.data(reading())
    meter.reset()
    sensor.data(*[reading(n, f"2026-02-{18 - n}T09:00:00Z") for n in range(4)])
    assert meter.cost == (1, 0, 6)


def test_statistics_of_a_million_readings_cost_what_those_of_a_thousand_cost(
    sensor: Sensor, meter: Meter, clock: MovableClock
) -> None:
    batch = [reading(number % 97) for number in range(1000)]
    costs = {}
    for posts in range(1, 1001):
        assert sensor.data(*batch).status_code == 200
        clock.move(milliseconds=200)
        if posts in (1, 1000):
            sensor.restart()
            meter.reset()
            statistics = sensor.statistics()
            costs[statistics["total_data"]] = meter.cost
    assert costs == {1_000: (1, 10, 0), 1_000_000: (1, 10, 0)}


def test_a_dashboard_that_polls_costs_one_look_a_minute(
    sensor: Sensor, meter: Meter, clock: MovableClock
) -> None:
    meter.reset()
    for _ in range(24):
        sensor.statistics()
        clock.move(seconds=5)
    assert meter.rpcs == 2
    meter.reset()
    for _ in range(24):
        sensor.history()
        clock.move(seconds=5)
    assert meter.methods["GetDocument"] == 4


def test_a_heartbeat_is_one_commit_of_two_writes(sensor: Sensor, meter: Meter) -> None:
    sensor.data(reading())
    meter.reset()
    sensor.send("/heartbeat", {})
    assert meter.cost == (1, 0, 2)


def test_a_wrong_key_costs_one_read_and_is_remembered(sensor: Sensor, meter: Meter) -> None:
    meter.reset()
    for _ in range(5):
        sensor.send("/data", {"data": [reading()]}, key="x" * 32)
    assert meter.cost == (1, 1, 0)


@pytest.mark.parametrize("path", ["", "/1", "/SENSOR-001", "/1/statistics", "/1/data"])
def test_a_stranger_costs_nothing(sensor: Sensor, meter: Meter, path: str) -> None:
    meter.reset()
    for bearer in (None, "nonsense"):
        assert sensor.call("GET", path, bearer).status_code == 401
    assert meter.cost == (0, 0, 0)
