"""A machine in the field: registered by an admin, its program run as a process of its own."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.waiting import until
from tools import seed
from tools.machine import environment
from tools.paths import PYTHON, ROOT
from tools.processes import Process


class Field:
    """One machine of a running suite, and what its admin does."""

    def __init__(self, demo: dict[str, Any], folder: Path) -> None:
        self.demo, self._folder = demo, folder
        self._admin = seed.id_token(demo["auth"]["emulator"], seed.USERS["admin"])
        self.machine = self.admin("", name="RVM Uji", place="Lobi")
        self.uuid, self.api_key = self.machine["uuid"], self.machine["api_key"]

    def admin(self, path: str, method: str = "POST", **body: Any) -> dict[str, Any]:
        """The data of an answer on /machines that has to be good."""
        return self._call(
            f"/edge/machines{path}", {"Authorization": f"Bearer {self._admin}"}, body, method
        )

    def edge(self, path: str, **body: Any) -> dict[str, Any]:
        """The same on the edge endpoints, with the machine's key."""
        return self._call(f"/edge{path}", {"X-RVM-API-KEY": self.api_key}, body)

    def phone(self, path: str, **body: Any) -> dict[str, Any]:
        """The same on the kiosk endpoints, as the demo's student."""
        bearer = seed.id_token(self.demo["auth"]["emulator"], seed.USERS["student"])
        headers = {"Authorization": f"Bearer {bearer}"}
        return self._call(f"/kiosk{path}", headers, body)

    def _call(
        self, path: str, headers: dict[str, str], body: dict[str, Any], method: str = "POST"
    ) -> dict[str, Any]:
        url = f"{self.demo['base_url']}/api/v1{path}"
        answer = requests.request(
            method, url, json=None if method == "GET" else body, headers=headers, timeout=60
        )
        assert answer.json()["success"], answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    def enter(self, pin: str) -> dict[str, Any]:
        """A technician's session at the screen."""
        return self._call("/kiosk/auth/pin", {"X-Machine-UUID": self.uuid}, {"pin": pin})

    def open_page(self) -> str:
        """The signed link of its screen."""
        return str(self.edge("/handshake", hardware_id=self.hardware_id)["kiosk_url"])

    @property
    def hardware_id(self) -> str:
        """The name of its board."""
        return f"BOARD-{self.uuid[:8]}"

    @property
    def channel(self) -> tuple[str, str, str]:
        """Where to listen: emulator, project, path."""
        return (
            self.demo["firestore"]["emulator"],
            self.demo["project_id"],
            f"rvm/{self.uuid}/events",
        )

    def own_token(self) -> str:
        """The ID token that the machine listens with."""
        told = self.edge("/handshake", hardware_id=self.hardware_id)
        host, key = self.demo["auth"]["emulator"], self.demo["auth"]["api_key"]
        url = f"http://{host}/identitytoolkit.googleapis.com/v1/accounts:signInWithCustomToken"
        body = {"token": told["ws_auth_token"], "returnSecureToken": True}
        return str(requests.post(f"{url}?key={key}", json=body, timeout=30).json()["idToken"])

    @contextmanager
    def running(self, heartbeat: float = 2, telemetry: float = 600) -> Iterator["Program"]:
        """The example program, until it is ended."""
        command: list[str | Path] = [
            PYTHON, "-u", ROOT / "examples/edge_machine.py", "--base-url", self.demo["base_url"],
            "--api-key", self.api_key, "--hardware-id", self.hardware_id,
            "--heartbeat", str(heartbeat),
            "--telemetry", str(telemetry), "--memory", self._folder / "memory.json",
        ]  # fmt: skip
        env = {
            **environment(),
            "FIREBASE_AUTH_EMULATOR_HOST": self.demo["auth"]["emulator"],
            "FIRESTORE_EMULATOR_HOST": self.demo["firestore"]["emulator"],
        }
        process = Process(command, cwd=ROOT, env=env, log=self._folder / "machine.log")
        program = Program(process)
        try:
            until(lambda: "listening" in program.said, 60, lambda: program.said)
            yield program
        finally:
            process.stop()


class Program:
    """What a machine's program has said so far."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def said(self) -> str:
        return self._process.log.read_text("utf-8")

    def count(self, line: str) -> int:
        """How often it said exactly this."""
        return len(re.findall(f"^{re.escape(line)}$", self.said, re.MULTILINE))

    def says(self, line: str, within: float) -> None:
        """Returns once it has said so."""
        until(lambda: self.count(line), within, lambda: self.said)
