"""Where machines are kept.

machines/{uuid}                     the record: key, policy, what the last handshake said
machines/{uuid}/telemetry/{batch}   what one POST measured
machines/{uuid}/pins/{pin}          technicians' PINs, by their hash
machines/{uuid}/pin_failures/{who}  wrong PINs, by client
machine_hardware/{hardware}         the machine that a piece of hardware was registered as
counters/machines                   the last number given
rvm/{uuid}                          the live state
rvm/{uuid}/events/{event}           the channel: commands and what happens
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_json

from edge import rules
from shared import machines
from shared.clients import Topics
from shared.documents import (
    AlreadyExists,
    Changed,
    Database,
    Plain,
    create,
    merge,
    remove,
    replace,
)
from shared.envelopes import Json
from shared.errors import Unavailable
from shared.machines import DELIVERED, PENDING, Machine
from shared.pins import Pin, pin

TOPIC = "telemetry"
ATTEMPTS = 5
MOST_MACHINES = 1_000
MOST_PINS = 100
MOST_PENDING = 20
PIN_KEPT = timedelta(days=7)  # after it is over, for who looks at the list
TELEMETRY_KEPT = timedelta(days=90)
_SHOWN = ("name", "place", "is_blocked")
_SHOWN_POLICY = ("is_maintenance_mode", "bin_full_threshold_percent")
MOST_FAILURES = 400  # that one unlock ends: clients from elsewhere are stopped long before


class Store:
    """The edge group's only way to Firestore and Pub/Sub."""

    def __init__(self, database: Database, publisher: Topics) -> None:
        self._database = database
        self._publisher = publisher

    def next_number(self) -> int:
        """A number that no machine has had. 1 RPC, 1 write."""
        return self._database.count_up(self._database.name("counters", "machines"), "last")

    def add(self, machine: Machine) -> bool:
        """Registers a machine; False where its hardware is registered already. 1 RPC, 3 writes."""
        name = self._database.name
        claim = (
            [create(name("machine_hardware", machine.hardware_id), {"uuid": machine.uuid})]
            if machine.hardware_id
            else []
        )
        try:
            self._database.commit(
                *claim,
                create(name("machines", machine.uuid), asdict(machine)),
                create(
                    name("rvm", machine.uuid),
                    {**_shown(machine), "status": "offline", "last_seen": None, "session": None},
                ),
            )
        except AlreadyExists:
            return False
        return True

    def machine(self, uuid: str) -> Machine | None:
        """One machine. 1 RPC, 1 read."""
        found = self._database.get(self._database.name("machines", uuid))
        return machines.machine(found) if found else None

    def machines(self) -> list[Machine]:
        """Every machine, by number. 1 RPC, a read each."""
        found = self._database.query(
            self._database.name(), "machines", order_by="number", limit=MOST_MACHINES
        )
        return [machines.machine(fields) for fields in found]

    def live(self, uuids: Sequence[str]) -> list[Plain]:
        """The live states of these machines. 1 RPC, a read each."""
        found = self._database.get_all([self._database.name("rvm", uuid) for uuid in uuids])
        return [state or {} for state in found]

    def change(self, machine: Machine, fields: Plain) -> None:
        """Writes what an admin asked to change and nothing else, and shows it. 1 RPC, 2 writes."""
        shown = {name: fields[name] for name in _SHOWN if name in fields}
        policy = fields.get("policy", {})
        shown |= {name: policy[name] for name in _SHOWN_POLICY if name in policy}
        self._database.commit(
            merge(self._database.name("machines", machine.uuid), fields, must_exist=True),
            *([merge(self._database.name("rvm", machine.uuid), shown)] if shown else []),
        )

    def change_key(self, machine: Machine, key_hash: str) -> None:
        """Replaces a machine's key. 1 RPC, 1 write."""
        name = self._database.name("machines", machine.uuid)
        self._database.commit(merge(name, {"key_hash": key_hash}, must_exist=True))

    def shake(self, machine: Machine, report: bytes, live: Plain, home: str, now: datetime) -> None:
        """Keeps what a machine said when it started, and shows it online. 1 RPC, 2 writes."""
        kept = {"handshake": report.decode(), "handshaken_at": now, "home": home}
        self._database.commit(
            merge(self._database.name("machines", machine.uuid), kept, must_exist=True),
            self._online(machine.uuid, live, now),
        )

    def beat(self, machine: Machine, live: Plain, home: str, now: datetime) -> None:
        """Shows a machine online. 1 RPC, 1 write, and one more where it speaks from elsewhere."""
        moved = (
            [merge(self._database.name("machines", machine.uuid), {"home": home}, must_exist=True)]
            if home != machine.home
            else []
        )
        self._database.commit(self._online(machine.uuid, live, now), *moved)

    def _online(self, uuid: str, live: Plain, now: datetime) -> Any:
        fields = {**live, "status": "online", "last_seen": now, "updated_at": now}
        return merge(self._database.name("rvm", uuid), fields)

    def add_telemetry(
        self, uuid: str, batch_id: str, sensors: Mapping[str, float], event: Json, now: datetime
    ) -> None:
        """Keeps what was measured, once however often it is sent. 1 RPC and a publish, 1 write."""
        packed = to_json(sensors).decode()
        batch = {"sensors": packed, "received_at": now, "purge_at": now + TELEMETRY_KEPT}
        name = self._database.name("machines", uuid, "telemetry", batch_id)
        with (
            self._publisher.publish(TOPIC, event, kind=str(event["kind"])),
            suppress(AlreadyExists),
        ):
            self._database.commit(create(name, batch))

    def send(self, uuid: str, command_id: str, event: Plain) -> None:
        """Puts a command on a machine's channel. 1 RPC, 1 write."""
        self._database.commit(create(self._event(uuid, command_id), event))

    def take_pending(self, uuid: str, now: datetime) -> list[Plain]:
        """The commands that have not reached a machine, and from now on have.

        1 RPC, a read each and at least one; 1 RPC, 1 read and 1 write for each, all in one commit.
        """
        for _ in range(ATTEMPTS):
            found = self._database.query(
                self._database.name("rvm", uuid),
                "events",
                where=[("status", "==", PENDING), ("expires_at", ">=", now)],
                order_by="expires_at",
                limit=MOST_PENDING,
            )
            names = [self._event(uuid, event["data"]["id"]) for event in found]
            read = [(name, *self._database.get_with_version(name)) for name in names]
            good = [
                (name, event, version)
                for name, event, version in read
                if event and event["status"] == PENDING and now < event["expires_at"]
            ]
            if not good:
                return []
            delivered = {"status": DELIVERED, "delivered_at": now}
            try:  # all or none: what is marked and not handed out would be lost
                self._database.commit(
                    *(
                        replace(name, {**event, **delivered}, version)
                        for name, event, version in good
                    )
                )
            except Changed:
                continue
            events = sorted((event for _, event, _ in good), key=lambda event: event["created_at"])
            return [event["data"] for event in events]
        return []  # they stay pending, for the next heartbeat

    def acknowledge(
        self, uuid: str, command_id: str, told: str, result: Any, now: datetime
    ) -> str | None:
        """A command's state after what its machine told; None where there is no such command.

        2 RPCs, 1 read, 1 write. Raises CommandExpired, CommandFinished.
        """
        name = self._event(uuid, command_id)
        for _ in range(ATTEMPTS):
            event, version = self._database.get_with_version(name)
            if event is None or event["event"] != machines.COMMAND_EVENT:
                return None
            state = rules.moved(event["status"], event["expires_at"], told, now)
            if state == event["status"]:
                return state
            changed = {**event, "status": state}
            if state == DELIVERED:
                changed["delivered_at"] = now
            else:
                changed |= {"finished_at": now, "result": result}
            try:
                self._database.commit(replace(name, changed, version))
            except Changed:
                continue
            return state
        raise Unavailable

    def add_pin(self, uuid: str, new: Pin) -> bool:
        """Keeps a PIN in the place of one that is over; False where the machine has the same one.

        2 RPCs, 1 read, 1 write.
        """
        name = self._pin(uuid, new.pin_id)
        stored, version = self._database.get_with_version(name)
        if stored and pin(stored).is_good(new.created_at):
            return False
        fields = {**asdict(new), "purge_at": new.expires_at + PIN_KEPT}
        try:
            self._database.commit(replace(name, fields, version))
        except Changed:
            return False
        return True

    def pins(self, uuid: str) -> list[Pin]:
        """A machine's PINs, the newest first. 1 RPC, a read each."""
        found = self._database.query(
            self._database.name("machines", uuid),
            "pins",
            order_by="created_at",
            descending=True,
            limit=MOST_PINS,
        )
        return [pin(fields) for fields in found]

    def remove_pin(self, uuid: str, pin_id: str) -> bool:
        """Ends a PIN and every session begun with it; False where there is none. 1 RPC."""
        try:
            self._database.commit(remove(self._pin(uuid, pin_id), must_exist=True))
        except Changed:
            return False
        return True

    def unlock(self, uuid: str) -> int:
        """Forgets the wrong PINs of a machine's clients: how many clients. 2 RPCs."""
        parent = self._database.name("machines", uuid)
        found = self._database.query(parent, "pin_failures", order_by="client", limit=MOST_FAILURES)
        name = self._database.name
        self._database.commit(
            *(remove(name("machines", uuid, "pin_failures", lock["client"])) for lock in found)
        )
        return len(found)

    def _event(self, uuid: str, event_id: str) -> str:
        return self._database.name("rvm", uuid, "events", event_id)

    def _pin(self, uuid: str, pin_id: str) -> str:
        return self._database.name("machines", uuid, "pins", pin_id)


def _shown(machine: Machine) -> Plain:
    """What the live state says of the record."""
    return {
        "uuid": machine.uuid,
        "number": machine.number,
        "name": machine.name,
        "place": machine.place,
        "is_blocked": machine.is_blocked,
        "is_maintenance_mode": machine.policy["is_maintenance_mode"],
        "bin_full_threshold_percent": machine.policy["bin_full_threshold_percent"],
    }
