"""One sweep: marks silent devices and machines offline; ends overdue commands and sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from shared.base import clock
from shared.domain.devices import ONLINE_FOR
from shared.domain.sessions import oldest_code
from shared.web import logs, start

if TYPE_CHECKING:
    from upkeep.store import Store


@dataclass(frozen=True)
class Group:
    """What a sweep works with: the store and the clock."""

    store: Callable[[], Store]
    now: clock.Clock


def create_sweep(store: Callable[[], Store], now: clock.Clock = clock.now) -> Callable[[], int]:
    """A function that runs one sweep, and returns what `sweep` returns."""
    start.guard()
    return partial(sweep, Group(store, now))


def sweep(group: Group) -> int:
    """Runs one sweep. Returns how many devices and machines it marked offline.

    4 RPCs and a read for each document; 2 RPCs, 1 read and 1 or 2 writes for each change.
    """
    store, now = group.store(), group.now()
    since = now - ONLINE_FOR
    devices = sum(
        store.set_device_offline(each, since, now) for each in store.silent_devices(since)
    )
    machines = sum(
        store.set_machine_offline(uuid, since, now) for uuid in store.silent_machines(since)
    )
    overdue = store.overdue_commands(now)
    expired = sum(store.expire_command(uuid, command_id, now) for uuid, command_id in overdue)
    oldest = oldest_code(now)
    left_open = store.overdue_sessions(oldest)
    closed = sum(store.close_session(*ids, oldest, now) for ids in left_open)
    logs.write("INFO", "upkeep", silent=devices + machines, expired=expired, closed=closed)
    return devices + machines
