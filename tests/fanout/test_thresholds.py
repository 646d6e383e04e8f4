"""Thresholds by themselves, and from an owner's request to the alerts that follow."""

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.store import Owner
from devices.store import Store as Devices
from fanout.store import Store
from fanout.thresholds import Change, State, Threshold, evaluate
from shared.google.firestore import Database
from shared.google.values import Document
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.devices.sensors import OTHER, Sensor, reading
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import message
from tests.topic import Topic
from upkeep.store import Store as Upkeep
from upkeep.sweep import create_sweep

ABOVE = Threshold("r", "gempa", above=100, below=None, seconds=10)
SERIES = st.lists(st.tuples(st.integers(0, 60), st.sampled_from((50, 150))), max_size=60).map(
    lambda rows: [(second * 1000, number) for second, number in sorted(dict(rows).items())]
)


def steps(*rows: tuple[int, float]) -> list[tuple[int, float]]:
    return [(second * 1000, number) for second, number in rows]


def changes(threshold: Threshold, *rows: tuple[int, float]) -> list[tuple[int, bool]]:
    return [
        (change.at_ms // 1000, change.is_raised)
        for change in evaluate(threshold, State(), steps(*rows))[1]
    ]


def test_it_is_raised_once_after_long_enough_and_cleared_once() -> None:
    rows = [(0, 50), (5, 101), (10, 150), (15, 101), (20, 170), (30, 100), (40, 50)]
    assert changes(ABOVE, *rows) == [(15, True), (30, False)]


def test_a_crossing_that_is_too_short_raises_nothing() -> None:
    assert changes(ABOVE, (0, 101), (9, 150), (10, 50), (11, 101), (20, 101), (21, 1)) == []


def test_without_a_duration_the_first_crossing_raises() -> None:
    assert changes(Threshold("r", "gempa", None, 10, 0), (0, 10), (1, 9), (2, 5), (3, 10)) == [
        (1, True),
        (3, False),
    ]


@given(SERIES, st.integers(0, 100))
def test_however_a_series_is_cut_and_repeated_the_same_is_raised(
    series: list[tuple[int, float]], seed: int
) -> None:
    chance = random.Random(seed)
    cuts = sorted({0, len(series), *(chance.randint(0, len(series)) for _ in range(4))})
    state, changes = State(), list[Change]()
    for begin, end in pairwise(cuts):
        for _ in range(chance.randint(1, 3)):
            state, more = evaluate(ABOVE, state, series[begin:end])
            changes += more
    assert (state, changes) == evaluate(ABOVE, State(), series)


@given(SERIES)
def test_raises_and_clears_take_turns_and_are_as_far_apart_as_asked(
    series: list[tuple[int, float]],
) -> None:
    _, changes = evaluate(ABOVE, State(), series)
    assert [change.is_raised for change in changes] == [n % 2 == 0 for n in range(len(changes))]
    for change in changes:
        assert change.at_ms - change.begin_ms >= ABOVE.seconds * 1000


class Watched:
    """A device whose owner sets thresholds, and the fanout that evaluates them."""

    def __init__(self, database: Database, topic: Topic, clock: MovableClock) -> None:
        self.topic, self.clock, self.database = topic, clock, database
        self.sensor = Sensor(database, topic.publisher, clock)
        self._consume = consumer(database, clock)

    def watch(self, *rules: dict[str, Any]) -> Any:
        answer = self.sensor.call("PUT", f"/{self.sensor.id}/alerts", json={"alerts": list(rules)})
        self.sensor.restart()
        return answer

    def send(self, *numbers: float) -> None:
        for number in numbers:
            self.clock.move(seconds=5)
            assert self.sensor.data(reading(number)).status_code == 200

    def fan_out(self, expected: int, times: int = 1) -> None:
        self.take(self.topic.events(expected), times)

    def take(self, events: list[dict[str, Any]], times: int = 1) -> None:
        for event in sorted(events, key=lambda event: str(event["received_at"])):
            for _ in range(times):
                self._consume(message(event))

    def delete(self) -> int:
        """The status of the owner's DELETE."""
        return self.sensor.call("DELETE", f"/{self.sensor.id}").status_code

    def left(self) -> list[str]:
        """The collections that still have a document of the device."""
        names = ("devices", "watches", "live_devices")
        path, number = self.database.path, str(self.sensor.id)
        return [name for name in names if self.database.get(path(name, number)) is not None]

    def alerts(self) -> list[Document]:
        return self.database.query(self.database.path(), "alerts", order_by="begin", limit=50)


@pytest.fixture
def watched(
    database: Database, topic: Topic, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Watched:
    monkeypatch.setenv("DEVICE_KEY_SECRET", "a secret of the tests, long enough to be one")
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    return Watched(database, topic, clock)


def test_an_owners_wish_becomes_an_alert_that_is_raised_once_and_cleared_once(
    watched: Watched,
) -> None:
    assert watched.watch({"type": "gempa", "above": 100, "seconds": 5}).status_code == 200
    watched.send(50, 150, 150, 150)
    watched.fan_out(4, times=3)
    (alert,) = watched.alerts()
    assert (alert["device_id"], alert["owner"], alert["value"]) == ("SENSOR-001", "owner", 150)
    assert alert["cleared_at"] is None
    watched.send(150, 20, 10)
    watched.fan_out(3, times=3)
    (alert,) = watched.alerts()
    assert alert["cleared_at"] is not None
    watched.send(150, 150)
    watched.fan_out(2)
    assert len(watched.alerts()) == 2


def test_one_post_of_many_readings_raises_and_clears_too(watched: Watched) -> None:
    watched.watch({"type": "temperature", "below": 0, "seconds": 60})
    rows = [(0, 5), (1, -1), (2, -3), (3, -2), (4, 1)]
    watched.sensor.data(
        *[reading(value, f"2026-02-18T09:0{minute}:00Z", "temperature") for minute, value in rows],
        reading(-50, "2026-02-18T09:00:30Z", "humidity"),
    )
    watched.fan_out(1)
    (alert,) = watched.alerts()
    assert (alert["type"], alert["value"]) == ("temperature", -3)
    assert alert["cleared_at"] is not None


@pytest.mark.parametrize(
    "rule",
    [{}, {"type": "gempa"}, {"type": "gempa", "above": 1, "below": 2}, {"type": "sound", "above": 1},
     {"type": "gempa", "above": "x"}, {"type": "gempa", "above": 1, "seconds": -1}],
)  # fmt: skip
def test_a_rule_that_is_none_is_told(watched: Watched, rule: dict[str, Any]) -> None:
    answer = watched.watch(rule)
    assert answer.status_code == 422
    assert all(path.startswith("alerts.0") for path in answer.get_json()["errors"])


def test_rules_are_kept_through_a_new_key_and_only_the_owner_sets_them(watched: Watched) -> None:
    watched.watch({"type": "gempa", "above": 100})
    path = f"/{watched.sensor.id}"
    assert (
        watched.sensor.call("PUT", path + "/alerts", OTHER, json={"alerts": []}).status_code == 404
    )
    watched.sensor.api_key = watched.sensor.call("POST", path + "/key").get_json()["data"][
        "api_key"
    ]
    watched.send(150)
    watched.fan_out(1)
    assert len(watched.alerts()) == 1


def test_a_rule_that_is_taken_away_ends_its_alert_for_good(watched: Watched) -> None:
    rule = {"type": "gempa", "above": 100}
    watched.watch(rule)
    watched.send(150)
    events = watched.topic.events(1)
    watched.take(events)
    assert watched.watch().status_code == 200
    (alert,) = watched.alerts()
    assert alert["cleared_at"] is not None
    watched.take(events)
    assert watched.alerts() == [alert]


def test_an_older_message_does_not_forget_a_newer_rule(watched: Watched) -> None:
    watched.watch({"type": "gempa", "above": 100})
    watched.send(50)
    old = watched.topic.events(1)
    watched.watch({"type": "gempa", "above": 200})
    watched.send(250, 260)
    watched.fan_out(2)
    watched.take(old)
    watched.send(270, 10)
    watched.fan_out(2)
    assert [alert["cleared_at"] is not None for alert in watched.alerts()] == [True]


def test_readings_of_one_post_without_times_are_all_looked_at(watched: Watched) -> None:
    watched.watch({"type": "gempa", "above": 100})
    watched.sensor.data(reading(10), reading(500))
    watched.fan_out(1)
    assert [alert["value"] for alert in watched.alerts()] == [500]


def test_a_message_that_comes_again_after_its_states_were_dropped_raises_nothing(
    watched: Watched,
) -> None:
    rule = {"type": "gempa", "above": 100}
    watched.watch(rule)
    watched.send(150, 50, 160)
    events = watched.topic.events(3)
    watched.take(events)
    for first in range(200, 340, 20):  # more than a hundred others drop it
        watched.watch(*({"type": "gempa", "above": limit} for limit in range(first, first + 20)))
        watched.send(1)
        watched.fan_out(1)
    watched.watch(rule)
    watched.take(events)
    alerts = watched.alerts()
    assert [alert["value"] for alert in alerts] == [150, 160]
    assert None not in [alert["cleared_at"] for alert in alerts]


def test_the_late_messages_of_a_deleted_device_raise_nothing(watched: Watched) -> None:
    watched.watch({"type": "gempa", "above": 100})
    watched.send(150, 160)
    events = watched.topic.events(2)
    assert watched.delete() == 200
    watched.take(events, times=2)
    assert watched.alerts() == []
    assert watched.left() == []


def test_a_deleted_device_leaves_no_alert_open_and_its_messages_are_done_with(
    watched: Watched,
) -> None:
    watched.watch({"type": "gempa", "above": 100}, {"type": "gempa", "above": 120})
    watched.send(150)
    events = watched.topic.events(1)
    watched.take(events)
    watched.clock.move(seconds=601)
    create_sweep(lambda: Upkeep(watched.database), watched.clock)()
    assert [alert["cleared_at"] for alert in watched.alerts()] == [None] * 3
    assert watched.delete() == 200
    alerts = watched.alerts()
    assert [alert["cleared_at"] for alert in alerts] == [watched.clock()] * 3
    watched.take(events, times=2)
    assert watched.alerts() == alerts
    assert watched.left() == []


@pytest.mark.parametrize("step", ["add_threshold_states", "is_registered"])
def test_a_device_that_is_deleted_while_its_message_is_processed_does_not_come_back(
    watched: Watched, step: str
) -> None:
    class Deleting(Store):
        def add_threshold_states(self, number: int) -> bool:
            is_there = super().add_threshold_states(number)
            if step == "add_threshold_states":
                watched.delete()
            return is_there

        def is_registered(self, number: int) -> bool:
            is_there = super().is_registered(number)
            watched.delete()
            return is_there

    watched.watch({"type": "gempa", "above": 100})
    watched.send(150)
    store = Deleting(watched.database)
    (event,) = watched.topic.events(1)
    consumer(watched.database, watched.clock, store)(message(event))
    assert [alert["cleared_at"] is None for alert in watched.alerts()].count(True) == 0
    assert watched.left() == []


def test_an_alert_that_is_raised_in_the_middle_of_a_delete_is_cleared_by_it(
    watched: Watched,
) -> None:
    watched.watch({"type": "gempa", "above": 100})
    watched.send(50)
    watched.fan_out(1)
    watched.send(150)
    (event,) = watched.topic.events(1)

    class Raising(Devices):
        def owner(self, uid: str) -> Owner:
            watched.take([event])
            return super().owner(uid)

    watched.sensor.store = Raising(watched.database, watched.topic.publisher)
    assert watched.delete() == 200
    (alert,) = watched.alerts()
    assert alert["cleared_at"] == watched.clock()
    assert watched.left() == []
