"""The public stations: which fields are public, how fresh they are, and what they cost."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.domain.directory import SHARDS
from shared.google.firestore import Database
from shared.google.writes import Write
from stations.routes import create_app
from stations.store import Store
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.devices.sensors import Sensor, reading
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import message
from tests.meter import Meter
from tests.topic import Topic

BASE = "/api/v1/public/stations"
JAKARTA = {"location": "Jakarta", "latitude": -6.2088, "longitude": 106.8456}


class Public:
    """An owner's device, and a visitor who sees what becomes of it."""

    def __init__(self, database: Database, topic: Topic, clock: MovableClock) -> None:
        self.topic, self.clock = topic, clock
        self.sensor = Sensor(database, topic.publisher, clock)
        self._store = Store(database)
        self._consume = consumer(database, clock)
        self.visitor = self.new_instance()

    def new_instance(self) -> FlaskClient:
        return create_app(lambda: self._store, now=self.clock).test_client()

    def fan_out(self, expected: int) -> None:
        """Lets the fanout take in what was published."""
        for event in self.topic.events(expected):
            self._consume(message(event))

    def list(self) -> list[dict[str, Any]]:
        stations: list[dict[str, Any]] = self.new_instance().get(BASE).get_json()["data"]
        return stations


@pytest.fixture
def public(
    database: Database, topic: Topic, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> Public:
    monkeypatch.setenv("DEVICE_KEY_SECRET", "a secret of the tests, long enough to be one")
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    return Public(database, topic, clock)


def test_the_list_answers_as_the_example(public: Public) -> None:
    number = public.sensor.register(
        "JKT", metadata=JAKARTA, capabilities=["vibration", "magnitude"]
    ).get_json()["data"]["id"]
    answer = public.visitor.get(BASE)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.get_json()["count"] == 2
    station = answer.get_json()["data"][1]
    assert list(station) == [
        "id", "device_id", "name", "type", "status", "latitude", "longitude", "location",
        "last_heartbeat", "capabilities",
    ]  # fmt: skip
    assert station == {
        "id": number,
        "device_id": "JKT",
        "name": "Seismic Sensor Jakarta",
        "type": "sensor",
        "status": "offline",
        **JAKARTA,
        "last_heartbeat": None,
        "capabilities": ["vibration", "magnitude"],
    }


def test_details_answer_as_the_example(public: Public) -> None:
    value = {"intensitas": 250, "magnitude": 5.2}
    public.sensor.data(reading(value, "2026-02-18T09:00:00Z"), reading(1, "2026-02-17T09:00:00Z"))
    answer = public.visitor.get(f"{BASE}/SENSOR-001")
    station = answer.get_json()["data"]
    assert list(station) == [
        "id", "device_id", "name", "type", "status", "latitude", "longitude", "location",
        "firmware_version", "last_heartbeat", "capabilities", "metadata", "recent_readings",
        "reading_count", "today_count",
    ]  # fmt: skip
    assert station["recent_readings"][0] == {
        "recorded_at": "2026-02-18T09:00:00Z", "data_type": "gempa", "value": 250, "raw_data": value,
    }  # fmt: skip
    assert (station["status"], station["reading_count"], station["today_count"]) == ("online", 2, 1)
    assert public.visitor.get(f"{BASE}/{station['id']}").get_json()["data"] == station


def test_neither_key_nor_owner_nor_address_is_shown(public: Public) -> None:
    public.sensor.data(reading())
    for path in ("", f"/{public.sensor.id}"):
        body = public.visitor.get(BASE + path).text
        assert public.sensor.api_key not in body
        assert "owner" not in body
        assert "127.0.0.1" not in body


def test_a_private_device_is_no_station(public: Public) -> None:
    number = public.sensor.register("HIDDEN", public=False).get_json()["data"]["id"]
    assert [station["device_id"] for station in public.list()] == ["SENSOR-001"]
    for name in (number, "HIDDEN", 4711, "nobody"):
        answer = public.visitor.get(f"{BASE}/{name}")
        assert (answer.status_code, answer.get_json()["message"]) == (404, "Station not found")
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_deleted_device_is_no_station(public: Public) -> None:
    public.sensor.call("DELETE", f"/{public.sensor.id}")
    assert public.list() == []


def test_the_directory_hears_of_a_station_every_four_minutes(
    public: Public, clock: MovableClock, meter: Meter
) -> None:
    public.sensor.data(reading())
    public.fan_out(1)
    (station,) = public.list()
    assert (station["status"], station["last_heartbeat"]) == ("online", "2026-02-18T10:00:00Z")
    clock.move(seconds=100)
    public.sensor.data(reading())
    meter.reset()
    public.fan_out(1)
    assert meter.cost == (2, 1, 1)
    clock.move(seconds=140)
    public.sensor.send("/heartbeat", {})
    meter.reset()
    public.fan_out(1)
    assert meter.cost == (2, 1, 2)
    assert public.list()[0]["last_heartbeat"] == "2026-02-18T10:04:00Z"
    clock.move(seconds=601)
    assert public.list()[0]["status"] == "offline"


def test_five_hundred_stations_cost_a_handful_of_reads_and_none_while_warm(
    public: Public, clock: MovableClock, meter: Meter
) -> None:
    for number in range(1, 500):
        public.sensor.register(f"S{number}", metadata=JAKARTA, capabilities=["gempa"])
    meter.reset()
    assert public.visitor.get(BASE).get_json()["count"] == 500
    assert meter.cost == (1, 4, 0)
    meter.reset()
    for _ in range(59):
        clock.move(seconds=5)
        assert public.visitor.get(BASE).headers["Age"] != "0"
    assert meter.cost == (0, 0, 0)
    clock.move(seconds=5)
    public.visitor.get(BASE)
    assert meter.cost == (1, 4, 0)


@pytest.mark.parametrize(
    "place",
    [{"latitude": "x", "longitude": True}, {"location": ["a"]}, {"latitude": 91, "longitude": -181}, {}],
)  # fmt: skip
def test_a_place_that_is_none_is_not_on_the_map(public: Public, place: dict[str, Any]) -> None:
    public.sensor.register("ODD", metadata=place)
    station = public.list()[1]
    assert (station["latitude"], station["longitude"], station["location"]) == (None, None, None)


def test_addresses_and_secrets_in_metadata_are_not_public(public: Public) -> None:
    sent = {"ip_address": "10.0.0.5", "wifi_password": "x", "api_key": "y", "soil": "clay"}
    public.sensor.register("ODD", metadata=sent)
    metadata = public.visitor.get(f"{BASE}/ODD").get_json()["data"]["metadata"]
    assert metadata == {"soil": "clay"}


def test_a_full_directory_refuses_no_registration(public: Public, database: Database) -> None:
    for shard in range(SHARDS):
        filler = {"filler": "x" * 1_040_000}
        database.commit(Write.set(database.path("station_lists", str(shard)), filler))
    answer = public.sensor.register(
        "LATE", metadata={"location": "x" * 9_000}, capabilities=["y" * 200] * 50
    )
    assert answer.status_code == 201
