"""One round: who has fallen silent is shown offline, its owner is told; old commands expire."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from shared import clock, logs, start
from shared.stations import ONLINE_FOR

if TYPE_CHECKING:
    from upkeep.store import Store


def create_round(store: Callable[[], Store], now: clock.Clock = clock.now) -> Callable[[], int]:
    """A round of upkeep, which says how many devices it found silent."""
    start.guard()

    def go_round() -> int:
        moment = now()
        since = moment - ONLINE_FOR
        silent = store().silent(since)
        found = sum(store().set_offline(device_id, since, moment) for device_id in silent)
        for uuid in store().silent_machines(since):
            found += store().set_machine_offline(uuid, since, moment)
        overdue = store().overdue_commands(moment)
        expired = sum(store().expire(uuid, command_id, moment) for uuid, command_id in overdue)
        logs.write("INFO", "upkeep", silent=found, expired=expired)
        return found

    return go_round
