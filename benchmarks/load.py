"""Ten times as many clients as an instance takes: every answer must match what is stored."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks import bodies
from benchmarks.capture import OURS
from benchmarks.figures import percentile
from benchmarks.servers import Server
from benchmarks.wire import Line, post
from benchmarks.world import World
from shared.domain.series import Span
from telemetry.store import Store

SUSTAINABLE = 24  # requests at once: what the manifest says that an instance takes
TIMES = 10
DEVICES = 400
NORMAL = 5.0  # seconds of normal load before, for memory and speed
RECOVERED = 2.0  # times the normal p50
PATIENCE = 30.0  # seconds of a client


@dataclass
class Outcome:
    """The answers, the stored points compared with them, memory and recovery."""

    answers: Counter[int] = field(default_factory=Counter)
    broken: int = 0  # connections without an answer
    dishonest: int = 0  # 503s without the error `unavailable`
    accepted: int = 0
    lost: int = 0
    twice: int = 0
    memory: float | None = None  # peak to normal
    recovery: float | None = None  # seconds; None: not within twenty

    @property
    def is_good(self) -> bool:
        """Whether each accepted point is stored exactly once, memory and recovery in bounds."""
        held = self.memory is None or self.memory <= 1.3
        soon = self.recovery is not None and self.recovery <= 5
        only = set(self.answers) <= {200, 503}
        return not (self.lost or self.twice or self.dishonest) and only and held and soon


class Crowd:
    """Clients that post points without a pause, each on a connection of its own."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self.start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
        self.outcome = Outcome()
        self.accepted: list[tuple[str, int]] = []
        self.seconds: list[float] = []

    def run(self, clients: int, seconds: float) -> None:
        """Runs this many clients in parallel for this long."""
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=self._post, args=(end,)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _post(self, end: float) -> None:
        while time.monotonic() < end:
            try:
                with Line(self._server.port, PATIENCE) as line:
                    while time.monotonic() < end:
                        self._one(line)
            except OSError:
                with self._lock:
                    self.outcome.broken += 1

    def _one(self, line: Line) -> None:
        number = next(self._numbers)
        device, second = f"load-{number % DEVICES}", number // DEVICES
        body = bodies.gps(device, self.start + timedelta(seconds=second))
        answer = line.send(post("/telemetry/gps", body))
        with self._lock:
            self.outcome.answers[answer.status] += 1
            self.seconds.append(answer.seconds)
            if answer.status == 200:
                self.accepted.append((device, second))
            elif b"unavailable" not in answer.body:
                self.outcome.dishonest += 1


def measure(world: World, seconds: float) -> Outcome:
    """Normal load, ten times that, and back."""
    server = world.ours("telemetry")
    crowd = Crowd(server)
    crowd.run(SUSTAINABLE, NORMAL)
    normal, normal_p50 = server.memory(), percentile(crowd.seconds, 50) / SUSTAINABLE
    peak = _Peak(server)
    with_peak = threading.Thread(target=peak.watch, daemon=True)
    with_peak.start()
    crowd.run(SUSTAINABLE * TIMES, seconds)
    crowd.outcome.recovery = _recovery(server, normal_p50)
    peak.over.set()
    with_peak.join()
    if normal and peak.bytes:
        crowd.outcome.memory = peak.bytes / normal
    _count(world, crowd)
    return crowd.outcome


class _Peak:
    """Watches the largest memory of a server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.bytes = 0
        self.over = threading.Event()

    def watch(self) -> None:
        while not self.over.wait(0.2):
            self.bytes = max(self.bytes, self._server.memory() or 0)


def _recovery(server: Server, normal: float) -> float | None:
    """Seconds until a single client gets answers as fast as each did at normal load."""
    began = time.monotonic()
    while time.monotonic() - began < 20:
        with Line(server.port) as line:
            moment = datetime.now(UTC)
            seconds = [
                line.send(post("/telemetry/gps", bodies.gps(f"after-{i}", moment))).seconds
                for i in range(10)
            ]
        if percentile(seconds, 50) <= RECOVERED * max(normal, 0.005):
            return time.monotonic() - began
    return None


def _count(world: World, crowd: Crowd) -> None:
    """Counts the accepted points that are not stored, and those stored twice."""
    crowd.outcome.accepted = len(crowd.accepted)
    store = Store(world.database(OURS), world.publisher(OURS))
    begin = crowd.start
    accepted: dict[str, set[int]] = {}
    for device, second in crowd.accepted:
        accepted.setdefault(device, set()).add(second)
    for device, seconds in accepted.items():
        stored = Counter(_seconds(store, device, begin))
        crowd.outcome.twice += sum(stored.values()) - len(stored)
        crowd.outcome.lost += len(seconds - set(stored))


def _seconds(store: Store, device: str, begin: datetime) -> Iterator[int]:
    points = store.points(device, Span(1_000_000, begin, begin + timedelta(hours=3)), begin)
    return ((ms - round(begin.timestamp() * 1000)) // 1000 for ms, *_ in points)
