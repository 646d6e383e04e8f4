"""How a live view takes in what is told: never back in time, at most once a second."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

INTERVAL = timedelta(seconds=1)


class Poison(Exception):
    """A message that can never be taken in, however often it is delivered."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event: the newest sample or point of one accepted POST."""

    kind: str
    device_id: str
    measured_at: datetime
    newest: dict[str, Any]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest of one kind, and when it was measured."""

    measured_at: datetime
    newest: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Live:
    """The live view of one device. `seen` by kind."""

    device_id: str
    seen: dict[str, Seen]
    last_seen: datetime
    updated_at: datetime


def take_in(live: Live | None, told: Told, now: datetime) -> Live | None:
    """The view with the event in it, or None where it holds nothing new."""
    new = Seen(told.measured_at, told.newest)
    if live is None:
        return Live(told.device_id, {told.kind: new}, told.received_at, now)
    known = live.seen.get(told.kind)
    is_newer = known is None or known.measured_at < told.measured_at
    if not is_newer and told.received_at <= live.last_seen:
        return None
    return replace(
        live,
        seen={**live.seen, told.kind: new} if is_newer else live.seen,
        last_seen=max(live.last_seen, told.received_at),
        updated_at=now,
    )


def pause(live: Live | None, now: datetime) -> float:
    """Seconds to wait before the view may be written again; 0 where it may be now."""
    if live is None:
        return 0.0
    return min(max((live.updated_at + INTERVAL - now).total_seconds(), 0.0), 1.0)
