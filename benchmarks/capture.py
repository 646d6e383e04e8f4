"""Runs our own code in this process and records its requests to Google for the floors."""

import struct
from typing import Any

import grpc

from shared.google import emulator
from shared.google.pubsub import Publisher

# All of one length: a request is changed from one project to another without decoding it.
OURS, RECORDED, FLOORS = "demo-bench-o", "demo-bench-r", "demo-bench-f"
KINDS = {"Commit": b"C", "GetDocument": b"G", "BatchGetDocuments": b"B", "Publish": b"P"}


class Recorder(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):
    """Records each request as the bytes that the floor sends for its own project."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []

    def drain(self) -> bytes:
        """The requests since the last call, published messages first, and forgets them."""
        ordered: list[bytes] = sorted(self._frames, key=lambda frame: frame[:1] != b"P")
        self._frames.clear()
        return b"".join(ordered)

    def _record(self, continuation: Any, call: Any, request: Any) -> Any:
        kind = KINDS.get(call.method.rsplit("/", 1)[-1])
        if kind:
            self._frames.append(frame(kind, request.SerializeToString()))
        return continuation(call, request)

    intercept_unary_unary = _record
    intercept_unary_stream = _record


def frame(kind: bytes, payload: bytes) -> bytes:
    """One request as the floor reads it."""
    payload = payload.replace(RECORDED.encode(), FLOORS.encode())
    return struct.pack(">cI", kind, len(payload)) + payload


class Recorded:
    """A database and a publisher whose requests are recorded."""

    def __init__(self, firestore_host: str, pubsub_host: str) -> None:
        self.recorder = Recorder()
        self.database = emulator.database(firestore_host, RECORDED, self.recorder)
        self.publisher = Publisher(emulator.channel(pubsub_host, self.recorder), RECORDED)
