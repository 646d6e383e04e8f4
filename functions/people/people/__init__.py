"""Accounts, who belongs to which course, and what is stored of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.base.once import once

if TYPE_CHECKING:
    from people.store import Store


@once
def open_store() -> Store:
    """The group's store, made by the first request: loading the function loads no Google client."""
    from people.store import Store
    from shared.google import accounts
    from shared.google.clients import database

    return Store(database(), lambda: accounts.service())
