"""The public stations, each endpoint as its line in the contract reads.

What each endpoint does and refuses: answers.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint
from pydantic_core import to_json

from shared.base import clock
from shared.base.errors import UnknownEndpoint
from shared.base.timestamps import from_millis, text
from shared.domain.devices import number_in, status
from shared.domain.stations import public_fields, public_metadata
from shared.web import refusals
from shared.web.app import Api
from shared.web.cache import Cache, cache_headers
from shared.web.endpoints import data, endpoint
from shared.web.envelopes import SuccessEnvelope
from stations.errors import StationNotFound, UnknownStation
from stations.requests import StationsRequest

if TYPE_CHECKING:
    from shared.domain.days import Day
    from shared.domain.devices import Device, Reading
    from shared.domain.stations import PublicFields
    from shared.web.answers import Answer
    from stations.answers import Station, StationDetails, StationReading, Stations
    from stations.store import Store

LIFE = timedelta(minutes=5)
MOST_CACHED = 2_000  # stations in full
MOST_PAGES = 64  # of the list in the cache: some 20,000 stations
LARGEST_PAGE = 99_000  # bytes of the stations of a page, so that its JSON is under 100 kB
RECENT = 10  # readings in a station's details

routes = Blueprint("stations", __name__)


@dataclass(frozen=True)
class Group:
    """What the handlers work with: the store, the clock, and the answers of the last minutes.

    An answer is cached with the time at which it was read: a page of the list by the station
    before it, details by the name in the path.
    """

    store: Callable[[], Store]
    now: clock.Clock
    pages: Cache[tuple[datetime, Stations]] = field(
        default_factory=lambda: Cache(LIFE, most=MOST_PAGES)
    )
    details: Cache[tuple[datetime, StationDetails | None]] = field(
        default_factory=lambda: Cache(LIFE, most=MOST_CACHED)
    )


def create_app(store: Callable[[], Store], now: clock.Clock = clock.now) -> Api:
    """The stations group on this store, by this clock."""
    app = Api("stations", "/api/v1/public/stations", SuccessEnvelope(), refusals.all_errors)
    app.mount(routes, Group(store, now))
    return app


@routes.get("/")
@endpoint(StationsRequest)
def list_stations(group: Group, request: StationsRequest) -> tuple[Stations, int, dict[str, str]]:
    now, after = group.now(), request.after
    read_at, page = group.pages.get(after, now, lambda: (now, _page(group.store(), after, now)))
    return page, 200, cache_headers("public", LIFE, read_at, now)


@routes.get("/<place>")
@endpoint()
def details(group: Group, place: str) -> tuple[Answer[StationDetails], int, dict[str, str]]:
    if place == "api":  # `/api/`: Hosting sends what no group has here, and it must read nothing
        raise UnknownEndpoint
    now = group.now()
    read_at, station = group.details.get(
        place, now, lambda: (now, _details(group.store(), place, now))
    )
    if station is None:
        group.details.drop(place)  # the station may be registered the next moment
        raise StationNotFound
    return data(station), 200, cache_headers("public", LIFE, read_at, now)


def _page(store: Store, after: int | None, now: datetime) -> Stations:
    """The stations after this one, as many as a page holds. Raises UnknownStation.

    1 RPC and up to 4 reads for each four documents of the directory.
    """
    listed: list[Station] = []
    size, is_known, following = 0, after is None, None
    for each in store.stations(after or 0):
        if each.fields["id"] == after:
            is_known = True
            continue
        station = _station(each.fields, each.seen_ms, now)
        size += len(to_json(station)) + 1
        if size > LARGEST_PAGE:
            following = listed[-1]["id"]
            break
        listed.append(station)
    if not listed and not is_known:
        raise UnknownStation
    return {"success": True, "data": listed, "count": len(listed), "next": following}


def _details(store: Store, name: str, now: datetime) -> StationDetails | None:
    """A station in full by its number or device_id; None if it is not public.

    3 RPCs, one less by its number; one more for each further page of readings.
    """
    number = number_in(name)
    if number is None:
        number = store.number_of(name)
    if number is None:
        return None
    device, today = store.device_and_today(number, now)
    if device is None or not device.public:
        return None
    return _station_details(device, today, store.recent(device.id, RECENT), now)


def _station(fields: PublicFields, seen_ms: int, now: datetime) -> Station:
    """A station in the list, in the contract's order of keys."""
    last_seen = from_millis(seen_ms) if seen_ms else None
    return {
        "id": fields["id"],
        "device_id": fields["device_id"],
        "name": fields["name"],
        "type": fields["type"],
        "status": status(last_seen, now),
        "latitude": fields["latitude"],
        "longitude": fields["longitude"],
        "location": fields["location"],
        "last_heartbeat": text(last_seen) if last_seen else None,
        "capabilities": fields["capabilities"],
    }


def _station_details(
    device: Device, today: Day | None, readings: list[Reading], now: datetime
) -> StationDetails:
    """A station in full, in the contract's order of keys."""
    fields = public_fields(device)
    return {
        "id": device.id,
        "device_id": device.device_id,
        "name": device.name,
        "type": device.type,
        "status": device.status(now),
        "latitude": fields["latitude"],
        "longitude": fields["longitude"],
        "location": fields["location"],
        "firmware_version": device.firmware_version,
        "last_heartbeat": text(device.last_seen) if device.last_seen else None,
        "capabilities": device.capabilities,
        "metadata": public_metadata(device),
        "recent_readings": [_reading(reading) for reading in readings],
        "reading_count": device.totals.get("count", 0),
        "today_count": today.count_from(0) if today else 0,
    }


def _reading(reading: Reading) -> StationReading:
    return {
        "recorded_at": text(reading.recorded_at),
        "data_type": reading.type,
        "value": reading.number,
        "raw_data": reading.raw_data,
    }
