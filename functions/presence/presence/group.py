"""What the handlers of the group work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from presence.guesses import Guesses
from shared.base import clock

if TYPE_CHECKING:
    from presence.store import Store


@dataclass(frozen=True)
class Group:
    """The store, the clock, a source of chance, and what one instance remembers.

    `choice` draws a letter of a text. `guesses` counts wrong tokens.
    """

    store: Callable[[], Store]
    now: clock.Clock
    choice: Callable[[str], str]
    guesses: Guesses = field(default_factory=Guesses)
