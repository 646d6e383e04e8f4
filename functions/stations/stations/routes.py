"""The public stations, each endpoint as its line in the contract reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared import clock
from shared.app import Endpoints, data
from shared.cache import Cache, kept
from shared.envelopes import SuccessEnvelope
from shared.errors import NotFound
from shared.stations import Reading, described, number_in, public_metadata, status
from shared.timestamps import from_millis, text

if TYPE_CHECKING:
    from shared.answers import Answer
    from stations.answers import Station, StationDetails, StationReading, Stations
    from stations.store import Store

LIFE = timedelta(minutes=5)
RECENT = 10


class StationNotFound(NotFound):
    """There is no such station, or its owner keeps it private."""

    message = "Station not found"


def create_app(store: Callable[[], Store], now: clock.Clock = clock.now) -> Endpoints:
    """The stations group on this store, by this clock."""
    app = Endpoints("stations", "/api/v1/public/stations", SuccessEnvelope())
    lists: Cache[tuple[datetime, list[Station]]] = Cache(LIFE)
    known: Cache[tuple[datetime, StationDetails | None]] = Cache(LIFE, most=2_000)

    @app.get("/")
    def list_stations() -> tuple[Stations, int, dict[str, str]]:
        moment = now()
        made, shown = lists.get("all", moment, lambda: (moment, _listed(store(), moment)))
        listed: Stations = {"success": True, "data": shown, "count": len(shown)}
        return listed, 200, kept("public", LIFE, made, moment)

    @app.get("/<place>")
    def details(place: str) -> tuple[Answer[StationDetails], int, dict[str, str]]:
        moment = now()
        made, shown = known.get(place, moment, lambda: (moment, _details(store(), place, moment)))
        if shown is None:
            known.drop(place)  # it may be there the next moment
            raise StationNotFound
        return data(shown), 200, kept("public", LIFE, made, moment)

    return app


def _listed(store: Store, moment: datetime) -> list[Station]:
    """The list, in the contract's order of keys."""
    shown: list[Station] = []
    for station in store.stations():
        seen = from_millis(station.seen_ms) if station.seen_ms else None
        entry = station.shown
        shown.append(
            {
                "id": entry["id"],
                "device_id": entry["device_id"],
                "name": entry["name"],
                "type": entry["type"],
                "status": status(seen, moment),
                "latitude": entry["latitude"],
                "longitude": entry["longitude"],
                "location": entry["location"],
                "last_heartbeat": text(seen) if seen else None,
                "capabilities": entry["capabilities"],
            }
        )
    return shown


def _details(store: Store, place: str, moment: datetime) -> StationDetails | None:
    """One station in full; None where there is none for the public."""
    number = number_in(place)
    if number is None:
        number = store.number_of(place)
    device, today = store.station(number, moment) if number is not None else (None, None)
    if device is None or not device.public:
        return None
    public = described(device)
    return {
        "id": device.id,
        "device_id": device.device_id,
        "name": device.name,
        "type": device.type,
        "status": device.status(moment),
        "latitude": public["latitude"],
        "longitude": public["longitude"],
        "location": public["location"],
        "firmware_version": device.firmware_version,
        "last_heartbeat": text(device.last_seen) if device.last_seen else None,
        "capabilities": device.capabilities,
        "metadata": public_metadata(device),
        "recent_readings": [_reading(reading) for reading in store.recent(device.id, RECENT)],
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
