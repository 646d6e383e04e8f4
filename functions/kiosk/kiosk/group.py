"""What the handlers of the group work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.base import clock
from shared.domain.machines import Machine
from shared.web.cache import Cache
from shared.web.limits import RateLimit

if TYPE_CHECKING:
    from kiosk.store import Store

MACHINE_LIFE = timedelta(seconds=5)
WAIT_LIFE = timedelta(seconds=5)
# Login codes of one machine: its page draws one in five minutes, all others of its network share.
CODES_A_SECOND, CODES_AT_ONCE = 0.5, 10


@dataclass(frozen=True)
class Group:
    """The store, the clock, sources of chance, and what one instance remembers.

    `token` draws a login token, `nonce` a new id. `machines` holds records by uuid. `waits` holds,
    by a machine's uuid, how many seconds the clients elsewhere have to wait. `codes` limits how
    fast login codes are drawn.
    """

    store: Callable[[], Store]
    now: clock.Clock
    token: Callable[[], str]
    nonce: Callable[[], str]
    machines: Cache[Machine | None] = field(default_factory=lambda: Cache(MACHINE_LIFE))
    waits: Cache[int] = field(default_factory=lambda: Cache(WAIT_LIFE))
    codes: RateLimit = field(default_factory=lambda: RateLimit(CODES_A_SECOND, CODES_AT_ONCE))
