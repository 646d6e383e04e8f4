"""Our own functions keep every line, by their paths and by the one URL of Versi A clients."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.conftest import LOADED_PROJECT, empty
from tests.web import Loopback, QuietHandler
from tools.conformance import command
from tools.conformance.http import Server


@pytest.fixture
def url(loaded: Callable[[str], FlaskClient], firestore_host: str) -> Iterator[str]:
    """The functions of the course contract behind one address, as Hosting has them."""
    empty(firestore_host, LOADED_PROJECT)
    functions = {group: loaded(group) for group in ("presence", "telemetry", "exec")}

    class Hosting(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802  as http.server calls it
            self._hand_over(b"")

        def do_POST(self) -> None:  # noqa: N802  as http.server calls it
            self._hand_over(self.rfile.read(int(self.headers["Content-Length"])))

        def _hand_over(self, body: bytes) -> None:
            group = self.path.split("/")[1].partition("?")[0]
            answer = functions[group].open(
                self.path, method=self.command, data=body, headers=dict(self.headers)
            )
            name = "Access-Control-Allow-Origin"
            self.send(answer.status_code, answer.data, {name: answer.headers[name]})

    server = Loopback(Hosting)
    yield server.url
    server.end()


@pytest.mark.parametrize("style", ["rest", "exec"])
def test_our_own_functions_keep_every_line_also_those_of_information(url: str, style: str) -> None:
    verdicts = list(command.tried(Server(url, style)))
    assert {verdict.line.says: verdict.reason for verdict in verdicts if verdict.reason} == {}


def test_the_command_says_so(url: str, tmp_path: Path) -> None:
    assert command.conformance(url, "exec", 60, tmp_path) == 0
