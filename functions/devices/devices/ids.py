"""Ids for readings: they grow with arrival."""

import threading
from datetime import datetime

from shared.base import timestamps

LANES = 8
MOST_READINGS = 1_000  # ids of one POST
EPOCH = 1_735_689_600_000  # 2025-01-01, in milliseconds: JavaScript holds the ids exactly


class ReadingIds:
    """The ids of one instance. It uses each millisecond for one POST only.

    `lane`, 0 to 7, is drawn at random: two instances that get a POST in the same millisecond give
    the same ids only if they have drawn the same lane.
    """

    def __init__(self, lane: int) -> None:
        self._lane = lane
        self._last = 0
        self._lock = threading.Lock()

    def first(self, now: datetime) -> int:
        """The first of a thousand ids for a POST that arrives now."""
        with self._lock:
            self._last = max(self._last + 1, timestamps.millis(now) - EPOCH)
            return (self._last * LANES + self._lane) * MOST_READINGS
