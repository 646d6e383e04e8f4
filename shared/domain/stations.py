"""What the public sees of a device: never its key, its owner or its address."""

from __future__ import annotations

import re
from typing import Any, TypedDict

from shared.domain.devices import Device

LONGEST_LOCATION = 200
_PRIVATE = re.compile(r"(^|_)(ip|mac|owner|key|token|secret|password|email)(_|$)", re.IGNORECASE)


class PublicFields(TypedDict):
    """The public fields of a device that change only with its registration."""

    id: int
    device_id: str
    name: str
    type: str
    latitude: float | None
    longitude: float | None
    location: str | None
    capabilities: list[str]


def public_fields(device: Device) -> PublicFields:
    """The public fields of a device. Its position is None unless its metadata has a valid one."""
    location = device.metadata.get("location")
    return {
        "id": device.id,
        "device_id": device.device_id,
        "name": device.name,
        "type": device.type,
        "latitude": _coordinate(device.metadata.get("latitude"), 90),
        "longitude": _coordinate(device.metadata.get("longitude"), 180),
        "location": location[:LONGEST_LOCATION] if isinstance(location, str) else None,
        "capabilities": device.capabilities,
    }


def public_metadata(device: Device) -> dict[str, Any]:
    """The metadata of a device without the fields whose names suggest an address or a secret."""
    return {name: value for name, value in device.metadata.items() if not _PRIVATE.search(name)}


def _coordinate(value: object, limit: float) -> float | None:
    """The value if it is a number of degrees within the limit, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
        return None
    return value
