"""Short bursts of requests: all subjects and floors, in another order in each cycle."""

import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from benchmarks.servers import Server
from benchmarks.wire import Answer, get

REQUESTS = 8  # of one burst: enough for a median, too few for the machine to change


@dataclass
class Burst:
    """One kind of request at one server. `make` builds the next requests before the clock runs."""

    server: Server
    make: Callable[[int], Sequence[bytes]]
    seconds: list[float] = field(default_factory=list)  # the median of each cycle
    cpu: list[float] = field(default_factory=list)  # seconds a request, of each cycle
    all: list[float] = field(default_factory=list)

    def run(self, size: int = REQUESTS) -> None:
        """Runs one burst on an open connection."""
        requests = self.make(size)
        with self.server.line() as line:
            line.send(get("/__/health"))
            before = self.server.cpu()
            answers = [line.send(request) for request in requests]
            after = self.server.cpu()
        _check(answers)
        self.all += [answer.seconds for answer in answers]
        self.seconds.append(statistics.median(answer.seconds for answer in answers))
        if before is not None and after is not None:
            self.cpu.append((after - before) / size)


def run(bursts: Sequence[Burst], cycles: int, seed: int = 7) -> None:
    """Runs all bursts once per cycle, in random order."""
    order, shuffle = list(bursts), random.Random(seed).shuffle
    for _ in range(cycles):
        shuffle(order)
        for burst in order:
            burst.run()


def _check(answers: Sequence[Answer]) -> None:
    """Raises RuntimeError for a refusal: it is fast, and would count as speed."""
    for answer in answers:
        if answer.status != 200:
            raise RuntimeError(f"{answer.status} {answer.body[:300]!r}")
