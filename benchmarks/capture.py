"""Our own code in this process, its requests to Google written down for the floors."""

import struct
from typing import Any

import grpc

from shared import emulator
from shared.events import Publisher

# All of one length: what was recorded for one project is sent on for another.
OURS, RECORDED, FLOORS = "demo-bench-o", "demo-bench-r", "demo-bench-f"
KINDS = {"Commit": b"C", "GetDocument": b"G", "BatchGetDocuments": b"B", "Publish": b"P"}


class Recorder(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Notes each request, as the bytes that the floor will send for its own project."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []

    def taken(self) -> bytes:
        """The requests since the last time; what is published goes first, as it does here."""
        ordered: list[bytes] = sorted(self._frames, key=lambda frame: frame[:1] != b"P")
        self._frames.clear()
        return b"".join(ordered)

    def _note(self, continuation: Any, call: Any, request: Any) -> Any:
        kind = KINDS.get(call.method.rsplit("/", 1)[-1])
        if kind:
            self._frames.append(frame(kind, request.SerializeToString()))
        return continuation(call, request)

    intercept_unary_unary = _note
    intercept_unary_stream = _note


def frame(kind: bytes, payload: bytes) -> bytes:
    """One request for the floor."""
    payload = payload.replace(RECORDED.encode(), FLOORS.encode())
    return struct.pack(">cI", kind, len(payload)) + payload


class Recorded:
    """A database and a publisher whose requests are noted."""

    def __init__(self, firestore_host: str, pubsub_host: str) -> None:
        self.recorder = Recorder()
        self.database = emulator.database(firestore_host, RECORDED, self.recorder)
        self.publisher = Publisher(emulator.channel(pubsub_host, self.recorder), RECORDED)
