"""Live views under duplicates, reordering, haste and poison; messages as Pub/Sub delivers them."""

import base64
import itertools
import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from fanout.consumer import ATTEMPTS, create_consumer
from fanout.rules import LiveView
from fanout.store import Store
from shared.base.errors import Unavailable
from shared.base.timestamps import text
from shared.google.clients import database as loaded_database
from shared.google.firestore import Database, PreconditionFailed
from shared.google.values import Document
from shared.google.writes import UpdateTime, Write
from tests.conftest import LOADED_PROJECT, MovableClock, empty
from tests.fanout.consuming import consumer
from tests.meter import Meter
from tests.sizes import stored_size

Consume = Callable[[dict[str, Any]], None]


def message(event: object, message_id: str = "1") -> dict[str, Any]:
    """An event as it stands in a CloudEvent's data."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    return {"message": {"messageId": message_id, "data": base64.b64encode(body).decode()}}


def accel(
    moment: datetime, x: float, device: str = "dev-1", received: datetime | None = None
) -> dict[str, Any]:
    newest = {"t": text(moment), "x": x, "y": 0, "z": 9.8}
    return {
        "kind": "accel", "device_id": device, "batch_id": str(x), "newest": newest,
        "count": 50, "received_at": text(received or moment),
    }  # fmt: skip


def gps(moment: datetime, lat: float) -> dict[str, Any]:
    newest = {"ts": text(moment), "lat": lat, "lng": 112.75, "accuracy_m": 5}
    return {**accel(moment, lat), "kind": "gps", "newest": newest, "count": 1}


class NotingStore(Store):
    """Notes what was written when, and may be disturbed before it writes."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database)
        self.clock = clock
        self.written: list[tuple[datetime, float]] = []
        self.tried = 0
        self.disturb: Callable[[], object] = lambda: None

    def replace_live_view(
        self, view: LiveView, update_time: UpdateTime, before: LiveView | None = None
    ) -> bool:
        self.tried += 1
        self.disturb()
        is_written = super().replace_live_view(view, update_time, before)
        if is_written and "accel" in view.newest:
            self.written.append((self.clock(), view.newest["accel"].fields["x"]))
        return is_written


class Bench:
    """A consumer whose waiting moves the clock, and what it has written."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database = database
        self.store = NotingStore(database, clock)
        self.consume = consumer(database, clock, self.store)

    def live(self, device: str = "dev-1") -> Document | None:
        return self.database.get(self.database.path("live", device))

    def live_device(self, number: int = 7) -> Document | None:
        return self.database.get(self.database.path("live_devices", str(number)))


@pytest.fixture
def bench(database: Database, clock: MovableClock) -> Bench:
    return Bench(database, clock)


def test_a_live_view_holds_the_newest_sample_and_point(bench: Bench, clock: MovableClock) -> None:
    bench.consume(message(accel(clock(), 1)))
    clock.move(seconds=1)
    bench.consume(message(gps(clock(), -7.25)))
    assert bench.live() == {
        "device_id": "dev-1",
        "accel": {"t": "2026-02-18T10:00:00Z", "x": 1, "y": 0, "z": 9.8},
        "gps": {"ts": "2026-02-18T10:00:01Z", "lat": -7.25, "lng": 112.75, "accuracy_m": 5},
        "received": {"accel": clock() - timedelta(seconds=1), "gps": clock()},
        "last_seen": clock(),
        "public": True,
        "updated_at": clock(),
    }


@pytest.mark.parametrize("seed", range(5))
def test_a_shuffled_and_tripled_stream_never_goes_back_and_is_written_once_a_second(
    bench: Bench, clock: MovableClock, seed: int
) -> None:
    start = clock()
    stream = [accel(start + timedelta(milliseconds=100 * n), n) for n in range(60)] * 3
    random.Random(seed).shuffle(stream)
    for event in stream:
        clock.move(milliseconds=20)
        bench.consume(message(event))
    live = bench.live()
    assert live is not None
    assert live["accel"]["x"] == 59
    values = [x for _, x in bench.store.written]
    assert values == sorted(values)
    moments = [moment for moment, _ in bench.store.written]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert min(gaps) >= timedelta(seconds=1)


def test_a_late_event_never_moves_a_view_back_also_where_a_clock_is_fast(
    bench: Bench, clock: MovableClock
) -> None:
    clock.move(minutes=5)
    arrived, fast = clock(), timedelta(minutes=4, seconds=30)
    bench.consume(message(accel(arrived + fast, 1, received=arrived)))
    clock.move(seconds=10)
    earlier = arrived - timedelta(seconds=50)
    bench.consume(message(accel(earlier + fast, 2, received=earlier)))
    live = bench.live()
    assert live is not None
    assert live["accel"]["x"] == 1


def test_an_item_of_the_future_that_an_earlier_version_wrote_gives_way(
    bench: Bench, clock: MovableClock
) -> None:
    bench.consume(message(accel(clock() + timedelta(days=365), 1, received=clock())))
    clock.move(seconds=5)
    bench.consume(message(accel(clock(), 2)))
    live = bench.live()
    assert live is not None
    assert live["accel"]["x"] == 2


def test_the_last_of_a_burst_is_shown_a_second_later(bench: Bench, clock: MovableClock) -> None:
    start = clock()
    for n in range(3):
        bench.consume(message(accel(start + timedelta(milliseconds=n), n)))
    live = bench.live()
    assert live is not None
    assert live["accel"]["x"] == 2
    assert clock() - start == timedelta(seconds=2)


def test_of_equal_times_the_later_arrival_is_shown(bench: Bench, clock: MovableClock) -> None:
    measured = clock()
    for number in (2, 0, 1):
        received = measured + timedelta(seconds=number)
        bench.consume(message(accel(measured, number, received=received)))
    live = bench.live()
    assert live is not None
    assert live["accel"]["x"] == 2


@pytest.mark.parametrize("x", [12345678901234567890, -(10**300), 5e-324, -0.0, 7])
def test_any_number_that_telemetry_takes_is_shown(
    bench: Bench, clock: MovableClock, x: float
) -> None:
    bench.consume(message(accel(clock(), x)))
    live = bench.live()
    assert live is not None
    assert live["accel"]["x"] == float(x)


def test_what_was_not_declared_is_not_shown(bench: Bench, clock: MovableClock) -> None:
    event = accel(clock(), 1)
    event["newest"] = {**event["newest"], "": [[1]], "html": "<b>"}
    bench.consume(message(event))
    live = bench.live()
    assert live is not None
    assert set(live["accel"]) == {"t", "x", "y", "z"}


def test_a_registered_device_shows_its_reading_and_that_it_is_there(
    bench: Bench, clock: MovableClock
) -> None:
    event = {
        "kind": "device", "device_id": "SENSOR-001", "id": 7, "owner": "sari", "public": False, "count": 1,
        "batch_id": "b", "received_at": text(clock()),
        "newest": {"timestamp": text(clock()), "type": "gempa", "value": {"intensitas": 5, "": 1}},
    }  # fmt: skip
    bench.database.commit(Write.set(bench.database.path("devices", "7"), {"id": 7}))
    bench.consume(message(event))
    clock.move(seconds=5)
    bench.consume(
        message({**event, "kind": "heartbeat", "newest": None, "received_at": text(clock())})
    )
    assert bench.live("SENSOR-001") is None
    live = bench.live_device()
    assert live is not None
    assert live["reading"] == {
        "timestamp": "2026-02-18T10:00:00Z", "type": "gempa", "value": 5,
        "raw": '{"intensitas":5,"":1}',
    }  # fmt: skip
    assert (live["owner"], live["public"], live["last_seen"]) == ("sari", False, clock())


def test_a_late_batch_shows_that_the_device_is_there(bench: Bench, clock: MovableClock) -> None:
    bench.consume(message(accel(clock(), 1)))
    measured = clock() - timedelta(hours=1)
    clock.move(seconds=5)
    bench.consume(message(accel(measured, 0, received=clock())))
    live = bench.live()
    assert live is not None
    assert (live["accel"]["x"], live["last_seen"]) == (1, clock())


def test_a_message_delivered_again_costs_one_read(
    bench: Bench, clock: MovableClock, meter: Meter
) -> None:
    bench.consume(message(accel(clock(), 1)))
    assert meter.cost == (2, 1, 1)
    meter.reset()
    bench.consume(message(accel(clock(), 1)))
    assert meter.cost == (1, 1, 0)


def test_a_view_that_somebody_else_wrote_meanwhile_is_read_again(
    bench: Bench, clock: MovableClock
) -> None:
    other = create_consumer(lambda: Store(bench.database), clock)

    def once() -> None:
        bench.store.disturb = lambda: None
        other(message(accel(clock() + timedelta(seconds=9), 9)))

    bench.store.disturb = once
    bench.consume(message(accel(clock(), 1)))
    live = bench.live()
    assert live is not None
    assert live["accel"]["x"] == 9
    assert bench.store.written == []


def test_a_view_that_is_always_written_by_others_is_left_for_the_next_delivery(
    bench: Bench, clock: MovableClock
) -> None:
    path = bench.database.path("live", "dev-1")

    def always() -> None:
        seen = {"t": "2026-01-01T00:00:00Z", "x": bench.store.tried, "y": 0, "z": 0}
        fields = {"device_id": "dev-1", "accel": seen, "last_seen": clock()}
        fields["received"] = {"accel": clock()}
        bench.database.commit(
            Write.set(path, {**fields, "updated_at": clock() - timedelta(hours=1)})
        )

    bench.store.disturb = always
    with pytest.raises(Unavailable):
        bench.consume(message(accel(clock(), 1)))
    assert bench.store.tried == ATTEMPTS


GOOD = accel(datetime(2026, 2, 18), 1)
POISON = [
    b"", b"{", b"[]", b"null", b"\xff", {}, {**GOOD, "kind": "sound"}, {**GOOD, "device_id": ""},
    {**GOOD, "newest": {}}, {**GOOD, "newest": 5}, {**GOOD, "received_at": "soon"}, {**GOOD, "id": 7},
    {**GOOD, "kind": "device"}, {**GOOD, "kind": "heartbeat", "newest": None},
    {**GOOD, "newest": {"t": 5, "x": 1, "y": 1, "z": 1}}, {**GOOD, "newest": {"t": "2026-02-18", "x": "east", "y": 1, "z": 1}},
]  # fmt: skip


@pytest.mark.parametrize("body", POISON, ids=repr)
def test_a_message_that_can_never_succeed_is_parked_and_done_with(
    bench: Bench, clock: MovableClock, body: object
) -> None:
    bench.consume(message(body, "4711"))
    dead = bench.database.get(bench.database.path("dead", "4711"))
    assert dead is not None
    assert dead["parked_at"] == clock()
    assert json.loads(dead["message"])["message"]["messageId"] == "4711"


@pytest.mark.parametrize(
    "broken", [{}, {"data": None}, {"data": "no base64!"}, {"data": "é"}, {"data": 5}]
)
def test_a_message_that_is_none_is_parked_too(bench: Bench, broken: dict[str, Any]) -> None:
    bench.consume({"message": {**broken, "messageId": "a/b"}})
    assert bench.database.get(bench.database.path("dead", "a/b")) is not None


@pytest.mark.parametrize("delivery", [None, {}, [], "x", {"message": None}, {"message": "x"}])
def test_a_delivery_without_a_message_is_parked_by_what_it_holds(
    bench: Bench, delivery: Any, meter: Meter
) -> None:
    bench.consume(delivery)
    assert [name.split("/")[0] for name in meter.written] == ["dead"]


def test_a_passing_fault_is_raised_so_that_it_is_delivered_again(clock: MovableClock) -> None:
    class Down:
        def live_view(self, device_id: str, number: int | None) -> Any:
            raise Unavailable

    with pytest.raises(Unavailable):
        create_consumer(Down, clock)(message(GOOD))  # type: ignore[arg-type]


def test_a_document_that_changed_since_is_not_overwritten(
    database: Database, clock: MovableClock
) -> None:
    path = database.path("live", "dev-1")
    database.commit(Write.set(path, {"x": 1}))
    _, update_time = database.get_with_update_time(path)
    database.commit(Write.set(path, {"x": 2}))
    with pytest.raises(PreconditionFailed):
        database.commit(Write.replace(path, {"x": 3}, update_time))
    with pytest.raises(PreconditionFailed):
        database.commit(Write.replace(path, {"x": 3}, None))
    assert database.get(path) == {"x": 2}


def deliver(client: FlaskClient, body: dict[str, Any]) -> int:
    """Posts a CloudEvent as Eventarc does. Returns the status."""
    event = {
        "specversion": "1.0", "id": "1", "type": "google.cloud.pubsub.topic.v1.messagePublished",
        "source": "//pubsub.googleapis.com/projects/p/topics/telemetry",
        "data": {**body, "subscription": "s"},
    }  # fmt: skip
    headers = {"Content-Type": "application/cloudevents+json"}
    return client.post("/", data=json.dumps(event), headers=headers).status_code


def test_a_cloud_event_reaches_the_live_view_through_the_production_loader(
    loaded: Callable[[str], FlaskClient], firestore_host: str
) -> None:
    empty(firestore_host, LOADED_PROJECT)
    client = loaded("fanout")
    assert deliver(client, message(GOOD)) == 200
    assert deliver(client, message(b"poison", "13")) == 200
    database = loaded_database()
    live = database.get(database.path("live", "dev-1"))
    assert live is not None
    assert live["accel"]["x"] == 1
    assert database.get(database.path("dead", "13")) is not None


def device(clock: MovableClock, value: float, number: int = 7, **more: Any) -> dict[str, Any]:
    newest = {"timestamp": text(clock()), "type": "gempa", "value": value}
    return {
        "kind": "device", "device_id": "P", "id": number, "owner": "sari", "public": False,
        "count": 1, "batch_id": "b", "received_at": text(clock()), "newest": newest, **more,
    }  # fmt: skip


@pytest.fixture
def registered(bench: Bench) -> Bench:
    """Devices 7 and 8 are there."""
    for number in ("7", "8"):
        bench.database.commit(Write.set(bench.database.path("devices", number), {"id": number}))
    return bench


def test_a_phone_and_a_device_of_one_name_have_a_live_view_each(
    registered: Bench, clock: MovableClock
) -> None:
    registered.consume(message(device(clock, 42)))
    before = registered.live_device()
    clock.move(seconds=5)
    registered.consume(message({**gps(clock(), 1), "device_id": "P"}))
    assert registered.live_device() == before
    phone = registered.live("P")
    assert phone is not None
    assert set(phone) == {"device_id", "gps", "received", "public", "last_seen", "updated_at"}
    clock.move(seconds=5)
    registered.consume(message(device(clock, 43)))
    assert registered.live("P") == phone


def test_a_device_that_took_over_a_name_shows_nothing_of_the_one_before(
    registered: Bench, clock: MovableClock
) -> None:
    registered.consume(message(device(clock, 42)))
    clock.move(seconds=5)
    event = device(clock, 0, 8, owner="budi", public=True, kind="heartbeat", newest=None)
    registered.consume(message(event))
    live = registered.live_device(8)
    assert live is not None
    assert (live["owner"], "reading" in live) == ("budi", False)


def test_a_device_in_the_phones_collection_of_before_is_replaced_by_the_phone_of_its_name(
    bench: Bench, clock: MovableClock
) -> None:
    old = {
        "device_id": "P", "id": 7, "owner": "sari", "public": False, "status": "online",
        "listed_at": clock(), "received": {"reading": clock()}, "last_seen": clock(),
        "reading": {"timestamp": text(clock()), "type": "gempa", "value": 1, "raw": "1"},
        "updated_at": clock(),
    }  # fmt: skip
    bench.database.commit(Write.set(bench.database.path("live", "P"), old))
    bench.consume(message({**gps(clock(), 1), "device_id": "P"}))
    phone = bench.live("P")
    assert phone is not None
    assert set(phone) == {"device_id", "gps", "received", "public", "last_seen", "updated_at"}
    assert phone["public"] is True


def test_a_phone_shows_whose_it_is_as_soon_as_that_is_known(
    bench: Bench, clock: MovableClock
) -> None:
    owners = []
    for owner in (None, "ani", None, "ani"):
        bench.consume(message({**gps(clock(), 1), **({"owner": owner} if owner else {})}))
        clock.move(seconds=5)
        live = bench.live()
        assert live is not None
        owners.append(live.get("owner", "nobody"))
    assert owners == ["nobody", "ani", "ani", "ani"]


def test_what_a_phone_sends_of_the_future_is_a_sign_of_life_and_no_position(
    bench: Bench, clock: MovableClock
) -> None:
    bench.consume(message(gps(clock(), 1)))
    clock.move(seconds=5)
    bench.consume(message({**gps(clock(), 2), "newest": None, "owner": None}))
    live = bench.live()
    assert live is not None
    assert (live["gps"]["lat"], live["last_seen"]) == (1, clock())


def test_the_last_messages_of_a_deleted_device_show_nothing(
    bench: Bench, clock: MovableClock
) -> None:
    bench.consume(message(device(clock, 42)))
    assert bench.live_device() is None
    assert bench.live("P") is None


def test_a_live_view_of_a_device_is_below_200_kb_whatever_it_sends(
    registered: Bench, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "\U0001f600" * 200
    value = {f"{n}-{'x' * 9_000}": 10**300 for n in range(100)}
    event = device(clock, 0, device_id=name, owner=name)
    event["newest"] = {**event["newest"], "type": "custom", "value": value}
    registered.consume(message(event))
    live = registered.live_device()
    assert live is not None
    assert stored_size(live) < 50_000
    assert live["reading"]["raw"] == "{}"


@pytest.mark.parametrize(("days", "purged"), [("", 30), ("3", 3), ("0", None)])
def test_a_message_that_is_parked_is_kept_as_long_as_the_setting_says(
    bench: Bench, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, days: str, purged: int
) -> None:
    monkeypatch.setenv("DEAD_DAYS", days)
    bench.consume(message(b"poison", "13"))
    dead = bench.database.get(bench.database.path("dead", "13")) or {}
    assert dead.get("purge_at") == (purged and clock() + timedelta(days=purged))
