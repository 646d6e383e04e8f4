"""The documents of live views, machine channels and alerts.

live/{device}              the newest sample and point of a phone, for listeners
live_devices/{number}      the newest reading of a registered device, for listeners
devices/{number}           only looked at: a deleted device gets none of these documents again
watches/{number}           the states of a device's thresholds
rvm/{uuid}                 the live state of a machine: its sensors
rvm/{uuid}/events/{event}  its channel: sensor values as events
dead/{message}             messages that can never be processed
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fanout import rules
from fanout.rules import DeviceEvent, Item, LiveView, MachineEvent
from fanout.thresholds import Change, Evaluation, State
from shared.base import settings, timestamps
from shared.base.ids import fingerprint
from shared.base.retention import purge_at
from shared.domain import alerts, directory, machines
from shared.google.firestore import AlreadyExists, Database, PreconditionFailed
from shared.google.values import Document
from shared.google.writes import UpdateTime, Write

LONGEST_DEAD_LETTER = 10_000  # characters
_TIME_FIELDS = {"accel": "t", "gps": "ts", "reading": "timestamp"}


class Store:
    """The fanout group's only way to Firestore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def live_view(self, device_id: str, number: int | None) -> tuple[LiveView | None, UpdateTime]:
        """The live view of a phone, or of device `number`, and its update time. 1 RPC, 1 read."""
        path = self._live_path(device_id, number)
        document, update_time = self._database.get_with_update_time(path)
        if document is None or (number is None and "id" in document):
            return None, update_time  # `id`: of a device, from before they had live_devices
        return _live_view(document), update_time

    def replace_live_view(
        self, view: LiveView, update_time: UpdateTime, before: LiveView | None = None
    ) -> bool:
        """Writes a view; False if it changed since `update_time`. Clears an alert of silence.

        1 RPC, 1 write; every four minutes 1 more for a station of the public directory. The first
        view of a device takes 1 write more, and is False if the device was deleted.
        """
        path = self._live_path(view.device_id, view.number)
        writes = [Write.replace(path, _live_document(view), update_time)]
        if view.number is not None:
            if update_time is None:
                writes.append(Write.require(self._device_path(view.number)))
            if begin := rules.recovered_from(before, view):
                alert = (view.number, alerts.OFFLINE, begin)
                writes.append(alerts.clear_alert(self._database, *alert, view.updated_at))
            if view.is_listed_now:
                seen_ms = timestamps.millis(view.last_seen)
                writes.append(directory.record_heard(self._database, view.number, seen_ms))
        return self._database.applies(*writes)

    def add_machine_event(self, event: MachineEvent, now: datetime) -> bool:
        """Adds an event to a machine's channel, and its sensors to the live state if newer.

        A repeated event changes nothing; an unknown machine's is dropped. Returns False if the live
        state changed meanwhile. 2 RPCs, 1 read, 2 writes.
        """
        path = self._database.path("rvm", event.device_id)
        state, update_time = self._database.get_with_update_time(path)
        if state is None:
            return True
        event_path = self._database.path("rvm", event.device_id, "events", event.batch_id)
        writes = [Write.create(event_path, _channel_event(event))]
        if (updated := _machine_state(state, event, now)) is not None:
            writes.append(Write.replace(path, updated, update_time))
        try:
            self._database.commit(*writes)
        except AlreadyExists:  # delivered before
            return True
        except PreconditionFailed:
            return False
        return True

    def is_registered(self, number: int) -> bool:
        """Whether a device is registered. 1 RPC, 1 read."""
        return self._database.get(self._device_path(number)) is not None

    def threshold_states(self, number: int) -> tuple[dict[str, State], UpdateTime]:
        """The states of a device's thresholds by rule, and their update time. 1 RPC, 1 read."""
        document, update_time = self._database.get_with_update_time(self._states_path(number))
        states = {
            rule: State(state["seen_ms"], state["since_ms"], state["is_raised"])
            for rule, state in (document or {}).items()
        }
        return states, update_time

    def add_threshold_states(self, number: int) -> bool:
        """Makes the document of the states, empty; False if the device was deleted.

        Alerts are raised only together with a change of this document, which a delete removes: so
        none is raised that a delete does not see. 1 RPC, 2 writes.
        """
        first = Write.create(self._states_path(number), {})
        try:
            self._database.commit(first, Write.require(self._device_path(number)))
        except AlreadyExists:
            return True
        except PreconditionFailed:
            return False
        return True

    def replace_threshold_states(
        self,
        number: int,
        event: DeviceEvent,
        evaluation: Evaluation,
        update_time: UpdateTime,
        now: datetime,
    ) -> bool:
        """Writes the states and alerts of an evaluation; False if the states changed meanwhile.

        1 RPC, 1 write and one for each alert. An alert that was raised before stays as it is: a
        message may come again after its state was dropped. That takes 2 RPCs and a read for each
        alert more.
        """
        states = {rule: asdict(state) for rule, state in evaluation.states.items()}
        fields = alerts.bounded_states(states, {each.rule for each in event.thresholds})
        write = Write.replace(self._states_path(number), fields, update_time)
        changes = evaluation.changes
        try:
            self._database.commit(
                write, *(self._alert(number, event, each, now) for each in changes)
            )
        except AlreadyExists:
            changes = self._pending(number, changes)
            return self._database.applies(
                write, *(self._alert(number, event, each, now) for each in changes)
            )
        except PreconditionFailed:
            return False
        return True

    def _pending(self, number: int, changes: Sequence[Change]) -> list[Change]:
        """The changes that are not stored yet. 1 RPC, a read each."""
        begins = [(each.threshold.rule, timestamps.from_millis(each.begin_ms)) for each in changes]
        paths = [alerts.path(self._database, number, *begin) for begin in begins]
        return [
            change
            for change, alert in zip(changes, self._database.get_all(paths), strict=True)
            if alert is None or not (change.is_raised or alert["cleared_at"])
        ]

    def _alert(self, number: int, event: DeviceEvent, change: Change, now: datetime) -> Write:
        begin, threshold = timestamps.from_millis(change.begin_ms), change.threshold
        if not change.is_raised:
            return alerts.clear_alert(self._database, number, threshold.rule, begin, now)
        fields = {
            "device_id": event.device_id,
            "owner": event.owner,
            "type": threshold.type,
            "above": threshold.above,
            "below": threshold.below,
            "seconds": threshold.seconds,
            "value": change.number,
            "raised_at": now,
        }
        return alerts.raise_alert(self._database, number, threshold.rule, begin, fields)

    def add_dead_letter(self, delivery: Any, reason: str, now: datetime) -> None:
        """Stores a message that can never be processed, for a person to read. 1 RPC, 1 write.

        Its id is that of the message, else a hash of the delivery.
        """
        text = json.dumps(delivery, default=str)
        message = delivery.get("message") if isinstance(delivery, dict) else None
        message_id = message.get("messageId") if isinstance(message, dict) else None
        if not isinstance(message_id, str) or not message_id:
            message_id = fingerprint(text)
        fields = {"reason": reason, "message": text[:LONGEST_DEAD_LETTER], "parked_at": now}
        fields |= purge_at(settings.DEAD_DAYS, now)
        self._database.commit(Write.set(self._database.path("dead", message_id), fields))

    def _device_path(self, number: int) -> str:
        return self._database.path("devices", str(number))

    def _live_path(self, device_id: str, number: int | None) -> str:
        if number is None:
            return self._database.path("live", device_id)
        return self._database.path("live_devices", str(number))

    def _states_path(self, number: int) -> str:
        return self._database.path("watches", str(number))


def _live_view(document: Document) -> LiveView:
    newest = {
        kind: Item(
            timestamps.parse(document[kind][field]), document["received"][kind], document[kind]
        )
        for kind, field in _TIME_FIELDS.items()
        if kind in document
    }
    return LiveView(
        device_id=document["device_id"],
        last_seen=document["last_seen"],
        updated_at=document["updated_at"],
        newest=newest,
        number=document.get("id"),
        owner=document.get("owner"),
        public=document.get("public", True),
        listed_at=document.get("listed_at"),
        offline_since=document["last_seen"] if document.get("status") == "offline" else None,
    )


def _live_document(view: LiveView) -> Document:
    return {
        "device_id": view.device_id,
        **{kind: item.fields for kind, item in view.newest.items()},
        "received": {kind: item.received_at for kind, item in view.newest.items()},
        **_own_fields(view),
        "public": view.public,
        "last_seen": view.last_seen,
        "updated_at": view.updated_at,
    }


def _own_fields(view: LiveView) -> Document:
    """What only a registered device has; of a phone its owner, if it has one."""
    if view.number is None:
        return {"owner": view.owner} if view.owner else {}
    return {
        "id": view.number,
        "owner": view.owner,
        "listed_at": view.listed_at,
        "status": "offline" if view.offline_since else "online",
    }


def _channel_event(event: MachineEvent) -> Document:
    data = {
        "uuid": event.device_id,
        "sensors": event.sensors,
        "measured_at": timestamps.text(event.measured_at),
    }
    return machines.event(event.event, data, event.received_at)


def _machine_state(state: Document, event: MachineEvent, now: datetime) -> Document | None:
    """A machine's live state after an event; None if the event is older than the state."""
    sensors = rules.update_sensors(state.get("sensors", {}), state.get("measured_at"), event)
    if sensors is None:
        return None
    level = machines.bin_level(event.sensors)
    return {
        **state,
        "sensors": sensors,
        "measured_at": event.effective_at,
        "updated_at": now,
        **({} if level is None else {"bin_level": level}),
    }
