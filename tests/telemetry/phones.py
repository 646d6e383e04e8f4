"""A phone, as short calls on the telemetry endpoints."""

import copy
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from shared.google.firestore import Database
from shared.google.pubsub import Publisher
from telemetry.routes import create_app
from telemetry.store import Store
from tests.conftest import MovableClock
from tests.tokens import token

LIMITS = (
    "TELEMETRY_RATE",
    "TELEMETRY_BURST",
    "TELEMETRY_ADDRESS_RATE",
    "TELEMETRY_ADDRESS_BURST",
)


@dataclass
class Phone:
    """The telemetry group on one database and topic, by a clock that can be moved."""

    database: Database
    publisher: Publisher
    clock: MovableClock
    device_id: str = "dev-1"
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        store = Store(self.database, self.publisher)
        self.client = create_app(lambda: store, now=self.clock).test_client()

    def using(self, uid: str, role: str = "student") -> "Phone":
        """The same instance, called by an account."""
        return self._with("Authorization", f"Bearer {token(uid, role=role)}")

    def at(self, address: str) -> "Phone":
        """The same instance, called from an address."""
        return self._with("X-Forwarded-For", address)

    def _with(self, header: str, value: str) -> "Phone":
        other = copy.copy(self)
        other.headers = {**self.headers, header: value}
        return other

    def post(self, kind: str, **fields: Any) -> TestResponse:
        body = {"device_id": self.device_id, **fields}
        return self.client.post(f"/telemetry/{kind}", json=body, headers=self.headers)

    def get(self, path: str, **query: Any) -> TestResponse:
        query = {"device_id": self.device_id, **query}
        return self.client.get(f"/telemetry/{path}", query_string=query, headers=self.headers)

    def batch(self, *samples: tuple[Any, ...], **fields: Any) -> TestResponse:
        """Sends samples of (t, x, y, z)."""
        rows = [dict(zip("txyz", sample, strict=True)) for sample in samples]
        return self.post("accel", samples=rows, **fields)

    def point(
        self, ts: str | None, lat: Any = -7.25, lng: Any = 112.75, **fields: Any
    ) -> TestResponse:
        return self.post("gps", ts=ts, lat=lat, lng=lng, **fields)

    def documents(self, collection: str) -> list[dict[str, Any]]:
        """What is stored of this phone: its documents of `accel`, `gps` or `newest`."""
        parent = self.database.path("telemetry", self.device_id)
        order = "device_id" if collection == "newest" else "key"
        return self.database.query(parent, collection, order_by=order, limit=5_000)

    def items(self, kind: str, **query: Any) -> list[dict[str, Any]]:
        """The history of a kind."""
        found: list[dict[str, Any]] = self.get(f"{kind}/history", **query).get_json()["data"][
            "items"
        ]
        return found

    def latest(self, kind: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"{kind}/latest").get_json()["data"]
        return found
