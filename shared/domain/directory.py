"""The public directory of stations: a few documents that hold all of them.

station_lists/{shard}   `stations`: the public fields of each station, as JSON text
                        `seen`: when each station was last heard, in milliseconds since 1970
"""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic_core import from_json, to_json

from shared.domain.devices import Device
from shared.domain.stations import PublicFields, public_fields
from shared.google.firestore import Database
from shared.google.values import Document
from shared.google.writes import Write

SHARDS = 4  # each takes about one write a second


class Station(NamedTuple):
    """One station of the directory. `seen_ms` is 0 until it is heard for the first time."""

    fields: PublicFields
    seen_ms: int


def add(database: Database, device: Device) -> Write:
    """The write that adds a device to the directory."""
    entry = to_json(public_fields(device)).decode()
    path = _shard_path(database, device.id)
    return Write.set(path, {"stations": {f"n{device.id}": entry}}, merge=True)


def remove(database: Database, number: int) -> Write:
    """The write that removes a device from the directory."""
    fields = [f"stations.n{number}", f"seen.n{number}"]
    return Write.set(_shard_path(database, number), {}, merge=True, delete_fields=fields)


def record_heard(database: Database, number: int, ms: int) -> Write:
    """The write that records when a station was heard. An earlier time changes nothing."""
    path = _shard_path(database, number)
    return Write.set(path, {}, merge=True, maximum={f"seen.n{number}": ms})


def stations(database: Database) -> list[Station]:
    """All public stations, ordered by number. 1 RPC, 4 reads."""
    paths = [database.path("station_lists", str(shard)) for shard in range(SHARDS)]
    listing = [
        station for document in database.get_all(paths) for station in _stations_in(document or {})
    ]
    return sorted(listing, key=lambda station: station.fields["id"])


def _stations_in(document: Document) -> Iterator[Station]:
    seen = document.get("seen", {})
    for field, text in document.get("stations", {}).items():
        yield Station(from_json(text), seen.get(field, 0))


def _shard_path(database: Database, number: int) -> str:
    return database.path("station_lists", str(number % SHARDS))
