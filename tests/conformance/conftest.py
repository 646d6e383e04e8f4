"""Servers of a test, and the lines that they do not keep."""

from collections.abc import Callable, Iterator

import pytest

from tests.web import Loopback
from tools.conformance import command
from tools.conformance.http import Server
from tools.conformance.lines import MUST

Serve = Callable[[Loopback], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Keeps a server for this test. Returns its URL."""
    running: list[Loopback] = []

    def keep(server: Loopback) -> str:
        running.append(server)
        return server.url

    yield keep
    for server in running:
        server.end()


def broken_lines(base_url: str, style: str = "rest", level: str = MUST) -> dict[str, str]:
    """The lines that a server does not keep, with the reasons."""
    verdicts = command.tried(Server(base_url, style, timeout=5))
    return {
        verdict.line.says: verdict.reason
        for verdict in verdicts
        if verdict.reason and verdict.line.level == level
    }
