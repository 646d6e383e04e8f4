"""Series of measured things: chunks that sort by time, and the newest of them within a span."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from pydantic_core import from_json, to_json

from shared import timestamps

HOUR = 3_600_000  # milliseconds; a chunk lies within one, so that a range finds it
LONGEST_PAGE = 100
KEY_LENGTH = 24  # characters of the time that a key begins with


class Timed(Protocol):
    """Something measured at a time, in milliseconds since 1970."""

    @property
    def ms(self) -> int: ...


T = TypeVar("T", bound=Timed)
Item = TypeVar("Item")
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

    def holds(self, ms: int) -> bool:
        """Whether a time lies between the two moments."""
        return (self.start is None or ms >= timestamps.millis(self.start)) and (
            self.end is None or ms <= timestamps.millis(self.end)
        )


def newest(items: Iterable[Item], span: Span, time: Callable[[Item], int]) -> list[Item]:
    """The newest `limit` of the span, oldest first; of equal times the later arrival is newer."""
    inside = items if span.is_open else (item for item in items if span.holds(time(item)))
    return sorted(inside, key=time)[-span.limit :]


def measured_at(item: Timed) -> int:
    """The time of something measured."""
    return item.ms


def latest(items: Iterable[T]) -> T | None:
    """The newest of all, or None."""
    found: T | None = None
    for item in items:
        if found is None or item.ms >= found.ms:
            found = item
    return found


def newest_of_pages(
    pages: Iterable[list[D]],
    unpack: Callable[[list[D]], list[Item]],
    span: Span,
    unread_up_to: Callable[[D], int],
    time: Callable[[Item], int],
) -> list[Item]:
    """The newest items of pages that come newest first; takes no page more than it has to.

    `unread_up_to`: what comes after a document is not newer than this.
    """
    documents: list[D] = []
    found: list[Item] = []
    for page in pages:
        documents += page
        found = newest(unpack(documents), span, time)
        if page and len(found) >= span.limit and time(found[0]) > unread_up_to(page[-1]):
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


def unpacked(text: str) -> Any:
    """What is stored as JSON text."""
    return from_json(text)


def key(ms: int) -> str:
    """A moment as the beginning of a key: keys sort as the times do."""
    return timestamps.fixed(timestamps.from_millis(ms))


def key_time(text: str) -> int:
    """The time that a key begins with, in milliseconds."""
    return timestamps.millis(timestamps.parse(text[:KEY_LENGTH]))


def end_of_hour(moment: datetime) -> str:
    """Keys below it are of chunks that begin at or before this moment."""
    return key((timestamps.millis(moment) // HOUR + 1) * HOUR)
