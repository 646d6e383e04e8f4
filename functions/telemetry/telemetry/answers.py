"""What the telemetry endpoints answer and refuse, for the type checker and the API's document."""

from typing import Any, Literal

from typing_extensions import TypedDict

from shared.base.errors import Forbidden
from shared.web.answers import WHEN_VERIFIED, Endpoint, Timestamp
from telemetry.errors import DeviceNotFound, TooFast


class AcceptedSamples(TypedDict):
    accepted: int


class AcceptedPoint(TypedDict):
    accepted: Literal[True]


class SampleAnswer(TypedDict):
    t: Timestamp
    x: float
    y: float
    z: float


class PointAnswer(TypedDict):
    ts: Timestamp
    lat: float
    lng: float
    accuracy_m: float


class TrackPoint(TypedDict):
    ts: Timestamp
    lat: float
    lng: float


class SampleHistory(TypedDict):
    device_id: str
    items: list[SampleAnswer]


class Track(TypedDict):
    device_id: str
    items: list[TrackPoint]


READ: dict[str, Any] = {"who": WHEN_VERIFIED, "refuses": (Forbidden, DeviceNotFound)}
POST: dict[str, Any] = {"who": WHEN_VERIFIED, "refuses": (Forbidden, TooFast)}
SAMPLES = [
    {"t": "2026-02-18T10:15:29.100Z", "x": 0.12, "y": 0.01, "z": 9.7},
    {"t": "2026-02-18T10:15:29.300Z", "x": 0.15, "y": 0.02, "z": 9.68},
]
POINT = {"ts": "2026-02-18T10:15:30Z", "lat": -7.2575, "lng": 112.7521, "accuracy_m": 12.5}

ENDPOINTS = {
    "add_accel": Endpoint(
        "Keeps a batch of accelerometer samples.",
        "Menyimpan sekumpulan sampel akselerometer.",
        sends={"device_id": "dev-001", "ts": "2026-02-18T10:15:30Z", "samples": SAMPLES},
        answers={"accepted": 2},
        **POST,
    ),
    "latest_accel": Endpoint(
        "Shows a device's newest sample, by the sample's own time.",
        "Menampilkan sampel terbaru sebuah perangkat, menurut waktu sampel itu.",
        answers=SAMPLES[1],
        **READ,
    ),
    "accel_history": Endpoint(
        "Shows the newest samples of a range, the oldest first.",
        "Menampilkan sampel terbaru dari suatu rentang, yang terlama lebih dulu.",
        **READ,
    ),
    "add_gps": Endpoint(
        "Keeps a position.",
        "Menyimpan satu posisi.",
        sends={"device_id": "dev-001", **POINT},
        answers={"accepted": True},
        **POST,
    ),
    "latest_gps": Endpoint(
        "Shows a device's newest position, for a marker.",
        "Menampilkan posisi terbaru sebuah perangkat, untuk penanda peta.",
        answers=POINT,
        **READ,
    ),
    "gps_history": Endpoint(
        "Shows the newest positions of a range, the oldest first, for a line on a map.",
        "Menampilkan posisi terbaru dari suatu rentang, yang terlama lebih dulu, untuk garis peta.",
        answers={
            "device_id": "dev-001",
            "items": [{"ts": "2026-02-18T10:15:00Z", "lat": -7.257, "lng": 112.7515}],
        },
        **READ,
    ),
}
