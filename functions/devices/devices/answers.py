"""What the device endpoints answer and refuse, for the type checker and the API's document."""

from typing import Any, Literal

from typing_extensions import TypedDict

from devices.errors import (
    ApiKeyInvalid,
    ApiKeyRequired,
    DeviceIdInUse,
    DeviceNotFound,
    DeviceQuotaReached,
    TooFast,
    TooManyDays,
)
from shared.base.errors import Conflict, Forbidden
from shared.domain.devices import Status
from shared.web.answers import ID_TOKEN, Endpoint, Timestamp, header

API_KEY = header(
    "DeviceApiKey",
    "X-API-Key",
    "A device's key, as it was shown to its owner.",
    ApiKeyRequired,
    ApiKeyInvalid,
    TooFast,
)


class Done(TypedDict):
    success: Literal[True]
    message: str


class Ingested(Done):
    count: int
    device_status: Literal["online"]


class HeardDevice(TypedDict):
    id: str
    status: Literal["online"]


class Heard(Done):
    server_time: Timestamp
    device: HeardDevice


class OwnedDevice(TypedDict):
    id: int
    device_id: str
    name: str
    type: str
    api_key: str | None  # None for an admin who is not its owner
    status: Status
    firmware_version: str | None
    last_heartbeat: Timestamp | None
    metadata: dict[str, Any]
    capabilities: list[str]


class Registered(Done):
    data: OwnedDevice


class OwnedDevices(TypedDict):
    success: Literal[True]
    data: list[OwnedDevice]
    count: int


class RecentReading(TypedDict):
    id: int
    data_type: str
    value: float | None
    recorded_at: Timestamp


class DeviceStats(TypedDict):
    total_readings: int
    last_heartbeat: Timestamp | None
    uptime: str


class DeviceDetails(OwnedDevice):
    recent_data: list[RecentReading]
    stats: DeviceStats


class NewKey(TypedDict):
    id: int
    device_id: str
    api_key: str


class Rotated(Done):
    data: NewKey


class WatchedFor(TypedDict):
    rule: str
    type: str
    above: float | None
    below: float | None
    seconds: float


class Watching(TypedDict):
    alerts: list[WatchedFor]


class Watched(Done):
    data: Watching


class CountOfType(TypedDict):
    type: str
    count: int


class Statistics(TypedDict):
    total_data: int
    last_24h: int
    last_7d: int
    avg_value: float | None
    max_value: float | None
    min_value: float | None
    last_activity: Timestamp | None
    uptime_percentage: float
    data_by_type: list[CountOfType]


class HistoryRow(TypedDict):
    id: int
    recorded_at: str
    data_type: str
    value: float | None
    raw_data: dict[str, Any]


METADATA = {"location": "Jakarta", "latitude": -6.2088, "longitude": 106.8456}
OWNED: dict[str, Any] = {
    "who": (ID_TOKEN,),
    "refuses": (DeviceNotFound,),
    "path": {"place": "The device's number or its `device_id`."},
}

ENDPOINTS = {
    "ingest": Endpoint(
        "Takes readings of a device, counted once however often they are sent.",
        "Menerima bacaan perangkat; dihitung sekali walau dikirim berulang.",
        who=(API_KEY,),
        refuses=(TooManyDays,),
        headers={"Idempotency-Key": "A name of this POST, the same when it is sent again."},
        sends={"data": [{"type": "gempa", "value": 250, "timestamp": "2026-05-19T10:30:45Z"}]},
        answers={
            "success": True,
            "message": "Data ingested successfully",
            "count": 1,
            "device_status": "online",
        },
    ),
    "heartbeat": Endpoint(
        "Notes that a device is alive.",
        "Mencatat bahwa perangkat masih hidup.",
        who=(API_KEY,),
        sends={"metadata": {"uptime": 12345, "cpu_temp": 45.2, "memory_usage": 256}},
        answers={
            "success": True,
            "message": "Heartbeat received",
            "server_time": "2026-05-19T10:30:45Z",
            "device": {"id": "SENSOR-001", "status": "online"},
        },
    ),
    "register": Endpoint(
        "Registers a device and shows its key.",
        "Mendaftarkan perangkat dan menampilkan kuncinya.",
        who=(ID_TOKEN,),
        refuses=(DeviceIdInUse, Forbidden, DeviceQuotaReached),
        status=201,
        sends={
            "device_id": "SENSOR-001",
            "name": "Seismic Sensor Jakarta",
            "firmware_version": "1.0.0",
            "metadata": METADATA,
            "capabilities": ["vibration", "magnitude"],
        },
    ),
    "list_devices": Endpoint(
        "Lists the caller's devices.", "Menampilkan perangkat milik pemanggil.", who=(ID_TOKEN,)
    ),
    "details": Endpoint(
        "Shows a device with its key and newest readings.",
        "Menampilkan perangkat dengan kunci dan bacaan terbarunya.",
        **OWNED,
    ),
    "delete": Endpoint(
        "Ends a device and its key.",
        "Menghapus perangkat dan kuncinya.",
        **OWNED | {"refuses": (DeviceNotFound, Conflict)},
    ),
    "rotate": Endpoint(
        "Makes a new key; the old one ends within five seconds.",
        "Membuat kunci baru; yang lama berakhir dalam lima detik.",
        **OWNED | {"refuses": (DeviceNotFound, Conflict)},
    ),
    "watch": Endpoint(
        "Says what to raise alerts for.",
        "Menentukan kapan peringatan dibuat.",
        sends={"alerts": [{"type": "gempa", "above": 200, "seconds": 10}]},
        **OWNED | {"refuses": (DeviceNotFound, Conflict)},
    ),
    "statistics": Endpoint(
        "Counts, averages and extremes of all readings; may be a minute old.",
        "Jumlah, rata-rata, dan nilai ekstrem semua bacaan; bisa berumur satu menit.",
        answers={
            "total_data": 280,
            "last_24h": 45,
            "last_7d": 150,
            "avg_value": 23.5,
            "max_value": 89.2,
            "min_value": 2.1,
            "last_activity": "2026-05-19T10:30:45Z",
            "uptime_percentage": 98.5,
            "data_by_type": [{"type": "gempa", "count": 250}, {"type": "vibration", "count": 30}],
        },
        **OWNED,
    ),
    "history": Endpoint(
        "The newest readings as a bare array, the newest first; may be half a minute old.",
        "Bacaan terbaru sebagai array, yang terbaru lebih dulu; bisa berumur setengah menit.",
        answers=[
            {
                "id": 1,
                "recorded_at": "19 May 2026 10:35:45",
                "data_type": "gempa",
                "value": 250,
                "raw_data": {"intensitas": 250, "magnitude": 5.2, "kedalaman": 10},
            }
        ],
        **OWNED,
    ),
}
