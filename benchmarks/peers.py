"""The naive peer and the usual design, compared with the same floors."""

import itertools
from datetime import UTC, datetime, timedelta

from benchmarks import bodies
from benchmarks.bursts import Burst
from benchmarks.calls import Calls, Make
from benchmarks.speed import Row
from benchmarks.wire import get, post
from benchmarks.world import World

TRACK_POINTS = 220


def rows(world: World, calls: Calls) -> list[Row]:
    """A document a sample; a map a sample; a query for history; a scan for statistics."""
    peer, floor = world.peer(), world.floor()
    one, read = Burst(floor, calls.small_commits()), Burst(floor, calls.read())
    start = datetime.now(UTC).replace(microsecond=0)
    with peer.line() as line:
        for point in range(TRACK_POINTS):
            moment = start - timedelta(seconds=5 * point)
            line.send(post("/gps", bodies.gps("peer", moment)))
        for batch in range(20):
            moment = start + timedelta(seconds=batch)
            line.send(post("/accel", bodies.accel("peer", moment, 50)))
    rows = []
    for name, path in (
        ("a document a sample, POST of 50", "/accel"),
        ("maps in one document", "/usual"),
    ):
        rows.append(Row(name, Burst(peer, _posts(path, start)), one, "FLOOR1"))
    for name, path in (
        ("history of 200 by query", "/gps/history"),
        ("statistics of 1,000 by scan", "/statistics"),
    ):
        rows.append(Row(name, Burst(peer, _gets(f"{path}?device_id=peer")), read, "READ"))
    return rows


def _gets(path: str) -> Make:
    return lambda count: [get(path)] * count


def _posts(path: str, start: datetime) -> Make:
    numbers = itertools.count()

    def one() -> bytes:
        number = next(numbers)
        moment = start + timedelta(seconds=number)
        return post(path, bodies.accel(f"peer-{number % 200}", moment, 50))

    return lambda count: [one() for _ in range(count)]
