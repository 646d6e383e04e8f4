"""Our own functions keep every line, by their paths and by the one URL of Versi A clients."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conformance.conftest import Serve, broken_lines
from tests.server import await_database, serving
from tests.topic import Topic
from tests.web import Loopback, QuietHandler
from tools.conformance import command
from tools.conformance.http import Server

PROJECT = "demo-ours"
OF_EACH_CONNECTION = {"connection", "date", "server", "content-length"}


@pytest.fixture(scope="module")
def functions(firestore_host: str, pubsub_host: str) -> Iterator[dict[str, str]]:
    """The URLs of the functions of the course contract, each run as in the cloud."""
    Topic(pubsub_host, PROJECT)
    with ExitStack() as stack:
        urls = {
            group: stack.enter_context(
                serving(group, firestore_host, PROJECT, PUBSUB_EMULATOR_HOST=pubsub_host)
            )
            for group in ("presence", "telemetry", "exec")
        }
        await_database(f"{urls['presence']}/sessions/active")
        yield urls


class Hosting(QuietHandler):
    """Hands each request to its function, and each header line of the answer on."""

    functions: Mapping[str, str]
    more: tuple[tuple[str, str], ...] = ()  # header lines that no function sent

    def do_GET(self) -> None:  # noqa: N802  as http.server calls it
        self._hand_over()

    def do_POST(self) -> None:  # noqa: N802  as http.server calls it
        self._hand_over()

    def do_OPTIONS(self) -> None:  # noqa: N802  as http.server calls it
        self._hand_over()

    def _hand_over(self) -> None:
        group = self.path.split("/")[1].partition("?")[0]
        function = http.client.HTTPConnection(urlsplit(self.functions[group]).netloc, timeout=30)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        function.request(self.command, self.path, body or None, dict(self.headers))
        answer = function.getresponse()
        text = answer.read()
        self.send_response(answer.status)
        for name, value in (*answer.getheaders(), *self.more):
            if name.lower() not in OF_EACH_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        function.close()


@pytest.fixture
def url(functions: dict[str, str], serve: Serve) -> str:
    """The functions behind one address, as Hosting has them."""
    return serve(Loopback(type("Ours", (Hosting,), {"functions": functions})))


@pytest.mark.parametrize("style", ["rest", "exec"])
def test_our_own_functions_keep_every_line_also_those_of_information(url: str, style: str) -> None:
    verdicts = list(command.tried(Server(url, style)))
    assert {verdict.line.says: verdict.reason for verdict in verdicts if verdict.reason} == {}
    web = [verdict for verdict in verdicts if verdict.line.section == "Web clients"]
    assert len(web) == {"rest": 2, "exec": 1}[style]


def test_the_command_says_so(url: str, tmp_path: Path) -> None:
    assert command.conformance(url, "exec", 60, tmp_path) == 0


@pytest.mark.parametrize("style", ["rest", "exec"])
def test_the_header_that_stands_twice_is_found(
    functions: dict[str, str], serve: Serve, style: str
) -> None:
    more = (("Access-Control-Allow-Origin", "*"),)
    twice = type("Twice", (Hosting,), {"functions": functions, "more": more})
    broken = broken_lines(serve(Loopback(twice)), style)
    lines = ["a page of another origin may read every answer"]
    if style == "rest":
        lines.append("a browser may send JSON: the preflight of POST application/json is answered")
    assert list(broken) == lines
    for reason in broken.values():
        assert "Access-Control-Allow-Origin stands 2 times: *, *: a browser does not" in reason
