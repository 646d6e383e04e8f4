"""Where live views are kept.

live/{device}              the newest sample and point of a device: one document to listen to
watches/{number}           how the rules of a device's owner stand
rvm/{uuid}                 the live state of a machine: its sensors
rvm/{uuid}/events/{event}  its channel: what it measured
dead/{message}             messages that can never be taken in
"""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fanout.rules import Live, MachineTold, Seen, Told
from fanout.watching import Change, State
from shared import alerts, directory, machines, timestamps
from shared.documents import (
    AlreadyExists,
    Changed,
    Database,
    Refused,
    Version,
    create,
    put,
    replace,
)
from shared.ids import fingerprint

LONGEST_KEPT = 10_000  # characters of a dead message
MOST_SENSORS = 100  # of one machine; those of its last message are among them
_TIME = {"accel": "t", "gps": "ts", "reading": "timestamp"}


class Store:
    """The fanout group's only way to Firestore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def live(self, device_id: str) -> tuple[Live | None, Version]:
        """A device's view and the version that it was read at. 1 RPC, 1 read."""
        fields, version = self._database.get_with_version(self._database.name("live", device_id))
        return _live(fields) if fields else None, version

    def keep(self, live: Live, version: Version, before: Live | None = None) -> bool:
        """Writes a view over that version; False where somebody else was faster.

        1 RPC, 1 write; one more every four minutes for a station of the public directory.
        """
        fields = {
            "device_id": live.device_id,
            **{kind: seen.newest for kind, seen in live.seen.items()},
            "received": {kind: seen.received_at for kind, seen in live.seen.items()},
            **(_registered(live) if live.number else {}),
            "public": live.public,
            "last_seen": live.last_seen,
            "updated_at": live.updated_at,
        }
        writes = [replace(self._database.name("live", live.device_id), fields, version)]
        if live.number and before and before.offline_since and not live.offline_since:
            silence = (live.number, alerts.OFFLINE, before.offline_since)
            writes.append(alerts.cleared(self._database, *silence, live.updated_at))
        listing = []
        if live.number and live.is_listed_now:
            seen_ms = timestamps.millis(live.last_seen)
            listing.append(directory.heard(self._database, live.number, seen_ms))
        try:
            try:
                self._database.commit(*writes, *listing)
            except Refused:  # the directory is full: the view goes on without it
                self._database.commit(*writes)
        except Changed:
            return False
        return True

    def show_machine(self, told: MachineTold, now: datetime) -> bool:
        """Shows what a machine measured, live where nothing newer is shown, and as an event.

        Once however often it is told; False where somebody else was faster. 2 RPCs, 1 read, 2
        writes.
        """
        name = self._database.name("rvm", told.device_id)
        live, version = self._database.get_with_version(name)
        if live is None:
            return True  # no machine of ours
        data = {
            "uuid": told.device_id,
            "sensors": told.sensors,
            "measured_at": timestamps.text(told.measured_at),
        }
        writes = [
            create(
                self._database.name("rvm", told.device_id, "events", told.batch_id),
                machines.event(told.event, data, told.received_at),
            )
        ]
        measured_at = min(told.measured_at, told.received_at)  # a clock may run ahead
        if live.get("measured_at") is None or live["measured_at"] <= measured_at:
            before = live.get("sensors", {})
            others = [(name, value) for name, value in before.items() if name not in told.sensors]
            sensors = {**told.sensors, **dict(others[: MOST_SENSORS - len(told.sensors)])}
            level = machines.bin_level(told.sensors)
            shown = {**live, "sensors": sensors, "measured_at": measured_at, "updated_at": now}
            if level is not None:
                shown["bin_level"] = level
            writes.append(replace(name, shown, version))
        try:
            self._database.commit(*writes)
        except AlreadyExists:  # told before
            return True
        except Changed:
            return False
        return True

    def is_registered(self, number: int) -> bool:
        """Whether a device is there. 1 RPC, 1 read."""
        return self._database.get(self._database.name("devices", str(number))) is not None

    def watches(self, number: int) -> tuple[dict[str, State], Version]:
        """How a device's rules stand, by rule, and the version of that. 1 RPC, 1 read."""
        name = self._database.name("watches", str(number))
        fields, version = self._database.get_with_version(name)
        states = {
            rule: State(state["seen_ms"], state["since_ms"], state["is_raised"])
            for rule, state in (fields or {}).items()
        }
        return states, version

    def keep_watches(
        self,
        told: Told,
        states: dict[str, State],
        changes: list[Change],
        version: Version,
        now: datetime,
    ) -> bool:
        """Writes how the rules stand and the alerts of it; False where somebody was faster.

        1 RPC, 1 write and one for each alert.
        """
        assert told.number is not None
        number = told.number
        name = self._database.name("watches", str(number))
        fields = {rule: asdict(state) for rule, state in states.items()}
        try:
            self._database.commit(
                replace(name, fields, version),
                *(self._alert(told, number, change, now) for change in changes),
            )
        except Changed:
            return False
        return True

    def _alert(self, told: Told, number: int, change: Change, now: datetime) -> Any:
        begin, rule = timestamps.from_millis(change.begin_ms), change.rule
        if not change.is_raised:
            return alerts.cleared(self._database, number, rule.name, begin, now)
        fields = {
            "device_id": told.device_id,
            "owner": told.owner,
            "type": rule.type,
            "above": rule.above,
            "below": rule.below,
            "seconds": rule.seconds,
            "value": change.number,
            "raised_at": now,
        }
        return alerts.raised(self._database, number, rule.name, begin, fields)

    def bury(self, delivered: Any, reason: str, now: datetime) -> None:
        """Keeps what can never be taken in, for a person to look at. 1 RPC, 1 write."""
        text = json.dumps(delivered, default=str)
        message = delivered.get("message") if isinstance(delivered, dict) else None
        given = message.get("messageId") if isinstance(message, dict) else None
        name = given if isinstance(given, str) and given else fingerprint(text)
        fields = {"reason": reason, "message": text[:LONGEST_KEPT], "parked_at": now}
        self._database.commit(put(self._database.name("dead", name), fields))


def _live(fields: dict[str, Any]) -> Live:
    seen = {
        kind: Seen(timestamps.parse(fields[kind][key]), fields["received"][kind], fields[kind])
        for kind, key in _TIME.items()
        if kind in fields
    }
    return Live(
        fields["device_id"],
        fields["last_seen"],
        fields["updated_at"],
        seen,
        fields.get("id"),
        fields.get("owner"),
        fields.get("public", True),
        fields.get("listed_at"),
        fields["last_seen"] if fields.get("status") == "offline" else None,
    )


def _registered(live: Live) -> dict[str, Any]:
    return {
        "id": live.number,
        "owner": live.owner,
        "listed_at": live.listed_at,
        "status": "offline" if live.offline_since else "online",
    }
