"""Samples and points, the chunks they are kept in, and which of them are the newest."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple, Protocol, TypeVar

from shared import timestamps
from shared.ids import fingerprint

HOUR = 3_600_000  # milliseconds; a chunk of samples lies within one, so that a range finds it
BUCKET = 300_000  # milliseconds; the points of five minutes are one document


class Timed(Protocol):
    """Something measured at a time, in milliseconds since 1970."""

    @property
    def ms(self) -> int: ...


T = TypeVar("T", bound=Timed)


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


@dataclass(frozen=True, slots=True)
class Span:
    """The newest `limit` between two moments, both included; no bound means no end."""

    limit: int
    start: datetime | None = None
    end: datetime | None = None

    def holds(self, item: Timed) -> bool:
        """Whether it lies between the two moments."""
        return (self.start is None or item.ms >= timestamps.millis(self.start)) and (
            self.end is None or item.ms <= timestamps.millis(self.end)
        )


def chunks(samples: Sequence[Sample], batch_id: str) -> Iterator[Chunk]:
    """A batch as what is stored: nearly always one chunk, more where it spans hours."""
    ordered = sorted(samples, key=lambda sample: sample.ms)
    for _, within in groupby(ordered, key=lambda sample: sample.ms // HOUR):
        part = tuple(within)
        yield Chunk(f"{_fixed(part[-1].ms)}-{batch_id}", part)


def batch_id(device_id: str, sent: Iterable[object]) -> str:
    """The same for the same device and content: a batch that is sent again finds itself."""
    return fingerprint(device_id, *(repr(part) for part in sent), length=20)


def bucket(point: Point) -> str:
    """The name of the five minutes that a point belongs to."""
    return bucket_at(point.ms)


def bucket_at(ms: int) -> str:
    """The name of the five minutes round a moment. Names sort as times do."""
    return _fixed(ms // BUCKET * BUCKET)


def end_of_hour(moment: datetime) -> str:
    """Keys below it are of chunks that begin at or before this moment."""
    return _fixed((timestamps.millis(moment) // HOUR + 1) * HOUR)


def newest(items: Iterable[T], span: Span) -> list[T]:
    """The newest `limit` of the span, oldest first; of equal times the later arrival is newer."""
    found = sorted((item for item in items if span.holds(item)), key=lambda item: item.ms)
    return found[-span.limit :]


def latest(items: Iterable[T]) -> T | None:
    """The newest of all, or None."""
    found = newest(items, Span(limit=1))
    return found[0] if found else None


def is_settled(found: Sequence[Timed], span: Span, unread_up_to: int) -> bool:
    """Whether nothing unread, all of it at or before that time, can still be among the newest."""
    return len(found) >= span.limit and found[0].ms > unread_up_to


def key_time(key: str) -> int:
    """The time that a key begins with, in milliseconds."""
    return timestamps.millis(timestamps.parse(key[:24]))


def _fixed(ms: int) -> str:
    return timestamps.fixed(timestamps.from_millis(ms))
