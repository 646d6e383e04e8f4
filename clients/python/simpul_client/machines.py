"""A reverse-vending machine: handshake, heartbeats, telemetry, commands, models."""

from __future__ import annotations

import functools
import hashlib
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from simpul_client.http import Api, Pauses, Refused, SimpulError, Unavailable

Command = dict[str, Any]
PATH = "/api/v1/edge"
REMEMBERED = 500  # commands whose ids are kept, so that none is executed twice
ACKNOWLEDGED_WITHIN = 5  # attempts
CHUNK = 1 << 16


def _say(text: str) -> None:
    print(text, flush=True)


class Memory:
    """The ids of commands that were begun, kept over a restart: each is executed once."""

    def __init__(self, file: Path | None = None) -> None:
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
        self,
        base_url: str,
        api_key: str,
        hardware_id: str,
        *,
        execute: Callable[[Command], dict[str, Any]],
        sensors: Callable[[], Mapping[str, float]],
        memory: Memory | None = None,
        say: Callable[[str], None] = _say,
        version: str = "",
    ) -> None:
        """`execute` does a command and says how it went; what it raises is its failure."""
        self.stop = threading.Event()
        self._api = Api(base_url, {"X-RVM-API-KEY": api_key})
        self._hardware_id, self._version = hardware_id, version
        self._execute, self._sensors, self._say = execute, sensors, say
        self._memory = memory or Memory()

    def run(self, heartbeat: float = 60, telemetry: float = 10) -> None:
        """Listens and sends heartbeats in threads of their own; this one sends telemetry."""
        for work in (self._listen, functools.partial(self._every, heartbeat, self.beat)):
            threading.Thread(target=work, daemon=True).start()
        self._every(telemetry, self.measure)

    def handshake(self) -> dict[str, Any]:
        """What the server tells a machine that starts. Raises Refused and Unavailable."""
        return self._post(
            "/handshake", {"hardware_id": self._hardware_id, "firmware_version": self._version}
        )

    def beat(self) -> None:
        """Says that it is there, and executes what the listener has missed."""
        sensors = self._sensors()
        body = {"bin_capacity": sensors["bin_capacity"]} if "bin_capacity" in sensors else {}
        for command in self._post("/heartbeat", body)["commands"]:
            self.perform(command, delivered=True)

    def measure(self) -> None:
        """Sends what the sensors say; with its time, so that it may be sent again."""
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._post("/telemetry", {"sensors": dict(self._sensors()), "timestamp": now})

    def perform(self, command: Command, *, delivered: bool) -> None:
        """Executes a command once, however often and by which way it comes."""
        command_id = command["id"]
        if not self._memory.begin(command_id):
            return
        self._say(f"{command['action']}: heard")
        # The server's clock says whether it is too late: an expired command is refused here.
        if not delivered and not self._acknowledge(command_id, "delivered", None):
            self._memory.forget(command_id)  # it may come with a heartbeat
            return
        try:
            outcome, result = "done", self._execute(command)
        except Exception as error:  # whatever the hardware raises is its outcome
            outcome, result = "failed", {"error": str(error)}
        self._say(f"{command['action']}: {outcome}")
        self._acknowledge(command_id, outcome, result)

    def sync_model(
        self, folder: Path, current_version: str = "", model_name: str = ""
    ) -> Path | None:
        """The file of a newer model, downloaded and checked by its hash; None if there is none.

        Raises Unavailable, also if the file has another hash, and Refused.
        """
        asked = {"current_version": current_version, "model_name": model_name}
        query = {name: value for name, value in asked.items() if value}
        told = self._api.call("GET", f"{PATH}/model-sync", query=query)["data"]
        if not told["update_available"]:
            return None
        name = f"{told['model_name']}-{told['latest_version']}"
        target = folder / re.sub(r"[^\w.-]", "_", name)
        if not target.exists():  # its name appears only when the whole file is right
            part = folder / f"{target.name}.part"
            if download(told["download_url"], part) != told["sha256_hash"]:
                part.unlink()
                raise Unavailable("the model has another hash than the server says")
            part.replace(target)
        return target

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        found = self._api.call("POST", PATH + path, body)
        data: dict[str, Any] = found.get("data", found)
        return data

    def _acknowledge(self, command_id: str, status: str, result: dict[str, Any] | None) -> bool:
        """Tells the server; False where the command must not go on."""
        pauses = Pauses()
        for _ in range(ACKNOWLEDGED_WITHIN):
            try:
                self._post(f"/commands/{command_id}/ack", {"status": status, "result": result})
            except Refused as refused:
                self._say(f"{command_id}: {refused}")
                return False
            except Unavailable as failure:
                self.stop.wait(pauses.after(failure))
            else:
                return True
        return False

    def _every(self, seconds: float, work: Callable[[], None]) -> None:
        while not self.stop.is_set():
            try:
                work()
            except (SimpulError, OSError, ValueError) as error:
                self._say(f"{work.__name__}: {error}")  # and again the next time
            self.stop.wait(seconds)

    def _listen(self) -> None:
        """Hears commands as they are sent; begins again after a break and within the hour."""
        try:
            from simpul_client import listening
        except ImportError:
            self._say("Commands come with heartbeats: the extra `listen` is not installed.")
            return
        while not self.stop.is_set():
            try:
                channel = self.handshake()["websocket"]
                token = listening.id_token(self._api, channel)
                began = functools.partial(self._say, "listening")
                for command in listening.pending(channel, token, self.stop, began):
                    self.perform(command, delivered=False)
            except (SimpulError, *listening.BROKEN) as error:
                self._say(f"listening: {error}")
            self.stop.wait(2)


def download(url: str, file: Path) -> str:
    """Writes what is at a URL to a file; its SHA-256. Raises Unavailable."""
    digest = hashlib.sha256()
    try:
        with requests.get(url, stream=True, timeout=60) as answer, file.open("wb") as target:
            answer.raise_for_status()
            for chunk in answer.iter_content(CHUNK):
                digest.update(chunk)
                target.write(chunk)
    except requests.RequestException as error:
        raise Unavailable(f"no model: {type(error).__name__}") from error
    return digest.hexdigest()
