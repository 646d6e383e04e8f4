"""Turns the events of accepted POSTs into live views, machine channels and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.base.once import once

if TYPE_CHECKING:
    from fanout.store import Store


@once
def open_store() -> Store:
    """The group's store, opened by the first event."""
    from fanout.store import Store
    from shared.google.clients import database

    return Store(database())
