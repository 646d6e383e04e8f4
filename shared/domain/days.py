"""A device's day: how many readings are dated in each minute, and the minutes of arrivals.

devices/{number}/days/{day}   `minutes`: the counters, `active`: minutes in which anything arrived
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.base import timestamps

MINUTE, DAY = 60_000, 86_400_000  # milliseconds

# A field holds the counters of three minutes, 21 bits each. A POST of 1,000 readings may touch
# 1,000 minutes of a day, and Firestore accepts at most 500 transforms of one document in a commit:
# packed, the 1,440 minutes of a day are 480 fields, so a POST is always one write a day.
# Statistics read nine days. To decode a full day's counters takes a third of the time of 1,440
# fields (0.38 ms, not 1.11 ms); the whole document, with 1,440 arrivals, takes 0.6 of it (1.2 ms,
# not 2.0 ms). 21 bits hold two million readings a minute, more than a device may send.
LANES, LANE_BITS = 3, 21
_LANE = (1 << LANE_BITS) - 1


@dataclass(frozen=True, slots=True)
class Day:
    """The counters of one day as they are stored: packed minutes, and minutes of arrivals."""

    number: int  # days since 1970
    minutes: Mapping[str, int]
    active: frozenset[int]

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Day:
        """The day of a document of `days`."""
        minutes, active = document.get("minutes", {}), document.get("active", ())
        return cls(document["day"], minutes, frozenset(active))

    def count_from(self, minute: int) -> int:
        """The number of this day's readings that are dated in this minute or later."""
        if minute == 0:
            return sum(sum(_unpacked(packed)) for packed in self.minutes.values())
        return sum(
            count
            for name, packed in self.minutes.items()
            for lane, count in enumerate(_unpacked(packed))
            if int(name[1:]) * LANES + lane >= minute
        )


def packed_minutes(counts: Mapping[int, int]) -> dict[str, int]:
    """The counters of minutes of a day as packed fields, by field name."""
    fields: dict[str, int] = {}
    for minute, count in counts.items():
        number, lane = divmod(minute, LANES)
        name = f"m{number}"
        fields[name] = fields.get(name, 0) + (count << LANE_BITS * lane)
    return fields


def day_and_minute(moment: datetime) -> tuple[int, int]:
    """The day of a moment, since 1970, and the minute of that day."""
    day, ms = divmod(timestamps.millis(moment), DAY)
    return day, ms // MINUTE


def _unpacked(packed: int) -> tuple[int, int, int]:
    """The three counters of a field."""
    return packed & _LANE, packed >> LANE_BITS & _LANE, packed >> 2 * LANE_BITS
