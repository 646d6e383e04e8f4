"""A machine in the field, in one file: what a reverse-vending machine's program has to do.

It shakes hands, signs in with `ws_auth_token`, listens to its channel, executes each command once,
acknowledges it, and sends heartbeats and telemetry. Needs `pip install google-cloud-firestore`.

    python3 examples/edge_machine.py --demo .simpul/demo.json
    python3 examples/edge_machine.py --credentials FILE       (as the machines' page gives it)
    python3 examples/edge_machine.py --base-url https://PROJECT.web.app --api-key KEY
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport
from google.oauth2.credentials import Credentials

Command = dict[str, Any]
SIGN_IN_LASTS = 50 * 60  # seconds; the token is good for an hour
REMEMBERED = 500  # commands whose ids are kept, so that none is executed twice


class Refused(Exception):
    """The server answered with an error; `code` is its error_code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


class Server:
    """The edge endpoints, called with the machine's key."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base, self._key = base_url.rstrip("/") + "/api/v1/edge", api_key

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer's data. Raises Refused, and OSError where there is no answer."""
        headers = {"Content-Type": "application/json", "X-RVM-API-KEY": self._key}
        return call(self._base + path, body, headers)


def call(url: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """POSTs JSON; the answer, or its `data` where it has one."""
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise Refused(error.code, error_code(error.read())) from None
    nested: dict[str, Any] = found.get("data", found)
    return nested


def error_code(body: bytes) -> str:
    """What the server calls the error; nothing where something in between has answered."""
    try:
        return str(json.loads(body)["error_code"])
    except (ValueError, TypeError, KeyError):
        return ""


class Hardware:
    """The machine's body; a real one drives pins and ports here."""

    def __init__(self) -> None:
        self.is_door_open = False
        self.executed: list[str] = []

    def execute(self, command: Command) -> dict[str, Any]:
        """Does it and says how it went. Raises ValueError for what it cannot do."""
        action = command["action"]
        self.executed.append(action)
        if action in ("open_door", "close_door"):
            self.is_door_open = action == "open_door"
            return {"door": "open" if self.is_door_open else "closed"}
        if action in ("test_motor", "test_led", "test_sensor", "check_connection"):
            return {action: "ok"}
        if action == "check_model_update":
            return {"version": "1.0.0"}
        if action == "reboot_edge":
            return {"reboot": "in a minute"}
        raise ValueError(f"unknown action {action}")

    def sensors(self) -> dict[str, float]:
        """What it measures now."""
        return {
            "bin_capacity": round(random.uniform(40, 45), 1),  # noqa: S311
            "temperature": round(random.uniform(29, 31), 1),  # noqa: S311
        }


class Memory:
    """The ids of commands that were begun, kept over a restart: each is executed once."""

    def __init__(self, file: Path | None) -> None:
        self._file, self._lock = file, threading.Lock()
        self._ids: list[str] = []
        if file and file.exists():
            self._ids = file.read_text(encoding="utf-8").split()

    def begin(self, command_id: str) -> bool:
        """Whether it is new; from now on it is not."""
        with self._lock:
            if command_id in self._ids:
                return False
            self._ids = [*self._ids, command_id][-REMEMBERED:]
            if self._file:  # whole or not at all, also when the power fails
                written = self._file.with_suffix(".new")
                written.write_text("\n".join(self._ids), encoding="utf-8")
                written.replace(self._file)
            return True

    def forget(self, command_id: str) -> None:
        """It was not begun after all."""
        with self._lock:
            self._ids.remove(command_id)


class Machine:
    """One machine: `run` keeps it going until `stop` is set."""

    def __init__(
        self, server: Server, hardware: Hardware, hardware_id: str, memory: Memory
    ) -> None:
        self.stop = threading.Event()
        self.listening = threading.Event()
        self._server, self._hardware, self._memory = server, hardware, memory
        self._hardware_id = hardware_id

    def run(self, heartbeat: float, telemetry: float) -> None:
        """Listens in a thread of its own; this one sends heartbeats and telemetry."""
        listener = threading.Thread(target=self._listen, daemon=True)
        listener.start()
        beats = threading.Thread(target=self._every, args=(heartbeat, self.beat), daemon=True)
        beats.start()
        self._every(telemetry, self.measure)

    def handshake(self) -> dict[str, Any]:
        """What the server tells a machine that starts."""
        report = {"hardware_id": self._hardware_id, "firmware_version": "example 1.0"}
        return self._server.post("/handshake", report)

    def beat(self) -> None:
        """Says that it is there, and executes what the listener has missed."""
        level = self._hardware.sensors()["bin_capacity"]
        for command in self._server.post("/heartbeat", {"bin_capacity": level})["commands"]:
            self.perform(command, delivered=True)

    def measure(self) -> None:
        """Sends what the sensors say; with its time, so that it may be sent again."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._server.post("/telemetry", {"sensors": self._hardware.sensors(), "timestamp": now})

    def perform(self, command: Command, *, delivered: bool) -> None:
        """Executes a command once, however often and by which way it comes."""
        command_id = command["id"]
        if not self._memory.begin(command_id):
            return
        say(f"{command['action']}: heard")
        # The server's clock says whether it is too late: an expired command is refused here.
        if not delivered and not self._acknowledge(command_id, "delivered", None):
            self._memory.forget(command_id)  # it may come with a heartbeat
            return
        try:
            outcome, result = "done", self._hardware.execute(command)
        except Exception as error:  # whatever the hardware raises is its outcome
            outcome, result = "failed", {"error": str(error)}
        say(f"{command['action']}: {outcome}")
        self._acknowledge(command_id, outcome, result)

    def _acknowledge(self, command_id: str, status: str, result: dict[str, Any] | None) -> bool:
        """Tells the server; False where the command must not go on."""
        for pause in (0.5, 1, 2, 4, 8):
            try:
                body = {"status": status, "result": result}
                self._server.post(f"/commands/{command_id}/ack", body)
            except Refused as refused:
                if refused.status < 500:
                    say(f"{command_id}: {refused}")
                    return False
                self.stop.wait(pause)
            except (OSError, ValueError):
                self.stop.wait(pause)
            else:
                return True
        return False

    def _every(self, seconds: float, work: Callable[[], None]) -> None:
        while not self.stop.is_set():
            try:
                work()
            except (OSError, Refused, ValueError) as error:
                say(f"{work.__name__}: {error}")  # and again the next time
            self.stop.wait(seconds)

    def _listen(self) -> None:
        """Hears commands as they are sent; begins anew after a break and within the hour."""
        while not self.stop.is_set():
            try:
                channel = self.handshake()["websocket"]
                for command in pending(channel, sign_in(channel), self.stop, self.listening):
                    self.perform(command, delivered=False)
            except (OSError, Refused, GoogleAPICallError, KeyError, ValueError) as error:
                say(f"listening: {error}")
            self.listening.clear()
            self.stop.wait(2)


def sign_in(channel: dict[str, Any]) -> str:
    """A Firebase ID token in exchange for the handshake's custom token."""
    emulator = os.environ.get("FIREBASE_AUTH_EMULATOR_HOST")
    host = "identitytoolkit.googleapis.com"
    base = f"http://{emulator}/{host}" if emulator else f"https://{host}"
    url = f"{base}/v1/accounts:signInWithCustomToken?key={channel['api_key']}"
    body = {"token": channel["auth_token"], "returnSecureToken": True}
    return str(call(url, body, {"Content-Type": "application/json"})["idToken"])


def pending(
    channel: dict[str, Any], id_token: str, stop: threading.Event, listening: threading.Event
) -> Iterator[Command]:
    """Commands of the channel that wait, as they come, until the sign-in is nearly over."""
    database = f"projects/{channel['project_id']}/databases/(default)"
    waiting = {
        "from_": [{"collection_id": "events"}],
        "where": {
            "field_filter": {
                "field": {"field_path": "status"}, "op": "EQUAL",
                "value": {"string_value": "pending"},
            }
        },
    }  # fmt: skip
    parent = f"{database}/documents/{channel['path']}"
    target = {"target_id": 1, "query": {"parent": parent, "structured_query": waiting}}
    until = time.monotonic() + SIGN_IN_LASTS

    def requests() -> Iterator[Any]:
        yield types.ListenRequest(database=database, add_target=target)
        while not stop.wait(1) and time.monotonic() < until:
            pass

    metadata = [("google-cloud-resource-prefix", database)]
    api = client(id_token, metadata)
    for answer in api.listen(requests=requests(), metadata=metadata):
        if answer.target_change.target_change_type.name == "CURRENT":
            listening.set()
            say("listening")
        if answer.target_change.cause.code:
            raise PermissionError(answer.target_change.cause.message)
        found = types.Document.pb(answer.document_change.document).fields
        if "data" in found:
            yield plain(found["data"])
        if stop.is_set() or time.monotonic() >= until:
            return


def plain(value: Any) -> Any:
    """A Firestore value as JSON has it."""
    kind = value.WhichOneof("value_type")
    if kind == "map_value":
        return {name: plain(item) for name, item in value.map_value.fields.items()}
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    return None if kind == "null_value" else getattr(value, kind)


def client(id_token: str, metadata: list[tuple[str, str]]) -> FirestoreClient:
    """A Firestore client that is this machine, and so sees what the rules let it see."""
    if emulator := os.environ.get("FIRESTORE_EMULATOR_HOST"):
        metadata.append(("authorization", f"Bearer {id_token}"))
        channel = grpc.insecure_channel(emulator)
        return FirestoreClient(transport=FirestoreGrpcTransport(channel=channel))
    return FirestoreClient(credentials=Credentials(token=id_token))  # type: ignore[no-untyped-call]


def say(text: str) -> None:
    print(text, flush=True)


def main() -> None:
    """Reads the command line and runs until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A machine in the field.")
    parser.add_argument("--base-url")
    parser.add_argument("--api-key")
    parser.add_argument("--hardware-id", help="the board's name; without one this computer's")
    parser.add_argument("--credentials", type=Path, help="the file that the machines' page gave")
    parser.add_argument("--demo", type=Path, help="the demo.json of a running dev.py up")
    parser.add_argument("--memory", type=Path, help="a file for the ids of executed commands")
    parser.add_argument("--heartbeat", type=float, default=60, help="seconds between heartbeats")
    parser.add_argument("--telemetry", type=float, default=10, help="seconds between telemetry")
    asked = parser.parse_args()
    if asked.credentials:
        given = json.loads(asked.credentials.read_text(encoding="utf-8"))
        asked.base_url, asked.api_key = given["base_url"], given["api_key"]
    if asked.demo:
        demo = json.loads(asked.demo.read_text(encoding="utf-8"))
        asked.base_url, asked.api_key = demo["base_url"], demo["machine"]["api_key"]
        asked.hardware_id = asked.hardware_id or demo["machine"]["hardware_id"]
        os.environ["FIREBASE_AUTH_EMULATOR_HOST"] = demo["auth"]["emulator"]
        os.environ["FIRESTORE_EMULATOR_HOST"] = demo["firestore"]["emulator"]
    if not asked.base_url or not asked.api_key:
        parser.error("give --demo, --credentials, or --base-url and --api-key")
    server = Server(asked.base_url, asked.api_key)
    hardware_id = asked.hardware_id or platform.node() or "unknown board"
    machine = Machine(server, Hardware(), hardware_id, Memory(asked.memory))
    told = machine.handshake()
    say(f"I am {told['identity']['rvm_name']}. My screen: {told['kiosk_url']}")
    try:
        machine.run(asked.heartbeat, asked.telemetry)
    except KeyboardInterrupt:
        machine.stop.set()


if __name__ == "__main__":
    main()
