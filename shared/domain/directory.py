"""The public directory of stations, in documents of forty numbers each.

station_lists/{block}   `block`: the number of the document, by which pages are read
                        `stations`: the public fields of each station, as JSON text
                        `seen`: when each station was last heard, in milliseconds since 1970
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from shared.domain.devices import Device
from shared.domain.stations import PublicFields, listed_fields
from shared.google.firestore import Database
from shared.google.values import Document
from shared.google.writes import Write

BLOCK = 40  # numbers; of the largest entries these are 182 kB. Each block takes a write a second.
BLOCKS_READ = 4  # documents of one query


class Station(NamedTuple):
    """One station of the directory. `seen_ms` is 0 until it is heard for the first time."""

    fields: PublicFields
    seen_ms: int


def add(database: Database, device: Device) -> Write:
    """The write that adds a device to the directory."""
    return _change(database, device.id, {"stations": {field(device.id): entry(device)}})


def remove(database: Database, number: int) -> Write:
    """The write that removes a device from the directory."""
    fields = [f"stations.{field(number)}", f"seen.{field(number)}"]
    return _change(database, number, {}, delete_fields=fields)


def record_heard(database: Database, number: int, ms: int) -> Write:
    """The write that records when a station was heard. An earlier time changes nothing."""
    return _change(database, number, {}, maximum={f"seen.{field(number)}": ms})


def stations(database: Database, first: int) -> Iterator[Station]:
    """The public stations from a number on, in order.

    1 RPC and up to 4 reads for each four documents that the caller reads.
    """
    block = first // BLOCK
    while True:
        documents = database.query(
            database.path(),
            "station_lists",
            where=[("block", ">=", block)],
            order_by="block",
            limit=BLOCKS_READ,
        )
        for document in documents:
            yield from (each for each in _stations_in(document) if each.fields["id"] >= first)
        if len(documents) < BLOCKS_READ:
            return
        block = documents[-1]["block"] + 1


def field(number: int) -> str:
    """The field of a station in its document."""
    return f"n{number}"


def entry(device: Device) -> str:
    """A station as the directory stores it."""
    return to_json(listed_fields(device)).decode()


def block_path(database: Database, block: int) -> str:
    """The path of a document of the directory."""
    return database.path("station_lists", f"b{block}")


def _change(database: Database, number: int, fields: Document, **transforms: Any) -> Write:
    block = number // BLOCK
    path = block_path(database, block)
    return Write.set(path, {"block": block, **fields}, merge=True, **transforms)


def _stations_in(document: Document) -> list[Station]:
    seen = document.get("seen", {})
    listed = [
        Station(from_json(text), seen.get(name, 0))
        for name, text in document.get("stations", {}).items()
    ]
    return sorted(listed, key=lambda station: station.fields["id"])
