"""A phone, as short calls on the telemetry endpoints."""

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from shared.google.firestore import Database
from shared.google.pubsub import Publisher
from telemetry.routes import create_app
from telemetry.store import Store
from tests.conftest import MovableClock


@dataclass
class Phone:
    """The telemetry group on one database and topic, by a clock that can be moved."""

    database: Database
    publisher: Publisher
    clock: MovableClock
    device_id: str = "dev-1"

    def __post_init__(self) -> None:
        store = Store(self.database, self.publisher)
        self.client = create_app(lambda: store, now=self.clock).test_client()

    def post(self, kind: str, **fields: Any) -> TestResponse:
        return self.client.post(f"/telemetry/{kind}", json={"device_id": self.device_id, **fields})

    def get(self, path: str, **query: Any) -> TestResponse:
        query = {"device_id": self.device_id, **query}
        return self.client.get(f"/telemetry/{path}", query_string=query)

    def batch(self, *samples: tuple[Any, ...], **fields: Any) -> TestResponse:
        """Sends samples of (t, x, y, z)."""
        rows = [dict(zip("txyz", sample, strict=True)) for sample in samples]
        return self.post("accel", samples=rows, **fields)

    def point(
        self, ts: str | None, lat: Any = -7.25, lng: Any = 112.75, **fields: Any
    ) -> TestResponse:
        return self.post("gps", ts=ts, lat=lat, lng=lng, **fields)

    def items(self, kind: str, **query: Any) -> list[dict[str, Any]]:
        """The history of a kind."""
        found: list[dict[str, Any]] = self.get(f"{kind}/history", **query).get_json()["data"][
            "items"
        ]
        return found

    def latest(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"{kind}/latest").get_json()["data"]
        return found
