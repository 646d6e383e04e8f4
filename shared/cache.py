"""Values kept for a while in the memory of one instance."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

V = TypeVar("V")


def kept(scope: str, life: timedelta, made: datetime, now: datetime) -> dict[str, str]:
    """Headers for caches: how long an answer lasts, and how long it has been kept here already."""
    age = int((now - made).total_seconds())
    headers = {"Cache-Control": f"{scope}, max-age={life.seconds}", "Age": str(age)}
    return headers if scope == "public" else {**headers, "Vary": "Authorization"}


class Cache(Generic[V]):
    """Keeps what `get` has made for `life`; at most `most` values, the longest unused go first.

    Two threads that miss at once may both make it; what raises is not kept.
    """

    def __init__(self, life: timedelta, most: int = 10_000) -> None:
        self._life = life
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[datetime, V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, now: datetime, make: Callable[[], V]) -> V:
        """The value of a key, made now where none is fresh."""
        with self._lock:
            found = self._kept.get(key)
            if found and timedelta(0) <= now - found[0] < self._life:
                self._kept.move_to_end(key)
                return found[1]
        made = make()
        with self._lock:
            self._kept[key] = (now, made)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def drop(self, key: Hashable) -> None:
        """Forgets a key."""
        with self._lock:
            self._kept.pop(key, None)

    def drop_if(self, holds: Callable[[Any], bool]) -> None:
        """Forgets every key for which it holds."""
        with self._lock:
            for key in [key for key in self._kept if holds(key)]:
                del self._kept[key]
