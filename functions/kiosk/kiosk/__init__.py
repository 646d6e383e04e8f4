"""The screen of a machine: its signed page, technicians by PIN, users by a QR code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.base.once import once

if TYPE_CHECKING:
    from kiosk.store import Store


@once
def open_store() -> Store:
    """The group's store, made by the first request: loading the function loads no Google client."""
    from kiosk.store import Store
    from shared.google.clients import database

    return Store(database())
