"""What is told of devices and their readings: to their owner, and to the topic."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from devices import rules
from shared import series, settings
from shared.envelopes import Json
from shared.stations import Device, Reading
from shared.timestamps import text

if TYPE_CHECKING:
    from devices.answers import HistoryRow, OwnedDevice
    from devices.store import Opened

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def described(device: Device, moment: datetime) -> OwnedDevice:
    """A device as its owner sees it, in the contract's order; its key is derived, not stored."""
    return {
        "id": device.id,
        "device_id": device.device_id,
        "name": device.name,
        "type": device.type,
        "api_key": api_key(device),
        "status": device.status(moment),
        "firmware_version": device.firmware_version,
        "last_heartbeat": _time(device.last_seen),
        "metadata": device.metadata,
        "capabilities": device.capabilities,
    }


def row(reading: Reading) -> HistoryRow:
    """A reading as a row of the history: the number that stands for it, and all that was sent."""
    return {
        "id": reading.reading_id,
        "recorded_at": f"{reading.recorded_at:%d} {MONTHS[reading.recorded_at.month - 1]}"
        f" {reading.recorded_at:%Y %H:%M:%S}",
        "data_type": reading.type,
        "value": reading.number,
        "raw_data": reading.raw_data,
    }


def event(
    kind: str, opened: Opened, batch_id: str, moment: datetime, readings: list[Reading]
) -> Json:
    """What is told of an accepted POST."""
    last = rules.last_moment(moment)
    newest = series.latest(reading for reading in readings if reading.ms <= last)
    return {
        "kind": kind,
        "device_id": opened.device_id,
        "id": opened.id,
        "owner": opened.owner,
        "public": opened.public,
        "batch_id": batch_id,
        "watch": opened.alerts,
        "series": rules.watched(opened.alerts, readings, moment),
        "newest": {
            "timestamp": text(newest.recorded_at),
            "type": newest.type,
            "value": newest.value,
        }
        if newest
        else None,
        "count": len(readings),
        "received_at": text(moment),
    }


def api_key(device: Device) -> str:
    """A device's key, derived. Raises SettingError without the secret."""
    return rules.api_key(settings.DEVICE_KEY_SECRET.get(), device.id, device.key_version)


def _time(moment: datetime | None) -> str | None:
    return text(moment) if moment else None
