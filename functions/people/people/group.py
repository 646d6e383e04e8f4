"""What the handlers of the group work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.base import clock
from shared.web.limits import FailureLimit

if TYPE_CHECKING:
    from people.store import Store

WRONG_LINKS = 20  # of claims from one address
WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Group:
    """The store, the clock, and a source of chance: `new_uid` draws the uid of an account."""

    store: Callable[[], Store]
    now: clock.Clock
    new_uid: Callable[[], str]
    wrong_links: FailureLimit = field(default_factory=lambda: FailureLimit(WRONG_LINKS, WINDOW))
