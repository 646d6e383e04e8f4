"""Machines in the field: handshake, heartbeat, telemetry, models, commands; and their admins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.base.once import once

if TYPE_CHECKING:
    from edge.store import Store


@once
def open_store() -> Store:
    """The group's store, created by the first request."""
    from edge.store import Store
    from shared.google.clients import LatePublisher, database

    return Store(database(), LatePublisher())
