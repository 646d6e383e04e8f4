"""Calls on a stranger's server: slow, redirecting, or not what it says it is."""

import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, Any

LONGEST_ANSWER = 1024 * 1024
STYLES = ("rest", "exec")
_ONE_URL = re.compile(r"/(exec|dev)$")  # how Apps Script's own URLs end
_UNPRINTABLE = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\uffff\U00010000-\U0010ffff]")


@dataclass
class Exchange:
    """One request and what came of it; `failure` where nothing did."""

    method: str
    url: str
    sent: Any = None
    status: int | None = None
    answer: str = ""
    allowed_origin: str | None = None
    seconds: float = 0.0
    redirects: list[str] = field(default_factory=list)
    failure: str = ""

    @property
    def json(self) -> Any:
        """The answer's JSON, or None where it is none."""
        try:
            return json.loads(self.answer)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True)
class Server:
    """A server of the contract: by paths (`rest`), or by one URL with `?path=` (`exec`)."""

    base_url: str
    style: str
    timeout: float = 60.0

    def url(self, path: str, query: Mapping[str, Any]) -> str:
        """Where an endpoint is."""
        base = self.base_url.rstrip("/")
        if self.style == "exec":
            base, query = with_exec(base), {"path": path, **query}
        else:
            base = f"{base}/{path}"
        return base + ("?" + urllib.parse.urlencode(query) if query else "")

    def call(
        self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None
    ) -> Exchange:
        """What the endpoint answers. `body`: an object sent as JSON, or bytes sent as they are."""
        exchange = Exchange(method, self.url(path, query or {}), _shown(body))
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        # Clients of Versi A say that their JSON is text, which spares them the preflight.
        kind = "text/plain;charset=utf-8" if self.style == "exec" else "application/json"
        headers = {"Origin": "https://client.example", "User-Agent": "simpul-conformance"}
        if data is not None:
            headers["Content-Type"] = kind
        started = time.monotonic()
        try:
            request = urllib.request.Request(exchange.url, data, headers, method=method)
            self._send(request, exchange, started)
        except (OSError, HTTPException, ValueError) as error:
            exchange.failure = printable(f"{type(error).__name__}: {error}")
        exchange.seconds = time.monotonic() - started
        return exchange

    def _send(self, request: urllib.request.Request, exchange: Exchange, started: float) -> None:
        opener = urllib.request.build_opener(_Redirects(exchange))
        try:
            answer = opener.open(request, timeout=self.timeout)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            if 300 <= answer.status < 400:
                raise ValueError(f"redirected ({answer.status}) without an end, or to nowhere")
            exchange.status = answer.status
            exchange.allowed_origin = answer.headers.get("Access-Control-Allow-Origin")
            exchange.answer = _read(answer, started + self.timeout)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows as browsers do: Apps Script answers a POST by 302, and the result is a GET."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        self._exchange.redirects.append(f"{code} → {newurl}")
        if code in (307, 308) and req.data is not None:
            return urllib.request.Request(
                newurl, req.data, dict(req.header_items()), method=req.get_method()
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def with_exec(base_url: str) -> str:
    """The one URL of a server: what is given if it is one already, else `/exec` there."""
    return base_url if _ONE_URL.search(base_url) else f"{base_url}/exec"


def style_of(base_url: str) -> str:
    """How a server is called, as its URL looks."""
    return "exec" if _ONE_URL.search(base_url.rstrip("/")) else "rest"


def printable(text: str) -> str:
    """Text of a stranger that cannot move a terminal's cursor."""
    return _UNPRINTABLE.sub("�", text)


def _read(answer: HTTPResponse, deadline: float) -> str:
    """The answer as text; one that drips on for ever ends at the deadline."""
    parts, size = [], 0
    while part := answer.read1(65_536):
        parts.append(part)
        size += len(part)
        if size > LONGEST_ANSWER:
            raise ValueError(f"the answer is longer than {LONGEST_ANSWER} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError("the answer did not end in time")
    return b"".join(parts).decode("utf-8", errors="replace")


def _shown(body: Any) -> Any:
    return body.decode("utf-8", errors="replace") if isinstance(body, bytes) else body
