"""A registered device and a phone of the same name: through the functions that they send to."""

import json
from typing import Any

import pytest

from shared.google.firestore import Database
from shared.google.values import Document
from tests.conftest import MovableClock
from tests.devices.sensors import Sensor, reading
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import message
from tests.telemetry.phones import Phone
from tests.topic import Topic

NAME = "PIXEL-7"


class Namesakes:
    """A phone and, once it is registered, a private device of its name."""

    def __init__(self, database: Database, topic: Topic, clock: MovableClock) -> None:
        self.database, self.topic, self.clock = database, topic, clock
        self.sensor = Sensor(database, topic.publisher, clock)
        self.phone = Phone(database, topic.publisher, clock, NAME)
        self._consume = consumer(database, clock)

    def register(self) -> None:
        device = self.sensor.register(NAME, public=False).get_json()["data"]
        self.sensor.id, self.sensor.api_key = device["id"], device["api_key"]

    def fan_out(self) -> None:
        for event in self.topic.events(1):
            self._consume(message(event))
        self.clock.move(seconds=5)

    def walk(self) -> None:
        self.phone.point("2026-02-18T10:00:00Z")
        self.fan_out()

    def measure(self) -> None:
        assert self.sensor.data(reading(5)).status_code == 200
        self.fan_out()

    def live(self, *path: str) -> Document | None:
        return self.database.get(self.database.path(*path))

    def map(self) -> list[dict[str, Any]]:
        """What the map's query finds: everything that has a marker."""
        return self.database.query(
            self.database.path(), "live",
            where=[("public", "==", True)], order_by="received.gps", descending=True, limit=50,
        )  # fmt: skip


@pytest.fixture
def namesakes(database: Database, topic: Topic, clock: MovableClock) -> Namesakes:
    return Namesakes(database, topic, clock)


def test_who_registers_the_name_of_a_phone_sees_and_hides_nothing_of_it(
    namesakes: Namesakes,
) -> None:
    namesakes.walk()
    before = namesakes.live("live", NAME)
    assert before is not None
    namesakes.register()
    namesakes.measure()
    assert namesakes.live("live", NAME) == before
    device = namesakes.live("live_devices", str(namesakes.sensor.id))
    assert device is not None
    assert (device["public"], set(device["received"])) == (False, {"reading"})
    namesakes.walk()
    assert [marker["device_id"] for marker in namesakes.map()] == [NAME]
    assert "owner" not in namesakes.map()[0]
    assert "lat" not in json.dumps(namesakes.sensor.details())


def test_who_posts_positions_under_the_name_of_a_device_changes_nothing_of_it(
    namesakes: Namesakes,
) -> None:
    namesakes.register()
    namesakes.measure()
    path = ("live_devices", str(namesakes.sensor.id))
    before = namesakes.live(*path)
    assert before is not None
    namesakes.walk()
    assert namesakes.live(*path) == before
    assert namesakes.phone.latest("gps")["ts"] == "2026-02-18T10:00:00Z"
    phone = namesakes.live("live", NAME)
    assert phone is not None
    assert {"id", "status", "reading", "listed_at"} & set(phone) == set()


def test_deleting_a_device_leaves_the_phone_of_its_name(namesakes: Namesakes) -> None:
    namesakes.register()
    namesakes.measure()
    namesakes.walk()
    number = str(namesakes.sensor.id)
    assert namesakes.sensor.call("DELETE", f"/{number}").status_code == 200
    assert namesakes.live("live_devices", number) is None
    assert namesakes.live("live", NAME) is not None


def test_a_name_that_is_registered_again_is_another_device(namesakes: Namesakes) -> None:
    namesakes.register()
    namesakes.measure()
    old = str(namesakes.sensor.id)
    namesakes.sensor.call("DELETE", f"/{old}")
    namesakes.register()
    namesakes.measure()
    assert namesakes.live("live_devices", old) is None
    assert namesakes.live("live_devices", str(namesakes.sensor.id)) is not None
