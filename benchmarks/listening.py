"""Measures the time from a POST to the callback of a listener, compared with a raw write."""

import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore_v1 import types
from google.pubsub_v1 import PubsubMessage
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from grpc import insecure_channel

from benchmarks import bodies
from benchmarks.calls import generate
from benchmarks.capture import OURS
from benchmarks.figures import Ratio, percentile, ratio
from benchmarks.servers import Server
from benchmarks.wire import get, post
from benchmarks.world import World
from shared.google.emulator import ADMINISTRATOR
from shared.google.writes import Write
from tests.listener import Listener

WITHIN = 10.0  # seconds
WARM_UP = 3  # rounds, in which the clients are loaded
RAW, RELAYED = "raw write", "raw write by way of a topic"
CHECKIN, GPS = "check-in to its record", "gps POST to the live view"
FLOORS = {RELAYED: RAW, CHECKIN: RAW, GPS: RELAYED}

Action = Callable[[], object]
Prepare = Callable[[str, ExitStack], Action]  # makes the write of this document; open until used


@dataclass(frozen=True)
class Heard:
    """Seconds until the callback of a listener, and their ratio to the floor's of each round."""

    seconds: list[float]
    floor: str = ""
    ratio: Ratio | None = None


def measure(world: World, rounds: int) -> dict[str, Heard]:
    """Raw writes to raw listeners, directly and through a topic; and ours, each with its floor.

    A check-in writes the student's record itself; the live view of a device is written by a
    consumer. Most of that time is the emulator's: it pushes messages slowly.
    """
    _deliver_to(world.ours("fanout").port, world, "telemetry")
    _deliver_to(world.relay().port, world, "raw")
    ways = _ways(world)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + WARM_UP):
        for name, (collection, prepare) in ways.items():
            seconds[name].append(_heard(world, collection, prepare))
    warm = {name: values[WARM_UP:] for name, values in seconds.items()}
    return {RAW: Heard(warm[RAW])} | {
        name: Heard(warm[name], floor, ratio(warm[name], warm[floor]))
        for name, floor in FLOORS.items()
    }


def _ways(world: World) -> dict[str, tuple[str, Prepare]]:
    """Each way to a listener: the collection that it listens to, and how a write is prepared."""
    session = uuid.uuid4().hex
    presences = f"courses/cloud-101/sessions/{session}/presences"
    return {
        RAW: ("raw", _raw_writes(world)),
        RELAYED: ("raw", _relayed_writes(world)),
        CHECKIN: (presences, _checkins(world, session)),
        GPS: ("live", _points(world)),
    }


def _raw_writes(world: World) -> Prepare:
    database = world.database(OURS)

    def prepare(name: str, _: ExitStack) -> Action:
        write = Write.create(database.path("raw", name), {"text": "x" * 100})
        return lambda: database.commit(write)

    return prepare


def _relayed_writes(world: World) -> Prepare:
    database, topics = world.database(OURS), world.topics()

    def prepare(name: str, _: ExitStack) -> Action:
        write = Write.create(database.path("raw", name), {"text": "x" * 100})
        commit = types.CommitRequest.pb()(
            database=f"projects/{OURS}/databases/(default)", writes=[write.message]
        )
        message = PubsubMessage(data=commit.SerializeToString())
        return lambda: topics.publish(topic=f"projects/{OURS}/topics/raw", messages=[message])

    return prepare


def _checkins(world: World, session: str) -> Prepare:
    token = generate(world, session)

    def prepare(user: str, stack: ExitStack) -> Action:
        body = bodies.checkin(user, session, token)
        return _posting(world.ours("presence"), stack, post("/presence/checkin", body))

    return prepare


def _points(world: World) -> Prepare:
    def prepare(device: str, stack: ExitStack) -> Action:
        body = bodies.gps(device, datetime.now(UTC))
        return _posting(world.ours("telemetry"), stack, post("/telemetry/gps", body))

    return prepare


def _posting(server: Server, stack: ExitStack, request: bytes) -> Action:
    """Sends this on a connection that is open and warm, as the raw writer's is."""
    line = stack.enter_context(server.line())
    line.send(get("/__/health"))

    def send() -> None:
        answer = line.send(request)
        if answer.status != 200:
            raise RuntimeError(str(answer.body))

    return send


def summary(seconds: list[float]) -> str:
    """p50 and p95 in milliseconds."""
    return f"{1000 * percentile(seconds, 50):.1f} / {1000 * percentile(seconds, 95):.1f} ms"


def _heard(world: World, collection: str, prepare: Prepare) -> float:
    """Seconds from the write of a new document to the callback of its listener."""
    name = f"heard-{uuid.uuid4().hex}"
    path = f"{collection}/{name}"
    with ExitStack() as stack, Listener(world.firestore, OURS, path, ADMINISTRATOR) as listener:
        if not listener.current.wait(WITHIN):
            raise RuntimeError("the listener did not start")
        write = prepare(name, stack)
        started = time.perf_counter()
        write()
        listener.next(WITHIN)
        return time.perf_counter() - started


def _deliver_to(port: int, world: World, name: str) -> None:
    """Creates a topic and its push subscription to a consumer on this port."""
    topic = f"projects/{OURS}/topics/{name}"
    with suppress(AlreadyExists):
        world.topics().create_topic(request={"name": topic})
    channel = insecure_channel(world.pubsub)
    api = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
    with suppress(AlreadyExists):
        api.create_subscription(
            request={
                "name": f"projects/{OURS}/subscriptions/{name}",
                "topic": topic,
                "push_config": {"push_endpoint": f"http://127.0.0.1:{port}/{topic}"},
            }
        )
