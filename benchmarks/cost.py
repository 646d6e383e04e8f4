"""The cost of a class of 100 in a month: billed operations of each call, counted at the channel."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask.testing import FlaskClient

from benchmarks import bodies
from benchmarks.calls import FIRST_SENSOR, id_token, key, sensor
from benchmarks.capture import OURS
from benchmarks.prices import READ, WRITE
from benchmarks.world import World
from devices.routes import create_app as devices_app
from devices.store import Store as DeviceStore
from presence.routes import create_app as presence_app
from presence.store import Store as PresenceStore
from shared.domain.keys import key_hash
from shared.google import emulator
from shared.google.firestore import Database
from telemetry.routes import create_app as telemetry_app
from telemetry.store import Store as TelemetryStore
from tests.meter import Meter

PROJECT = OURS.removesuffix("o") + "c"


class Operations(NamedTuple):
    """The billed operations of one call."""

    reads: float
    writes: float

    @property
    def dollars(self) -> float:
        """The price without the free quota."""
        return self.reads * READ + self.writes * WRITE


@dataclass(frozen=True)
class Habit:
    """A call, its number in a month of a class of 100, and its operations in the naive design."""

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
    """A bill for each habit: 8 lessons of 10 minutes with phones, 10 sensors day and night."""
    meter = Meter()
    database = emulator.database(world.firestore, PROJECT, meter)
    bills = []
    for habit in (
        *_habits_in_lessons(database),
        *_habits_of_phones(database, world),
        *_habits_of_sensors(database, world),
    ):
        meter.reset()
        habit.call()
        ours = Operations(meter.reads, meter.writes)
        bills.append(Bill(habit.name, habit.times, ours, habit.naive))
    return bills


def _habits_in_lessons(database: Database) -> list[Habit]:
    store = PresenceStore(database)
    client = presence_app(lambda: store).test_client()
    session = bodies.session("one")
    token = client.post("/qr/generate", data=session).get_json()["data"]["qr_token"]
    checkin = bodies.checkin("a", "one", token)
    status = "/status?user_id=a&course_id=cloud-101&session_id=one"
    return [
        Habit("qr code", 120, Operations(0, 2), _post(client, "/qr/generate", session)),
        Habit("check-in", 800, Operations(2, 1), _post(client, "/checkin", checkin)),
        Habit("status", 800, Operations(1, 0), _get(client, status)),
    ]


def _habits_of_phones(database: Database, world: World) -> list[Habit]:
    store = TelemetryStore(database, world.publisher(OURS))
    client = telemetry_app(lambda: store).test_client()
    now = datetime.now(UTC).replace(microsecond=0)
    for index in range(240):
        moment = now + timedelta(seconds=5 * index - 1200)
        client.post("/gps", data=bodies.gps("track", moment))
    client.post("/accel", data=bodies.accel("phone", now, 50))
    batch, point = bodies.accel("phone", now + timedelta(seconds=1), 50), bodies.gps("phone", now)
    latest, history = "/accel/latest?device_id=phone", "/gps/history?device_id=track"
    return [
        Habit("accel POST of 50", 96_000, Operations(0, 50), _post(client, "/accel", batch)),
        Habit("gps POST", 96_000, Operations(0, 1), _post(client, "/gps", point)),
        Habit("latest", 10_000, Operations(1, 0), _get(client, latest)),
        Habit("gps history of 200", 1_000, Operations(200, 0), _get(client, history)),
    ]


def _habits_of_sensors(database: Database, world: World) -> list[Habit]:
    store = DeviceStore(database, world.publisher(OURS))
    client = devices_app(lambda: store).test_client()
    store.add(sensor(FIRST_SENSOR), key_hash(key(FIRST_SENSOR)), store.owner("owner"))
    readings = bodies.readings(datetime.now(UTC).replace(microsecond=0), 50)
    by_key = {"X-API-Key": key(FIRST_SENSOR)}
    by_owner = {"Authorization": f"Bearer {id_token('owner')}"}
    statistics = _get(client, f"/{FIRST_SENSOR}/statistics", **by_owner)
    data = _post(client, "/data", readings, **by_key)
    return [
        Habit("sensor POST of 50", 432_000, Operations(1, 50), data),
        # A scan of the readings of one sensor and day; it grows with each day.
        Habit("statistics", 14_400, Operations(72_000, 0), statistics),
    ]


def _post(client: FlaskClient, path: str, body: bytes, **headers: str) -> Callable[[], object]:
    return lambda: _good(client.post(path, data=body, headers=headers).status_code)


def _get(client: FlaskClient, path: str, **headers: str) -> Callable[[], object]:
    return lambda: _good(client.get(path, headers=headers).status_code)


def _good(status: int) -> None:
    if status != 200:
        raise RuntimeError(f"answered {status}")
