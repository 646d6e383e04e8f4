"""The table of costs in docs/deploy.md is what the meter counts, by the prices of benchmarks/prices.py."""

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks import prices
from benchmarks.prices import Operations
from shared.base.timestamps import from_millis, text
from shared.google.firestore import Database
from tests.conftest import MovableClock
from tests.devices.sensors import Sensor, reading
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import message
from tests.meter import Meter
from tests.presence.clients import Classroom
from tests.telemetry.phones import Phone
from tests.topic import Topic
from tools.paths import ROOT
from upkeep.store import Store as Upkeep
from upkeep.sweep import create_sweep

START = 1_771_408_800_000  # 2026-02-18T10:00:00Z


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVICE_KEY_SECRET", "x" * 32)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "demo-loaded")


class Bill:
    """Counts calls, and what the fanout does with the messages they publish."""

    def __init__(self, meter: Meter, topic: Topic, consume: Callable[[Any], None]) -> None:
        self._meter, self._topic, self._consume = meter, topic, consume
        self.measured: dict[str, Operations] = {}

    def count(self, name: str, call: Callable[[], object], messages: int = 0) -> None:
        """Makes a call, delivers what it publishes, and notes what both read and wrote."""
        self._topic.messages(0)
        self._meter.reset()
        call()
        for event in self._topic.events(messages):
            self._consume(message(event))
        self.measured[name] = Operations(self._meter.reads, self._meter.writes, messages)


@pytest.fixture
def measured(
    database: Database, topic: Topic, clock: MovableClock, meter: Meter
) -> dict[str, Operations]:
    course = Classroom(database, clock)
    phone = Phone(database, topic.publisher, clock)
    sensor = Sensor(database, topic.publisher, clock)
    consume = consumer(database, clock)
    bill = Bill(meter, topic, consume)
    bill.count("generate", course.generate)
    code = course.generate()
    bill.count("check-in", lambda: course.checkin(code, "ani"))
    bill.count("status", course.status)
    bill.measured["roster"] = Operations(1, 0)  # a listener: by definition a read a document
    samples = [(text(from_millis(START + n * 100)), n / 7, 0.0, 9.8) for n in range(50)]
    bill.count("accel", lambda: phone.batch(*samples), messages=1)
    for _ in range(200):
        clock.move(seconds=5)  # a phone that sends each point when it is there
        phone.point(text(clock()))
    topic.events(200)
    clock.move(seconds=5)
    bill.count("gps", lambda: phone.point(text(clock())), messages=1)
    bill.count("latest", lambda: phone.latest("gps"))
    bill.count("history", lambda: phone.items("gps", limit=200))
    sensor.data(reading())  # the first one makes the live view, which costs a write more
    for event in topic.events(1):
        consume(message(event))
    clock.move(seconds=240)  # its key is read again, and the directory notes it: the dearest minute
    bill.count("device data", lambda: sensor.data(reading(2, text(clock()))), messages=1)
    bill.count("statistics", sensor.statistics)
    bill.count("upkeep", create_sweep(lambda: Upkeep(database), clock))
    return bill.measured


def test_the_table_in_the_docs_is_what_is_measured(measured: dict[str, Operations]) -> None:
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    table = prices.table(measured)
    assert table in page, f"put this into docs/deploy.md:\n\n{table}"


def test_what_is_free_is_taken_off_by_the_day_and_by_the_month() -> None:
    free = {use.call: Operations(0, 0) for use in prices.CLASS}
    assert sum(prices.dollars(free).values()) == 0
    a_write = {**free, "device data": Operations(0, 1)}  # 17,280 a day: under the 20,000
    assert prices.dollars(a_write)["Firestore"] == 0
    two = prices.dollars({**free, "device data": Operations(0, 2)})["Firestore"]
    assert two == pytest.approx((2 * 17_280 - 20_000) * 30 * 0.18 / 100_000)
    busy = prices.dollars({**free, "gps": Operations(0, 1)})["Firestore"]
    assert busy == pytest.approx((36_000 - 20_000) * 8 * 0.18 / 100_000)
