"""The events that are published: one for each accepted POST of a device."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from devices import rules
from devices.rules import Sender
from shared.base.timestamps import text
from shared.domain import series
from shared.domain.devices import Reading

Event = dict[str, Any]


def data_event(sender: Sender, batch_id: str, readings: Sequence[Reading], now: datetime) -> Event:
    """The event of a POST of readings."""
    return _event("device", sender, batch_id, readings, now)


def heartbeat_event(sender: Sender, now: datetime) -> Event:
    """The event of a heartbeat."""
    return _event("heartbeat", sender, "", (), now)


def _event(
    kind: Literal["device", "heartbeat"],
    sender: Sender,
    batch_id: str,
    readings: Sequence[Reading],
    now: datetime,
) -> Event:
    last = series.horizon(now)
    newest = series.latest(reading for reading in readings if reading.ms <= last)
    return {
        "kind": kind,
        "device_id": sender.device_id,
        "id": sender.id,
        "owner": sender.owner,
        "public": sender.public,
        "batch_id": batch_id,
        "watch": sender.alerts,
        "series": rules.watched_series(sender.alerts, readings, now),
        "newest": _newest(newest) if newest else None,
        "count": len(readings),
        "received_at": text(now),
    }


def _newest(reading: Reading) -> dict[str, Any]:
    return {
        "timestamp": text(reading.recorded_at),
        "type": reading.type,
        "value": reading.value,
    }
