"""A device that falls silent is shown offline, told once, and told once when it is back."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from shared.base.timestamps import text
from shared.google.firestore import Database
from shared.google.values import Document
from shared.google.writes import Write
from tests.conftest import LOADED_PROJECT, MovableClock, empty
from tests.fanout.consuming import consumer
from tests.fanout.test_fanout import gps, message
from tests.meter import Meter
from upkeep.store import Store
from upkeep.sweep import create_sweep


class Bench:
    """Devices that send heartbeats, and sweeps of upkeep."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        self.database, self.clock = database, clock
        self.sweep = create_sweep(lambda: Store(database), clock)
        self.consume = consumer(database, clock)

    def beat(self, number: int) -> None:
        path = self.database.path("devices", str(number))
        self.database.commit(Write.set(path, {"id": number}))
        event = {
            "kind": "heartbeat", "device_id": f"S{number}", "id": number, "owner": "sari",
            "public": True, "received_at": text(self.clock()), "count": 0, "batch_id": "",
        }  # fmt: skip
        self.consume(message(event))

    def live(self, number: int) -> Document:
        view = self.database.get(self.database.path("live_devices", str(number)))
        assert view is not None
        return view

    def alerts(self) -> list[Document]:
        return self.database.query(self.database.path(), "alerts", order_by="begin", limit=50)


def test_a_silent_device_is_offline_with_one_alert_and_one_recovery(
    database: Database, clock: MovableClock
) -> None:
    bench = Bench(database, clock)
    bench.beat(1)
    bench.beat(2)
    clock.move(seconds=600)
    bench.beat(2)
    assert bench.sweep() == 0
    clock.move(seconds=1)
    assert [bench.sweep() for _ in range(3)] == [1, 0, 0]
    assert (bench.live(1)["status"], bench.live(2)["status"]) == ("offline", "online")
    (alert,) = bench.alerts()
    assert (alert["rule"], alert["owner"], alert["cleared_at"]) == ("offline", "sari", None)
    clock.move(seconds=300)
    bench.beat(1)
    bench.beat(1)
    assert bench.live(1)["status"] == "online"
    (alert,) = bench.alerts()
    assert alert["cleared_at"] == clock()
    clock.move(seconds=601)
    assert bench.sweep() == 2
    assert len(bench.alerts()) == 3


def test_a_device_that_is_heard_in_the_middle_of_a_sweep_stays_online(
    database: Database, clock: MovableClock
) -> None:
    bench = Bench(database, clock)
    bench.beat(1)
    clock.move(seconds=601)
    since = clock()

    class Late(Store):
        def silent_devices(self, since: object) -> list[int]:
            bench.beat(1)
            return [1]

    assert create_sweep(lambda: Late(database), clock)() == 0
    assert bench.live(1)["last_seen"] >= since
    assert bench.alerts() == []


def test_phones_are_nobodys_to_watch(database: Database, clock: MovableClock, meter: Meter) -> None:
    bench = Bench(database, clock)
    bench.consume(message(gps(clock(), 1)))
    clock.move(hours=1)
    meter.reset()
    assert bench.sweep() == 0
    # Silent devices, silent machines, overdue commands, sessions without a code.
    assert meter.cost == (4, 4, 0)


def test_the_function_sweeps_when_it_is_called(
    loaded: Callable[[str], FlaskClient], firestore_host: str
) -> None:
    empty(firestore_host, LOADED_PROJECT)
    answer = loaded("upkeep").post("/")
    assert (answer.status_code, answer.get_json()) == (200, {"silent": 0})


def test_a_late_message_does_not_make_a_silent_device_online(
    database: Database, clock: MovableClock
) -> None:
    bench = Bench(database, clock)
    bench.beat(1)
    early = clock() - timedelta(seconds=10)
    newest = {"timestamp": text(clock()), "type": "gempa", "value": 1}
    late = {
        "kind": "device", "device_id": "S1", "id": 1, "owner": "sari", "public": True, "count": 1,
        "batch_id": "", "received_at": text(early), "newest": newest,
    }  # fmt: skip
    clock.move(seconds=601)
    assert bench.sweep() == 1
    bench.consume(message(late))
    assert bench.live(1)["reading"]["value"] == 1
    assert bench.live(1)["status"] == "offline"
    assert [alert["cleared_at"] for alert in bench.alerts()] == [None]


def test_a_phone_of_a_silent_devices_name_is_left_alone(
    database: Database, clock: MovableClock
) -> None:
    bench = Bench(database, clock)
    bench.beat(1)
    bench.consume(message({**gps(clock(), 1), "device_id": "S1"}))
    phone = database.get(database.path("live", "S1"))
    clock.move(seconds=601)
    assert bench.sweep() == 1
    assert database.get(database.path("live", "S1")) == phone


def test_a_device_whose_alert_is_there_already_is_marked_offline_all_the_same(
    database: Database, clock: MovableClock
) -> None:
    bench = Bench(database, clock)
    bench.beat(1)
    silent = bench.live(1)
    clock.move(seconds=601)
    assert bench.sweep() == 1
    alerts = bench.alerts()
    database.commit(Write.set(database.path("live_devices", "1"), silent))
    assert [bench.sweep() for _ in range(2)] == [1, 0]
    assert bench.alerts() == alerts
