"""Keys, counters, statistics and thresholds of devices. Pure: a test can recount them."""

from __future__ import annotations

import hmac
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, NamedTuple

from devices.errors import DeviceQuotaReached, TooManyDays
from shared.base import timestamps
from shared.base.ids import fingerprint
from shared.domain import series
from shared.domain.days import DAY, MINUTE, Day, day_and_minute, packed_minutes
from shared.domain.devices import Device, Reading
from shared.domain.keys import KEY_LENGTH, KEY_LETTERS

WEEK = timedelta(days=7)
MOST_DAYS = 31  # that one POST counts in, with the day of its arrival
ONLINE_MINUTES = 10  # after any arrival
SCALE = 1024.0  # more than a POST has readings, and a power of two: dividing by it is exact


@dataclass(frozen=True, slots=True)
class Sender:
    """The device that an API key belongs to, and who may see what it sends."""

    id: int
    device_id: str
    owner: str
    public: bool
    alerts: list[dict[str, Any]] = field(default_factory=list)


class Threshold(NamedTuple):
    """A threshold that raises an alert. `rule` is its name; exactly one side is set."""

    rule: str
    type: str
    above: float | None
    below: float | None
    seconds: float


class Statistics(NamedTuple):
    """The statistics of a device. `by_type`: readings of each type, the most frequent first."""

    total: int
    last_24h: int
    last_7d: int
    average: float | None
    maximum: float | None
    minimum: float | None
    last_seen: datetime | None
    uptime_percentage: float
    by_type: list[tuple[str, int]]


def api_key(secret: str, number: int, version: int) -> str:
    """The API key of a device. It is never stored: it is derived each time its owner needs it."""
    digest = hmac.digest(secret.encode(), f"device {number} key {version}".encode(), "sha512")
    rest, letters = int.from_bytes(digest), []
    for _ in range(KEY_LENGTH):
        rest, letter = divmod(rest, len(KEY_LETTERS))
        letters.append(KEY_LETTERS[letter])
    return "".join(letters)


def require_room(devices: int, most: int) -> None:
    """Raises DeviceQuotaReached for an owner who has `most` devices; 0 is no limit."""
    if most and devices >= most:
        raise DeviceQuotaReached(most)


def batch_id(
    number: int, idempotency_key: str | None, rows: Sequence[Mapping[str, Any]], first_id: int
) -> str:
    """The id of a POST's readings, the same for a POST that is sent again.

    The id depends on the Idempotency-Key, else on the content. Two POSTs of equal readings without
    times may be different readings: each of them has an id of its own.
    """
    if idempotency_key:
        return fingerprint(str(number), "key", idempotency_key, length=20)
    if all(row.get("timestamp") is not None for row in rows):
        return fingerprint(str(number), "data", series.packed(rows), length=20)
    return fingerprint(str(number), "first", str(first_id), length=20)


def totals(readings: Sequence[Reading]) -> tuple[dict[str, float], dict[str, float]]:
    """The sums and the extremes of a POST, over all readings and by type, by field path."""
    types = Counter(reading.type for reading in readings)
    sums: dict[str, float] = {"totals.count": len(readings)}
    sums |= {f"totals.by_type.{kind}.count": count for kind, count in types.items()}
    extremes: dict[str, float] = {}
    for path, numbers in _numbers(readings).items():
        sums[f"{path}.numbers"] = len(numbers)
        sums[f"{path}.sum"] = _sum(numbers)
        extremes[f"{path}.min"] = min(numbers)
        extremes[f"{path}.max"] = max(numbers)
    return sums, extremes


def _sum(numbers: Sequence[float]) -> float:
    """The exact sum; infinite where it is larger than any number."""
    try:
        return math.fsum(numbers)
    except OverflowError:  # raised where a part of the sum is too large, too
        return math.fsum(number / SCALE for number in numbers) * SCALE


def _numbers(readings: Sequence[Reading]) -> dict[str, list[float]]:
    """The numbers of a POST, over all readings and by type, by field path."""
    by_type: dict[str, list[float]] = {}
    for reading in readings:
        if (number := reading.number) is not None:
            by_type.setdefault(reading.type, []).append(float(number))
    by_path = {f"totals.by_type.{kind}": numbers for kind, numbers in by_type.items()}
    return {"totals": [*chain(*by_type.values())], **by_path} if by_type else {}


def minutes(readings: Iterable[Reading], now: datetime) -> dict[int, dict[str, int]]:
    """The counters that a POST increments: packed fields by day (days since 1970).

    Readings of the future are not counted. Raises TooManyDays.
    """
    last = series.horizon(now)
    by_minute = Counter(reading.ms // MINUTE for reading in readings if reading.ms <= last)
    by_day: dict[int, dict[int, int]] = {}
    for minute, count in by_minute.items():
        day, minute_of_day = divmod(minute, DAY // MINUTE)
        by_day.setdefault(day, {})[minute_of_day] = count
    today, _ = day_and_minute(now)
    if len(by_day.keys() | {today}) > MOST_DAYS:
        raise TooManyDays(MOST_DAYS)
    return {day: packed_minutes(counts) for day, counts in by_day.items()}


def days_of_a_week(now: datetime) -> range:
    """The days of the last seven times 24 hours, and the next: a clock may run ahead."""
    today, _ = day_and_minute(now)
    return range(today - 7, today + 2)


def count_since(days: Iterable[Day], moment: datetime) -> int:
    """The number of readings that are dated in this moment's minute or later."""
    first, minute = day_and_minute(moment)
    return sum(
        day.count_from(minute if day.number == first else 0) for day in days if day.number >= first
    )


def uptime_percentage(days: Iterable[Day], since: datetime, now: datetime) -> float:
    """The share of minutes since `since`, at most a week, in which the device was online."""
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
    """The statistics of a device, computed from counters alone."""
    numbers, total = device.totals.get("numbers", 0), device.totals.get("sum", 0.0)
    by_type = [(kind, each["count"]) for kind, each in device.totals.get("by_type", {}).items()]
    return Statistics(
        total=device.totals.get("count", 0),
        last_24h=count_since(days, now - timedelta(hours=24)),
        last_7d=count_since(days, now - WEEK),
        average=rounded(total / numbers) if numbers else None,
        maximum=plain_number(device.totals.get("max")),
        minimum=plain_number(device.totals.get("min")),
        last_seen=device.last_seen,
        uptime_percentage=uptime_percentage(days, device.registered_at, now),
        by_type=sorted(by_type, key=lambda item: (-item[1], item[0])),
    )


def rounded(value: float) -> float | None:
    """The number to twelve digits: the order of additions changes only the digits after these."""
    return plain_number(float(f"{value:.12g}"))


def plain_number(value: float | None) -> float | None:
    """The number as an integer if it is whole; None if it has overflowed."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else value


def threshold(
    reading_type: str, above: float | None, below: float | None, seconds: float
) -> Threshold:
    """The threshold with its name. A changed threshold has another name, so it begins again."""
    fields = {"above": above, "below": below, "seconds": seconds, "type": reading_type}
    rule = fingerprint(repr(sorted(fields.items())), length=8)
    return Threshold(rule, reading_type, above, below, seconds)


def watched_series(
    alerts: Sequence[Mapping[str, Any]], readings: Iterable[Reading], now: datetime
) -> dict[str, list[tuple[int, float]]]:
    """The times and numbers of each type that has a threshold, by time.

    Readings of the future are left out.
    """
    types, last = {alert["type"] for alert in alerts}, series.horizon(now)
    if not types:
        return {}
    numbers: dict[str, list[tuple[int, float]]] = {}
    for reading in sorted(readings, key=lambda reading: reading.ms):
        if reading.type in types and reading.number is not None and reading.ms <= last:
            numbers.setdefault(reading.type, []).append((reading.ms, reading.number))
    return numbers
