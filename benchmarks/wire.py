"""The HTTP client of the benchmark: one open connection, and little Python code."""

import socket
import time
from typing import Any, NamedTuple

CRLF = b"\r\n"


class Answer(NamedTuple):
    """Status and body of an answer, and how long it took, in seconds."""

    status: int
    body: bytes
    seconds: float


def post(path: str, body: bytes, **headers: str) -> bytes:
    """The bytes of a POST."""
    return _request("POST", path, headers | {"Content-Type": "application/json"}, body)


def get(path: str, **headers: str) -> bytes:
    """The bytes of a GET."""
    return _request("GET", path, headers, b"")


def _request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class Line:
    """A connection to one server."""

    def __init__(self, port: int, patience: float = 30.0) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: Any) -> None:
        self._socket.close()

    def send(self, request: bytes) -> Answer:
        """Sends a request and reads its answer. Raises ConnectionError, TimeoutError."""
        started = time.perf_counter()
        self._socket.sendall(request)
        head, body = self._read_head()
        length = _length(head)
        parts, missing = [body], length - len(body)
        while missing > 0:
            part = self._receive()
            parts.append(part)
            missing -= len(part)
        seconds = time.perf_counter() - started
        return Answer(int(head[9:12]), b"".join(parts), seconds)

    def _read_head(self) -> tuple[bytes, bytes]:
        received = self._receive()
        while CRLF + CRLF not in received:
            received += self._receive()
        head, _, body = received.partition(CRLF + CRLF)
        return head, body

    def _receive(self) -> bytes:
        part = self._socket.recv(65_536)
        if not part:
            raise ConnectionError("the server closed the connection")
        return part


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.index(b"content-length:")
    return int(lower[at + 15 :].split(CRLF, 1)[0])
