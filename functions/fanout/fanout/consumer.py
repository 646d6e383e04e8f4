"""Takes what Pub/Sub delivers: more than once, in any order, some of it broken."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fanout import messages, rules
from fanout.watching import State, look
from shared import clock, logs, start
from shared.errors import Unavailable

if TYPE_CHECKING:
    from fanout.store import Store

ATTEMPTS = 10


def create_consumer(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    wait: Callable[[float], None] = time.sleep,
) -> Callable[[Any], None]:
    """A consumer of one delivery: the data of a CloudEvent.

    It returns where the message is done with, and raises where it is to be delivered again.

    A view that was written within the last second is written again when the second is over, by
    the messages that wait for it: the newest of them wins, and the last one is never lost.
    """
    start.guard()

    def consume(delivered: Any) -> None:
        try:
            told = messages.read(delivered)
        except rules.Poison as error:
            logs.write("WARNING", "message parked", reason=str(error))
            store().bury(delivered, str(error), now())
            return
        if isinstance(told, rules.MachineTold):
            show_machine(told)
            return
        if told.number is not None and told.watch:
            watch_over(told)
        show(told)

    def show(told: rules.Told) -> None:
        for _ in range(ATTEMPTS):
            live, version = store().live(told.device_id)
            if live is None and told.number and not store().is_registered(told.number):
                return  # deleted while its last messages were on their way
            taken = rules.take_in(live, told, now())
            if taken is None:
                return
            if pause := rules.pause(live, now()):
                wait(pause)
            elif store().keep(taken, version, live):
                return
        raise Unavailable

    def show_machine(told: rules.MachineTold) -> None:
        for _ in range(ATTEMPTS):
            if store().show_machine(told, now()):
                return
        raise Unavailable

    def watch_over(told: rules.Told) -> None:
        assert told.number is not None
        for _ in range(ATTEMPTS):
            known, version = store().watches(told.number)
            states, changes = dict(known), []
            for rule in told.watch:
                before = known.get(rule.name, State())
                states[rule.name], changed = look(rule, before, told.series.get(rule.type, ()))
                changes += changed
            if states == known or store().keep_watches(told, states, changes, version, now()):
                return
        raise Unavailable

    return consume
