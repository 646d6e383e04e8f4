"""What a class of 100 costs in a month: billed operations of each call, counted at the channel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask.testing import FlaskClient

from benchmarks import bodies
from benchmarks.calls import FIRST_SENSOR, id_token, key, sensor
from benchmarks.capture import OURS
from benchmarks.world import World
from devices.routes import create_app as devices_app
from devices.store import Store as DeviceStore
from presence.routes import create_app as presence_app
from presence.store import Store as PresenceStore
from shared import emulator
from shared.documents import Database
from shared.keys import key_hash
from telemetry.routes import create_app as telemetry_app
from telemetry.store import Store as TelemetryStore
from tests.meter import Meter
from tools.cost import READ, WRITE

PROJECT = OURS.removesuffix("o") + "c"


class Operations(NamedTuple):
    """What is billed of one call."""

    reads: float
    writes: float

    @property
    def dollars(self) -> float:
        """Without the free quota."""
        return self.reads * READ + self.writes * WRITE


@dataclass(frozen=True)
class Habit:
    """A call, how often a class of 100 makes it in a month, and what the naive design pays."""

    name: str
    times: int
    naive: Operations
    call: Callable[[], object]


@dataclass(frozen=True)
class Bill:
    """A line of the bill: operations of one call, and dollars a month for both designs."""

    name: str
    times: int
    ours: Operations
    naive: Operations

    @property
    def dollars(self) -> tuple[float, float]:
        """Ours and the naive one's."""
        return self.times * self.ours.dollars, self.times * self.naive.dollars


def bills(world: World) -> list[Bill]:
    """Every habit of a class: 8 lessons of 10 minutes with phones, 10 sensors day and night."""
    meter = Meter()
    found = []
    for habit in _habits(emulator.database(world.firestore, PROJECT, meter), world):
        meter.reset()
        habit.call()
        ours = Operations(meter.reads, meter.writes)
        found.append(Bill(habit.name, habit.times, ours, habit.naive))
    return found


def _habits(database: Database, world: World) -> list[Habit]:
    publisher = world.publisher(OURS)
    stores = PresenceStore(database), TelemetryStore(database, publisher)
    sensors = DeviceStore(database, publisher)
    presence = presence_app(lambda: stores[0]).test_client()
    telemetry = telemetry_app(lambda: stores[1]).test_client()
    devices = devices_app(lambda: sensors).test_client()
    sensors.add(sensor(FIRST_SENSOR), key_hash(key(FIRST_SENSOR)))
    now = datetime.now(UTC).replace(microsecond=0)
    code = presence.post("/qr/generate", data=bodies.session("one")).get_json()["data"]["qr_token"]
    for point in range(240):
        telemetry.post("/gps", data=bodies.gps("track", now + timedelta(seconds=5 * point - 1200)))
    telemetry.post("/accel", data=bodies.accel("phone", now, 50))
    bearer = {"Authorization": f"Bearer {id_token('owner')}"}
    one, checkin = bodies.session("one"), bodies.checkin("a", "one", code)
    later = now + timedelta(seconds=1)
    api_key = {"X-API-Key": key(FIRST_SENSOR)}
    return [
        Habit("qr code", 120, Operations(0, 2), _post(presence, "/qr/generate", one)),
        Habit("check-in", 800, Operations(2, 1), _post(presence, "/checkin", checkin)),
        Habit(
            "status",
            800,
            Operations(1, 0),
            _get(presence, "/status?user_id=a&course_id=cloud-101&session_id=one"),
        ),
        Habit(
            "accel POST of 50",
            96_000,
            Operations(0, 50),
            _post(telemetry, "/accel", bodies.accel("phone", later, 50)),
        ),
        Habit(
            "gps POST", 96_000, Operations(0, 1), _post(telemetry, "/gps", bodies.gps("phone", now))
        ),
        Habit("latest", 10_000, Operations(1, 0), _get(telemetry, "/accel/latest?device_id=phone")),
        Habit(
            "gps history of 200",
            1_000,
            Operations(200, 0),
            _get(telemetry, "/gps/history?device_id=track"),
        ),
        Habit(
            "sensor POST of 50",
            432_000,
            Operations(1, 50),
            _post(devices, "/data", bodies.readings(now, 50), **api_key),
        ),
        # A scan of a day's readings of one sensor, and it grows each day.
        Habit(
            "statistics",
            14_400,
            Operations(72_000, 0),
            _get(devices, f"/{FIRST_SENSOR}/statistics", **bearer),
        ),
    ]


def _post(client: FlaskClient, path: str, body: bytes, **headers: str) -> Callable[[], object]:
    return lambda: _good(client.post(path, data=body, headers=headers).status_code)


def _get(client: FlaskClient, path: str, **headers: str) -> Callable[[], object]:
    return lambda: _good(client.get(path, headers=headers).status_code)


def _good(status: int) -> None:
    if status != 200:
        raise RuntimeError(f"answered {status}")
