"""Reads what the devices group and the fanout keep; writes nothing."""

from datetime import datetime

from shared import directory, stations
from shared.days import Day, day_and_minute, from_document
from shared.directory import Listed
from shared.documents import Database
from shared.stations import Device, Reading


class Store:
    """The stations group's only way to Firestore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stations(self) -> list[Listed]:
        """All public stations by number. 1 RPC, 4 reads, however many they are."""
        return list(directory.stations(self._database))

    def number_of(self, device_id: str) -> int | None:
        """The number of a device by its own name for itself. 1 RPC, 1 read."""
        return stations.number_of(self._database, device_id)

    def station(self, number: int, now: datetime) -> tuple[Device | None, Day | None]:
        """A device and its day so far. 1 RPC, 2 reads."""
        today, _ = day_and_minute(now)
        name = self._database.name
        place = ("devices", str(number))
        found, day = self._database.get_all([name(*place), name(*place, "days", str(today))])
        return stations.device(found) if found else None, from_document(day) if day else None

    def recent(self, number: int, limit: int) -> list[Reading]:
        """The newest readings, the newest first. A read for each POST that holds them."""
        return stations.recent(self._database, number, limit)
