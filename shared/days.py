"""A device's day: how many readings are dated in each minute, and when anything arrived."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared import timestamps

MINUTE, DAY = 60_000, 86_400_000  # milliseconds

# Three counts of one minute each share an integer of 21 bits a count: a day's 1,440 minutes are
# 480 fields, and a commit may change 500 of one document. 2²¹ readings a minute never come.
LANES, LANE_BITS = 3, 21
_LANE = (1 << LANE_BITS) - 1


@dataclass(frozen=True, slots=True)
class Day:
    """One day's counters, as they are stored: readings by minute, and minutes of arrivals."""

    number: int  # days since 1970
    minutes: Mapping[str, int]
    active: frozenset[int]

    def count_from(self, minute: int) -> int:
        """Readings of this day from a minute of it on."""
        if minute == 0:
            return sum(_count(packed) for packed in self.minutes.values())
        return sum(
            packed >> LANE_BITS * lane & (1 << LANE_BITS) - 1
            for name, packed in self.minutes.items()
            for lane in range(LANES)
            if int(name[1:]) * LANES + lane >= minute
        )


def _count(packed: int) -> int:
    """The three counts of a field together."""
    return (packed & _LANE) + (packed >> LANE_BITS & _LANE) + (packed >> 2 * LANE_BITS)


def from_document(stored: dict[str, Any]) -> Day:
    """A day from its document."""
    return Day(stored["day"], stored.get("minutes", {}), frozenset(stored.get("active", ())))


def day_and_minute(moment: datetime) -> tuple[int, int]:
    """A moment as its day since 1970 and its minute of that day."""
    day, ms = divmod(timestamps.millis(moment), DAY)
    return day, ms // MINUTE
