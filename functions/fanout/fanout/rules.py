"""How a live view takes in what is told: never back in time, at most once a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from fanout.watching import Rule, Series

INTERVAL = timedelta(seconds=1)
LISTED_FOR = timedelta(seconds=240)  # how old the public directory may be about a station


class Poison(Exception):
    """A message that can never be taken in, however often it is delivered."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event: the newest of one accepted POST, or that the device is there.

    `number`, `owner` and `public` are of devices that are registered; phones have none.
    """

    kind: str
    device_id: str
    measured_at: datetime
    newest: dict[str, Any] | None
    received_at: datetime
    number: int | None = None
    owner: str | None = None
    public: bool = True
    watch: tuple[Rule, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MachineTold:
    """What a machine measured, to be shown on its channel as this event."""

    device_id: str
    event: str
    batch_id: str
    sensors: dict[str, float]
    measured_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest of one kind: when it was measured, and when it arrived."""

    measured_at: datetime
    received_at: datetime
    newest: dict[str, Any]

    def is_newer_than(self, other: Seen | None) -> bool:
        """By its own time; of equal times the later arrival is newer."""
        if other is None:
            return True
        return (self.measured_at, self.received_at) > (other.measured_at, other.received_at)


@dataclass(frozen=True, slots=True)
class Live:
    """The live view of one device. `seen` by kind; `listed_at`: when the directory was told."""

    device_id: str
    last_seen: datetime
    updated_at: datetime
    seen: dict[str, Seen] = field(default_factory=dict)
    number: int | None = None
    owner: str | None = None
    public: bool = True
    listed_at: datetime | None = None
    offline_since: datetime | None = None  # of a registered device: when it was last heard before

    @property
    def is_listed_now(self) -> bool:
        """Whether the directory is told by this very update."""
        return self.listed_at == self.updated_at


def take_in(live: Live | None, told: Told, now: datetime) -> Live | None:
    """The view with the event in it, or None where it holds nothing new.

    A phone that uses the name of a registered device changes nothing of what is registered, and a
    device that took over the name of another begins anew.
    """
    if live and live.number is not None and told.number not in (None, live.number):
        live = None
    known = live or Live(told.device_id, told.received_at, now)
    seen = known.seen
    if told.newest is not None:
        new = Seen(told.measured_at, told.received_at, told.newest)
        if new.is_newer_than(seen.get(told.kind)):
            seen = {**seen, told.kind: new}
    speaks_for_it = told.number is not None or known.number is None
    is_heard = live is None or (speaks_for_it and told.received_at > known.last_seen)
    if not is_heard and seen is known.seen:
        return None
    taken = replace(known, seen=seen, updated_at=now)
    if is_heard:
        taken = replace(taken, last_seen=told.received_at, offline_since=None)
    if told.number is not None:
        listed_at = now if _is_to_be_listed(known, told, now) else known.listed_at
        taken = replace(
            taken, number=told.number, owner=told.owner, public=told.public, listed_at=listed_at
        )
    return taken


def _is_to_be_listed(live: Live, told: Told, now: datetime) -> bool:
    """Whether the public directory has to hear of this station again."""
    if told.number is None or not told.public:
        return False
    return live.listed_at is None or now - live.listed_at >= LISTED_FOR


def pause(live: Live | None, now: datetime) -> float:
    """Seconds to wait before the view may be written again; 0 where it may be now."""
    if live is None:
        return 0.0
    return min(max((live.updated_at + INTERVAL - now).total_seconds(), 0.0), 1.0)
