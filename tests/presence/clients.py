"""A class and its instructor, as short calls on the presence endpoints."""

from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from presence.routes import create_app
from presence.store import Store
from shared.google.firestore import Database
from tests.conftest import MovableClock


@dataclass
class Classroom:
    """The presence group on one database, by a clock that can be moved."""

    database: Database
    clock: MovableClock
    session: dict[str, Any] = field(
        default_factory=lambda: {"course_id": "cloud-101", "session_id": "sesi-02"}
    )

    def __post_init__(self) -> None:
        store = Store(self.database)
        self.client = create_app(lambda: store, now=self.clock).test_client()

    def ask(self, method: str, path: str, bearer: str | None = None, **fields: Any) -> TestResponse:
        """A call with these fields alone, where its method has them, and this ID token."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        place: dict[str, Any] = {"json": fields} if method == "POST" else {"query_string": fields}
        return self.client.open("/presence" + path, method=method, headers=headers, **place)

    def post(self, path: str, address: str = "10.0.0.1", **fields: Any) -> TestResponse:
        headers = {"X-Forwarded-For": address}
        return self.client.post(
            "/presence" + path, json={**self.session, **fields}, headers=headers
        )

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get("/presence" + path, query_string={**self.session, **query})

    def generate(self, **fields: Any) -> str:
        return str(self.post("/qr/generate", **fields).get_json()["data"]["qr_token"])

    def checkin(self, token: str, user: str = "2023xxxx", **fields: Any) -> TestResponse:
        return self.post(
            "/checkin",
            **{"user_id": user, "device_id": f"phone of {user}", "qr_token": token} | fields,
        )

    def status(self, user: str = "2023xxxx", **query: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/status", user_id=user, **query).get_json()["data"]
        return found

    def list(self, **query: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/list", **query).get_json()["data"]
        return found


def error(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.get_json()["error"]
