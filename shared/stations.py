"""Devices as both their owners and the public see them: one record, its readings, its state."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic_core import from_json, to_json

from shared import series, timestamps
from shared.series import Span

if TYPE_CHECKING:
    from shared.documents import Database, Plain

LONGEST_LOCATION = 200
LONGEST_NUMBER = 15  # digits
_PRIVATE = re.compile(r"(^|_)(ip|mac|owner|key|token|secret|password|email)(_|$)", re.IGNORECASE)
Status = Literal["online", "offline"]
ONLINE_FOR = timedelta(seconds=600)  # twice the heartbeat that the contract asks for


class Reading(NamedTuple):
    """One reading: `value` as it was sent, a number or an object of numbers."""

    ms: int
    reading_id: int
    type: str
    value: Any

    @property
    def number(self) -> float | None:
        """The number that stands for it, if there is one."""
        return representative(self.value)

    @property
    def raw_data(self) -> dict[str, Any]:
        """The object that was sent; an empty one where it was a plain number."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def recorded_at(self) -> datetime:
        """When it was measured, as the device says."""
        return timestamps.from_millis(self.ms)


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of a device without its readings."""

    id: int
    device_id: str
    owner: str
    name: str
    type: str
    firmware_version: str | None
    metadata: dict[str, Any]
    capabilities: list[str]
    public: bool
    key_version: int
    registered_at: datetime
    seen_ms: int = 0
    totals: Mapping[str, Any] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)  # what its owner watches for

    @property
    def last_seen(self) -> datetime | None:
        """When anything last came from it, a heartbeat or data."""
        return timestamps.from_millis(self.seen_ms) if self.seen_ms else None

    def status(self, now: datetime) -> Status:
        """`online` while something came within ten minutes."""
        return status(self.last_seen, now)


def status(seen: datetime | None, now: datetime) -> Status:
    """What a device is that was last heard then."""
    return "online" if seen and now - seen <= ONLINE_FOR else "offline"


def device(stored: Plain) -> Device:
    """A device from its document."""
    names = Device.__dataclass_fields__
    known = {name: value for name, value in stored.items() if name in names}
    return Device(**{**known, "metadata": from_json(stored["metadata"])})


def fields(device: Device) -> Plain:
    """A device as its document. What its owner says of it is text: any JSON, not only what fits."""
    return {**asdict(device), "metadata": to_json(device.metadata).decode()}


def described(device: Device) -> dict[str, Any]:
    """What the public sees of a device, but for its state: never its key, owner or address."""
    place = device.metadata
    location = place.get("location")
    return {
        "device_id": device.device_id,
        "name": device.name,
        "type": device.type,
        "latitude": _coordinate(place.get("latitude"), 90),
        "longitude": _coordinate(place.get("longitude"), 180),
        "location": location[:LONGEST_LOCATION] if isinstance(location, str) else None,
        "capabilities": device.capabilities,
    }


def public_metadata(device: Device) -> dict[str, Any]:
    """What the owner says of a device, without what is nobody else's business."""
    return {name: value for name, value in device.metadata.items() if not _PRIVATE.search(name)}


def _coordinate(value: object, limit: float) -> float | None:
    """A number as it is; whatever else an owner has put there is no place on a map."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= limit:
        return None
    return value


def representative(value: Any) -> float | None:
    """The number itself, else `intensitas`, else `magnitude`, else the length of `x, y, z`."""
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]
    for name in ("intensitas", "magnitude"):
        if isinstance(value.get(name), int | float):
            return value[name]  # type: ignore[no-any-return]
    axes = [value.get(name) for name in "xyz"]
    if all(isinstance(axis, int | float) for axis in axes):
        length = math.hypot(*(float(axis) for axis in axes if axis is not None))
        return length if math.isfinite(length) else None
    return None


def number_in(place: str) -> int | None:
    """The device number that a path names, or None where it names a device by its device_id."""
    is_number = place.isascii() and place.isdecimal() and len(place) <= LONGEST_NUMBER
    return int(place) if is_number else None


def number_of(database: Database, device_id: str) -> int | None:
    """The number of a device by its own name for itself. 1 RPC, 1 read."""
    found = database.get(database.name("device_ids", device_id))
    return found["id"] if found else None


def recent(database: Database, number: int, limit: int) -> list[Reading]:
    """The newest readings of a device, the newest first. A read for each POST that holds them."""
    pages = _pages(database, number, first=4)
    found = series.newest_of_pages(
        pages, _readings, Span(limit), _newest_in_chunk, series.measured_at
    )
    return found[::-1]


def _pages(database: Database, number: int, first: int) -> Iterable[list[Plain]]:
    below: str | None = None
    for size in series.page_sizes(first):
        page = database.query(
            database.name("devices", str(number)),
            "readings",
            where=[("key", "<", below)] if below else (),
            order_by="key",
            descending=True,
            limit=size,
        )
        yield page
        if len(page) < size:
            return
        below = page[-1]["key"]


def _readings(documents: list[Plain]) -> list[Reading]:
    ordered = sorted(documents, key=lambda document: document["first_id"])
    return [Reading(*row) for document in ordered for row in from_json(document["readings"])]


def _newest_in_chunk(document: Plain) -> int:
    return series.key_time(document["key"])
