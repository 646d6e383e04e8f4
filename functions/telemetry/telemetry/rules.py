"""Samples and points, and the documents that they are kept in."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from shared import series
from shared.ids import fingerprint

BUCKET = 300_000  # milliseconds; the points of five minutes are one document


class Sample(NamedTuple):
    """One accelerometer sample: numbers exactly as they were sent."""

    ms: int
    x: float
    y: float
    z: float


class Point(NamedTuple):
    """One GPS position, accuracy in metres."""

    ms: int
    lat: float
    lng: float
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """Samples of one POST that lie within one hour, in their order of time."""

    chunk_id: str
    samples: tuple[Sample, ...]


def chunks(samples: Sequence[Sample], batch_id: str) -> Iterator[Chunk]:
    """A batch as what is stored: nearly always one chunk, more where it spans hours."""
    for part in series.within_hours(samples):
        yield Chunk(f"{series.key(part[-1].ms)}-{batch_id}", part)


def batch_id(device_id: str, sent: Iterable[object]) -> str:
    """The same for the same device and content: a batch that is sent again finds itself."""
    return fingerprint(device_id, *(repr(part) for part in sent), length=20)


def bucket(ms: int) -> str:
    """The name of the five minutes round a moment. Names sort as times do."""
    return series.key(ms // BUCKET * BUCKET)
