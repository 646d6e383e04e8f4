"""What the handlers of the group work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from edge.models import Models
from shared.base import clock
from shared.domain.machines import Machine
from shared.web.cache import Cache

if TYPE_CHECKING:
    from edge.store import Store

KEY_LIFE = timedelta(seconds=5)  # another instance accepts a replaced key for so long at most


@dataclass(frozen=True)
class Group:
    """The store, the clock, sources of chance, and what one instance remembers.

    `choice` draws a letter of a text, `nonce` a new id.
    """

    store: Callable[[], Store]
    now: clock.Clock
    choice: Callable[[str], str]
    nonce: Callable[[], str]
    models: Models = field(default_factory=Models)
    machines: Cache[Machine | None] = field(default_factory=lambda: Cache(KEY_LIFE))
