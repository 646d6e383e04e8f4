"""The public directory of stations: a handful of documents that hold all of them.

station_lists/{shard}   of each station what the list shows, as JSON text, and when it was heard
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from shared.documents import Database, Plain, merge
from shared.stations import Device, described

SHARDS = 4  # each takes about one write a second


class Listed(NamedTuple):
    """A station of the directory: what the list shows of it, and when it was last heard."""

    shown: dict[str, Any]
    seen_ms: int


def listed(database: Database, device: Device) -> Any:
    """A write that puts a device into the directory."""
    shown = {"id": device.id, **described(device)}
    return merge(
        _shard(database, device.id), {"stations": {f"n{device.id}": to_json(shown).decode()}}
    )


def unlisted(database: Database, number: int) -> Any:
    """A write that takes a device out of the directory."""
    fields = [f"stations.n{number}", f"seen.n{number}"]
    return merge(_shard(database, number), {}, drop=fields)


def heard(database: Database, number: int, ms: int) -> Any:
    """A write that notes when a station was heard."""
    return merge(_shard(database, number), {}, at_least={f"seen.n{number}": ms})


def stations(database: Database) -> Iterator[Listed]:
    """All public stations by number. 1 RPC, 4 reads."""
    names = [database.name("station_lists", str(shard)) for shard in range(SHARDS)]
    found: list[Listed] = []
    for shard in database.get_all(names):
        found += _listed_in(shard or {})
    yield from sorted(found, key=lambda station: station.shown["id"])


def _listed_in(shard: Plain) -> Iterator[Listed]:
    seen = shard.get("seen", {})
    for field, text in shard.get("stations", {}).items():
        yield Listed(from_json(text), seen.get(field, 0))


def _shard(database: Database, number: int) -> str:
    return database.name("station_lists", str(number % SHARDS))
