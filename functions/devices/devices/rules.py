"""Keys, counters and what they say: pure, so that a recount can be held against it."""

from __future__ import annotations

import hmac
import math
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from shared import timestamps
from shared.days import DAY, LANE_BITS, LANES, MINUTE, Day, day_and_minute
from shared.ids import fingerprint
from shared.keys import KEY_LENGTH, KEY_LETTERS
from shared.stations import Device, Reading

if TYPE_CHECKING:
    from devices.answers import Statistics, WatchedFor

WEEK = timedelta(days=7)
CLOCK_TOLERANCE = timedelta(seconds=60)  # beyond it a timestamp is of a clock that runs ahead
ONLINE_MINUTES = 10

ID_EPOCH = 1_735_689_600_000  # 2025-01-01, in milliseconds


def api_key(secret: str, number: int, version: int) -> str:
    """A device's key: never stored, derived again whenever its owner looks at it."""
    digest = hmac.digest(secret.encode(), f"device {number} key {version}".encode(), "sha512")
    rest, letters = int.from_bytes(digest), []
    for _ in range(KEY_LENGTH):
        rest, letter = divmod(rest, len(KEY_LETTERS))
        letters.append(KEY_LETTERS[letter])
    return "".join(letters)


class ReadingIds:
    """Ids for the readings of a POST, a thousand at a time: they grow with arrival.

    JavaScript holds them exactly. A POST never gets the ids of another: one instance gives each
    millisecond once, and `lane`, 0 to 7, tells two instances apart that share one.
    """

    def __init__(self, lane: int) -> None:
        self._lane = lane
        self._last = 0
        self._lock = threading.Lock()

    def first(self, now: datetime) -> int:
        """The first id of a POST that arrives now."""
        with self._lock:
            self._last = max(self._last + 1, timestamps.millis(now) - ID_EPOCH)
            return (self._last * 8 + self._lane) * 1000


def last_moment(now: datetime) -> int:
    """In milliseconds; a reading dated after it is of the future, which only a wrong clock says."""
    return timestamps.millis(now + CLOCK_TOLERANCE)


def totals(readings: Sequence[Reading]) -> tuple[dict[str, float], dict[str, float]]:
    """What a POST adds to the device's sums, and its extremes: by type and over all."""
    types = Counter(reading.type for reading in readings)
    sums: dict[str, float] = {"totals.count": len(readings)}
    sums |= {f"totals.by_type.{kind}.count": count for kind, count in types.items()}
    extremes: dict[str, float] = {}
    for place, numbers in _numbers(readings).items():
        sums[f"{place}.numbers"] = len(numbers)
        sums[f"{place}.sum"] = math.fsum(numbers)
        extremes[f"{place}.min"] = min(numbers)
        extremes[f"{place}.max"] = max(numbers)
    return sums, extremes


def _numbers(readings: Sequence[Reading]) -> dict[str, list[float]]:
    """The numbers of a POST, over all and by type, by the place that they are counted at."""
    found: dict[str, list[float]] = {}
    for reading in readings:
        if (number := reading.number) is not None:
            found.setdefault(reading.type, []).append(float(number))
    by_type = {f"totals.by_type.{kind}": numbers for kind, numbers in found.items()}
    return {"totals": [*chain(*found.values())], **by_type} if found else {}


def minutes(readings: Iterable[Reading], now: datetime) -> dict[int, dict[str, int]]:
    """What a POST adds to the minutes of each day (days since 1970); a clock ahead adds nothing."""
    added: dict[int, dict[str, int]] = {}
    last = last_moment(now)
    counted = Counter(reading.ms // MINUTE for reading in readings if reading.ms <= last)
    for minute, count in counted.items():
        day, minute_of_day = divmod(minute, DAY // MINUTE)
        name, lane = divmod(minute_of_day, LANES)
        fields = added.setdefault(day, {})
        fields[f"m{name}"] = fields.get(f"m{name}", 0) + (count << LANE_BITS * lane)
    return added


def days_of_a_week(now: datetime) -> range:
    """The days that the last seven times 24 hours touch, and the next: a clock may run ahead."""
    today, _ = day_and_minute(now)
    return range(today - 7, today + 2)


def count_since(days: Iterable[Day], moment: datetime) -> int:
    """Readings dated from the whole minute of this moment on."""
    first, minute = day_and_minute(moment)
    return sum(
        day.count_from(minute if day.number == first else 0) for day in days if day.number >= first
    )


def uptime_percentage(days: Iterable[Day], since: datetime, now: datetime) -> float:
    """Share of the minutes from `since`, at most a week, in which the device was online."""
    first = timestamps.millis(max(since, now - WEEK)) // MINUTE
    last = timestamps.millis(now) // MINUTE
    online: set[int] = set()
    for day in days:
        for minute in day.active:
            start = day.number * DAY // MINUTE + minute
            online.update(range(start, start + ONLINE_MINUTES))
    counted = sum(first <= minute <= last for minute in online)
    return round(100 * counted / (last + 1 - first), 1)


def statistics(device: Device, days: Sequence[Day], now: datetime) -> Statistics:
    """The contract's statistics, all from counters."""
    by_type = device.totals.get("by_type", {})
    numbers, total = device.totals.get("numbers", 0), device.totals.get("sum", 0.0)
    seen = device.last_seen
    return {
        "total_data": device.totals.get("count", 0),
        "last_24h": count_since(days, now - timedelta(hours=24)),
        "last_7d": count_since(days, now - WEEK),
        "avg_value": rounded(total / numbers) if numbers else None,
        "max_value": shown(device.totals.get("max")),
        "min_value": shown(device.totals.get("min")),
        "last_activity": timestamps.text(seen) if seen else None,
        "uptime_percentage": uptime_percentage(days, device.registered_at, now),
        "data_by_type": [
            {"type": kind, "count": counted["count"]}
            for kind, counted in sorted(by_type.items(), key=_most_first)
        ],
    }


def _most_first(item: tuple[str, Mapping[str, Any]]) -> tuple[int, str]:
    return -item[1]["count"], item[0]


def rounded(value: float) -> float | None:
    """A sum's twelve digits, which hide in what order it was added up."""
    return shown(float(f"{value:.12g}"))


def shown(value: float | None) -> float | None:
    """A number for people: whole ones without a point; none where it overflowed."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value


def ago(moment: datetime | None, now: datetime) -> str:
    """`2 minutes ago`, as the contract's example has it."""
    if moment is None:
        return "never"
    seconds = max(0, int((now - moment).total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}{'s' * (number > 1)} ago"
    return "just now"


def alert_rule(asked: dict[str, Any]) -> WatchedFor:
    """A rule with a name of its own: one that is changed begins anew."""
    name = fingerprint(repr(sorted(asked.items())), length=8)
    return cast("WatchedFor", {"rule": name, **asked})


def watched(
    alerts: Sequence[Mapping[str, Any]], readings: Iterable[Reading], now: datetime
) -> dict[str, list[tuple[int, float]]]:
    """The numbers of the types that somebody watches, by time; a clock ahead tells nothing."""
    types, last = {rule["type"] for rule in alerts}, last_moment(now)
    if not types:
        return {}
    series: dict[str, list[tuple[int, float]]] = {}
    for reading in sorted(readings, key=lambda reading: reading.ms):
        if reading.type in types and reading.number is not None and reading.ms <= last:
            series.setdefault(reading.type, []).append((reading.ms, reading.number))
    return series
