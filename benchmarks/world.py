"""The emulators of a run, and the servers of our functions, the floors and the peer."""

import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from google.api_core.exceptions import AlreadyExists
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from benchmarks.capture import FLOORS, OURS, RECORDED, Recorded
from benchmarks.delay import DelayProxy
from benchmarks.servers import HERE, KEY_SECRET, Server, group, serving
from shared.google import emulator
from shared.google.firestore import Database
from shared.google.pubsub import Publisher
from shared.google.writes import Write
from tools import emulators

WARM_UP = 4_000  # commits: the emulator's first ones are slow
HOSTS = ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST")
AUTH = {"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1"}  # never called
# Without limits, as a burst comes from one address with few keys.
LIMITS = {
    "DEVICE_RATE": "100000",
    "DEVICE_BURST": "100000",
    "TELEMETRY_RATE": "0",
    "TELEMETRY_ADDRESS_RATE": "0",
}


@dataclass
class World:
    """The emulators and servers of a run. A server starts at its first use."""

    firestore: str
    pubsub: str
    stack: ExitStack
    servers: dict[str, Server] = field(default_factory=dict)

    def ours(self, name: str) -> Server:
        """One of our functions, under its manifest's settings."""
        return self._serve(name, group(name), OURS)

    def floor(self) -> Server:
        """The bare function."""
        return self._serve("floor", HERE / "floors", FLOORS)

    def relay(self) -> Server:
        """The bare consumer of a topic: it commits what it is pushed."""
        return self._serve("relay", HERE / "floors", FLOORS)

    def peer(self) -> Server:
        """The naive design."""
        return self._serve("naive", HERE / "naive", FLOORS)

    def _serve(self, name: str, source: Path, project: str) -> Server:
        if name not in self.servers:
            server = serving(name, source, self.env(project))
            self.servers[name] = self.stack.enter_context(server)
        return self.servers[name]

    def env(self, project: str, **other: str) -> dict[str, str]:
        """The environment by which a server reaches a project in these emulators."""
        hosts = dict(zip(HOSTS, (self.firestore, self.pubsub), strict=True))
        return {**hosts, **AUTH, **LIMITS, "GOOGLE_CLOUD_PROJECT": project, **other}

    def whole_env(self) -> dict[str, str]:
        """An environment for a process of our own code."""
        return {**os.environ, **self.env(OURS), "DEVICE_KEY_SECRET": KEY_SECRET}

    @contextmanager
    def behind_delay(self) -> Iterator["World"]:
        """The same emulators, a round trip of 10 ms away, with servers of their own."""
        near = self.firestore, self.pubsub
        proxies = [DelayProxy(host) for host in near]
        with ExitStack() as stack:
            for proxy in proxies:
                stack.callback(proxy.close)
            yield World(proxies[0].address, proxies[1].address, stack)

    def database(self, project: str) -> Database:
        """Our database layer on a project, for preparation: a call may take 60 s."""
        return emulator.database(self.firestore, project, patience=60)

    def publisher(self, project: str) -> Publisher:
        """Our publisher on a project."""
        return Publisher(emulator.channel(self.pubsub), project)

    def topics(self) -> PublisherClient:
        """Google's own client, which creates topics."""
        channel = grpc.insecure_channel(self.pubsub)
        return PublisherClient(transport=PublisherGrpcTransport(channel=channel))

    def recorded(self) -> Recorded:
        """Our own code with its requests recorded."""
        return Recorded(self.firestore, self.pubsub)


@contextmanager
def world(commits: int = WARM_UP) -> Iterator[World]:
    """The world of one run, after `commits` warm-up commits. Everything ends with the `with`."""
    for host in HOSTS:
        os.environ.pop(host, None)
    os.environ |= {**AUTH, **LIMITS, "DEVICE_KEY_SECRET": KEY_SECRET, "GOOGLE_CLOUD_PROJECT": OURS}
    with ExitStack() as stack:
        hosts = [stack.enter_context(emulators.running(name)) for name in ("firestore", "pubsub")]
        running = World(hosts[0], hosts[1], stack)
        _create_topics(running)
        _warm_up(running, commits)
        yield running


def _create_topics(running: World) -> None:
    api = running.topics()
    for project in (OURS, RECORDED, FLOORS):
        try:
            api.create_topic(request={"name": f"projects/{project}/topics/telemetry"})
        except AlreadyExists:
            continue


def _warm_up(running: World, commits: int) -> None:
    """Writes many documents, each once: repeated writes to one slow the emulator permanently."""
    grpc.channel_ready_future(grpc.insecure_channel(running.firestore)).result(30)
    database = running.database("demo-warm-up")

    def write(_: int) -> None:
        name = database.path("warm", uuid.uuid4().hex)
        database.commit(Write.create(name, {"text": "x" * 400}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(commits)))
