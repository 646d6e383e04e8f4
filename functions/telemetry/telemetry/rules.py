"""Samples and points, and the documents that they are kept in."""

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, cast

from shared import series
from shared.ids import fingerprint
from shared.timestamps import millis_text

BUCKET = 1_200_000  # milliseconds; the points of twenty minutes are one document
BEFORE = 60_000  # milliseconds that a chunk may begin before the hour that it lies in


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


Kept = tuple[int, str, str]  # of a stored point: its time, as a history shows it, its accuracy

time_of: Callable[[tuple[Any, ...]], Any] = itemgetter(0)  # of a sample, a point, what is kept
# Samples without a name: thousands of them are made. What was sent may be without a time.
Row = tuple[int, float, float, float]
SentRow = tuple[int | None, float, float, float]


class Batch(NamedTuple):
    """The samples of one POST, the oldest first, and as the text that they are stored as."""

    batch_id: str
    samples: Sequence[Row]
    text: str

    @property
    def newest(self) -> Sample:
        """The newest of them; of equal times the one that was sent last."""
        return Sample(*self.samples[-1])


class Chunk(NamedTuple):
    """Samples of one POST that lie within an hour and the minute before it."""

    chunk_id: str
    samples: Sequence[Row]


def chunks(samples: Sequence[Row], batch_id: str) -> Iterator[Chunk]:
    """A batch as what is stored: nearly always one chunk, more where it spans hours."""
    begin = 0
    while begin < len(samples):
        end = len(samples)
        if not _together(samples[begin], samples[-1]):
            end = next(i for i in range(begin, end) if not _together(samples[begin], samples[i]))
        part = samples[begin:end]
        yield Chunk(f"{series.key(part[-1][0])}-{batch_id}", part)
        begin = end


def _together(first: Row, last: Row) -> bool:
    """Whether both may be in one chunk: a range of time finds it by the hour of its newest."""
    return last[0] // series.HOUR * series.HOUR - first[0] <= BEFORE


def batch(device_id: str, sent: Sequence[SentRow], otherwise: int) -> Batch:
    """The samples of a POST in their order of time; of equal times in the order they were sent.

    `otherwise` is the time of those that were sent without one.
    """
    if None in map(time_of, sent):
        sent = [(otherwise, x, y, z) if ms is None else (ms, x, y, z) for ms, x, y, z in sent]
    samples = sorted(cast("Sequence[Row]", sent), key=time_of)
    text = series.packed(samples)
    return Batch(batch_id(device_id, text), samples, text)


def batch_id(device_id: str, packed: str) -> str:
    """The same for the same device and content: a batch that is sent again finds itself."""
    return fingerprint(device_id, packed, length=20)


def kept(point: Point) -> str:
    """A point as it is stored: its time, what a history shows of it, its accuracy.

    A history is hundreds of them. So it is printed when it comes, once.
    """
    shown = {"ts": millis_text(point.ms), "lat": point.lat, "lng": point.lng}
    return f"{point.ms} {series.packed(shown)} {series.packed(point.accuracy_m)}"


def track(texts: Sequence[str]) -> list[Kept]:
    """Stored points as what they say, all of them at once: none of it holds a blank."""
    words = " ".join(texts).split()
    return list(zip(map(int, words[::3]), words[1::3], words[2::3], strict=True))


def point(found: Kept) -> Point:
    """A stored point, its numbers read again."""
    ms, shown, accuracy_m = found
    place = series.unpacked(shown)
    return Point(ms, place["lat"], place["lng"], series.unpacked(accuracy_m))


def bucket(ms: int) -> str:
    """The name of the twenty minutes round a moment. Names sort as times do."""
    return series.key(ms // BUCKET * BUCKET)


def buckets(ms: int, count: int) -> list[str]:
    """The twenty minutes round a moment and those before, the newest first."""
    return [bucket(ms - index * BUCKET) for index in range(count)]


def first_guess(now: int, known: int | None) -> int:
    """Where the newest points of a device are: at its newest known one, else about now."""
    return now if known is None or 0 <= now - known <= BUCKET else known
