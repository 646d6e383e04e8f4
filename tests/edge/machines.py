"""A machine, its admin and its kiosk, as short calls on both groups over one database."""

import re
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from edge.routes import create_app as create_edge
from edge.store import Store as EdgeStore
from kiosk.routes import create_app as create_kiosk
from kiosk.store import Store as KioskStore
from shared.google.firestore import Database
from shared.google.pubsub import Publisher
from shared.google.values import Document
from tests.conftest import MovableClock
from tests.tokens import token

ADMIN = token("admin", role="admin")
STUDENT = token("ani", name="Ani Lestari", role="student")
EDGE, KIOSK = "/api/v1/edge", "/api/v1/kiosk"
SETTINGS = {
    "KIOSK_KEYS": "the key of the tests and long enough to be one",
    "PIN_SECRET": "the secret of the tests' PINs, long enough",
    "PUBLIC_URL": "https://simpul.test",
    "WEB_API_KEY": "web-key",
    "FIREBASE_AUTH_EMULATOR_HOST": "127.0.0.1:1",  # never called
}


def of_page(name: str, page: TestResponse) -> str:
    """What a machine's page carries in `data-NAME`."""
    match = re.search(rf'data-{name}="([^"]+)"', page.text)
    assert match, page.text
    return match[1]


class Bench:
    """Both groups, with one machine registered by an admin."""

    def __init__(self, database: Database, publisher: Publisher, clock: MovableClock) -> None:
        self.database, self.clock = database, clock
        self._edge_store, self._kiosk_store = EdgeStore(database, publisher), KioskStore(database)
        self.restart()
        self.machine = self.register()
        self.uuid, self.api_key = self.machine["uuid"], self.machine["api_key"]

    def restart(self) -> None:
        """New instances: they remember nothing."""
        self.edge = create_edge(lambda: self._edge_store, now=self.clock).test_client()
        self.kiosk = create_kiosk(lambda: self._kiosk_store, now=self.clock).test_client()

    def register(self, **more: Any) -> dict[str, Any]:
        answer = self.admin("POST", "", json={"name": "RVM Perpustakaan", "place": "Lobi", **more})
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.get_json()["data"]
        return data

    def admin(
        self, method: str, path: str, bearer: str | None = ADMIN, **more: Any
    ) -> TestResponse:
        """A call on /machines by an admin."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self.edge.open(f"{EDGE}/machines{path}", method=method, headers=headers, **more)

    def send(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> Any:
        """A POST by the machine."""
        sent = {"X-RVM-API-KEY": self.api_key if key is None else key, **headers}
        content = {"data": body} if isinstance(body, str | bytes) else {"json": body or {}}
        return self.edge.post(EDGE + path, headers=sent, **content)

    def handshake(self, **more: Any) -> dict[str, Any]:
        answer = self.send("/handshake", {"hardware_id": "RVM-0001", **more})
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.get_json()["data"]
        return data

    def beat(self, **body: Any) -> dict[str, Any]:
        answer = self.send("/heartbeat", body)
        assert answer.status_code == 200, answer.text
        beat: dict[str, Any] = answer.get_json()
        return beat

    def command(self, name: str = "open_door", **more: Any) -> str:
        """Sends a command as an admin; its id."""
        answer = self.admin("POST", f"/{self.uuid}/commands", json={"command": name, **more})
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["data"]["request_id"])

    def ack(self, command_id: str, status: str, result: Any = None) -> TestResponse:
        answer: TestResponse = self.send(
            f"/commands/{command_id}/ack", {"status": status, "result": result}
        )
        return answer

    def event(self, event_id: str) -> Document:
        path = self.database.path("rvm", self.uuid, "events", event_id)
        document = self.database.get(path)
        assert document is not None
        return document

    def events(self) -> list[Document]:
        """Everything on the channel, the oldest first."""
        parent = self.database.path("rvm", self.uuid)
        return self.database.query(parent, "events", order_by="created_at", limit=100)

    def live(self) -> Document:
        document = self.database.get(self.database.path("rvm", self.uuid))
        assert document is not None
        return document

    def add_pin(self, digits: str = "123456", **more: Any) -> dict[str, Any]:
        body = {"technician_name": "Dewi", "pin": digits, **more}
        answer = self.admin("POST", f"/{self.uuid}/pins", json=body)
        assert answer.status_code == 201, answer.text
        data: dict[str, Any] = answer.get_json()["data"]
        return data

    def at_kiosk(
        self, method: str, path: str, body: Any = None, uuid: str | None = None, **headers: str
    ) -> TestResponse:
        """A call of the machine's screen."""
        sent = {"X-Machine-UUID": self.uuid if uuid is None else uuid}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content: dict[str, Any] = {} if method == "GET" else {"json": body or {}}
        return self.kiosk.open(
            KIOSK + path, method=method, headers={k: v for k, v in sent.items() if v}, **content
        )

    def enter(self, digits: str, address: str = "", **headers: str) -> TestResponse:
        """A PIN entered on a client with this address."""
        if address:
            headers["X_Forwarded_For"] = address
        return self.at_kiosk("POST", "/auth/pin", {"pin": digits}, **headers)

    def claim(self, code: str, bearer: str = STUDENT) -> TestResponse:
        return self.kiosk.post(
            f"{KIOSK}/session/claim",
            json={"token": code},
            headers={"Authorization": f"Bearer {bearer}"},
        )

    def open_page(self, link: str = "") -> TestResponse:
        """The machine's page, by this link or by that of a new handshake."""
        parts = urlsplit(link or str(self.handshake()["kiosk_url"]))
        return self.kiosk.get(f"{parts.path}?{parts.query}")

    def proof(self) -> str:
        """The proof of a page that was opened just now."""
        return of_page("proof", self.open_page())

    def draw(self, **headers: str) -> TestResponse:
        """A call for a login code."""
        return self.at_kiosk("GET", "/session/token", **headers)

    def code(self) -> str:
        """A login code, drawn by the machine's page."""
        return str(self.draw(X_Kiosk_Page=self.proof()).get_json()["data"]["token"])

    def technician(self, digits: str = "123456") -> str:
        """The session of a technician who entered a PIN."""
        return str(self.enter(digits).get_json()["data"]["session_token"])

    def maintain(self, path: str, session: str, **body: Any) -> TestResponse:
        """A call of the technician's menu."""
        return self.at_kiosk("POST", f"/maintenance{path}", body, X_PIN_Session=session)

    def look(self, code: str, bearer: str = STUDENT) -> TestResponse:
        """A user's look at the machine of a code."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self.kiosk.post(f"{KIOSK}/session/look", json={"token": code}, headers=headers)
