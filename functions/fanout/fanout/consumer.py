"""Takes messages as Pub/Sub delivers them: more than once, in any order, some of them broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fanout import messages, rules
from shared import clock, logs
from shared.errors import Unavailable

if TYPE_CHECKING:
    from fanout.store import Store

ATTEMPTS = 10


def create_consumer(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    wait: Callable[[float], None] = time.sleep,
) -> Callable[[Mapping[str, Any]], None]:
    """A consumer of one message. It returns where the message is done with, else it raises.

    A view that was written within the last second is written again when the second is over, by
    the messages that wait for it: the newest of them wins, and the last one is never lost.
    """

    def consume(message: Mapping[str, Any]) -> None:
        try:
            told = messages.read(message)
        except rules.Poison as error:
            logs.write("WARNING", "message parked", reason=str(error))
            store().bury(message, str(error), now())
            return
        for _ in range(ATTEMPTS):
            live, version = store().live(told.device_id)
            taken = rules.take_in(live, told, now())
            if taken is None:
                return
            if pause := rules.pause(live, now()):
                wait(pause)
            elif store().keep(taken, version):
                return
        raise Unavailable

    return consume
