"""The public stations: which fields are public, how fresh they are, and what they cost."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.domain import directory
from shared.domain.devices import Device
from shared.domain.stations import PUBLIC_METADATA
from shared.google.firestore import Database
from stations.routes import create_app
from stations.store import Store
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.devices.sensors import Sensor, reading
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import message
from tests.meter import Meter
from tests.sizes import stored_size
from tests.topic import Topic
from tools.paths import ROOT

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
        """The stations of all pages; each page is as large as it may be."""
        found: list[dict[str, Any]] = []
        visitor, after = self.new_instance(), ""
        while after is not None:
            answer = visitor.get(f"{BASE}{after and f'?after={after}'}")
            page = answer.get_json()
            assert len(answer.data) <= 100_000
            assert page["count"] == len(page["data"])
            found += page["data"]
            after = page["next"]
        return found


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


def add(database: Database, numbers: range, **fields: Any) -> None:
    """Public devices, written into the directory as a registration does."""
    writes = [directory.add(database, device(number, **fields)) for number in numbers]
    for start in range(0, len(writes), 100):
        database.commit(*writes[start : start + 100])


def device(number: int, **fields: Any) -> Device:
    ordinary: dict[str, Any] = {
        "device_id": f"SENSOR-{number:05}", "name": f"Stasiun {number}", "type": "sensor",
        "metadata": JAKARTA, "capabilities": ["vibration", "magnitude"],
    }  # fmt: skip
    return Device(
        id=number, owner="owner", firmware_version=None, public=True, key_version=1,
        registered_at=MovableClock()(), **{**ordinary, **fields},
    )  # fmt: skip


# Whatever a registration accepts: texts of four bytes a character, and of six in JSON.
LARGEST = [
    {
        "device_id": character * 200, "name": character * 200, "type": character * 200,
        "metadata": {"location": character * 9_000}, "capabilities": [character * 64] * 50,
    }
    for character in ("\U0001f600", "\x01")
]  # fmt: skip


@pytest.mark.parametrize("fields", LARGEST, ids=["emoji", "control"])
def test_a_full_document_of_the_directory_is_below_200_kb(
    database: Database, fields: dict[str, Any]
) -> None:
    block = range(10**9 // 40 * 40, 10**9 // 40 * 40 + 40)
    add(database, block, **fields)
    for number in block:
        database.commit(directory.record_heard(database, number, 2**52))
    full = database.get(directory.block_path(database, block[0] // 40)) or {}
    assert len(full["stations"]) == len(full["seen"]) == 40
    assert all(len(entry.encode()) <= 4_500 for entry in full["stations"].values())
    assert 100_000 < stored_size(full) < 200_000


@pytest.mark.parametrize("fields", LARGEST, ids=["emoji", "control"])
def test_a_thousand_of_the_largest_stations_are_all_listed_in_pages_of_100_kb(
    public: Public, database: Database, fields: dict[str, Any]
) -> None:
    add(database, range(2, 1_001), **fields)
    assert [station["id"] for station in public.list()] == [*range(1, 1_001)]


def test_ten_thousand_stations_are_listed_and_a_page_reads_only_its_own_documents(
    public: Public, database: Database, meter: Meter, clock: MovableClock
) -> None:
    add(database, range(2, 10_001))
    meter.reset()
    assert [station["id"] for station in public.list()] == [*range(1, 10_001)]
    assert meter.reads < 2 * 10_000 / 40
    meter.reset()
    first = public.visitor.get(BASE).get_json()
    assert 300 < first["count"] < 500
    assert meter.cost == (3, 12, 0)
    second = public.visitor.get(f"{BASE}?after={first['next']}").get_json()
    assert second["data"][0]["id"] == first["next"] + 1
    meter.reset()
    for _ in range(59):
        clock.move(seconds=5)
        for path in ("", f"?after={first['next']}"):
            assert public.visitor.get(BASE + path).headers["Age"] != "0"
    assert meter.cost == (0, 0, 0)


@pytest.mark.parametrize("after", ["0", "-1", "x", "1.5", "4711", "9" * 30])
def test_a_page_after_no_station_is_refused_as_the_contract_refuses(
    public: Public, after: str
) -> None:
    answer = public.visitor.get(BASE, query_string={"after": after})
    assert (answer.status_code, answer.get_json()["success"]) == (422, False)
    assert list(answer.get_json()["errors"]) == ["after"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_goes_on_where_a_station_was_deleted_meanwhile(public: Public) -> None:
    for name in ("A", "B"):
        public.sensor.register(name)
    public.sensor.call("DELETE", "/A")
    page = public.visitor.get(f"{BASE}?after={public.sensor.id + 1}").get_json()
    assert [station["device_id"] for station in page["data"]] == ["B"]
    page = public.visitor.get(f"{BASE}?after={page['data'][0]['id']}").get_json()
    assert page == {"success": True, "data": [], "count": 0, "next": None}


def test_an_unknown_path_below_api_reads_nothing(public: Public, meter: Meter) -> None:
    meter.reset()
    for path in ("/api/", "/api", "/api/v1", "/api/v1/nothing", "/api/v1/public/stations/1/x"):
        assert public.visitor.get(path).status_code == 404
    assert meter.cost == (0, 0, 0)


@pytest.mark.parametrize(
    "place",
    [{"latitude": "x", "longitude": True}, {"location": ["a"]}, {"latitude": 91, "longitude": -181}, {}],
)  # fmt: skip
def test_a_place_that_is_none_is_not_on_the_map(public: Public, place: dict[str, Any]) -> None:
    public.sensor.register("ODD", metadata=place)
    station = public.list()[1]
    assert (station["latitude"], station["longitude"], station["location"]) == (None, None, None)


def test_only_what_is_named_is_public_of_metadata(public: Public) -> None:
    private = {
        "apiKey": "y", "ipAddress": "10.0.0.5", "wifi_pass": "x", "ip_address": "10.0.0.5",
        "wifi_password": "x", "api_key": "y", "Location": "home", "soil": "clay", "owner": "Sari",
    }  # fmt: skip
    told = {**JAKARTA, "altitude": 8.5, "depth": -3, "unit": "mm/s", "city": "Jakarta"}
    number = public.sensor.register("ODD", metadata={**private, **told}).get_json()["data"]["id"]
    details = public.visitor.get(f"{BASE}/ODD")
    assert details.get_json()["data"]["metadata"] == told
    for text in (details.text, public.visitor.get(BASE).text):
        assert not [value for value in ("10.0.0.5", "clay", "Sari", "home") if value in text]
    assert public.sensor.call("GET", f"/{number}").get_json()["data"]["metadata"]["soil"] == "clay"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, True), (1.5, 1.5), ("", ""), ("x" * 200, "x" * 200), ("x" * 201, None), (None, None),
        (["a"], None), ({"ip": "10.0.0.5"}, None), (10**400, None), (-(10**15), -(10**15)),
    ],
)  # fmt: skip
def test_public_metadata_is_short_text_a_number_or_a_boolean(
    public: Public, value: object, shown: object
) -> None:
    public.sensor.register("ODD", metadata=dict.fromkeys(PUBLIC_METADATA, value))
    metadata = public.visitor.get(f"{BASE}/ODD").get_json()["data"]["metadata"]
    assert metadata == ({} if shown is None else dict.fromkeys(PUBLIC_METADATA, shown))


def test_the_docs_name_what_is_public() -> None:
    page = (ROOT / "docs" / "stations.md").read_text("utf-8")
    assert [name for name in PUBLIC_METADATA if f"`{name}`" not in page] == []
