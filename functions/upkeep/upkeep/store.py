"""The documents that a sweep reads and updates.

live_devices/{number}                the live view of a registered device
rvm/{uuid}                           the live state of a machine
rvm/{uuid}/events/{event}            its channel, with its commands
courses/{course}/sessions/{session}  a session of a course
"""

from datetime import datetime

from shared.domain import alerts, machines
from shared.google.firestore import AlreadyExists, Database, PreconditionFailed
from shared.google.writes import Write
from upkeep import rules

MOST_PER_SWEEP = 500  # documents of one kind


class Store:
    """The upkeep group's only way to Firestore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def silent_devices(self, since: datetime) -> list[int]:
        """Devices that are marked online and were last heard before `since`, by number.

        1 RPC, a read each.
        """
        documents = self._database.query(
            self._database.path(),
            "live_devices",
            where=[("status", "==", "online"), ("last_seen", "<", since)],
            order_by="last_seen",
            limit=MOST_PER_SWEEP,
        )
        return [fields["id"] for fields in documents]

    def silent_machines(self, since: datetime) -> list[str]:
        """Machines that are marked online and were last heard before `since`.

        1 RPC, a read each.
        """
        documents = self._database.query(
            self._database.path(),
            "rvm",
            where=[("status", "==", "online"), ("last_seen", "<", since)],
            order_by="last_seen",
            limit=MOST_PER_SWEEP,
        )
        return [fields["uuid"] for fields in documents]

    def overdue_commands(self, now: datetime) -> list[tuple[str, str]]:
        """Commands that expired before a machine fetched them: uuid of the machine, command id.

        1 RPC, a read each.
        """
        documents = self._database.query(
            self._database.path(),
            "events",
            where=[("status", "==", machines.PENDING), ("expires_at", "<", now)],
            order_by="expires_at",
            limit=MOST_PER_SWEEP,
            collection_group=True,
        )
        return [(fields["uuid"], fields["data"]["id"]) for fields in documents]

    def overdue_sessions(self, oldest: datetime) -> list[tuple[str, str]]:
        """Open sessions whose last code is older than `oldest`: their course and session ids.

        1 RPC, a read each.
        """
        documents = self._database.query(
            self._database.path(),
            "sessions",
            where=[("open", "==", True), ("issued_at", "<", oldest)],
            order_by="issued_at",
            descending=True,
            limit=MOST_PER_SWEEP,
            collection_group=True,
        )
        return [(fields["course_id"], fields["session_id"]) for fields in documents]

    def set_device_offline(self, number: int, since: datetime, now: datetime) -> bool:
        """Marks a device offline and raises an alert; False if it was heard meanwhile.

        2 RPCs, 1 read, 2 writes; 1 RPC more if the alert of this silence was raised before.
        """
        path = self._database.path("live_devices", str(number))
        view, update_time = self._database.get_with_update_time(path)
        if view is None or not rules.is_silent(view, since):
            return False
        alert = {"device_id": view["device_id"], "owner": view["owner"], "raised_at": now}
        begin = view["last_seen"]
        offline = Write.replace(path, {**view, "status": "offline"}, update_time)
        raised = alerts.raise_alert(self._database, number, alerts.OFFLINE, begin, alert)
        try:
            self._database.commit(offline, raised)
        except AlreadyExists:  # raised before: a view may be lost and come back
            return self._database.applies(offline)
        except PreconditionFailed:
            return False
        return True

    def set_machine_offline(self, uuid: str, since: datetime, now: datetime) -> bool:
        """Marks a machine offline; False if it was heard meanwhile. 2 RPCs, 1 read, 1 write."""
        path = self._database.path("rvm", uuid)
        state, update_time = self._database.get_with_update_time(path)
        if state is None or not rules.is_silent(state, since):
            return False
        fields = {**state, "status": "offline", "updated_at": now}
        return self._database.applies(Write.replace(path, fields, update_time))

    def expire_command(self, uuid: str, command_id: str, now: datetime) -> bool:
        """Marks a command expired; False if it was fetched meanwhile. 2 RPCs, 1 read, 1 write."""
        path = self._database.path("rvm", uuid, "events", command_id)
        command, update_time = self._database.get_with_update_time(path)
        if command is None or not rules.is_overdue(command, now):
            return False
        fields = {**command, "status": machines.EXPIRED}
        return self._database.applies(Write.replace(path, fields, update_time))

    def close_session(
        self, course_id: str, session_id: str, oldest: datetime, now: datetime
    ) -> bool:
        """Marks a session closed; False if it got a code meanwhile. 2 RPCs, 1 read, 1 write."""
        path = self._database.path("courses", course_id, "sessions", session_id)
        session, update_time = self._database.get_with_update_time(path)
        if session is None or not rules.is_left_open(session, oldest):
            return False
        fields = {**session, "open": False, "closed_at": now}
        return self._database.applies(Write.replace(path, fields, update_time))
