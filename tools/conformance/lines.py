"""What a line of the contract is, and the words in which lines are written."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tools.conformance.http import STYLES, Exchange, Server

MUST, INFORMATION = "must", "information"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")

STATUSES = {
    "missing_field": 400,
    "token_invalid": 401,
    "token_expired": 401,
    "token_mismatch": 401,
    "device_not_found": 404,
    "unknown_endpoint": 404,
}


class Wrong(Exception):
    """The server does not do what the line says; the text says what it does."""


@dataclass
class Run:
    """One line being tried: its calls are kept, its ids are fresh.

    `earlier`: what the lines before it had to call that must be kept.
    """

    server: Server
    earlier: Sequence[Exchange] = ()
    exchanges: list[Exchange] = field(default_factory=list)
    _run: str = field(default_factory=lambda: secrets.token_hex(4))

    def new(self, kind: str) -> str:
        """An id that nobody has used."""
        return f"conf-{kind}-{self._run}-{secrets.token_hex(2)}"

    def session(self) -> dict[str, str]:
        """A course and a session that nobody has used."""
        return {"course_id": self.new("course"), "session_id": self.new("session")}

    def post(self, path: str, body: Any) -> Exchange:
        """A POST of JSON; of bytes, as they are."""
        return self._keep(self.server.call("POST", path, body=body))

    def get(self, path: str, **query: Any) -> Exchange:
        """A GET with this query."""
        return self._keep(self.server.call("GET", path, query))

    def preflight(self, path: str) -> Exchange:
        """What a browser asks before it sends a POST of JSON."""
        return self._keep(self.server.preflight(path))

    def _keep(self, exchange: Exchange) -> Exchange:
        self.exchanges.append(exchange)
        if exchange.failure:
            raise Wrong(f"no answer: {exchange.failure}")
        return exchange


Check = Callable[[Run], None]


@dataclass(frozen=True)
class Line:
    """One thing that the contract says."""

    section: str
    says: str
    level: str
    check: Check
    styles: tuple[str, ...] = STYLES  # of the servers that it applies to


class Section:
    """Lines of one part of the contract, in its order."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.lines: list[Line] = []

    def must(self, says: str, styles: tuple[str, ...] = STYLES) -> Callable[[Check], Check]:
        """A line that a server of the contract has to keep."""
        return self._add(says, MUST, styles)

    def information(self, says: str) -> Callable[[Check], Check]:
        """A line on which the contract is silent: reported, never counted."""
        return self._add(says, INFORMATION, STYLES)

    def _add(self, says: str, level: str, styles: tuple[str, ...]) -> Callable[[Check], Check]:
        def add(check: Check) -> Check:
            self.lines.append(Line(self.title, says, level, check, styles))
            return check

        return add


def data_of(exchange: Exchange, server: Server) -> dict[str, Any]:
    """The `data` of a success. Raises Wrong for anything else."""
    answer = envelope(exchange)
    if answer["ok"] is not True:
        raise Wrong(f"refused: {answer.get('error')!r}")
    _expect_status(exchange, 200, server)
    if not isinstance(answer.get("data"), dict):
        raise Wrong("a success must have an object as its `data`")
    data: dict[str, Any] = answer["data"]
    return data


def expect_error(exchange: Exchange, code: str, server: Server) -> None:
    """Raises Wrong unless this is the refusal with this code and its status."""
    answer = envelope(exchange)
    if answer["ok"] is not False:
        raise Wrong(f"must be refused with {code!r}, but says ok: true")
    if answer.get("error") != code:
        raise Wrong(f"`error` must be {code!r}, but is {answer.get('error')!r}")
    _expect_status(exchange, STATUSES[code.partition(":")[0]], server)


def envelope(exchange: Exchange) -> dict[str, Any]:
    """An answer with its `ok`. Raises Wrong where it is none."""
    answer = exchange.json
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        raise Wrong("the answer must be a JSON object with `ok` true or false")
    return answer


def _expect_status(exchange: Exchange, status: int, server: Server) -> None:
    """Apps Script always has status 200; a server with paths has the contract's."""
    wanted = 200 if server.style == "exec" else status
    if exchange.status != wanted:
        raise Wrong(f"the status must be {wanted}, but is {exchange.status}")


def expect(value: object, wanted: object, what: str) -> None:
    """Raises Wrong unless they are equal, in kind too: true is not 1."""
    same_kind = isinstance(value, bool) == isinstance(wanted, bool)
    if not same_kind or value != wanted:
        raise Wrong(f"`{what}` must be {wanted!r}, but is {value!r}")


def text_in(data: dict[str, Any], name: str) -> str:
    """A text that is not empty. Raises Wrong."""
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise Wrong(f"`{name}` must be a text, but is {value!r}")
    return value


def time_in(data: dict[str, Any], name: str) -> datetime:
    """A time as the contract writes it. Raises Wrong."""
    value = text_in(data, name)
    try:
        if _TIME.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise Wrong(f"`{name}` must be a time like 2026-02-18T10:15:30Z, but is {value!r}")


def iso(moment: datetime) -> str:
    """A moment as the contract writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now() -> datetime:
    """The moment, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)
