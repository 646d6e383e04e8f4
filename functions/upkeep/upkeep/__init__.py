"""Scheduled work: marks silent devices and machines offline; ends old commands and sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.base.once import once

if TYPE_CHECKING:
    from upkeep.store import Store


@once
def open_store() -> Store:
    """The group's store, opened by the first sweep."""
    from shared.google.clients import database
    from upkeep.store import Store

    return Store(database())
