"""Consumes Pub/Sub deliveries: repeated, in any order, and some of them invalid."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from fanout import events, rules, thresholds
from fanout.errors import InvalidMessage
from fanout.rules import DeviceEvent, MachineEvent
from shared.base import clock
from shared.base.errors import Unavailable
from shared.web import logs, start

if TYPE_CHECKING:
    from fanout.store import Store

ATTEMPTS = 10  # at one document, while others change it


@dataclass(frozen=True)
class Group:
    """What the consumer works with: the store, the clock, and how it waits some seconds."""

    store: Callable[[], Store]
    now: clock.Clock
    wait: Callable[[float], None]


def create_consumer(
    store: Callable[[], Store],
    now: clock.Clock = clock.now,
    wait: Callable[[float], None] = time.sleep,
) -> Callable[[Any], None]:
    """A function that consumes one delivery: the data of a Pub/Sub CloudEvent.

    It returns when the message is processed, and raises when Pub/Sub should deliver it again.
    """
    start.guard()
    return partial(consume, Group(store, now, wait))


def consume(group: Group, delivery: Any) -> None:
    """Applies the event of a delivery; stores an invalid message as a dead letter.

    Raises Unavailable if others kept changing the same document.
    """
    try:
        event = events.read(delivery)
    except InvalidMessage as error:
        logs.write("WARNING", "message parked", reason=str(error))
        group.store().add_dead_letter(delivery, str(error), group.now())
        return
    if isinstance(event, MachineEvent):
        add_machine_event(group, event)
        return
    if event.number is not None and event.thresholds:
        evaluate_thresholds(group, event, event.number)
    update_live_view(group, event)


def update_live_view(group: Group, event: DeviceEvent) -> None:
    """Writes an event into its live view, at most once a second.

    An event that comes within a second of the last update waits for the rest of it. Of several
    waiting events the newest wins, so the last one is never lost.
    """
    store = group.store()
    for _ in range(ATTEMPTS):
        before, update_time = store.live_view(event.device_id, event.number)
        if before is None and event.number is not None and not store.is_registered(event.number):
            return  # the device was deleted while its last messages were on their way
        view = rules.update(before, event, group.now())
        if view is None:
            return
        if delay := rules.seconds_until_due(before, group.now()):
            group.wait(delay)
        elif store.replace_live_view(view, update_time, before):
            return
    raise Unavailable


def add_machine_event(group: Group, event: MachineEvent) -> None:
    """Writes a machine's sensor values to its live state and its channel."""
    for _ in range(ATTEMPTS):
        if group.store().add_machine_event(event, group.now()):
            return
    raise Unavailable


def evaluate_thresholds(group: Group, event: DeviceEvent, number: int) -> None:
    """Evaluates the thresholds of device `number`; raises and clears its alerts."""
    store = group.store()
    for _ in range(ATTEMPTS):
        states, update_time = store.threshold_states(number)
        if update_time is None:
            if not store.add_threshold_states(number):
                return  # the device was deleted while its last messages were on their way
            continue
        evaluation = thresholds.evaluate_all(event.thresholds, states, event.series)
        if evaluation.states == states or store.replace_threshold_states(
            number, event, evaluation, update_time, group.now()
        ):
            return
    raise Unavailable
