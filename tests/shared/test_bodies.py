"""Bodies that are too large are refused before they are read, in the production server."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from shared.web.app import LARGEST_BODY
from tests.server import process_serving

MEBIBYTE = 1024 * 1024
HUGE = 30 * MEBIBYTE
AT_ONCE = 16
PATHS = ("/checkin", "/no-such-path", "/nothing/here")


@pytest.fixture(scope="module", params=["presence", "exec"])
def server(request: pytest.FixtureRequest, firestore_host: str) -> Iterator[tuple[int, str]]:
    with process_serving(request.param, firestore_host, "demo-bodies") as (process, url):
        yield process.pid, url


def peak(pid: int) -> int:
    """The most memory that any process of a server has had, in bytes."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("this system does not tell the memory of a process in /proc")
    pids = [pid, *map(int, children.read_text("utf-8").split())]
    texts = [Path(f"/proc/{each}/status").read_text("utf-8") for each in pids]
    lines = [line for text in texts for line in text.splitlines() if line.startswith("VmHWM:")]
    return max(int(line.split()[1]) * 1024 for line in lines)


def begin(url: str, head: str) -> socket.socket:
    """A connection on which the head of a request was sent and no body."""
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=10)
    connection.sendall(head.replace("\n", "\r\n").encode())
    return connection


def refused(connection: socket.socket) -> str:
    """The status line of the answer."""
    with connection, connection.makefile("rb") as answer:
        return answer.readline().decode().strip()


def posted(url: str, path: str) -> int:
    """The status of a huge POST; 0 where the server closed the connection before it was sent."""
    try:
        return requests.post(url + path, data=b"x" * HUGE, timeout=60).status_code
    except requests.ConnectionError:
        return 0


@pytest.mark.parametrize("path", PATHS)
def test_a_body_is_refused_by_its_length_before_a_byte_of_it_is_sent(
    server: tuple[int, str], path: str
) -> None:
    _, url = server
    head = f"POST {path} HTTP/1.1\nHost: x\nContent-Length: {HUGE}\n\n"
    status = refused(begin(url, head)).split()[1]
    assert status in ("413", "404", "200")  # exec says everything with 200
    assert status != "404" or path != "/checkin"


def test_a_body_without_a_length_is_refused_when_it_passes_the_limit(
    server: tuple[int, str],
) -> None:
    _, url = server
    head = "POST /checkin HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n"
    connection = begin(url, head)
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    for _ in range(LARGEST_BODY // 0x10000 + 1):  # and no end of the body
        connection.sendall(chunk)
    assert refused(connection).split()[1] in ("413", "200")


@pytest.mark.parametrize("path", ["/checkin", "/", "/?path=presence/checkin"])
@pytest.mark.parametrize(
    "body", ["zz\nab\n0\n\n", "4\nabcdX\n0\n\n", "4;a\1\nabcd\n0\n\n", "40\nab"]
)
def test_chunks_that_are_none_are_refused_in_the_contracts_shape(
    server: tuple[int, str], path: str, body: str
) -> None:
    _, url = server
    head = f"POST {path} HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\nConnection: close\n\n"
    with begin(url, head + body) as connection:
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65_536), b"")).decode()
    head, content = answer.split("\r\n\r\n")
    assert json.loads(content) in (
        {"ok": False, "error": "invalid_json"},
        {"ok": False, "error": "unknown_endpoint"},
    )
    assert head.split()[1] in ("400", "404", "200")


def test_many_huge_bodies_at_once_do_not_fill_the_memory(server: tuple[int, str]) -> None:
    pid, url = server
    requests.post(f"{url}/checkin", json={}, timeout=30)
    before = peak(pid)
    for path in PATHS:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = set(pool.map(posted, [url] * AT_ONCE, [path] * AT_ONCE))
        assert statuses <= {0, 200, 404, 413}
    assert peak(pid) - before < 4 * AT_ONCE * MEBIBYTE  # of 480 MiB each time
    assert requests.post(f"{url}/checkin", json={}, timeout=30).status_code in (200, 400)
