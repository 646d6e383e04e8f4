"""How devices, readings and statistics are written in answers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from shared.base.timestamps import text
from shared.domain.devices import Device, Reading

if TYPE_CHECKING:
    from devices import answers, rules

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))  # in seconds


def owned_device(device: Device, api_key: str | None, now: datetime) -> answers.OwnedDevice:
    """A device with its key, for its owner; for an admin without it."""
    return {
        "id": device.id,
        "device_id": device.device_id,
        "name": device.name,
        "type": device.type,
        "api_key": api_key,
        "status": device.status(now),
        "firmware_version": device.firmware_version,
        "last_heartbeat": _optional_text(device.last_seen),
        "metadata": device.metadata,
        "capabilities": device.capabilities,
    }


def device_stats(device: Device, now: datetime) -> answers.DeviceStats:
    """The counters in a device's details."""
    return {
        "total_readings": device.totals.get("count", 0),
        "last_heartbeat": _optional_text(device.last_seen),
        "uptime": ago(device.last_seen, now),
    }


def recent_reading(reading: Reading) -> answers.RecentReading:
    """A reading in a device's details."""
    return {
        "id": reading.reading_id,
        "data_type": reading.type,
        "value": reading.number,
        "recorded_at": text(reading.recorded_at),
    }


def history_row(reading: Reading) -> answers.HistoryRow:
    """A reading as a row of the history; its time reads `19 May 2026 10:35:45`."""
    at = reading.recorded_at
    return {
        "id": reading.reading_id,
        "recorded_at": f"{at:%d} {MONTHS[at.month - 1]} {at:%Y %H:%M:%S}",
        "data_type": reading.type,
        "value": reading.number,
        "raw_data": reading.raw_data,
    }


def statistics(counted: rules.Statistics) -> answers.Statistics:
    """The statistics of a device."""
    return {
        "total_data": counted.total,
        "last_24h": counted.last_24h,
        "last_7d": counted.last_7d,
        "avg_value": counted.average,
        "max_value": counted.maximum,
        "min_value": counted.minimum,
        "last_activity": _optional_text(counted.last_seen),
        "uptime_percentage": counted.uptime_percentage,
        "data_by_type": [{"type": kind, "count": count} for kind, count in counted.by_type],
    }


def threshold(threshold: rules.Threshold) -> answers.WatchedFor:
    """A threshold of a device."""
    return {
        "rule": threshold.rule,
        "type": threshold.type,
        "above": threshold.above,
        "below": threshold.below,
        "seconds": threshold.seconds,
    }


def ago(moment: datetime | None, now: datetime) -> str:
    """The time since a moment as `2 minutes ago`; `never` for None."""
    if moment is None:
        return "never"
    seconds = max(0, int((now - moment).total_seconds()))
    for size, unit in UNITS:
        if seconds >= size:
            number = seconds // size
            return f"{number} {unit}{'s' * (number > 1)} ago"
    return "just now"


def _optional_text(moment: datetime | None) -> str | None:
    return text(moment) if moment else None
