"""A device as its owner and the public see it: its record, its readings, its state.

devices/{number}                    the record
devices/{number}/readings/{chunk}   the readings of one POST
device_ids/{device_id}              the number of a device
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pydantic_core import from_json, to_json

from shared.base import timestamps
from shared.domain import series
from shared.domain.series import Span

if TYPE_CHECKING:
    from shared.google.firestore import Database
    from shared.google.values import Document

LONGEST_NUMBER = 15  # digits
FIRST_PAGE = 4  # chunks of the first query for recent readings
ONLINE_FOR = timedelta(seconds=600)  # twice the heartbeat interval of the contract
Status = Literal["online", "offline"]


class Reading(NamedTuple):
    """One reading. `value` is as it was sent: a number or an object of numbers."""

    ms: int
    reading_id: int
    type: str
    value: Any

    @property
    def number(self) -> float | None:
        """The representative number of the value, if it has one."""
        return representative(self.value)

    @property
    def raw_data(self) -> dict[str, Any]:
        """The object that was sent; an empty object for a plain number."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def recorded_at(self) -> datetime:
        """The time of the measurement by the device's clock."""
        return timestamps.from_millis(self.ms)


@dataclass(frozen=True, slots=True)
class Device:
    """The record of a device, without its readings. `alerts`: the thresholds of its owner."""

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
    alerts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last_seen(self) -> datetime | None:
        """The time of the last heartbeat or POST of data; None before the first."""
        return timestamps.from_millis(self.seen_ms) if self.seen_ms else None

    def status(self, now: datetime) -> Status:
        """`online` for ten minutes after a heartbeat or a POST of data, `offline` otherwise."""
        return status(self.last_seen, now)


def status(last_seen: datetime | None, now: datetime) -> Status:
    """The status of a device or machine by the time of its last message."""
    return "online" if last_seen and now - last_seen <= ONLINE_FOR else "offline"


def from_document(document: Document) -> Device:
    """The device of a document of `devices`. Ignores fields that a Device does not have."""
    names = Device.__dataclass_fields__
    fields = {name: value for name, value in document.items() if name in names}
    return Device(**{**fields, "metadata": from_json(document["metadata"])})


def to_document(device: Device) -> Document:
    """The document of a device. Its metadata becomes JSON text: Firestore cannot hold any JSON."""
    return {**asdict(device), "metadata": to_json(device.metadata).decode()}


def representative(value: Any) -> float | None:
    """The one number that represents a reading's value, or None.

    A number represents itself. Of an object it is `intensitas`, else `magnitude`, else the length
    of the vector `x, y, z`.
    """
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


def number_in(text: str) -> int | None:
    """The device number in a path segment, or None if the segment is a device_id."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) if is_number else None


def number_of(database: Database, device_id: str) -> int | None:
    """The number of the device with this device_id, or None. 1 RPC, 1 read."""
    document = database.get(database.path("device_ids", device_id))
    return document["id"] if document else None


def recent(database: Database, number: int, limit: int) -> list[Reading]:
    """The newest readings of a device, newest first. 1 read for each POST that holds them."""
    readings = series.newest_of_pages(
        _pages(database, number), _readings, Span(limit), series.chunk_time, series.measured_at
    )
    return readings[::-1]


def _pages(database: Database, number: int) -> Iterable[list[Document]]:
    below: str | None = None
    for size in series.page_sizes(FIRST_PAGE):
        page = database.query(
            database.path("devices", str(number)),
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


def _readings(documents: list[Document]) -> list[Reading]:
    ordered = sorted(documents, key=lambda document: document["first_id"])
    return [Reading(*row) for document in ordered for row in from_json(document["readings"])]
