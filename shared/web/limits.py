"""Limits kept in the memory of one instance: they cost no read and no write."""

import math
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from shared.base.settings import Setting

_NO_TIME = timedelta(0)


class FailureLimit:
    """Counts failures per key in a sliding window.

    Holds at most `most_keys` keys and forgets the ones longest unused, so that a stranger
    cannot fill the memory.
    """

    def __init__(self, limit: int, window: timedelta, most_keys: int = 10_000) -> None:
        self._limit = limit
        self._window = window
        self._most_keys = most_keys
        self._failures: OrderedDict[tuple[str, ...], deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def retry_after(self, key: tuple[str, ...], now: datetime) -> int:
        """Whole seconds until the key has a failure free again; 0 while it has one."""
        with self._lock:
            times = self._failures.get(key)
            if times is None or len(times) < self._limit:
                return 0
            wait = times[0] + self._window - now
            return max(0, math.ceil(wait.total_seconds()))

    def failed(self, key: tuple[str, ...], now: datetime) -> None:
        """Counts one failure. Only the newest `limit` are remembered: their oldest decides."""
        with self._lock:
            times = self._failures.setdefault(key, deque(maxlen=self._limit))
            times.append(now)
            self._failures.move_to_end(key)
            while len(self._failures) > self._most_keys:
                self._failures.popitem(last=False)


class RateLimit:
    """Lets `burst` calls through at once, and `rate` a second from then on, for each key."""

    def __init__(self, rate: float, burst: int, most_keys: int = 10_000) -> None:
        self._interval = timedelta(seconds=1 / rate)
        self._allowance = self._interval * (burst - 1)
        self._most_keys = most_keys
        self._paid_until: OrderedDict[str, datetime] = OrderedDict()
        self._lock = threading.Lock()

    def retry_after(self, key: str, now: datetime) -> int:
        """0 where the call may pass, and is counted; else whole seconds until it may."""
        with self._lock:
            if wait := self.wait(key, now):
                return wait
            self._paid_until[key] = max(self._paid_until.get(key, now), now) + self._interval
            self._paid_until.move_to_end(key)
            while len(self._paid_until) > self._most_keys:
                self._paid_until.popitem(last=False)
            return 0

    def wait(self, key: str, now: datetime) -> int:
        """Whole seconds until a call may pass; 0 where it may now. It is not counted."""
        wait = self._paid_until.get(key, now) - now - self._allowance
        return math.ceil(wait.total_seconds()) if wait > _NO_TIME else 0


def rate_limit(rate: Setting, burst: Setting) -> RateLimit | None:
    """The limit that two settings describe; None where one of them is 0. Raises SettingError."""
    if not rate.number() or not burst.number():
        return None
    return RateLimit(rate.number(), max(1, int(burst.number())))
