"""How soon a listener knows: a POST to the callback on the live document, beside a raw write."""

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from google.api_core.exceptions import AlreadyExists
from google.pubsub_v1.services.subscriber import SubscriberClient
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from grpc import insecure_channel

from benchmarks import bodies
from benchmarks.capture import OURS
from benchmarks.figures import Ratio, interval, percentile
from benchmarks.wire import post
from benchmarks.world import World
from shared.documents import create
from shared.emulator import ADMINISTRATOR
from tests.listener import Listener

WITHIN = 10.0  # seconds


def measure(world: World, rounds: int) -> tuple[list[float], list[float], Ratio]:
    """Seconds of ours and of a raw listener on a raw write, and the ratio, round by round."""
    _deliver_to(world.ours("fanout").port, world)
    database = world.database(OURS)

    def posted(device: str) -> None:
        with world.ours("telemetry").line() as line:
            line.send(post("/telemetry/gps", bodies.gps(device, datetime.now(UTC))))

    def written(device: str) -> None:
        database.commit(create(database.name("raw", device), {"text": "x" * 100}))

    ours, raw = [], []
    for number in range(rounds + 3):
        took = _heard(world, "live", posted), _heard(world, "raw", written)
        if number >= 3:  # the first ones load the clients
            ours.append(took[0])
            raw.append(took[1])
    return ours, raw, interval([one / two for one, two in zip(ours, raw, strict=True)])


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
