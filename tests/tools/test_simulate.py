"""The simulator: the same seed sends the same, and its reconciliation notices what a server does."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.base.timestamps import from_millis, text
from shared.google.firestore import Database
from telemetry.routes import create_app
from telemetry.store import Store
from tests.topic import Topic
from tests.web import Loopback, QuietHandler
from tools import phones, simulate
from tools.console import Problem

Handle = Callable[[str, str, bytes], tuple[Any, ...]]  # status, body, and headers if any


def test_the_same_seed_is_the_same_plan_and_another_is_another() -> None:
    def name(seed: int) -> str:
        return phones.fingerprint([phones.plan(number, 30, seed) for number in range(3)])

    assert name(7) == name(7)
    assert name(7) != name(8)
    assert phones.plan(0, 30, 7) != phones.plan(1, 30, 7)


def test_packets_meet_their_fates_at_the_stated_rates() -> None:
    packets = [packet for number in range(100) for packet in phones.plan(number, 60, 7)]
    for fate, share in phones.FATES.items():
        met = sum(packet.fate == fate for packet in packets) / len(packets)
        assert met == pytest.approx(share, abs=0.01)


@pytest.mark.parametrize("ms", [0, 1, 999, 1_771_408_800_000, 1_771_408_800_050])
def test_its_timestamps_are_the_contracts(ms: int) -> None:
    assert simulate.timestamp(ms) == text(from_millis(ms))


class Server(Loopback):
    """A server of the contract over real HTTP, with a hand in what it answers."""

    def __init__(self, handle: Handle) -> None:
        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802  as http.server calls it
                self._answer(b"")

            def do_POST(self) -> None:  # noqa: N802  as http.server calls it
                self._answer(self.rfile.read(int(self.headers["Content-Length"])))

            def _answer(self, body: bytes) -> None:
                self.send(*handle(self.command, self.path, body))

        super().__init__(Handler)


@pytest.fixture
def serve(database: Database, topic: Topic) -> Iterator[Callable[[Handle | None], str]]:
    """Serves the real endpoints, through a hand that may spoil them. Returns the URL."""
    store = Store(database, topic.publisher)
    app = create_app(lambda: store)
    servers: list[Server] = []

    def real(method: str, path: str, body: bytes) -> tuple[Any, ...]:
        answer = app.test_client().open(path, method=method, data=body)
        return (
            answer.status_code,
            answer.data,
            {name: value for name, value in answer.headers if name == "Retry-After"},
        )

    def start(spoil: Callable[[Handle], Handle] | None = None) -> str:
        servers.append(Server(spoil(real) if spoil else real))
        return servers[-1].url

    yield start  # type: ignore[misc]
    for server in servers:
        server.end()


Start = Callable[..., str]


def test_a_walk_with_every_fate_is_stored_once(
    serve: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate.simulate(phones=6, seconds=4, seed=2, base_url=serve()) == 0
    assert "Nothing was lost, nothing is doubled." in capsys.readouterr().out


def test_points_that_are_not_kept_are_counted_as_lost(
    serve: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    def forgetful(real: Handle) -> Handle:
        seen: list[str] = []

        def handle(method: str, path: str, body: bytes) -> tuple[Any, ...]:
            if method == "POST" and path == "/telemetry/gps":
                seen.append(path)
                if len(seen) % 3 == 0:
                    return 200, b'{"ok":true,"data":{"accepted":true}}'
            return real(method, path, body)

        return handle

    assert simulate.simulate(phones=3, seconds=4, seed=2, base_url=serve(forgetful)) == 1
    assert "NOT what was sent." in capsys.readouterr().out


def test_points_that_come_back_twice_are_counted_as_doubled(
    serve: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    def doubling(real: Handle) -> Handle:
        def handle(method: str, path: str, body: bytes) -> tuple[Any, ...]:
            status, answer, *_ = real(method, path, body)
            if "/gps/history" in path:
                history = json.loads(answer)
                history["data"]["items"] *= 2
                answer = json.dumps(history).encode()
            return status, answer

        return handle

    assert simulate.simulate(phones=1, seconds=4, seed=2, base_url=serve(doubling)) == 1
    assert "NOT what was sent." in capsys.readouterr().out


def test_a_server_that_is_busy_is_asked_again(serve: Start) -> None:
    def busy(real: Handle) -> Handle:
        refused: list[str] = []

        def handle(method: str, path: str, body: bytes) -> tuple[Any, ...]:
            if method == "POST" and len(refused) < 2:
                refused.append(path)
                return 503, b'{"ok":false,"error":"unavailable"}'
            return real(method, path, body)

        return handle

    assert simulate.simulate(phones=1, seconds=4, seed=2, base_url=serve(busy)) == 0


def test_a_phone_that_is_too_fast_waits_as_long_as_it_is_told(serve: Start) -> None:
    sent: dict[bytes, list[float]] = {}

    def strict(real: Handle) -> Handle:
        def handle(method: str, path: str, body: bytes) -> tuple[Any, ...]:
            if method == "POST":
                sent.setdefault(body, []).append(time.monotonic())
                if len(sent) == 1 and len(sent[body]) == 1:
                    busy = b'{"ok":false,"error":"too_many_requests"}'
                    return 429, busy, {"Retry-After": "3"}
            return real(method, path, body)

        return handle

    assert simulate.simulate(phones=1, seconds=4, seed=2, base_url=serve(strict)) == 0
    first, second, *_ = next(iter(sent.values()))
    assert second - first >= 3


def test_phones_beyond_their_rate_lose_nothing(
    serve: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TELEMETRY_ADDRESS_RATE", "2")
    monkeypatch.setenv("TELEMETRY_ADDRESS_BURST", "2")
    assert simulate.simulate(phones=4, seconds=4, seed=2, base_url=serve()) == 0
    assert "; 0 retries" not in capsys.readouterr().out


def test_a_server_of_the_bare_contract_is_compared_as_far_as_it_tells(
    serve: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    def bare(real: Handle) -> Handle:
        def handle(method: str, path: str, body: bytes) -> tuple[Any, ...]:
            if "/accel/history" in path:
                return 404, b'{"ok":false,"error":"unknown_endpoint"}'
            return real(method, path.split("&from=")[0], body)

        return handle

    assert simulate.simulate(phones=1, seconds=4, seed=2, base_url=serve(bare)) == 0
    assert "compared the latest" in capsys.readouterr().out


def test_what_is_no_server_of_the_contract_is_said_at_once(serve: Start) -> None:
    def page(_: Handle) -> Handle:
        return lambda method, path, body: (200, b"<html>")

    for url in (serve(page), "http://127.0.0.1:9", "localhost:5400"):
        with pytest.raises(Problem, match="as the contract says"):
            simulate.simulate(phones=1, seconds=4, seed=2, base_url=url)
