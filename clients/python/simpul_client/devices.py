"""Registered devices: registration by the owner; readings and heartbeats by the device."""

from __future__ import annotations

import json
import math
import numbers
import re
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Union

from simpul_client.buffer import Buffer
from simpul_client.http import Api, Pauses, Refused, Unavailable

TYPES = (
    "gempa", "vibration", "acceleration", "frequency",
    "temperature", "humidity", "pressure", "custom",
)  # fmt: skip
HEARTBEAT = 300.0  # seconds without a POST after which a device says that it is there
PATH = "/api/v1/devices"

Value = Union[float, Mapping[str, Any]]
Measure = Callable[[], Iterable["tuple[str, Value]"]]


def register(
    base_url: str, id_token: str, device_id: str, name: str, **more: Any
) -> dict[str, Any]:
    """The new device, with `id` and `api_key`. Raises Refused: 422 if the `device_id` exists."""
    api = Api(base_url, {"Authorization": f"Bearer {id_token}"})
    answer = api.call("POST", PATH, {"device_id": device_id, "name": name, **more})
    found: dict[str, Any] = answer["data"]
    return found


class Device:
    """One device: its readings wait in a buffer until the server has accepted them."""

    def __init__(
        self, base_url: str, api_key: str, buffer: Buffer | str | Path | None = None
    ) -> None:
        self._api = Api(base_url, {"X-API-Key": api_key})
        self.buffer = buffer if isinstance(buffer, Buffer) else Buffer(buffer or ":memory:")
        self._pauses = Pauses()

    @classmethod
    def load(cls, file: str | Path) -> Device:
        """The device of a credentials file, with its buffer next to it."""
        path = Path(file)
        given = json.loads(path.read_text(encoding="utf-8"))
        return cls(given["base_url"], given["api_key"], path.with_suffix(".db"))

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_: object) -> None:
        self.buffer.close()

    def add(self, type_: str, value: Value, at: datetime | None = None) -> None:
        """Stores a reading of now, or of `at`. Raises ValueError for what no server accepts."""
        if type_ not in TYPES:
            raise ValueError(f"the type must be one of {', '.join(TYPES)}")
        moment = (at or datetime.now(timezone.utc)).astimezone(timezone.utc)
        timestamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.buffer.add({"type": type_, "value": _plain(value), "timestamp": timestamp})

    def flush(self) -> int:
        """Posts what waits. Returns how many readings the server has accepted now.

        Raises Unavailable if it does not answer, and Refused for a wrong key: all wait on.
        Readings that the server finds invalid are put aside: `buffer.refused()`.
        """
        count = 0
        while True:
            name, readings = self.buffer.batch()
            if not readings:
                return count
            try:
                headers = {"Idempotency-Key": name}
                self._api.call("POST", f"{PATH}/data", {"data": readings}, headers=headers)
            except Refused as refused:
                if refused.status not in (400, 413, 422):
                    raise
                self.buffer.refuse(name, _positions(refused, len(readings)))
            else:
                self.buffer.accepted(name)
                count += len(readings)

    def heartbeat(self, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The server's time and the device's state. Raises Unavailable and Refused."""
        return self._api.call(
            "POST", f"{PATH}/heartbeat", {"metadata": dict(metadata)} if metadata else {}
        )

    def run(
        self,
        measure: Measure,
        every: float = 5,
        post_every: float = 60,
        stop: threading.Event | None = None,
    ) -> None:
        """Measures, posts and sends heartbeats until `stop` is set. Raises Refused: a wrong key."""
        stop = stop or threading.Event()
        next_post, heard = time.monotonic() + post_every, time.monotonic()
        while not stop.is_set():
            for type_, value in measure():
                self.add(type_, value)
            now = time.monotonic()
            if now >= next_post:
                try:
                    if self.flush() or (now - heard >= HEARTBEAT and self.heartbeat()):
                        heard = now
                    self._pauses.succeed()
                    next_post = now + post_every
                except Unavailable as failure:
                    next_post = now + self._pauses.after(failure)
            stop.wait(every)


def _plain(value: Any) -> Any:
    """A value as JSON has it. Raises ValueError for what is not made of numbers."""
    if isinstance(value, Mapping) and value:
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value):
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    raise ValueError("the value must be a number, or an object whose leaves are numbers")


def _positions(refused: Refused, count: int) -> dict[int, str]:
    """Which readings of a batch are invalid, and why; all of them if the server names none."""
    named: dict[int, str] = {}
    for field, why in refused.errors.items():
        match = re.match(r"data\.(\d+)\b", field)
        if match:
            named[int(match[1])] = "; ".join(why) if isinstance(why, list) else str(why)
    return named or dict.fromkeys(range(count), str(refused))
