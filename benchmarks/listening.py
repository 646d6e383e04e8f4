"""How soon a listener knows: a POST to the callback on the live document, beside a raw write."""

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
from shared.documents import create
from shared.emulator import ADMINISTRATOR
from tests.listener import Listener

WITHIN = 10.0  # seconds
Write = Callable[[], object]
RAW, RELAYED = "raw write", "raw write by way of a topic"


@dataclass(frozen=True)
class Heard:
    """Seconds until the callback of a listener, and those to the floor's in the same rounds."""

    seconds: list[float]
    floor: str = ""
    ratio: Ratio | None = None


def measure(world: World, rounds: int) -> dict[str, Heard]:
    """Raw writes to raw listeners, directly and by way of a topic; and ours, each to its floor.

    A student's record is written by the POST itself, a device's live view by a consumer. Most of
    that way is the emulator's own: how long it takes to push a message.
    """
    _deliver_to(world.ours("fanout").port, world, "telemetry")
    _deliver_to(world.relay().port, world, "raw")
    database = world.database(OURS)
    session = f"courses/cloud-101/sessions/{uuid.uuid4().hex}"
    code = generate(world, session.rsplit("/", 1)[1])

    def written(name: str, _: ExitStack) -> Write:
        return lambda: database.commit(create(database.name("raw", name), {"text": "x" * 100}))

    def checked_in(user: str, kept: ExitStack) -> Write:
        body = bodies.checkin(user, session.rsplit("/", 1)[1], code)
        return _posting(world.ours("presence"), kept, post("/presence/checkin", body))

    def posted(device: str, kept: ExitStack) -> Write:
        body = bodies.gps(device, datetime.now(UTC))
        return _posting(world.ours("telemetry"), kept, post("/telemetry/gps", body))

    topics = world.topics()

    def relayed(name: str, _: ExitStack) -> Write:
        write = create(database.name("raw", name), {"text": "x" * 100})
        commit = types.CommitRequest(
            database=f"projects/{OURS}/databases/(default)", writes=[types.Write.wrap(write)]
        )
        data = types.CommitRequest.serialize(commit)
        topic, message = f"projects/{OURS}/topics/raw", PubsubMessage(data=data)
        return lambda: topics.publish(topic=topic, messages=[message])

    ways = {
        RAW: ("raw", written),
        RELAYED: ("raw", relayed),
        "check-in to its record": (f"{session}/presences", checked_in),
        "gps POST to the live view": ("live", posted),
    }
    floors = {
        RELAYED: RAW,
        "check-in to its record": RAW,
        "gps POST to the live view": RELAYED,
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 3):
        for name, (collection, prepare) in ways.items():
            found[name].append(_heard(world, collection, prepare))
    # The first ones load the clients.
    warm = {name: taken[3:] for name, taken in found.items()}
    return {RAW: Heard(warm[RAW])} | {
        name: Heard(warm[name], floor, ratio(warm[name], warm[floor]))
        for name, floor in floors.items()
    }


def _posting(server: Server, kept: ExitStack, request: bytes) -> Write:
    """Sends this on a connection that is warm, as the raw writer's is."""
    line = kept.enter_context(server.line())
    line.send(get("/__/health"))

    def send() -> None:
        answer = line.send(request)
        if answer.status != 200:
            raise RuntimeError(str(answer.body))

    return send


def summary(seconds: list[float]) -> str:
    """p50 and p95 in milliseconds."""
    return f"{1000 * percentile(seconds, 50):.1f} / {1000 * percentile(seconds, 95):.1f} ms"


def _heard(world: World, collection: str, prepare: Callable[[str, ExitStack], Write]) -> float:
    """From the write to the callback, on a document that nobody has written before."""
    device = f"heard-{uuid.uuid4().hex}"
    path = f"{collection}/{device}"
    with ExitStack() as kept, Listener(world.firestore, OURS, path, ADMINISTRATOR) as listener:
        if not listener.current.wait(WITHIN):
            raise RuntimeError("the listener did not start")
        write = prepare(device, kept)
        started = time.perf_counter()
        write()
        listener.next(WITHIN)
        return time.perf_counter() - started


def _deliver_to(port: int, world: World, name: str) -> None:
    """Lets Pub/Sub call a consumer as it does in the cloud."""
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
