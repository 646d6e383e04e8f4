"""Time series in chunks: keys that sort by time, and the newest items within a span."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from pydantic_core import from_json, to_json

from shared.base import timestamps

HOUR = 3_600_000  # milliseconds; a chunk lies within one, so that a range finds it
LONGEST_PAGE = 100
KEY_LENGTH = 24  # characters of the time that a key begins with
AHEAD = timedelta(minutes=5)  # what is more than this ahead of the server is of the future


class Timed(Protocol):
    """An item with the time of its measurement, in milliseconds since 1970."""

    @property
    def ms(self) -> int: ...


T = TypeVar("T", bound=Timed)
Item = TypeVar("Item")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Span:
    """The newest `limit` items between two moments, both included. None means no bound."""

    limit: int
    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the span has no bound at all."""
        return self.start is None and self.end is None

    def holds(self, ms: int) -> bool:
        """Whether a time in milliseconds lies within the span."""
        return (self.start is None or ms >= timestamps.millis(self.start)) and (
            self.end is None or ms <= timestamps.millis(self.end)
        )


def newest(items: Iterable[Item], span: Span, time: Callable[[Item], int]) -> list[Item]:
    """The newest items of the span, oldest first. Of equal times the later in `items` is newer."""
    inside = items if span.is_open else (item for item in items if span.holds(time(item)))
    return sorted(inside, key=time)[-span.limit :]


def horizon(now: datetime) -> int:
    """The last time in milliseconds that is not of the future."""
    return timestamps.millis(now + AHEAD)


def measured_at(item: Timed) -> int:
    """The time of an item, in milliseconds."""
    return item.ms


def latest(items: Iterable[T]) -> T | None:
    """The newest item, or None. Of equal times the last in `items` is the newest."""
    newest_item: T | None = None
    for item in items:
        if newest_item is None or item.ms >= newest_item.ms:
            newest_item = item
    return newest_item


def newest_of_pages(
    pages: Iterable[list[D]],
    unpack: Callable[[list[D]], list[Item]],
    span: Span,
    unread_up_to: Callable[[D], int],
    time: Callable[[Item], int],
) -> list[Item]:
    """The newest items of the span, oldest first, from pages of documents that come newest first.

    Reads no page beyond the one that completes the answer. `unread_up_to` returns the time that no
    item of a later document exceeds.
    """
    documents: list[D] = []
    items: list[Item] = []
    for page in pages:
        documents += page
        items = newest(unpack(documents), span, time)
        if page and len(items) >= span.limit and time(items[0]) > unread_up_to(page[-1]):
            break
    return items


def page_sizes(first: int) -> Iterator[int]:
    """Page sizes that double up to a maximum: a short read is cheap, a long one few calls."""
    size = first
    while True:
        yield size
        size = min(size * 2, LONGEST_PAGE)


def packed(value: Any) -> str:
    """Items as the JSON text that is stored; numbers keep the form in which they were sent."""
    return to_json(value).decode()


def unpacked(text: str) -> Any:
    """The items of a stored JSON text."""
    return from_json(text)


def key(ms: int) -> str:
    """The time part of a key. Keys sort by time."""
    return timestamps.millis_fixed(ms)


def key_time(text: str) -> int:
    """The time of a key, in milliseconds."""
    return timestamps.millis(timestamps.parse(text[:KEY_LENGTH]))


def chunk_time(document: Mapping[str, Any]) -> int:
    """The time of a chunk's key, in milliseconds; no item of this or an earlier chunk is newer."""
    return key_time(document["key"])


def end_of_hour(moment: datetime) -> str:
    """The key below which all chunks of this moment's hour and of earlier hours lie."""
    return key((timestamps.millis(moment) // HOUR + 1) * HOUR)
