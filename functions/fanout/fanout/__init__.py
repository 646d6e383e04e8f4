"""What follows from an accepted POST: the live view of its device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.once import once

if TYPE_CHECKING:
    from fanout.store import Store


@once
def open_store() -> Store:
    """The group's store, made by the first event."""
    from fanout.store import Store
    from shared.clients import database

    return Store(database())
