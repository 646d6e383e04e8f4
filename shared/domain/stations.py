"""What the public sees of a device: only what is named here.

Never its key, its owner or its address.
"""

from __future__ import annotations

from typing import Any, TypedDict

from pydantic_core import to_json

from shared.domain.devices import Device
from shared.web.bounds import LARGEST_NUMBER, LONGEST_TEXT

# The metadata that is public. What an owner stores under any other name stays private.
PUBLIC_METADATA = (
    "location", "latitude", "longitude", "altitude", "elevation", "depth", "city", "province",
    "country", "timezone", "description", "sensor_model", "unit", "sampling_rate", "orientation",
)  # fmt: skip
LONGEST_JSON = 802  # bytes of a text in the directory: 200 characters of four bytes, and quotes
LARGEST_ENTRY = 4_500  # bytes of JSON of a station in the directory


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
        "location": location[:LONGEST_TEXT] if isinstance(location, str) else None,
        "capabilities": device.capabilities,
    }


def listed_fields(device: Device) -> PublicFields:
    """The public fields as the directory lists them: LARGEST_ENTRY bytes of JSON at most.

    Only control characters make a text longer than its bound. Capabilities that do not fit are
    left out, the last ones first; the station's details have them all.
    """
    fields = public_fields(device)
    location = fields["location"]
    listed: PublicFields = {
        **fields,
        "device_id": _fitting(device.device_id),
        "name": _fitting(device.name),
        "type": _fitting(device.type),
        "location": None if location is None else _fitting(location),
        "capabilities": [],
    }
    room = LARGEST_ENTRY - len(to_json(listed))
    for capability in device.capabilities:
        room -= len(to_json(capability)) + 1
        if room < 0:
            break
        listed["capabilities"].append(capability)
    return listed


def public_metadata(device: Device) -> dict[str, Any]:
    """The public part of a device's metadata: PUBLIC_METADATA with a text, number or boolean."""
    metadata = device.metadata
    return {
        name: metadata[name]
        for name in PUBLIC_METADATA
        if name in metadata and _is_plain(metadata[name])
    }


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_TEXT
    return isinstance(value, int | float) and abs(value) <= LARGEST_NUMBER


def _fitting(text: str) -> str:
    """The beginning of a text that fits LONGEST_JSON."""
    while len(to_json(text)) > LONGEST_JSON:
        text = text[:-1]
    return text


def _coordinate(value: object, limit: float) -> float | None:
    """The value if it is a number of degrees within the limit, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
        return None
    return value
