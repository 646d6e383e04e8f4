"""Sensors: registered by their owner, posting with an API key, counted exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.base.once import once

if TYPE_CHECKING:
    from devices.store import Store


@once
def open_store() -> Store:
    """The group's store. The first request opens it, so that loading needs no Google client."""
    from devices.store import Store
    from shared.google.clients import LatePublisher, database

    return Store(database(), LatePublisher())
