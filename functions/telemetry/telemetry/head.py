"""The head of a device: a document that names its newest sample or point.

A commit cannot say "only if it is newer". So a POST raises `newest_ms`, a maximum that holds in
any order, and writes what it believes to be the newest into `latest`. Where the two disagree, a
late POST was not recognised as late, and the reader looks at the samples themselves. No POST reads
the head.

What is of the future raises `ahead_ms` instead. While that is not older than `newest_ms`, some of
it may have come to its time since, and the reader looks at the samples too.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic_core import from_json

from shared.domain.series import packed
from telemetry.rules import Point

MOST_KNOWN = 10_000
MOST_ENTRIES = 50  # in `latest`; some clients send the example's time for ever


class TimeRange(NamedTuple):
    """The oldest and the newest time of a device's data, in milliseconds."""

    oldest: int
    newest: int

    def changes_nothing(self, ms: int) -> bool:
        """Whether a POST of this time is not the newest and changes nothing of the head."""
        return self.oldest <= ms < self.newest


class SampleEntry(NamedTuple):
    """A sample in the head. Of samples of equal times the one with the latest arrival is newer."""

    ms: int
    x: float
    y: float
    z: float
    arrival: str


Entry = TypeVar("Entry", SampleEntry, Point)


class Posted(NamedTuple):
    """The newest of a POST: up to now, and of the future; either may be missing."""

    entry: SampleEntry | Point | None
    ahead_ms: int | None


class Change(NamedTuple):
    """What a POST changes of a head.

    `maximum`: fields that only grow, `newest_ms` the last. `oldest_ms`: what that of the head is
    lowered to. `entries` are added to `latest`, or take its place.
    """

    maximum: dict[str, int]
    oldest_ms: int
    entries: list[str]
    replaces: bool = False

    @property
    def adds(self) -> bool:
        """Whether `latest` grows."""
        return not self.replaces and bool(self.entries)

    def alone(self, newest_ms: int) -> "Change":
        """The same entry in place of all, if it is the newest; else none, and readers look."""
        entries = self.entries if newest_ms == self.maximum["newest_ms"] else []
        return self._replace(entries=entries, replaces=True)


class KnownHeads:
    """The time ranges that this instance has seen, by document path. They are hints only."""

    def __init__(self) -> None:
        self._ranges: dict[str, TimeRange] = {}
        self._lock = threading.Lock()

    def get(self, path: str) -> TimeRange | None:
        """The last time range seen, or None."""
        return self._ranges.get(path)

    def add(self, path: str, seen: TimeRange) -> None:
        """Notes a time range. Over the limit, the head that was noted longest ago is dropped."""
        with self._lock:
            known = self._ranges.pop(path, seen)
            oldest, newest = min(known.oldest, seen.oldest), max(known.newest, seen.newest)
            self._ranges[path] = TimeRange(oldest, newest)
            if len(self._ranges) > MOST_KNOWN:
                del self._ranges[next(iter(self._ranges))]


class FullDocuments:
    """The paths of documents that this instance has seen to be full."""

    def __init__(self) -> None:
        self._paths: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def add(self, path: str) -> None:
        """Notes one. Over the limit, the one that was noted longest ago is dropped."""
        with self._lock:
            self._paths[path] = None
            if len(self._paths) > MOST_KNOWN:
                self._paths.popitem(last=False)


def change(posted: Posted, known: TimeRange | None, *, required: bool = False) -> Change | None:
    """What a POST changes; None for nothing, unless it is required.

    An entry of the newest time, or of a time that is not known to be older, is added beside the
    others: a retry finds itself there.
    """
    entry, ahead_ms = posted
    maximum = {} if ahead_ms is None else {"ahead_ms": ahead_ms}
    if entry is None:
        return Change(maximum, maximum["ahead_ms"], [])
    ms = maximum["newest_ms"] = entry.ms
    if known is None or ms == known.newest:
        return Change(maximum, ms, [packed(entry)])
    if ms > known.newest:
        return Change(maximum, ms, [packed(entry)], replaces=True)
    is_nothing = known.changes_nothing(ms) and ahead_ms is None and not required
    return None if is_nothing else Change(maximum, ms, [])


def time_range(head: Mapping[str, Any]) -> TimeRange:
    """The time range in a head's document."""
    return TimeRange(head["oldest_ms"], head["newest_ms"])


def is_ahead(head: Mapping[str, Any], horizon: int | None = None) -> bool:
    """Whether what was of the future on arrival may be newer than `newest_ms`.

    With `horizon`, also whether `newest_ms` is later than that: older heads took any time.
    """
    ahead_ms, newest_ms = head.get("ahead_ms"), head.get("newest_ms")
    if newest_ms is None or (horizon is not None and newest_ms > horizon):
        return True
    return ahead_ms is not None and ahead_ms >= newest_ms


def latest(
    head: Mapping[str, Any], entry_type: type[Entry], later: Callable[[Entry], Any] = lambda _: 0
) -> Entry | None:
    """The newest entry; of equal times the one with the highest `later`, else the last one.

    None where the head does not know it.
    """
    entries = [entry_type(*from_json(text)) for text in head.get("latest", ())]
    newest = [entry for entry in entries if entry.ms == head.get("newest_ms")]
    return max(reversed(newest), key=later) if newest else None
