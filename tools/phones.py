"""What simulated phones send: a walk over a campus and the fate of each packet, by a seed."""

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

CAMPUS = (-7.2819, 112.7953)  # Surabaya
METRES_PER_DEGREE = 111_320.0
INTERVAL = 2.0  # seconds between two points, and between two batches
SAMPLES_A_SECOND = 10

# The share of packets that meet each fate; the others arrive once and in time.
FATES = {
    "lost": 0.03,  # never arrives; the phone notices and sends it again
    "answer lost": 0.03,  # arrives, but the phone gets no answer and sends it again
    "repeated": 0.05,  # arrives twice at once
    "late": 0.05,  # arrives seconds later, after newer ones
}


@dataclass(frozen=True)
class Packet:
    """One POST. `ms` is its time in milliseconds since the start."""

    due: float  # seconds since the start
    kind: str
    ms: int
    values: tuple[tuple[float, ...], ...]  # one row a point or sample
    fate: str
    delay: float  # seconds until it is sent, or sent again


def plan(phone: int, seconds: int, seed: int) -> list[Packet]:
    """All packets of one phone, in the order in which they are due."""
    random = Random(f"{seed}/{phone}")  # noqa: S311  a simulation
    return sorted(_packets(random, seconds), key=lambda packet: packet.due)


def fingerprint(plans: list[list[Packet]]) -> str:
    """A short name of the plans, the same for the same seed."""
    return hashlib.sha256(repr(plans).encode()).hexdigest()[:12]


def request_body(
    packet: Packet, device_id: str, start_ms: int, timestamp: Callable[[int], str]
) -> dict[str, Any]:
    """The contract's request. `timestamp` formats milliseconds since 1970."""
    first = start_ms + packet.ms
    if packet.kind == "gps":
        lat, lng, accuracy = packet.values[0]
        return {
            "device_id": device_id, "ts": timestamp(first),
            "lat": lat, "lng": lng, "accuracy_m": accuracy,
        }  # fmt: skip
    step = 1000 // SAMPLES_A_SECOND
    samples = [
        {"t": timestamp(first + index * step), "x": x, "y": y, "z": z}
        for index, (x, y, z) in enumerate(packet.values)
    ]
    return {"device_id": device_id, "ts": samples[-1]["t"], "samples": samples}


def _packets(random: Random, seconds: int) -> Iterator[Packet]:
    lat = CAMPUS[0] + random.uniform(-0.002, 0.002)
    lng = CAMPUS[1] + random.uniform(-0.002, 0.002)
    heading, offset = random.uniform(0, 2 * math.pi), random.uniform(0, INTERVAL)
    for step in range(int(seconds / INTERVAL)):
        due = offset + step * INTERVAL
        heading += random.gauss(0, 0.3)
        metres = random.uniform(0.8, 1.8) * INTERVAL
        lat += metres * math.cos(heading) / METRES_PER_DEGREE
        lng += metres * math.sin(heading) / METRES_PER_DEGREE / math.cos(math.radians(lat))
        position = (round(lat, 7), round(lng, 7), round(random.uniform(3, 15), 1))
        yield _packet(random, due, "gps", (position,))
        rows = tuple(_step(random, index) for index in range(int(SAMPLES_A_SECOND * INTERVAL)))
        yield _packet(random, due + INTERVAL / 2, "accel", rows)


def _packet(random: Random, due: float, kind: str, values: tuple[tuple[float, ...], ...]) -> Packet:
    drawn, fate = random.random(), "arrives"
    for name, share in FATES.items():
        if drawn < share:
            fate = name
            break
        drawn -= share
    return Packet(due, kind, int(due * 1000), values, fate, round(random.uniform(1, 6), 2))


def _step(random: Random, index: int) -> tuple[float, float, float]:
    """The acceleration of a walking person, in m/s²."""
    swing = math.sin(2 * math.pi * 1.8 * index / SAMPLES_A_SECOND)
    return (
        round(random.gauss(0, 0.4), 3),
        round(random.gauss(0.6 * swing, 0.3), 3),
        round(9.8 + random.gauss(1.5 * swing, 0.3), 3),
    )
