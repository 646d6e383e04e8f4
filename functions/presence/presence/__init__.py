"""Presence by a rotating QR code: module 1 of the course contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.base.once import once

if TYPE_CHECKING:
    from presence.store import Store


@once
def open_store() -> Store:
    """The group's store, made by the first request: loading the function loads no Google client."""
    from presence.store import Store
    from shared.google.clients import database

    return Store(database())
