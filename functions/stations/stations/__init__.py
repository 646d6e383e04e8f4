"""What the public sees of the devices whose owners left them public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.base.once import once

if TYPE_CHECKING:
    from stations.store import Store


@once
def open_store() -> Store:
    """The group's store. The first request opens it, so that loading needs no Google client."""
    from shared.google.clients import database
    from stations.store import Store

    return Store(database())
