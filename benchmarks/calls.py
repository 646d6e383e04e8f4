"""The calls of the benchmark: each as a client sends it, and the requests it makes to Google."""

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
from shared.base.timestamps import millis
from shared.domain.devices import Device
from shared.domain.keys import key_hash
from shared.google.firestore import Database
from shared.google.writes import Write
from telemetry import points as stored
from telemetry import rules
from telemetry.routes import create_app as telemetry_app
from telemetry.rules import Point
from telemetry.store import Store as TelemetryStore

Make = Callable[[int], Sequence[bytes]]
DEVICES, SENSORS, SESSIONS, TRACKS = 200, 400, 50, 8
TRACK_POINTS = 260
FIRST_SENSOR = 1_000


class Calls:
    """Generates requests of every kind, no two alike."""

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
            datetime.now(UTC).replace(microsecond=0) - timedelta(days=1), timedelta(seconds=1)
        )
        database, publisher = self._recorded.database, self._recorded.publisher
        telemetry, devices = TelemetryStore(database, publisher), DeviceStore(database, publisher)
        presence = PresenceStore(database)
        self._apps: dict[str, Flask] = {
            "telemetry": telemetry_app(lambda: telemetry),
            "devices": devices_app(lambda: devices),
            "presence": presence_app(lambda: presence),
        }

    # Each POST as a pair: the request to our function, and for the floor the requests that our
    # function makes to Google for it.

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
        """POSTs of readings, with a key that the server has in its cache."""
        # Not replayed: each registration has a condition on its own database's update times.
        for database in (self._ours, self._recorded.database, self._floors):
            self._register(database)
        self._recorded.recorder.drain()
        numbers = itertools.cycle(range(FIRST_SENSOR, FIRST_SENSOR + SENSORS))

        def one() -> tuple[bytes, dict[str, str]]:
            start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=count)
            return bodies.readings(start, count), {"X_API_Key": key(next(numbers))}

        return self._posts("devices", "/api/v1/devices/data", one, self._cache_key)

    def checkin(self) -> tuple[Make, Make]:
        """First check-ins of students, with a token of this minute."""
        sessions = itertools.cycle(f"sesi-{number}" for number in range(SESSIONS))

        def ours(count: int) -> list[bytes]:
            session = next(sessions)
            token = generate(self._world, session)
            return [post("/presence/checkin", self._checkin(session, token)) for _ in range(count)]

        def floors(count: int) -> list[bytes]:
            session = next(sessions)
            client = self._apps["presence"].test_client()
            generated = client.post("/presence/qr/generate", data=bodies.session(session))
            self._replay()
            token = generated.get_json()["data"]["qr_token"]
            return [
                self._frames("presence", "/presence/checkin", self._checkin(session, token), {})
                for _ in range(count)
            ]

        return ours, floors

    def small_commits(self) -> Make:
        """FLOOR1: one commit of one small document."""

        def make(count: int) -> list[bytes]:
            return [post("/", self._small()) for _ in range(count)]

        return make

    def read(self) -> Make:
        """READ: one small document by its path."""
        from google.cloud.firestore_v1 import types

        names = [self._floors.path("small", f"read-{number}") for number in range(DEVICES)]
        for name in names:
            self._floors.commit(Write.set(name, {"text": "x" * 100}))
        cycle = itertools.cycle(names)
        request: Any = types.GetDocumentRequest.pb()

        def make(count: int) -> list[bytes]:
            frames = [
                frame(b"G", request(name=next(cycle)).SerializeToString()) for _ in range(count)
            ]
            return [post("/", one) for one in frames]

        return make

    def latest(self) -> Make:
        """The newest sample of a device that has posted once: the floor's document is as new."""
        devices = [f"still-{self._run}-{number}" for number in range(DEVICES)]
        self._fill("accel", [bodies.accel(device, next(self._moments), 1) for device in devices])
        cycle = itertools.cycle(devices)
        return self._gets(lambda: f"/telemetry/accel/latest?device_id={next(cycle)}")

    def status(self) -> Make:
        """The presence status of a student who has checked in."""
        users = itertools.cycle(f"student-{number}" for number in range(100))
        query = "course_id=cloud-101&session_id=read"
        token = generate(self._world, "read")
        with self._world.ours("presence").line() as line:
            for number in range(100):
                line.send(
                    post("/presence/checkin", bodies.checkin(f"student-{number}", "read", token))
                )
        return self._gets(lambda: f"/presence/status?user_id={next(users)}&{query}")

    def history(self) -> Make:
        """200 points of a track with a point every 5 s.

        Each document is one write, except for the first and the last point, which are POSTs: the
        emulator, unlike Firestore, reads a document slowly after many writes.
        """
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5 * TRACK_POINTS)
        moments = [start + timedelta(seconds=5 * point) for point in range(TRACK_POINTS)]
        for track in self._tracks:
            for key, part in itertools.groupby(moments, lambda one: rules.bucket(millis(one))):
                points = [stored.encode(Point(millis(one), -7.28, 112.79, 5.5)) for one in part]
                name = self._ours.path("telemetry", track, "gps", key)
                fields = {"device_id": track, "key": key}
                self._ours.commit(
                    Write.set(name, fields, merge=True, array_union={"points": points})
                )
            self._fill("gps", [bodies.gps(track, moments[0]), bodies.gps(track, moments[-1])])
        tracks = itertools.cycle(self._tracks)
        return self._gets(lambda: f"/telemetry/gps/history?limit=200&device_id={next(tracks)}")

    def statistics(self) -> Make:
        """Statistics of devices in turn, none twice within the minute of the cache."""
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
        """The requests of our code to Google for this call, as one request to the floor."""
        client = self._apps[group].test_client()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if "X-API-Key" in named:  # puts the key into the cache of five seconds
            client.post("/api/v1/devices/heartbeat", data=b"{}", headers=named)
        self._recorder.drain()
        answer = client.post(path, data=body, headers=named)
        if answer.status_code != 200:
            raise RuntimeError(answer.text)
        return post("/", self._recorder.drain())

    def _gets(self, path: Callable[[], str]) -> Make:
        return lambda count: [get(path()) for _ in range(count)]

    def _fill(self, kind: str, sent: Sequence[bytes]) -> None:
        with self._world.ours("telemetry").line() as line:
            for body in sent:
                line.send(post(f"/telemetry/{kind}", body))

    def _cache_key(self, headers: dict[str, str]) -> None:
        """Puts the key into the server's cache of five seconds before the timed request."""
        with self._world.ours("devices").line() as line:
            line.send(post("/api/v1/devices/heartbeat", b"{}", **headers))

    def _checkin(self, session: str, token: str) -> bytes:
        return bodies.checkin(f"user-{self._run}-{next(self._numbers)}", session, token)

    def _device(self) -> str:
        return self.devices[next(self._numbers) % DEVICES]

    def _small(self) -> bytes:
        from google.cloud.firestore_v1 import types

        name = self._floors.path("small", f"new-{self._run}-{next(self._numbers)}")
        request: Any = types.CommitRequest.pb()
        database = f"projects/{FLOORS}/databases/(default)"
        write = Write.create(name, {"text": "x" * 100})
        return frame(b"C", request(database=database, writes=[write.message]).SerializeToString())

    @property
    def _recorder(self) -> Any:
        return self._recorded.recorder

    def _replay(self) -> None:
        """Writes the recorded documents for the floor, too."""
        frames = self._recorder.drain()
        with self._world.floor().line() as line:
            line.send(post("/", frames))

    def _register(self, database: Database) -> None:
        store = DeviceStore(database, self._world.publisher(OURS))
        for number in range(FIRST_SENSOR, FIRST_SENSOR + SENSORS):
            store.add(sensor(number), key_hash(key(number)), store.owner("owner"))


def generate(world: World, session: str) -> str:
    """A QR token of a session, valid for two minutes."""
    with world.ours("presence").line() as line:
        answer = line.send(post("/presence/qr/generate", bodies.session(session)))
    token: str = json.loads(answer.body)["data"]["qr_token"]
    return token


def key(number: int) -> str:
    """The API key of a sensor."""
    return device_rules.api_key(KEY_SECRET, number, 1)


def sensor(number: int) -> Device:
    """A registered sensor."""
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
