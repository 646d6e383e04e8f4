"""A device and its owner, as short calls on the device endpoints."""

from typing import Any

from werkzeug.test import TestResponse

from devices.routes import create_app
from devices.store import Store
from shared.google.firestore import Database
from shared.google.pubsub import Publisher
from tests.conftest import MovableClock
from tests.tokens import token

OWNER, OTHER, ADMIN = (
    token("owner", role="owner"),
    token("other", role="owner"),
    token("admin", role="admin"),
)
BASE = "/api/v1/devices"


class Sensor:
    """The devices group on one database and topic, with one device registered."""

    def __init__(self, database: Database, publisher: Publisher, clock: MovableClock) -> None:
        self.database, self.clock = database, clock
        self.store = Store(database, publisher)
        self.restart()
        self.api_key = ""
        device = self.register("SENSOR-001").get_json()["data"]
        self.id, self.api_key = device["id"], device["api_key"]

    def restart(self) -> None:
        """A new instance: it remembers nothing."""
        self.client = create_app(
            lambda: self.store, now=self.clock, randbelow=lambda _: 0
        ).test_client()

    def register(self, device_id: str, bearer: str = OWNER, **more: Any) -> TestResponse:
        fields = {"device_id": device_id, "name": "Seismic Sensor Jakarta", **more}
        return self.call("POST", "", bearer, json=fields)

    def call(self, method: str, path: str, bearer: str | None = OWNER, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self.client.open(BASE + path, method=method, headers=headers, **more)

    def send(self, path: str, body: Any, key: str | None = None, **headers: str) -> TestResponse:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"X-API-Key": self.api_key if key is None else key, **headers}
        content = {"data": body} if isinstance(body, str | bytes) else {"json": body}
        return self.client.post(BASE + path, headers=sent, **content)

    def data(self, *readings: dict[str, Any], **headers: str) -> TestResponse:
        return self.send("/data", {"data": list(readings)}, **headers)

    def statistics(self) -> dict[str, Any]:
        statistics: dict[str, Any] = self.call("GET", f"/{self.id}/statistics").get_json()["data"]
        return statistics

    def history(self, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.call(
            "GET", f"/{self.id}/data", query_string=query
        ).get_json()
        return rows

    def details(self) -> dict[str, Any]:
        device: dict[str, Any] = self.call("GET", f"/{self.id}").get_json()["data"]
        return device


def reading(value: Any = 1.5, timestamp: str | None = None, kind: str = "gempa") -> dict[str, Any]:
    return {"type": kind, "value": value, **({"timestamp": timestamp} if timestamp else {})}
