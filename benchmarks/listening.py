"""How soon a listener knows: a POST to the callback on the live document, beside a raw write."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from google.api_core.exceptions import AlreadyExists
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from grpc import insecure_channel

from benchmarks import bodies
from benchmarks.calls import generate
from benchmarks.capture import OURS
from benchmarks.figures import Ratio, percentile, ratio
from benchmarks.wire import post
from benchmarks.world import World
from shared.documents import create
from shared.emulator import ADMINISTRATOR
from tests.listener import Listener

WITHIN = 10.0  # seconds


@dataclass(frozen=True)
class Heard:
    """Seconds until the callback of a listener, and each to a raw write in the same round."""

    seconds: list[float]
    ratio: Ratio


def measure(world: World, rounds: int) -> tuple[dict[str, Heard], list[float]]:
    """A student's record, which the POST itself writes; a device's live view, by way of the topic.

    And the seconds of a raw listener on a raw write.
    """
    _deliver_to(world.ours("fanout").port, world)
    database = world.database(OURS)
    session = f"courses/cloud-101/sessions/{uuid.uuid4().hex}"
    code = generate(world, session.rsplit("/", 1)[1])

    def written(name: str) -> None:
        database.commit(create(database.name("raw", name), {"text": "x" * 100}))

    def checked_in(user: str) -> None:
        body = bodies.checkin(user, session.rsplit("/", 1)[1], code)
        _post(world, "presence", "/presence/checkin", body)

    def posted(device: str) -> None:
        _post(world, "telemetry", "/telemetry/gps", bodies.gps(device, datetime.now(UTC)))

    ways = {
        "raw": ("raw", written),
        "check-in to its record": (f"{session}/presences", checked_in),
        "gps POST to the live view": ("live", posted),
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds + 3):
        for name, (collection, write) in ways.items():
            found[name].append(_heard(world, collection, write))
    warm = {name: taken[3:] for name, taken in found.items()}  # the first ones load the clients
    raw = warm.pop("raw")
    return {name: Heard(taken, ratio(taken, raw)) for name, taken in warm.items()}, raw


def _post(world: World, group: str, path: str, body: bytes) -> None:
    with world.ours(group).line() as line:
        answer = line.send(post(path, body))
    if answer.status != 200:
        raise RuntimeError(str(answer.body))


def summary(seconds: list[float]) -> str:
    """p50 and p95 in milliseconds."""
    return f"{1000 * percentile(seconds, 50):.1f} / {1000 * percentile(seconds, 95):.1f} ms"


def _heard(world: World, collection: str, write: Callable[[str], None]) -> float:
    """From the write to the callback, on a document that nobody has written before."""
    device = f"heard-{uuid.uuid4().hex}"
    with Listener(world.firestore, OURS, f"{collection}/{device}", ADMINISTRATOR) as listener:
        if not listener.current.wait(WITHIN):
            raise RuntimeError("the listener did not start")
        started = time.perf_counter()
        write(device)
        listener.next(WITHIN)
        return time.perf_counter() - started


def _deliver_to(port: int, world: World) -> None:
    """Lets Pub/Sub call the consumer as it does in the cloud."""
    topic = f"projects/{OURS}/topics/telemetry"
    channel = insecure_channel(world.pubsub)
    api = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
    with suppress(AlreadyExists):
        api.create_subscription(
            request={
                "name": f"projects/{OURS}/subscriptions/fanout",
                "topic": topic,
                "push_config": {"push_endpoint": f"http://127.0.0.1:{port}/{topic}"},
            }
        )
