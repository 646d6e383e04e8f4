"""Accelerometer batches and GPS points: modules 2 and 3 of the course contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.base.once import once

if TYPE_CHECKING:
    from telemetry.store import Store


@once
def open_store() -> Store:
    """The group's store, made by the first request."""
    from shared.google.clients import LatePublisher, database
    from telemetry.store import Store

    return Store(database(), LatePublisher())
