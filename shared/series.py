"""Series of measured things: chunks that sort by time, and the newest of them within a span."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic_core import to_json

from shared import timestamps

HOUR = 3_600_000  # milliseconds; a chunk lies within one, so that a range finds it
LONGEST_PAGE = 100
KEY_LENGTH = 24  # characters of the time that a key begins with


class Timed(Protocol):
    """Something measured at a time, in milliseconds since 1970."""

    @property
    def ms(self) -> int: ...


T = TypeVar("T", bound=Timed)
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Span:
    """The newest `limit` between two moments, both included; no bound means no end."""

    limit: int
    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it holds whatever there is."""
        return self.start is None and self.end is None

    def holds(self, item: Timed) -> bool:
        """Whether it lies between the two moments."""
        return (self.start is None or item.ms >= timestamps.millis(self.start)) and (
            self.end is None or item.ms <= timestamps.millis(self.end)
        )


def newest(items: Iterable[T], span: Span) -> list[T]:
    """The newest `limit` of the span, oldest first; of equal times the later arrival is newer."""
    inside = items if span.is_open else (item for item in items if span.holds(item))
    return sorted(inside, key=_time)[-span.limit :]


def _time(item: Timed) -> int:
    return item.ms


def latest(items: Iterable[T]) -> T | None:
    """The newest of all, or None."""
    found: T | None = None
    for item in items:
        if found is None or item.ms >= found.ms:
            found = item
    return found


def is_settled(found: Sequence[Timed], span: Span, unread_up_to: int) -> bool:
    """Whether nothing unread, all of it at or before that time, can still be among the newest."""
    return len(found) >= span.limit and found[0].ms > unread_up_to


def newest_of_pages(
    pages: Iterable[list[D]],
    unpack: Callable[[list[D]], list[T]],
    span: Span,
    unread_up_to: Callable[[D], int],
) -> list[T]:
    """The newest items of pages that come newest first; takes no page more than it has to."""
    documents: list[D] = []
    found: list[T] = []
    for page in pages:
        documents += page
        found = newest(unpack(documents), span)
        if page and is_settled(found, span, unread_up_to(page[-1])):
            break
    return found


def page_sizes(first: int) -> Iterator[int]:
    """Sizes that double, so that a handful is read for a handful and a long read is few calls."""
    size = first
    while True:
        yield size
        size = min(size * 2, LONGEST_PAGE)


def packed(value: Any) -> str:
    """Measured things as they are stored: JSON text, every number as it came."""
    return to_json(value).decode()


def key(ms: int) -> str:
    """A moment as the beginning of a key: keys sort as the times do."""
    return timestamps.fixed(timestamps.from_millis(ms))


def key_time(text: str) -> int:
    """The time that a key begins with, in milliseconds."""
    return timestamps.millis(timestamps.parse(text[:KEY_LENGTH]))


def end_of_hour(moment: datetime) -> str:
    """Keys below it are of chunks that begin at or before this moment."""
    return key((timestamps.millis(moment) // HOUR + 1) * HOUR)
