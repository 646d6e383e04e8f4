"""The calls that are measured: ours as a client sends it, the floor's as our code would send it."""

import base64
import itertools
import json
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask

from benchmarks import bodies
from benchmarks.capture import FLOORS, OURS, Recorded, frame
from benchmarks.servers import KEY_SECRET
from benchmarks.wire import get, post
from benchmarks.world import World
from devices import rules as device_rules
from devices.routes import create_app as devices_app
from devices.store import Store as DeviceStore
from presence.routes import create_app as presence_app
from presence.store import Store as PresenceStore
from shared.documents import Database, create, merge, put
from shared.keys import key_hash
from shared.stations import Device
from shared.timestamps import millis
from telemetry import rules
from telemetry.routes import create_app as telemetry_app
from telemetry.rules import Point
from telemetry.store import Store as TelemetryStore

Make = Callable[[int], Sequence[bytes]]
DEVICES, SENSORS, SESSIONS, TRACKS = 200, 400, 50, 8
TRACK_POINTS = 260
FIRST_SENSOR = 1_000


class Calls:
    """Requests of every kind, as many as are asked for, no two alike."""

    def __init__(self, world: World) -> None:
        self._world = world
        run = uuid.uuid4().hex[:6]  # so that two of these never meet
        self.devices = [f"phone-{run}-{number}" for number in range(DEVICES)]
        self._tracks = [f"track-{run}-{number}" for number in range(TRACKS)]
        self._run = run
        self._recorded: Recorded = world.recorded()
        self._ours: Database = world.database(OURS)
        self._floors: Database = world.database(FLOORS)
        self._numbers = itertools.count()
        self._moments = bodies.moments(
            datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1), timedelta(seconds=1)
        )
        made, publisher = self._recorded.database, self._recorded.publisher
        telemetry, devices = TelemetryStore(made, publisher), DeviceStore(made, publisher)
        presence = PresenceStore(made)
        self._apps: dict[str, Flask] = {
            "telemetry": telemetry_app(lambda: telemetry),
            "devices": devices_app(lambda: devices),
            "presence": presence_app(lambda: presence),
        }

    # What is sent to us, and the same as ready-made requests to Google for the floor.

    def accel(self, count: int) -> tuple[Make, Make]:
        """POSTs of a batch."""
        return self._posts(
            "telemetry",
            "/telemetry/accel",
            lambda: (bodies.accel(self._device(), next(self._moments), count), {}),
        )

    def gps(self) -> tuple[Make, Make]:
        """POSTs of a point."""
        return self._posts(
            "telemetry",
            "/telemetry/gps",
            lambda: (bodies.gps(self._device(), next(self._moments)), {}),
        )

    def device_data(self, count: int) -> tuple[Make, Make]:
        """POSTs of readings; each key is one that the server has just seen."""
        for database in (self._ours, self._recorded.database):
            self._register(database)
        self._send_on()
        numbers = itertools.cycle(range(FIRST_SENSOR, FIRST_SENSOR + SENSORS))

        def one() -> tuple[bytes, dict[str, str]]:
            start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=count)
            return bodies.readings(start, count), {"X_API_Key": key(next(numbers))}

        return self._posts("devices", "/api/v1/devices/data", one, self._show_key)

    def checkin(self) -> tuple[Make, Make]:
        """Check-ins, each of a student who was not there yet, with a code of this minute."""
        sessions = itertools.cycle(f"sesi-{number}" for number in range(SESSIONS))

        def ours(count: int) -> list[bytes]:
            session = next(sessions)
            code = generate(self._world, session)
            return [post("/presence/checkin", self._checkin(session, code)) for _ in range(count)]

        def floors(count: int) -> list[bytes]:
            session = next(sessions)
            client = self._apps["presence"].test_client()
            generated = client.post("/presence/qr/generate", data=bodies.session(session))
            self._send_on()
            code = generated.get_json()["data"]["qr_token"]
            return [
                self._frames("presence", "/presence/checkin", self._checkin(session, code), {})
                for _ in range(count)
            ]

        return ours, floors

    def small_commits(self) -> Make:
        """FLOOR1: one commit of one small document."""

        def make(count: int) -> list[bytes]:
            return [post("/", self._small()) for _ in range(count)]

        return make

    def read(self) -> Make:
        """The floor of reads: one small document by its name."""
        from google.cloud.firestore_v1 import types

        names = [self._floors.name("small", f"kept-{number}") for number in range(DEVICES)]
        for name in names:
            self._floors.commit(put(name, {"text": "x" * 100}))
        cycle = itertools.cycle(names)
        request: Any = types.GetDocumentRequest.pb()

        def make(count: int) -> list[bytes]:
            frames = [
                frame(b"G", request(name=next(cycle)).SerializeToString()) for _ in range(count)
            ]
            return [post("/", one) for one in frames]

        return make

    def latest(self) -> Make:
        """The newest sample of a device that has posted once: the floor's document is as fresh."""
        devices = [f"still-{self._run}-{number}" for number in range(DEVICES)]
        self._fill("accel", [bodies.accel(device, next(self._moments), 1) for device in devices])
        cycle = itertools.cycle(devices)
        return self._gets(lambda: f"/telemetry/accel/latest?device_id={next(cycle)}")

    def status(self) -> Make:
        """Whether a student is there."""
        users = itertools.cycle(f"student-{number}" for number in range(100))
        place = "course_id=cloud-101&session_id=kept"
        code = generate(self._world, "kept")
        with self._world.ours("presence").line() as line:
            for number in range(100):
                line.send(
                    post("/presence/checkin", bodies.checkin(f"student-{number}", "kept", code))
                )
        return self._gets(lambda: f"/presence/status?user_id={next(users)}&{place}")

    def history(self) -> Make:
        """200 points of a track at one in 5 s, the newest of now.

        Its documents are written at once, the first and the last point by POST: written point by
        point they would be slow to read, and only here.
        """
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5 * TRACK_POINTS)
        moments = [start + timedelta(seconds=5 * point) for point in range(TRACK_POINTS)]
        for track in self._tracks:
            for key, part in itertools.groupby(moments, lambda one: rules.bucket(millis(one))):
                points = [rules.kept(Point(millis(one), -7.28, 112.79, 5.5)) for one in part]
                name = self._ours.name("telemetry", track, "gps", key)
                kept = {"device_id": track, "key": key}
                self._ours.commit(merge(name, kept, union={"points": points}))
            self._fill("gps", [bodies.gps(track, moments[0]), bodies.gps(track, moments[-1])])
        tracks = itertools.cycle(self._tracks)
        return self._gets(lambda: f"/telemetry/gps/history?limit=200&device_id={next(tracks)}")

    def statistics(self) -> Make:
        """Statistics of devices in turn: none is asked twice within the minute of the cache."""
        numbers = itertools.cycle(range(FIRST_SENSOR, FIRST_SENSOR + SENSORS))
        bearer = "Bearer " + id_token("owner")
        return lambda count: [
            get(f"/api/v1/devices/{next(numbers)}/statistics", Authorization=bearer)
            for _ in range(count)
        ]

    def _posts(
        self,
        group: str,
        path: str,
        one: Callable[[], tuple[bytes, dict[str, str]]],
        before: Callable[[dict[str, str]], None] = lambda _: None,
    ) -> tuple[Make, Make]:
        def ours(count: int) -> list[bytes]:
            sent = [one() for _ in range(count)]
            for _, headers in sent:
                before(headers)
            return [post(path, body, **headers) for body, headers in sent]

        def floors(count: int) -> list[bytes]:
            return [self._frames(group, path, *one()) for _ in range(count)]

        return ours, floors

    def _frames(self, group: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        """What our code sends to Google for this request, as one request to the floor."""
        client = self._apps[group].test_client()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if "X-API-Key" in named:  # the key is looked up once in five seconds: here before
            client.post("/api/v1/devices/heartbeat", data=b"{}", headers=named)
        self._recorder.taken()
        answer = client.post(path, data=body, headers=named)
        if answer.status_code != 200:
            raise RuntimeError(answer.text)
        return post("/", self._recorder.taken())

    def _gets(self, path: Callable[[], str]) -> Make:
        return lambda count: [get(path()) for _ in range(count)]

    def _fill(self, kind: str, sent: Sequence[bytes]) -> None:
        with self._world.ours("telemetry").line() as line:
            for body in sent:
                line.send(post(f"/telemetry/{kind}", body))

    def _show_key(self, headers: dict[str, str]) -> None:
        """A key is looked up at its first request in five seconds: not at the one that is timed."""
        with self._world.ours("devices").line() as line:
            line.send(post("/api/v1/devices/heartbeat", b"{}", **headers))

    def _checkin(self, session: str, code: str) -> bytes:
        return bodies.checkin(f"user-{self._run}-{next(self._numbers)}", session, code)

    def _device(self) -> str:
        return self.devices[next(self._numbers) % DEVICES]

    def _small(self) -> bytes:
        from google.cloud.firestore_v1 import types

        name = self._floors.name("small", f"new-{self._run}-{next(self._numbers)}")
        request: Any = types.CommitRequest.pb()
        database = f"projects/{FLOORS}/databases/(default)"
        write = create(name, {"text": "x" * 100})
        return frame(b"C", request(database=database, writes=[write]).SerializeToString())

    @property
    def _recorder(self) -> Any:
        return self._recorded.recorder

    def _send_on(self) -> None:
        """What our code has just written for the record is written for the floor as well."""
        frames = self._recorder.taken()
        with self._world.floor().line() as line:
            line.send(post("/", frames))

    def _register(self, database: Database) -> None:
        store = DeviceStore(database, self._world.publisher(OURS))
        for number in range(FIRST_SENSOR, FIRST_SENSOR + SENSORS):
            store.add(sensor(number), key_hash(key(number)))


def generate(world: World, session: str) -> str:
    """A code for a session, good for two minutes."""
    with world.ours("presence").line() as line:
        answer = line.send(post("/presence/qr/generate", bodies.session(session)))
    code: str = json.loads(answer.body)["data"]["qr_token"]
    return code


def key(number: int) -> str:
    """The API key of a sensor."""
    return device_rules.api_key(KEY_SECRET, number, 1)


def sensor(number: int) -> Device:
    """A sensor that somebody has registered."""
    return Device(
        number, f"SENSOR-{number}", "owner", "Sensor", "sensor", None, {}, [], False, 1,
        datetime.now(UTC) - timedelta(days=30),
    )  # fmt: skip


def id_token(uid: str) -> str:
    """An ID token as the Auth emulator makes them: unsigned."""
    now = int(time.time())
    claims = {
        "iss": f"https://securetoken.google.com/{OURS}", "aud": OURS, "sub": uid, "user_id": uid,
        "iat": now, "auth_time": now, "exp": now + 3600,
    }  # fmt: skip
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
             for part in ({"alg": "none", "typ": "JWT"}, claims)]  # fmt: skip
    return ".".join([*parts, ""])
