"""The documents that the stations group reads; it writes none.

station_lists/{block}               the public directory of stations
devices/{number}                    the device, its totals, when it was last heard
devices/{number}/readings/{chunk}   the readings of one POST
devices/{number}/days/{day}         readings and arrivals by minute
device_ids/{device_id}              the number of a device
"""

from collections.abc import Iterator
from datetime import datetime

from shared.domain import devices, directory
from shared.domain.days import Day, day_and_minute
from shared.domain.devices import Device, Reading
from shared.domain.directory import Station
from shared.google.firestore import Database


class Store:
    """The stations group's only way to Firestore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stations(self, first: int) -> Iterator[Station]:
        """The public stations from a number on, in order.

        1 RPC and up to 4 reads for each four documents that the caller reads.
        """
        return directory.stations(self._database, first)

    def number_of(self, device_id: str) -> int | None:
        """The number of the device with this device_id, or None. 1 RPC, 1 read."""
        return devices.number_of(self._database, device_id)

    def device_and_today(self, number: int, now: datetime) -> tuple[Device | None, Day | None]:
        """The device with this number and the counters of its day so far. 1 RPC, 2 reads."""
        today, _ = day_and_minute(now)
        path = self._database.path
        paths = [
            path("devices", str(number)),
            path("devices", str(number), "days", str(today)),
        ]
        device, day = self._database.get_all(paths)
        return (
            devices.from_document(device) if device else None,
            Day.from_document(day) if day else None,
        )

    def recent(self, number: int, limit: int) -> list[Reading]:
        """The newest readings of a device, newest first. 1 read for each POST that holds them."""
        return devices.recent(self._database, number, limit)
