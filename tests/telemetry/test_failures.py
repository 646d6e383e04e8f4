"""Each side fails in turn: the answer is an honest 503, and the retry neither loses nor doubles."""

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from werkzeug.test import TestResponse

from shared.google import emulator
from shared.google.pubsub import Publisher
from tests.conftest import MovableClock
from tests.gate import Gate
from tests.server import process_serving
from tests.telemetry.phones import Phone
from tests.topic import Topic
from tests.waiting import until

SAMPLES = [("2026-02-18T10:00:00Z", 1, 2, 3), ("2026-02-18T10:00:01Z", 4, 5, 6)]
BODY: dict[str, Any] = {
    "device_id": "dev-1",
    "samples": [dict(zip("txyz", sample, strict=True)) for sample in SAMPLES],
}


class World:
    """One project behind two gates, and a look past them."""

    def __init__(self, firestore_host: str, pubsub_host: str) -> None:
        self.project = f"demo-{uuid.uuid4().hex[:12]}"
        self.firestore, self.pubsub = Gate(firestore_host), Gate(pubsub_host)
        self.topic = Topic(pubsub_host, self.project)
        through = emulator.database(self.firestore.address, self.project, patience=0.3)
        self.past = emulator.database(firestore_host, self.project)
        publisher = Publisher(emulator.channel(self.pubsub.address), self.project)
        clock = MovableClock()
        self.phone = Phone(through, publisher, clock)
        self.observer = Phone(self.past, self.topic.publisher, clock)

    def stored(self, kind: str) -> int:
        """How many samples or points are there."""
        answer = self.observer.get(f"{kind}/history")
        return len(answer.get_json()["data"]["items"]) if answer.status_code == 200 else 0


@pytest.fixture
def world(firestore_host: str, pubsub_host: str) -> Iterator[World]:
    made = World(firestore_host, pubsub_host)
    yield made
    made.firestore.end()
    made.pubsub.end()


def accel(phone: Phone) -> TestResponse:
    return phone.batch(*SAMPLES)


def gps(phone: Phone) -> TestResponse:
    return phone.point("2026-02-18T10:00:00Z")


each_kind = pytest.mark.parametrize(
    ("kind", "send", "count"), [("accel", accel, 2), ("gps", gps, 1)]
)
Send = Callable[[Phone], TestResponse]


def until_accepted(send: Callable[[], Any]) -> None:
    """Sends again as a device does, until the answer is 200."""

    def accepted() -> bool:
        status: int = send().status_code
        assert status in (200, 503)
        return status == 200

    until(accepted, within=30)


def is_honest(answer: TestResponse) -> bool:
    return (
        answer.status_code == 503
        and answer.get_json() == {"ok": False, "error": "unavailable"}
        and answer.headers["Retry-After"] == "1"
        and answer.headers["Cache-Control"] == "no-store"
    )


@each_kind
def test_with_firestore_gone_it_says_503_and_the_retry_stores_once(
    world: World, kind: str, send: Send, count: int
) -> None:
    world.firestore.close()
    assert is_honest(send(world.phone))
    assert world.stored(kind) == 0
    world.firestore.open()
    until_accepted(lambda: send(world.phone))
    assert world.stored(kind) == count
    assert len({event["batch_id"] for event in world.topic.events(2)}) == 1


@each_kind
def test_with_pubsub_gone_it_says_503_and_the_retry_tells_without_storing_twice(
    world: World, kind: str, send: Send, count: int
) -> None:
    world.pubsub.close()
    assert is_honest(send(world.phone))
    assert world.topic.events(0) == []
    world.pubsub.open()
    until_accepted(lambda: send(world.phone))
    assert world.stored(kind) == count
    assert len(world.topic.events(1)) >= 1


@each_kind
def test_with_the_publish_refused_it_says_503(
    firestore_host: str, pubsub_host: str, kind: str, send: Send, count: int
) -> None:
    world = World(firestore_host, pubsub_host)
    no_topic = Publisher(emulator.channel(pubsub_host), "demo-without-a-topic")
    phone = Phone(world.past, no_topic, MovableClock())
    assert is_honest(send(phone))
    until_accepted(lambda: send(world.observer))
    assert world.stored(kind) == count


@pytest.mark.parametrize("side", ["pubsub", "firestore"])
def test_a_worker_killed_between_the_two_leaves_nothing_lost_or_doubled(
    world: World, firestore_host: str, pubsub_host: str, side: str
) -> None:
    """Held at one side, the other side is done: then the server is killed."""
    getattr(world, side).hold()
    hosts = {"PUBSUB_EMULATOR_HOST": world.pubsub.address}
    with process_serving("telemetry", world.firestore.address, world.project, **hosts) as (
        process,
        url,
    ):
        sending = threading.Thread(target=_send_and_expect_no_answer, args=(f"{url}/accel",))
        sending.start()
        if side == "pubsub":
            until(lambda: world.stored("accel") == 2, within=20)
        else:
            assert len(world.topic.events(1)) == 1
        process.kill()
        sending.join(10)
        assert not sending.is_alive()
    hosts = {"PUBSUB_EMULATOR_HOST": pubsub_host}
    with process_serving("telemetry", firestore_host, world.project, **hosts) as (_, url):
        until_accepted(lambda: requests.post(f"{url}/accel", json=BODY, timeout=30))
    assert world.stored("accel") == 2
    assert len(world.topic.events(1)) == 1


def _send_and_expect_no_answer(url: str) -> None:
    with pytest.raises(requests.RequestException):
        requests.post(url, json=BODY, timeout=30)
