"""The end of a technician's maintenance at a machine, and of the PIN sessions behind it.

rvm/{uuid}                  its field `maintenance`
machines/{uuid}/pins/{pin}  the PIN that began it
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from shared.base.errors import Unavailable
from shared.google.firestore import Database, PreconditionFailed
from shared.google.writes import Write

ATTEMPTS = 5  # while others change the live state


def end(database: Database, uuid: str, now: datetime, pin_id: str | None = None) -> None:
    """Ends the sessions of a PIN, and the maintenance if this PIN began it.

    Without `pin_id` of the PIN that began it. 2 RPCs, 1 read, at most 2 writes; 2 RPCs and a read
    more where the PIN was revoked. Raises Unavailable where others keep changing the live state.
    """
    over = {"ended_at": now}
    _end(database, uuid, pin_id, lambda pin: Write.set(pin, over, merge=True, must_exist=True))


def revoke(database: Database, uuid: str, pin_id: str) -> bool:
    """Deletes a PIN, which ends its sessions and its maintenance. False without such a PIN.

    2 RPCs, 1 read, 1 write; 2 writes if it began the maintenance. Raises Unavailable.
    """
    return _end(database, uuid, pin_id, lambda pin: Write.delete(pin, must_exist=True))


def _end(
    database: Database, uuid: str, pin_id: str | None, change_pin: Callable[[str], Write]
) -> bool:
    """Clears a maintenance that the PIN began, and changes the PIN. False where it is gone."""
    path = database.path("rvm", uuid)
    before: Any = ()  # equal to no update time
    for _ in range(ATTEMPTS):
        live, update_time = database.get_with_update_time(path)
        began = ((live or {}).get("maintenance") or {}).get("pin_id")
        pin = pin_id or began
        # The live state has not changed, so it was the PIN that was not as the commit required.
        is_gone = pin is None or update_time == before
        writes = []
        if pin and not is_gone:
            writes.append(change_pin(database.path("machines", uuid, "pins", pin)))
        if began and began == pin:
            over = {"maintenance": None}
            writes.append(Write.set(path, over, merge=True, update_time=update_time))
        before = update_time
        with suppress(PreconditionFailed):
            if writes:
                database.commit(*writes)
            return not is_gone
    raise Unavailable
