"""What is looked after by the clock: devices that have fallen silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.once import once

if TYPE_CHECKING:
    from upkeep.store import Store


@once
def open_store() -> Store:
    """The group's store, made by the first run."""
    from shared.clients import database
    from upkeep.store import Store

    return Store(database())
