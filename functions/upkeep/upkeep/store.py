"""Marks live views offline, and commands that nobody fetched as expired.

live/{device}              the document that listeners see
rvm/{uuid}                 the live state of a machine
rvm/{uuid}/events/{event}  its channel, with its commands
"""

from datetime import datetime

from shared import alerts, machines
from shared.documents import Changed, Database, Plain, Version, replace

MOST_IN_A_ROUND = 500


class Store:
    """The upkeep group's only way to Firestore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def silent(self, since: datetime) -> list[str]:
        """Registered devices that are shown online and were not heard since. A read each."""
        found = self._database.query(
            self._database.name(),
            "live",
            where=[("status", "==", "online"), ("last_seen", "<", since)],
            order_by="last_seen",
            limit=MOST_IN_A_ROUND,
        )
        return [fields["device_id"] for fields in found]

    def set_offline(self, device_id: str, since: datetime, now: datetime) -> bool:
        """Shows a device as offline and raises one alert; False where it was heard meanwhile.

        2 RPCs, 1 read, 2 writes.
        """
        name = self._database.name("live", device_id)
        fields, version = self._database.get_with_version(name)
        if fields is None or fields.get("status") != "online" or fields["last_seen"] >= since:
            return False
        alert = {"device_id": device_id, "owner": fields["owner"], "raised_at": now}
        try:
            self._database.commit(
                replace(name, {**fields, "status": "offline"}, version),
                alerts.raised(
                    self._database, fields["id"], alerts.OFFLINE, fields["last_seen"], alert
                ),
            )
        except Changed:
            return False
        return True

    def silent_machines(self, since: datetime) -> list[str]:
        """Machines that are shown online and were not heard since. A read each."""
        found = self._database.query(
            self._database.name(),
            "rvm",
            where=[("status", "==", "online"), ("last_seen", "<", since)],
            order_by="last_seen",
            limit=MOST_IN_A_ROUND,
        )
        return [fields["uuid"] for fields in found]

    def set_machine_offline(self, uuid: str, since: datetime, now: datetime) -> bool:
        """Shows a machine as offline; False where it was heard meanwhile. 2 RPCs."""
        name = self._database.name("rvm", uuid)
        fields, version = self._database.get_with_version(name)
        if fields is None or fields["status"] != "online" or fields["last_seen"] >= since:
            return False
        return self._replaced(name, {**fields, "status": "offline", "updated_at": now}, version)

    def overdue_commands(self, now: datetime) -> list[tuple[str, str]]:
        """Commands that are over and reached nobody: machine and id. A read each."""
        found = self._database.query(
            self._database.name(),
            "events",
            where=[("status", "==", machines.PENDING), ("expires_at", "<", now)],
            order_by="expires_at",
            limit=MOST_IN_A_ROUND,
            everywhere=True,
        )
        return [(fields["uuid"], fields["data"]["id"]) for fields in found]

    def expire(self, uuid: str, command_id: str, now: datetime) -> bool:
        """Shows a command as expired; False where it was fetched meanwhile. 2 RPCs."""
        name = self._database.name("rvm", uuid, "events", command_id)
        fields, version = self._database.get_with_version(name)
        if fields is None or fields["status"] != machines.PENDING or now < fields["expires_at"]:
            return False
        return self._replaced(name, {**fields, "status": machines.EXPIRED}, version)

    def _replaced(self, name: str, fields: Plain, version: Version) -> bool:
        try:
            self._database.commit(replace(name, fields, version))
        except Changed:
            return False
        return True
