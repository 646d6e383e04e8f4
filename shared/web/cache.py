"""Values that one instance remembers for a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

V = TypeVar("V")


def cache_headers(scope: str, life: timedelta, made_at: datetime, now: datetime) -> dict[str, str]:
    """`Cache-Control` and `Age` of an answer that was made at `made_at` and is good for `life`."""
    age = int((now - made_at).total_seconds())
    headers = {"Cache-Control": f"{scope}, max-age={life.seconds}", "Age": str(age)}
    return headers if scope == "public" else {**headers, "Vary": "Authorization"}


class Cache(Generic[V]):
    """Keeps what `get` has made for `life`; at most `most` values, the longest unused go first.

    Two threads that miss at once may both make it. If `make` raises, nothing is remembered.
    """

    def __init__(self, life: timedelta, most: int = 10_000) -> None:
        self._life = life
        self._most = most
        self._entries: OrderedDict[Hashable, tuple[datetime, V]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, now: datetime, make: Callable[[], V]) -> V:
        """The value of a key, made now where none is fresh."""
        with self._lock:
            entry = self._entries.get(key)
            if entry and timedelta(0) <= now - entry[0] < self._life:
                self._entries.move_to_end(key)
                return entry[1]
        value = make()
        with self._lock:
            self._entries[key] = (now, value)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
        return value

    def drop(self, key: Hashable) -> None:
        """Forgets a key."""
        with self._lock:
            self._entries.pop(key, None)

    def drop_if(self, holds: Callable[[Any], bool]) -> None:
        """Forgets every key for which it holds."""
        with self._lock:
            for key in [key for key in self._entries if holds(key)]:
                del self._entries[key]
