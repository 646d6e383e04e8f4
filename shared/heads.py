"""The newest of a device, found by its name: the head that every POST keeps up to date, unread.

A commit cannot say "only if it is newer". So it raises `newest_ms`, a maximum that holds whatever
the order, and writes what it believes to be the newest into `latest`. Where the two do not agree,
a late POST was not known to be late, and the reader looks at what is stored.
"""

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic_core import from_json

from shared.documents import Plain, merge
from shared.series import packed

MOST_KNOWN = 10_000
MOST_TIES = 50  # entries of one time; there are clients that send the example's time for ever


class Reach(NamedTuple):
    """From when to when something is there, in milliseconds."""

    oldest: int
    newest: int
    ties: int = 0  # how often this instance has seen the same newest again

    @property
    def is_crowded(self) -> bool:
        """Whether it is time to keep one alone of many that have the newest time."""
        return self.ties % MOST_TIES == MOST_TIES - 1

    def holds(self, ms: int) -> bool:
        """Whether a POST of this time changes nothing of it, and is not the newest."""
        return self.oldest <= ms < self.newest


class Known:
    """What this instance has seen of heads, by their names: hints, never trusted alone."""

    def __init__(self) -> None:
        self._reaches: dict[str, Reach] = {}
        self._lock = threading.Lock()

    def of(self, name: str) -> Reach | None:
        """What was seen last, or None."""
        return self._reaches.get(name)

    def saw(self, name: str, reach: Reach) -> None:
        """Notes a reach; the head unheard of longest is forgotten where there are too many."""
        with self._lock:
            known = self._reaches.pop(name, reach)
            oldest, newest = min(known.oldest, reach.oldest), max(known.newest, reach.newest)
            ties = known.ties + 1 if newest == known.newest else 0
            self._reaches[name] = Reach(oldest, newest, ties)
            if len(self._reaches) > MOST_KNOWN:
                del self._reaches[next(iter(self._reaches))]


def update(
    name: str, entry: tuple[Any, ...], known: Reach | None, fields: Plain, *, must: bool = False
) -> list[Any]:
    """The write that a POST with this newest entry adds; none that changes nothing, unless it must.

    An entry begins with its time. What is known to be older goes; one of the same time, or of a
    time that nothing is known of, is put beside what is there: sent again it is there already.
    """
    ms, text = entry[0], packed(entry)
    times: dict[str, Any] = {"at_least": {"newest_ms": ms}, "at_most": {"oldest_ms": ms}}
    if known is None or (ms == known.newest and not known.is_crowded):
        return [merge(name, fields, union={"latest": [text]}, **times)]
    if ms >= known.newest:
        return [merge(name, {**fields, "latest": [text]}, **times)]
    return [] if known.holds(ms) and not must else [merge(name, fields, **times)]


def reach(result: Any) -> Reach:
    """What a head reaches after an update, as the commit has told it."""
    *_, newest, oldest = (made.integer_value for made in result.transform_results)
    return Reach(oldest, newest)


def reach_of(head: Plain) -> Reach:
    """What a head reaches."""
    return Reach(head["oldest_ms"], head["newest_ms"])


def latest(head: Plain, later: Callable[[Any], Any] = lambda _: 0) -> Any:
    """The newest entry; of equal times the one for which `later` is highest, else the last one.

    None where the head does not know it.
    """
    entries = [from_json(text) for text in head.get("latest", ())]
    newest = [entry for entry in entries if entry[0] == head["newest_ms"]]
    return max(reversed(newest), key=later) if newest else None
