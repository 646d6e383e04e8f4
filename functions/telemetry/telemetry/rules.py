"""Samples and points, and how they are divided into documents. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple, cast

from shared.base.errors import Invalid
from shared.base.ids import fingerprint
from shared.domain import series

BUCKET = 1_200_000  # milliseconds; the points of twenty minutes are one document
OVERLAP = 60_000  # milliseconds that a chunk may begin before the hour that it lies in
MOST_CHUNKS = 24  # of one POST: each is a document
FULL = 150_000  # bytes of points in a document, from which on further ones go to one beside it
DEEPEST = 4  # how often a point may go on to the next document

# One accelerometer sample: milliseconds since 1970, x, y, z exactly as they were sent. A plain
# tuple: a batch has up to a thousand.
Sample = tuple[int, float, float, float]
UndatedSample = tuple[int | None, float, float, float]  # as sent: the time may be missing

time_of: Callable[[tuple[Any, ...]], Any] = itemgetter(0)  # of a sample, a point, a stored point


class Point(NamedTuple):
    """One GPS position, accuracy in metres."""

    ms: int
    lat: float
    lng: float
    accuracy_m: float


class Chunk(NamedTuple):
    """Samples of one POST that lie within an hour and the minute before it, oldest first."""

    chunk_id: str
    samples: Sequence[Sample]


class Batch(NamedTuple):
    """The samples of one POST, oldest first, the JSON text of them, and how they are stored."""

    batch_id: str
    samples: Sequence[Sample]
    text: str
    chunks: Sequence[Chunk]

    def newest_until(self, ms: int) -> Sample | None:
        """The newest sample up to a time; of equal times the one that was sent last."""
        newest = self.samples[-1]
        if newest[0] <= ms:
            return newest
        count = bisect_right(self.samples, ms, key=time_of)
        return self.samples[count - 1] if count else None


def batch(device_id: str, samples: Sequence[UndatedSample], default_ms: int) -> Batch:
    """The samples of a POST by time; samples of equal times stay in the order they were sent.

    `default_ms`: the time of a sample that was sent without one. Raises Invalid if the samples
    are spread over more hours than one POST may write documents for.
    """
    if None in map(time_of, samples):
        samples = [(default_ms if ms is None else ms, x, y, z) for ms, x, y, z in samples]
    ordered = sorted(cast("Sequence[Sample]", samples), key=time_of)
    text = series.packed(ordered)
    name = batch_id(device_id, text)
    parts = list(islice(chunks(ordered, name), MOST_CHUNKS + 1))
    if len(parts) > MOST_CHUNKS:
        raise Invalid("samples")
    return Batch(name, ordered, text, parts)


def batch_id(device_id: str, text: str) -> str:
    """The same id for the same device and content, so that a retry finds its own document."""
    return fingerprint(device_id, text, length=20)


def point_id(device_id: str, point: Point) -> str:
    """The same id for the same device and point."""
    return batch_id(device_id, series.packed(point))


def chunks(samples: Sequence[Sample], batch_id: str) -> Iterator[Chunk]:
    """A batch as it is stored: nearly always one chunk, more where it spans hours."""
    begin = 0
    while begin < len(samples):
        end = len(samples)
        if not _share_a_chunk(samples[begin], samples[-1]):
            rest = range(begin, end)
            end = next(i for i in rest if not _share_a_chunk(samples[begin], samples[i]))
        part = samples[begin:end]
        yield Chunk(f"{series.key(part[-1][0])}-{batch_id}", part)
        begin = end


def _share_a_chunk(first: Sample, last: Sample) -> bool:
    """Whether one chunk may hold both: a range of time finds it by the hour of its newest."""
    return last[0] // series.HOUR * series.HOUR - first[0] <= OVERLAP


def overflow(bucket: str, point_id: str) -> Iterator[str]:
    """The ids of the documents that a point may go to: its bucket, then 32 beside it, then 1,024.

    The id of a point decides, so that a retry goes the same way. A document further on is used
    where the one before it is full.
    """
    yield bucket
    yield from (f"{bucket}-{point_id[:length]}" for length in range(1, DEEPEST + 1))


def bucket(ms: int) -> str:
    """The document id of the twenty minutes around a time. Ids sort as times do."""
    return series.key(ms // BUCKET * BUCKET)


def buckets(ms: int, count: int) -> list[str]:
    """The document ids of the twenty minutes around a time and of those before, newest first."""
    return [bucket(ms - index * BUCKET) for index in range(count)]


def expected_newest(now: int, known: int | None) -> int:
    """The time to look for newest points at: the newest known one, else now."""
    return now if known is None or 0 <= now - known <= BUCKET else known
