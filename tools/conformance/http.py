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
ORIGIN = "https://client.example"  # of the page in whose name every call is made
_ONE_URL = re.compile(r"/(exec|dev)$")  # how Apps Script's own URLs end
_UNPRINTABLE = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\uffff\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Hop:
    """One answer on the way to the last: the request's origin, and who may read the answer."""

    url: str
    status: int
    origin: str
    allowed_origins: list[str]
    allowed_headers: list[str]
    allowed_methods: list[str]


@dataclass
class Exchange:
    """One request and what came of it; `failure` where nothing did."""

    method: str
    url: str
    sent: Any = None
    status: int | None = None
    answer: str = ""
    seconds: float = 0.0
    hops: list[Hop] = field(default_factory=list)
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
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        # Clients of Versi A say that their JSON is text, which spares them the preflight.
        kind = "text/plain;charset=utf-8" if self.style == "exec" else "application/json"
        headers = {} if data is None else {"Content-Type": kind}
        exchange = Exchange(method, self.url(path, query or {}), _shown(body))
        return self._round_trip(exchange, data, headers)

    def preflight(self, path: str) -> Exchange:
        """What a browser hears that asks whether it may POST JSON there."""
        headers = {
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        return self._round_trip(Exchange("OPTIONS", self.url(path, {})), None, headers)

    def _round_trip(
        self, exchange: Exchange, data: bytes | None, headers: Mapping[str, str]
    ) -> Exchange:
        headers = {"Origin": ORIGIN, "User-Agent": "simpul-conformance", **headers}
        started = time.monotonic()
        try:
            request = urllib.request.Request(exchange.url, data, headers, method=exchange.method)
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
            if 300 <= answer.status < 400 and exchange.method != "OPTIONS":
                raise ValueError(f"redirected ({answer.status}) without an end, or to nowhere")
            exchange.status = answer.status
            exchange.answer = _read(answer, started + self.timeout)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows as browsers do: Apps Script answers a POST by 302, and the result is a GET."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def http_response(
        self, request: urllib.request.Request, response: HTTPResponse
    ) -> HTTPResponse:
        """Keeps each answer's hop; the name is urllib's."""
        self._exchange.hops.append(_hop(request, response))
        return response

    https_response = http_response

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        request: urllib.request.Request | None
        if code in (307, 308) and req.data is not None:
            sent = dict(req.header_items())
            request = urllib.request.Request(newurl, req.data, sent, method=req.get_method())
        else:
            request = super().redirect_request(req, fp, code, msg, headers, newurl)
        if request and _origin(newurl) != _origin(req.full_url):
            request.add_header("Origin", "null")  # from one foreign origin to another
        return request


def _hop(request: urllib.request.Request, response: HTTPResponse) -> Hop:
    def values(name: str) -> list[str]:
        return [value.strip() for value in response.headers.get_all(name, [])]

    return Hop(
        request.full_url,
        response.status,
        request.get_header("Origin", ""),
        values("Access-Control-Allow-Origin"),
        values("Access-Control-Allow-Headers"),
        values("Access-Control-Allow-Methods"),
    )


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port."""
    parts = urllib.parse.urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def with_exec(base_url: str) -> str:
    """The one URL of a server: what is passed if it is one already, else `/exec` there."""
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
