"""What the public stations answer and refuse, for the type checker and the API's document."""

from typing import Any, Literal

from typing_extensions import TypedDict

from shared.domain.devices import Status
from shared.web.answers import Endpoint, Timestamp
from stations.errors import StationNotFound, UnknownStation


class Station(TypedDict):
    id: int
    device_id: str
    name: str
    type: str
    status: Status
    latitude: float | None
    longitude: float | None
    location: str | None
    last_heartbeat: Timestamp | None
    capabilities: list[str]


class Stations(TypedDict):
    success: Literal[True]
    data: list[Station]
    count: int
    next: int | None


class StationReading(TypedDict):
    recorded_at: Timestamp
    data_type: str
    value: float | None
    raw_data: dict[str, Any]


class StationDetails(Station):
    firmware_version: str | None
    metadata: dict[str, Any]
    recent_readings: list[StationReading]
    reading_count: int
    today_count: int


ENDPOINTS = {
    "list_stations": Endpoint(
        "Lists public stations in pages: `next` is the `after` of the next page, or null.",
        "Menampilkan stasiun publik per halaman: `next` adalah `after` berikutnya, atau null.",
        refuses=(UnknownStation,),
    ),
    "details": Endpoint(
        "Shows a public station with its newest readings; may be five minutes old.",
        "Menampilkan stasiun publik dengan bacaan terbarunya; bisa berumur lima menit.",
        path={"place": "The station's number or its `device_id`."},
        refuses=(StationNotFound,),
    ),
}
