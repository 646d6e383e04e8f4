"""The head of a device: a document that names its newest sample or point.

A commit cannot say "only if it is newer". So a POST raises `newest_ms`, a maximum that holds in
any order, and writes what it believes to be the newest into `latest`. Where the two disagree, a
late POST was not recognised as late, and the reader looks at the samples themselves. No POST reads
the head.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic_core import from_json

from shared.domain.series import packed
from telemetry.rules import Point

MOST_KNOWN = 10_000
MOST_TIES = 50  # entries of one time; some clients send the example's time for ever


class TimeRange(NamedTuple):
    """The oldest and the newest time of a device's data, in milliseconds."""

    oldest: int
    newest: int
    ties: int = 0  # how often this instance has seen the same newest time again

    @property
    def should_collapse(self) -> bool:
        """Whether to replace the many entries of the newest time by one."""
        return self.ties % MOST_TIES == MOST_TIES - 1

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


class Change(NamedTuple):
    """What a POST changes of a head; `entries` are added to `latest`, or take its place."""

    ms: int
    entries: list[str]
    replaces: bool = False


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
            ties = known.ties + 1 if newest == known.newest else 0
            self._ranges[path] = TimeRange(oldest, newest, ties)
            if len(self._ranges) > MOST_KNOWN:
                del self._ranges[next(iter(self._ranges))]


def change(
    entry: SampleEntry | Point, known: TimeRange | None, *, required: bool = False
) -> Change | None:
    """What a POST with this newest entry changes; None for nothing, unless it is required.

    An entry of the newest time, or of a time that is not known to be older, is added beside the
    others: a retry finds itself there.
    """
    ms, text = entry.ms, packed(entry)
    if known is None or (ms == known.newest and not known.should_collapse):
        return Change(ms, [text])
    if ms >= known.newest:
        return Change(ms, [text], replaces=True)
    return None if known.changes_nothing(ms) and not required else Change(ms, [])


def time_range(head: Mapping[str, Any]) -> TimeRange:
    """The time range in a head's document."""
    return TimeRange(head["oldest_ms"], head["newest_ms"])


def latest(
    head: Mapping[str, Any], entry_type: type[Entry], later: Callable[[Entry], Any] = lambda _: 0
) -> Entry | None:
    """The newest entry; of equal times the one with the highest `later`, else the last one.

    None where the head does not know it.
    """
    entries = [entry_type(*from_json(text)) for text in head.get("latest", ())]
    newest = [entry for entry in entries if entry.ms == head["newest_ms"]]
    return max(reversed(newest), key=later) if newest else None
