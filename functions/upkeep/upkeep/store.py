"""Marks live views offline.

live/{device}   the document that listeners see
"""

from datetime import datetime

from shared import alerts
from shared.documents import Changed, Database, replace

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
