"""Fresh emulators, warmed up, with production servers of ours, the floor's and the peer's."""

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
from shared import emulator
from shared.documents import Database, create
from shared.events import Publisher
from tools import emulators

WARM_UP = 4_000  # commits: the emulator's first ones are slow
HOSTS = ("FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST")
AUTH = {"FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1"}  # asked for nothing


@dataclass
class World:
    """Where everything runs; servers are started when they are first asked for."""

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
            made = serving(name, source, self.env(project))
            self.servers[name] = self.stack.enter_context(made)
        return self.servers[name]

    def env(self, project: str, **other: str) -> dict[str, str]:
        """What a server needs to find its project here."""
        hosts = dict(zip(HOSTS, (self.firestore, self.pubsub), strict=True))
        # Without limits: a burst comes from one address and knows few keys.
        limits = {"DEVICE_RATE": "100000", "DEVICE_BURST": "100000"}
        return {**hosts, **AUTH, **limits, "GOOGLE_CLOUD_PROJECT": project, **other}

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
        """Our database layer on a project, for what has to be there before. It may take long."""
        return emulator.database(self.firestore, project, patience=60)

    def publisher(self, project: str) -> Publisher:
        """Our publisher on a project."""
        return Publisher(emulator.channel(self.pubsub), project)

    def topics(self) -> PublisherClient:
        """Google's own client of the topics, to make them with."""
        channel = grpc.insecure_channel(self.pubsub)
        return PublisherClient(transport=PublisherGrpcTransport(channel=channel))

    def recorded(self) -> Recorded:
        """Our own code with its requests noted."""
        return Recorded(self.firestore, self.pubsub)


@contextmanager
def world(commits: int = WARM_UP) -> Iterator[World]:
    """Emulators of this run alone, warm after so many commits; all ends with it."""
    for host in HOSTS:
        os.environ.pop(host, None)
    os.environ |= {**AUTH, "DEVICE_KEY_SECRET": KEY_SECRET, "GOOGLE_CLOUD_PROJECT": OURS}
    with ExitStack() as stack:
        hosts = [stack.enter_context(emulators.running(name)) for name in ("firestore", "pubsub")]
        made = World(hosts[0], hosts[1], stack)
        _make_topics(made)
        _warm_up(made, commits)
        yield made


def _make_topics(made: World) -> None:
    api = made.topics()
    for project in (OURS, RECORDED, FLOORS):
        try:
            api.create_topic(request={"name": f"projects/{project}/topics/telemetry"})
        except AlreadyExists:
            continue


def _warm_up(made: World, commits: int) -> None:
    """Writes many documents, each once: a hot one would slow the emulator for good."""
    grpc.channel_ready_future(grpc.insecure_channel(made.firestore)).result(30)
    database = made.database("demo-warm-up")

    def write(_: int) -> None:
        name = database.name("warm", uuid.uuid4().hex)
        database.commit(create(name, {"text": "x" * 400}))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(commits)))
