"""What machines measure, shown on their channels: once, and never back in time."""

from datetime import timedelta
from typing import Any

import pytest

from shared.base.timestamps import text
from shared.google.firestore import Database
from shared.google.values import Document
from shared.google.writes import Write
from tests.conftest import MovableClock
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import message

UUID = "5a3a2c8e-8b1e-4f0e-9d43-1f3c1f9f2a10"


class Channel:
    """One machine's channel, and the consumer that writes on it."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database, self.clock = database, clock
        self.consume = consumer(database, clock)
        database.commit(Write.set(database.path("rvm", UUID), {"uuid": UUID, "status": "online"}))

    def tell(self, batch_id: str = "b1", ago: int = 0, uuid: str = UUID, **sensors: Any) -> None:
        measured = self.clock.moment.timestamp() - ago
        at = text(self.clock.moment.fromtimestamp(measured, self.clock.moment.tzinfo))
        event = {
            "kind": "machine", "event": "TelemetryUpdateUpdate", "device_id": uuid,
            "batch_id": batch_id, "sensors": sensors, "measured_at": at,
            "received_at": text(self.clock()),
        }  # fmt: skip
        self.consume(message(event))

    @property
    def live(self) -> Document:
        return self.database.get(self.database.path("rvm", UUID)) or {}

    @property
    def events(self) -> list[Document]:
        parent = self.database.path("rvm", UUID)
        return self.database.query(parent, "events", order_by="created_at", limit=50)


@pytest.fixture
def channel(database: Database, clock: MovableClock) -> Channel:
    return Channel(database, clock)


def test_telemetry_is_an_event_of_the_channel_and_part_of_the_live_state(channel: Channel) -> None:
    channel.tell(temperature=31.5, bin_capacity=70)
    (event,) = channel.events
    assert event["event"] == "TelemetryUpdateUpdate"
    assert event["data"] == {
        "uuid": UUID,
        "sensors": {"temperature": 31.5, "bin_capacity": 70},
        "measured_at": "2026-02-18T10:00:00Z",
    }
    assert channel.live["sensors"] == {"temperature": 31.5, "bin_capacity": 70}
    assert channel.live["bin_level"] == 70
    assert channel.live["status"] == "online"


def test_what_others_keep_in_the_live_state_stays(channel: Channel) -> None:
    path = channel.database.path("rvm", UUID)
    fields = {"generation": 3, "maintenance": {"active_until": channel.clock()}}
    channel.database.commit(Write.set(path, fields, merge=True))
    channel.tell(temperature=31.5)
    assert channel.live.items() >= fields.items()


@pytest.mark.parametrize(("days", "kept"), [("30", 30), ("0", None)])
def test_an_event_is_stored_as_long_as_the_setting_says(
    channel: Channel, monkeypatch: pytest.MonkeyPatch, days: str, kept: int | None
) -> None:
    monkeypatch.setenv("EVENT_DAYS", days)
    channel.tell(temperature=31.5)
    (event,) = channel.events
    expected = None if kept is None else channel.clock() + timedelta(days=kept)
    assert event.get("purge_at") == expected


def test_a_message_that_comes_again_changes_nothing(channel: Channel) -> None:
    for _ in range(3):
        channel.tell(temperature=31.5)
    assert len(channel.events) == 1


def test_late_telemetry_is_an_event_and_leaves_the_live_state(channel: Channel) -> None:
    channel.tell("new", temperature=31.5)
    channel.tell("late", ago=60, temperature=20)
    assert len(channel.events) == 2
    assert channel.live["sensors"] == {"temperature": 31.5}


def test_each_sensor_keeps_its_last_value(channel: Channel) -> None:
    channel.tell("a", ago=10, temperature=31.5)
    channel.tell("b", humidity=60)
    assert channel.live["sensors"] == {"temperature": 31.5, "humidity": 60}


def test_a_clock_that_runs_ahead_does_not_stop_the_live_state(channel: Channel) -> None:
    channel.tell("ahead", ago=-3600 * 24 * 365, bin_capacity=10)
    channel.clock.move(seconds=5)
    channel.tell("now", bin_capacity=95)
    assert channel.live["bin_level"] == 95


def test_the_live_state_keeps_a_hundred_sensors_and_the_last_ones_among_them(
    channel: Channel,
) -> None:
    for batch in range(3):
        channel.clock.move(seconds=1)
        sensors: dict[str, Any] = {f"s{batch}-{n}": n for n in range(60)}
        channel.tell(f"b{batch}", **sensors)
    names = set(channel.live["sensors"])
    assert len(names) == 100
    assert names > {f"s2-{n}" for n in range(60)}
    assert len(channel.events) == 3


def test_telemetry_of_no_machine_of_ours_is_dropped(channel: Channel) -> None:
    channel.tell(uuid="nobody", temperature=1)
    assert channel.database.get(channel.database.path("rvm", "nobody")) is None


@pytest.mark.parametrize("field", ["sensors", "batch_id", "measured_at", "event"])
def test_broken_telemetry_is_parked(channel: Channel, field: str) -> None:
    event = {
        "kind": "machine", "event": "TelemetryUpdateUpdate", "device_id": UUID, "batch_id": "b",
        "sensors": {"t": 1}, "measured_at": "2026-02-18T10:00:00Z",
        "received_at": "2026-02-18T10:00:00Z",
    }  # fmt: skip
    del event[field]
    channel.consume(message(event))
    dead = channel.database.query(channel.database.path(), "dead", order_by="parked_at", limit=9)
    assert len(dead) == 1
    assert channel.events == []
