"""How an event changes a live view: never back in time, at most once a second. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from fanout.thresholds import Series, Threshold
from shared.domain.series import AHEAD

INTERVAL = timedelta(seconds=1)
LISTED_FOR = timedelta(seconds=240)  # how old the directory's `last seen` of a station may get
MOST_SENSORS = 100  # of one machine; those of its last event are among them


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """The newest item of one accepted POST; without `newest` only a sign of life.

    `number`, `public`, `thresholds` and `series` belong to a registered device; a phone has none
    of them. `owner` of a phone: the account that it belongs to, None in AUTH_MODE=open.
    """

    kind: str
    device_id: str
    measured_at: datetime
    newest: dict[str, Any] | None
    received_at: datetime
    number: int | None = None
    owner: str | None = None
    public: bool = True
    thresholds: tuple[Threshold, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MachineEvent:
    """A machine's sensor values, and the name of the event that publishes them on its channel."""

    device_id: str
    event: str
    batch_id: str
    sensors: dict[str, float]
    measured_at: datetime
    received_at: datetime

    @property
    def effective_at(self) -> datetime:
        """When it was measured, at the latest its arrival: a machine's clock may run ahead."""
        return min(self.measured_at, self.received_at)


@dataclass(frozen=True, slots=True)
class Item:
    """A sample, point or reading of a live view, with the times that order it."""

    measured_at: datetime
    received_at: datetime
    fields: dict[str, Any]

    @property
    def was_ahead(self) -> bool:
        """Whether it was of the future on arrival. Such items are in views of earlier versions."""
        return self.measured_at > self.received_at + AHEAD

    def is_newer_than(self, other: Item | None) -> bool:
        """Compares the times of measurement; of equal times the later arrival is newer.

        Any item replaces one that was of the future on arrival.
        """
        if other is None or other.was_ahead:
            return True
        return (self.measured_at, self.received_at) > (other.measured_at, other.received_at)


@dataclass(frozen=True, slots=True)
class LiveView:
    """The live view of one phone, or of one registered device, which has a `number`.

    `newest`: one item for each kind. `listed_at`: when the directory last received `last_seen`.
    `offline_since`: when the device was last heard, while it counts as offline; None for a phone.
    """

    device_id: str
    last_seen: datetime
    updated_at: datetime
    newest: dict[str, Item] = field(default_factory=dict)
    number: int | None = None
    owner: str | None = None
    public: bool = True
    listed_at: datetime | None = None
    offline_since: datetime | None = None

    @property
    def is_listed_now(self) -> bool:
        """Whether this update also goes to the directory."""
        return self.listed_at == self.updated_at


def update(view: LiveView | None, event: DeviceEvent, now: datetime) -> LiveView | None:
    """The view after an event of the same device, or None if the event changes nothing."""
    before = view or LiveView(event.device_id, event.received_at, now, number=event.number)
    newest = _newest(before, event)
    is_sign_of_life = view is None or event.received_at > before.last_seen
    if not is_sign_of_life and newest is before.newest:
        return None
    after = replace(before, newest=newest, updated_at=now, owner=event.owner or before.owner)
    if is_sign_of_life:
        after = replace(after, last_seen=event.received_at, offline_since=None)
    if event.number is not None:
        after = replace(
            after,
            public=event.public,
            listed_at=now if _is_listing_due(before, event, now) else before.listed_at,
        )
    return after


def _newest(view: LiveView, event: DeviceEvent) -> dict[str, Item]:
    """The view's items with that of the event; the same object where the event has no newer one."""
    if event.newest is not None:
        item = Item(event.measured_at, event.received_at, event.newest)
        if item.is_newer_than(view.newest.get(event.kind)):
            return {**view.newest, event.kind: item}
    return view.newest


def _is_listing_due(view: LiveView, event: DeviceEvent, now: datetime) -> bool:
    """Whether the public directory needs a new `last seen` of this station."""
    if not event.public:
        return False
    return view.listed_at is None or now - view.listed_at >= LISTED_FOR


def seconds_until_due(view: LiveView | None, now: datetime) -> float:
    """Seconds until the view may be written again; 0 if it may be written now."""
    if view is None:
        return 0.0
    return min(max((view.updated_at + INTERVAL - now).total_seconds(), 0.0), 1.0)


def recovered_from(before: LiveView | None, after: LiveView) -> datetime | None:
    """The begin of the silence that an update ends, or None if the device was not offline."""
    if before is None or after.offline_since:
        return None
    return before.offline_since


def update_sensors(
    sensors: Mapping[str, Any], measured_at: datetime | None, event: MachineEvent
) -> dict[str, Any] | None:
    """A machine's sensor values after an event; None if the present ones are newer.

    Sensors that the event does not have keep their value, up to a hundred in all.
    """
    if measured_at is not None and event.effective_at < measured_at:
        return None
    others = [(name, value) for name, value in sensors.items() if name not in event.sensors]
    return {**event.sensors, **dict(others[: MOST_SENSORS - len(event.sensors)])}
