"""Measures whether reads take longer with more data: three sizes in one emulator, in turn."""

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import bodies, bursts, figures
from benchmarks.bursts import Burst
from benchmarks.calls import key, sensor
from benchmarks.capture import OURS
from benchmarks.figures import Ratio
from benchmarks.wire import get, post
from benchmarks.world import World
from devices import rules as device_rules
from devices.store import Store as DeviceStore
from shared.base.timestamps import millis
from shared.domain import series
from shared.domain.devices import Reading
from shared.domain.keys import key_hash
from shared.google.writes import Write
from shared.web.envelopes import Json
from telemetry import points, rules
from telemetry.rules import Point

SIZES = (1_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000, 10_000, 100_000)
A_BUCKET = rules.BUCKET // 1000  # points, one a second
TRACK = 220  # newest points, sent as a phone sends them
COMMIT = 25  # documents: a request may have 4 MiB
POSTS = 1_000  # over the last six days
FIRST = 5_000


def measure(world: World, sizes: Sequence[int], cycles: int) -> dict[str, list[Ratio]]:
    """The p50 of each read at each size, as a ratio to the smallest size."""
    for size in sizes:
        _fill_track(world, f"grown-{size}", size)
    ratios = {
        "gps latest": _by_http(world, sizes, cycles, "/telemetry/gps/latest?device_id=grown-{}"),
        "gps history of 200": _by_http(
            world, sizes, cycles, "/telemetry/gps/history?limit=200&device_id=grown-{}"
        ),
    }
    numbers = {size: FIRST + index for index, size in enumerate(sizes)}
    store = DeviceStore(world.database(OURS), world.publisher(OURS))
    for size, number in numbers.items():
        _fill_sensor(store, number, size)
    # In this process, as the server answers from its cache of a minute.
    reads = [lambda number=numbers[size]: _statistics(store, number) for size in sizes]
    ratios["devices statistics"] = _in_turn(reads, 8 * cycles)
    return ratios


def _by_http(world: World, sizes: Sequence[int], cycles: int, path: str) -> list[Ratio]:
    server = world.ours("telemetry")
    by_size = [Burst(server, _same(get(path.format(size)))) for size in sizes]
    bursts.run(by_size, 3)
    for burst in by_size:
        burst.seconds.clear()
    bursts.run(by_size, cycles)
    return [figures.ratio(burst.seconds, by_size[0].seconds) for burst in by_size]


def _in_turn(reads: Sequence[Callable[[], Any]], rounds: int) -> list[Ratio]:
    times: list[list[float]] = [[] for _ in reads]
    for _ in range(rounds):
        for read, seconds in zip(reads, times, strict=True):
            started = time.perf_counter()
            read()
            seconds.append(time.perf_counter() - started)
    medians = [[statistics.median(part) for part in _parts(seconds, 8)] for seconds in times]
    return [figures.ratio(mine, medians[0]) for mine in medians]


def _parts(values: Sequence[float], size: int) -> list[Sequence[float]]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _statistics(store: DeviceStore, number: int) -> Any:
    moment = datetime.now(UTC)
    device, days = store.device_and_days(number, moment)
    assert device is not None
    return device_rules.statistics(device, days, moment)


def _same(request: bytes) -> Callable[[int], list[bytes]]:
    return lambda count: [request] * count


def _fill_track(world: World, device: str, size: int) -> None:
    """Writes past points directly, and posts the newest 220 and one old point."""
    database, now = world.database(OURS), datetime.now(UTC).replace(microsecond=0)
    newest = now - timedelta(seconds=5 * TRACK)
    last = millis(newest) // rules.BUCKET - 1
    buckets = (last - index for index in range((size - TRACK) // A_BUCKET))
    oldest = newest
    while chunk := list(itertools.islice(buckets, COMMIT)):
        database.commit(
            *(
                Write.set(
                    database.path("telemetry", device, "gps", series.key(bucket * rules.BUCKET)),
                    {"device_id": device, "key": series.key(bucket * rules.BUCKET)},
                    merge=True,
                    array_union={"points": _points(bucket * rules.BUCKET)},
                )
                for bucket in chunk
            )
        )
        oldest = datetime.fromtimestamp(chunk[-1] * rules.BUCKET / 1000, UTC)
    with world.ours("telemetry").line() as line:
        for moment in (oldest, *(newest + timedelta(seconds=5 * i) for i in range(TRACK))):
            line.send(post("/telemetry/gps", bodies.gps(device, moment)))


def _points(start: int) -> list[str]:
    return [
        points.encode(
            Point(start + 1000 * second, -7.28 - second / 1e5, 112.79 + second / 1e5, 5.5)
        )
        for second in range(A_BUCKET)
    ]


def _fill_sensor(store: DeviceStore, number: int, size: int) -> None:
    """Writes readings through the store: for each size as many batches, at the same minutes."""
    store.add(sensor(number), key_hash(key(number)), store.owner("owner"))
    now = datetime.now(UTC)
    each = size // POSTS
    event: Json = {"kind": "device"}
    for index in range(POSTS):
        begin = millis(now) - (POSTS - index) * 500_000
        first = index * each
        readings = [Reading(begin, first + n, "temperature", n % 97) for n in range(each)]
        store.add_readings(number, f"batch-{index}", readings, event, now)
