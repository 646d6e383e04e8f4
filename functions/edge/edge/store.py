"""Where machines are stored.

machines/{uuid}                        the record: key, policy, the last handshake's report
machines/{uuid}/telemetry/{batch}      the sensor values of one telemetry request
machines/{uuid}/pins/{pin}             technicians' PINs, by their hash
machines/{uuid}/pin_failures/{client}  wrong PINs, by client
machine_hardware/{hardware}            the machine that a piece of hardware was registered as
counters/machines                      the last machine's number
rvm/{uuid}                             the live state
rvm/{uuid}/events/{event}              the channel: commands and what happens
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_json

from edge import rules
from edge.rules import Batch
from shared.base import retention, settings
from shared.base.errors import Unavailable
from shared.base.timestamps import text
from shared.domain import machines, maintenance
from shared.domain.machines import (
    DELIVERED,
    PENDING,
    CommandState,
    Machine,
    MachineNotFound,
)
from shared.domain.pins import Pin, pin
from shared.google.clients import TOPIC, Topics
from shared.google.firestore import AlreadyExists, Database, PreconditionFailed
from shared.google.values import Document
from shared.google.writes import UpdateTime, Write

ATTEMPTS = 5
MOST_LISTED = 1_000
MOST_PINS = 100
MOST_PENDING = 20
MOST_FAILURES = 400  # deleted by one unlock: clients from elsewhere are stopped long before
PIN_RETENTION = timedelta(days=7)  # an expired PIN stays in the admin's list for so long
_LIVE_FIELDS = (
    "name",
    "place",
    "is_blocked",
    "generation",
    "hardware_mismatch",
)  # of the record, which the live state repeats
_LIVE_POLICY = ("is_maintenance_mode", "bin_full_threshold_percent")


class Store:
    """The edge group's only way to Firestore and Pub/Sub."""

    def __init__(self, database: Database, publisher: Topics) -> None:
        self._database = database
        self._publisher = publisher

    def next_number(self) -> int:
        """A number that no machine has had. 1 RPC, 1 write."""
        return self._database.increment(self._database.path("counters", "machines"), "last")

    def add(self, machine: Machine) -> bool:
        """Registers a machine. False if its hardware is registered already.

        1 RPC, 3 writes; 2 writes without a hardware id.
        """
        live = {**_live_record(machine), "status": "offline", "last_seen": None, "session": None}
        writes = [
            Write.create(self._record_path(machine.uuid), asdict(machine)),
            Write.create(self._live_path(machine.uuid), live),
        ]
        if machine.hardware_id:
            writes.insert(0, self._own_hardware(machine.uuid, machine.hardware_id))
        try:
            self._database.commit(*writes)
        except AlreadyExists:
            return False
        return True

    def machine(self, uuid: str) -> Machine | None:
        """One machine, or None. 1 RPC, 1 read."""
        document = self._database.get(self._record_path(uuid))
        return machines.machine(document) if document else None

    def machines(self) -> list[Machine]:
        """The machines, by number, at most MOST_LISTED (1,000). 1 RPC, a read each."""
        documents = self._database.query(
            self._database.path(), "machines", order_by="number", limit=MOST_LISTED
        )
        return [machines.machine(document) for document in documents]

    def live(self, uuids: Sequence[str]) -> list[Document]:
        """The live states of these machines. 1 RPC, a read each."""
        documents = self._database.get_all([self._live_path(uuid) for uuid in uuids])
        return [document or {} for document in documents]

    def change(self, machine: Machine, fields: Document) -> bool:
        """Writes these fields of a machine and no others, also to its live state.

        A block begins a new generation. False if another machine has the hardware. 1 RPC, 2 writes
        at most; 4 with other hardware; a block 1 RPC and 1 read more. Raises Unavailable.
        """
        hardware_id = fields.get("hardware_id")
        if not hardware_id or hardware_id == machine.hardware_id:
            self._write_changes(machine.uuid, fields)
            return True
        given_up = (
            [Write.delete(self._hardware_path(machine.hardware_id))] if machine.hardware_id else []
        )
        own = self._own_hardware(machine.uuid, hardware_id)
        try:
            self._write_changes(machine.uuid, fields, own, *given_up)
        except AlreadyExists:
            if not self._owns(machine.uuid, hardware_id):
                return False
            self._write_changes(machine.uuid, fields, *given_up)
        return True

    def change_key(self, uuid: str, key_hash: str) -> None:
        """Replaces a machine's key and begins a new generation. 2 RPCs, 1 read, 2 writes.

        Raises Unavailable where others keep changing the record.
        """
        self._begin_generation(uuid, {"key_hash": key_hash}, {})

    def add_handshake(
        self,
        machine: Machine,
        report: bytes,
        live: Document,
        home: str,
        hardware: Document,
        now: datetime,
    ) -> None:
        """Stores the report of a machine that starts, and sets it online.

        `hardware`: the fields that its hardware changes. 1 RPC, 2 writes. With its first hardware 2
        RPCs, 1 read, 3 writes; if that is registered already 2 RPCs and 1 read more. Raises
        Unavailable where others keep changing the record.
        """
        fields = {"handshake": report.decode(), "handshaken_at": now, "home": home}
        if first := hardware.get("hardware_id"):
            self._add_first_handshake(machine.uuid, first, fields, live, now)
        else:
            self._database.commit(*self._started(machine.uuid, fields, hardware, live, now))

    def _add_first_handshake(
        self, uuid: str, hardware_id: str, fields: Document, live: Document, now: datetime
    ) -> None:
        """Reads the record again: an admin may have named the hardware since it was cached."""
        is_own = False
        for _ in range(ATTEMPTS):
            document, update_time = self._database.get_with_update_time(self._record_path(uuid))
            if document is None:
                raise MachineNotFound
            hardware = rules.hardware_changes(machines.machine(document), hardware_id, now)
            is_first = "hardware_id" in hardware
            own = [self._own_hardware(uuid, hardware_id)] if is_first and not is_own else []
            started = self._started(uuid, fields, hardware, live, now, update_time)
            try:
                self._database.commit(*own, *started)
            except AlreadyExists:
                is_own = self._owns(uuid, hardware_id)
                if not is_own:
                    hardware = rules.hardware_mismatch(hardware_id, now)
                    self._database.commit(*self._started(uuid, fields, hardware, live, now))
                    return
            except PreconditionFailed:
                continue
            else:
                return
        raise Unavailable

    def _started(
        self,
        uuid: str,
        fields: Document,
        hardware: Document,
        live: Document,
        now: datetime,
        update_time: UpdateTime = None,
    ) -> list[Write]:
        """The writes of a handshake."""
        flag = {name: hardware[name] for name in ("hardware_mismatch",) if name in hardware}
        return [
            self._change(uuid, {**fields, **hardware}, update_time),
            self._online(uuid, {**live, **flag}, now),
        ]

    def set_online(self, machine: Machine, live: Document, home: str, now: datetime) -> None:
        """Sets a machine online. 1 RPC, 1 write; 2 writes if it calls from another network."""
        writes = [self._online(machine.uuid, live, now)]
        if home != machine.home:
            writes.append(self._change(machine.uuid, {"home": home}))
        self._database.commit(*writes)

    def add_telemetry(self, batch: Batch) -> None:
        """Stores a batch, once however often it is sent, and publishes it.

        1 RPC and a publish, 1 write.
        """
        event = _telemetry_event(batch)
        document = {
            "sensors": to_json(batch.sensors).decode(),
            "received_at": batch.received_at,
            **retention.purge_at(settings.TELEMETRY_DAYS, batch.received_at),
        }
        path = self._database.path("machines", batch.uuid, "telemetry", batch.batch_id)
        with (
            self._publisher.publish(TOPIC, event, kind=str(event["kind"])),
            suppress(AlreadyExists),
        ):
            self._database.commit(Write.create(path, document))

    def add_command(self, uuid: str, command_id: str, event: Document) -> None:
        """Puts a command on a machine's channel. 1 RPC, 1 write."""
        self._database.commit(Write.create(self._event_path(uuid, command_id), event))

    def deliver_pending(self, uuid: str, now: datetime) -> list[Any]:
        """The pending commands of a machine, the oldest first; they become delivered.

        For n commands 2 + n RPCs, 2n reads, n writes; without any 1 RPC, 1 read. As many again
        for each further attempt.
        """
        delivered = {"status": DELIVERED, "delivered_at": now}
        for _ in range(ATTEMPTS):
            pending = self._pending(uuid, now)
            if not pending:
                return []
            writes = [
                Write.replace(path, {**event, **delivered}, update_time)
                for path, event, update_time in pending
            ]
            with suppress(PreconditionFailed):
                # All or none: a command that is marked and not returned would be lost.
                self._database.commit(*writes)
                events = [event for _, event, _ in pending]
                events.sort(key=lambda event: event["created_at"])
                return [event["data"] for event in events]
        return []  # they stay pending, for the next heartbeat

    def _pending(self, uuid: str, now: datetime) -> list[tuple[str, Document, UpdateTime]]:
        """Path, document and update time of each pending command.

        Each is read again after the query, which returns no update times.
        """
        documents = self._database.query(
            self._live_path(uuid),
            "events",
            where=[("status", "==", PENDING), ("expires_at", ">=", now)],
            order_by="expires_at",
            limit=MOST_PENDING,
        )
        paths = [self._event_path(uuid, document["data"]["id"]) for document in documents]
        current = [(path, *self._database.get_with_update_time(path)) for path in paths]
        return [
            (path, event, update_time)
            for path, event, update_time in current
            if event and event["status"] == PENDING and now < event["expires_at"]
        ]

    def acknowledge(
        self, uuid: str, command_id: str, status: str, result: str | None, now: datetime
    ) -> CommandState | None:
        """A command's state after its machine has reported `status`; None without such a command.

        2 RPCs, 1 read, 1 write. Raises CommandExpired, CommandFinished.
        """
        path = self._event_path(uuid, command_id)
        for _ in range(ATTEMPTS):
            event, update_time = self._database.get_with_update_time(path)
            if event is None or event["event"] != machines.COMMAND_EVENT:
                return None
            state = rules.next_state(event["status"], event["expires_at"], status, now)
            if state == event["status"]:
                return state
            changes: Document = {"finished_at": now, "result": result}
            if state == DELIVERED:
                changes = {"delivered_at": now}
            with suppress(PreconditionFailed):
                document = {**event, "status": state, **changes}
                self._database.commit(Write.replace(path, document, update_time))
                return state
        raise Unavailable

    def add_pin(self, uuid: str, new: Pin) -> bool:
        """Stores a PIN. False if the machine has the same one and it has not expired.

        2 RPCs, 1 read, 1 write.
        """
        path = self._pin_path(uuid, new.pin_id)
        document, update_time = self._database.get_with_update_time(path)
        if document and pin(document).is_good(new.created_at):
            return False
        fields = {**asdict(new), "purge_at": new.expires_at + PIN_RETENTION}
        try:
            self._database.commit(Write.replace(path, fields, update_time))
        except PreconditionFailed:
            return False
        return True

    def pins(self, uuid: str) -> list[Pin]:
        """A machine's PINs, the newest first. 1 RPC, a read each."""
        documents = self._database.query(
            self._record_path(uuid),
            "pins",
            order_by="created_at",
            descending=True,
            limit=MOST_PINS,
        )
        return [pin(document) for document in documents]

    def remove_pin(self, uuid: str, pin_id: str) -> bool:
        """Deletes a PIN, which ends its sessions and its maintenance. False without such a PIN.

        2 RPCs, 1 read, 1 or 2 writes. Raises Unavailable.
        """
        return maintenance.revoke(self._database, uuid, pin_id)

    def end_maintenance(self, uuid: str, now: datetime) -> None:
        """Ends a machine's maintenance, and the sessions of the PIN that began it.

        2 RPCs, 1 read, 2 writes; 2 RPCs and 1 read more where the PIN was revoked. Raises
        Unavailable.
        """
        maintenance.end(self._database, uuid, now)

    def unlock(self, uuid: str) -> int:
        """Deletes the counts of wrong PINs of a machine; returns how many clients had one.

        2 RPCs, a read and a write for each.
        """
        documents = self._database.query(
            self._record_path(uuid), "pin_failures", order_by="client", limit=MOST_FAILURES
        )
        paths = [
            self._database.path("machines", uuid, "pin_failures", document["client"])
            for document in documents
        ]
        self._database.commit(*map(Write.delete, paths))
        return len(paths)

    def _change(self, uuid: str, fields: Document, update_time: UpdateTime = None) -> Write:
        """Sets fields of a machine's record. The commit raises PreconditionFailed without one."""
        return Write.set(
            self._record_path(uuid), fields, merge=True, must_exist=True, update_time=update_time
        )

    def _write_changes(self, uuid: str, fields: Document, *writes: Write) -> None:
        """Writes fields of a machine, also to its live state; a block begins a generation."""
        policy = fields.get("policy", {})
        live = {name: fields[name] for name in _LIVE_FIELDS if name in fields}
        live |= {name: policy[name] for name in _LIVE_POLICY if name in policy}
        if fields.get("is_blocked"):
            self._begin_generation(uuid, fields, live, *writes)
            return
        shown = [Write.set(self._live_path(uuid), live, merge=True)] if live else []
        self._database.commit(self._change(uuid, fields), *shown, *writes)

    def _begin_generation(
        self, uuid: str, fields: Document, live: Document, *writes: Write
    ) -> None:
        """Sets fields of a machine and begins a generation: what was made before is over.

        The sessions of users and technicians are over too. Of changes at once each begins a
        generation, because it reads the one before. Raises Unavailable, and AlreadyExists for
        `writes`.
        """
        for _ in range(ATTEMPTS):
            record, update_time = self._database.get_with_update_time(self._record_path(uuid))
            following = {"generation": (record or {}).get("generation", 1) + 1}
            over = {**live, **following, "maintenance": None, "session": None}
            try:
                self._database.commit(
                    self._change(uuid, {**fields, **following}, update_time),
                    Write.set(self._live_path(uuid), over, merge=True),
                    *writes,
                )
            except AlreadyExists:
                raise
            except PreconditionFailed:
                continue
            return
        raise Unavailable

    def _owns(self, uuid: str, hardware_id: str) -> bool:
        """Whether hardware is registered as a machine's own. 1 RPC, 1 read."""
        owner = self._database.get(self._hardware_path(hardware_id)) or {}
        return owner.get("uuid") == uuid

    def _own_hardware(self, uuid: str, hardware_id: str) -> Write:
        """Makes hardware a machine's own. The commit raises AlreadyExists where it is one's."""
        return Write.create(self._hardware_path(hardware_id), {"uuid": uuid})

    def _online(self, uuid: str, live: Document, now: datetime) -> Write:
        fields = {**live, "status": "online", "last_seen": now, "updated_at": now}
        return Write.set(self._live_path(uuid), fields, merge=True)

    def _record_path(self, uuid: str) -> str:
        return self._database.path("machines", uuid)

    def _live_path(self, uuid: str) -> str:
        return self._database.path("rvm", uuid)

    def _hardware_path(self, hardware_id: str) -> str:
        return self._database.path("machine_hardware", hardware_id)

    def _event_path(self, uuid: str, event_id: str) -> str:
        return self._database.path("rvm", uuid, "events", event_id)

    def _pin_path(self, uuid: str, pin_id: str) -> str:
        return self._database.path("machines", uuid, "pins", pin_id)


def _telemetry_event(batch: Batch) -> dict[str, Any]:
    """A batch as it is published."""
    return {
        "kind": "machine",
        "event": machines.TELEMETRY_EVENT,
        "device_id": batch.uuid,
        "batch_id": batch.batch_id,
        "sensors": batch.sensors,
        "measured_at": text(batch.measured_at),
        "received_at": text(batch.received_at),
    }


def _live_record(machine: Machine) -> Document:
    """The fields of a machine's record that its live state repeats."""
    return {
        "uuid": machine.uuid,
        "number": machine.number,
        **{name: getattr(machine, name) for name in _LIVE_FIELDS},
        **{name: machine.policy[name] for name in _LIVE_POLICY},
    }
