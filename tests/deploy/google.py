"""Stands in for Google: one project, and the services that a deploy uses.

Each service checks what it is sent as far as Google documents it, and answers in Google's shapes. A
`Fault` answers instead, with a recorded error, for the first so many requests that it matches. What
no service knows is noted in `unknown` and answered 501, so a test sees that nothing was waved through.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from tests.deploy.wire import Reply, Request

PROJECT, NUMBER = "kelas-a", "123456789012"
REGION = "asia-southeast2"
TOKEN = "ya29.of-the-stand-in"
REFRESH_TOKEN = "1//of-the-stand-in"
API_KEY = "AIzaSyOfTheStandIn"
OPEN_HOSTS = (
    "www.googleapis.com",
    "storage.googleapis.com",
    "upload-firebasehosting.googleapis.com",
)

Handler = Callable[..., Any]
ROUTES: list[tuple[str, str, re.Pattern[str], Handler]] = []


def on(method: str, host: str, path: str) -> Callable[[Handler], Handler]:
    """Registers a handler. `{}` is one part of a path, `{:}` one with colons, `{*}` the rest."""
    text = re.escape(path).replace(r"\{\*\}", "(.*)").replace(r"\{\}", "([^/:]+)")
    text = text.replace(r"\{:\}", "([^/]+)")

    def register(handler: Handler) -> Handler:
        ROUTES.append((method, host, re.compile(text + r"\Z"), handler))
        return handler

    return register


class Refused(Exception):
    """An error in Google's shape."""

    def __init__(self, code: int, message: str, status: str = "") -> None:
        super().__init__(message)
        names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED",
                 404: "NOT_FOUND", 409: "ALREADY_EXISTS", 429: "RESOURCE_EXHAUSTED"}  # fmt: skip
        self.code = code
        self.body = {"error": {"code": code, "message": message, "status": status or names[code]}}


@dataclass
class Fault:
    """The first `times` requests whose "METHOD host/path" matches are refused with this error."""

    pattern: str
    refusal: Refused
    times: int = 1


@dataclass
class Google:
    """The state of the project, as a person finds it: made in the console, on the Blaze plan."""

    billing: bool = True
    signed_in: bool = True
    has_authentication: bool = False
    provisions: bool = True  # whether the Firebase CLI may start Firebase Auth
    location: str = ""  # of the database; empty: there is none
    apis: set[str] = field(default_factory=lambda: {"firebase", "firebasehosting", "serviceusage"})
    indexes: list[dict[str, Any]] = field(default_factory=list)
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    rulesets: dict[str, Any] = field(default_factory=dict)
    releases: dict[str, str] = field(default_factory=dict)
    service_accounts: set[str] = field(default_factory=set)
    bindings: set[tuple[str, str]] = field(default_factory=set)  # (role, member)
    secrets: dict[str, str] = field(default_factory=dict)
    readers: set[tuple[str, str]] = field(default_factory=set)  # (secret, member)
    topics: set[str] = field(default_factory=set)
    subscriptions: set[str] = field(default_factory=set)
    sources: dict[str, bytes] = field(default_factory=dict)
    functions: dict[str, dict[str, Any]] = field(default_factory=dict)
    invokers: dict[str, list[str]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    cleanup: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    released: str = ""
    web_apps: list[dict[str, Any]] = field(default_factory=list)
    auth: dict[str, Any] = field(default_factory=dict)
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    journal: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    documents: str = ""  # the address of the Firestore emulator that keeps the documents
    serve: Callable[[str, Request], Reply] | None = None  # a deployed function's answer
    lock: RLock = field(default_factory=RLock)

    def __call__(self, request: Request) -> Reply:
        """The answer to one request."""
        line = f"{request.method} {request.host}{request.path}"
        self.journal.append(line)
        try:
            self._break(line)
            self._check(request)
            for method, host, pattern, handler in ROUTES:
                found = pattern.match(request.path)
                if method in (request.method, "*") and host == request.host and found:
                    reply = handler(self, request, *found.groups())
                    return reply if isinstance(reply, Reply) else Reply(200, reply)
        except Refused as refusal:
            return Reply(refusal.code, refusal.body)
        self.unknown.append(line)
        return Reply(501, {"error": {"code": 501, "message": f"unknown: {line}"}})

    def _break(self, line: str) -> None:
        with self.lock:
            for fault in self.faults:
                if fault.times and re.search(fault.pattern, line):
                    fault.times -= 1
                    raise fault.refusal

    def _check(self, request: Request) -> None:
        """Google's services want a token, and to be switched on."""
        service, _, rest = request.host.partition(".googleapis.com")
        if rest or service == request.host or request.host in OPEN_HOSTS:
            return
        by_key = request.query.get("key") == API_KEY
        if request.headers.get("authorization") != f"Bearer {TOKEN}" and not by_key:
            raise Refused(401, "Request had invalid authentication credentials.")
        if service not in self.apis | {"cloudresourcemanager", "cloudbilling", "iam"}:
            raise Refused(
                403,
                f"{service} API has not been used in project {NUMBER} before or it is disabled. "
                "If you enabled this API recently, wait a few minutes for the action to propagate "
                "to our systems and retry.",
            )

    def fail(self, pattern: str, refusal: Refused, times: int = 1) -> None:
        """Refuses the next `times` requests that match."""
        self.faults.append(Fault(pattern, refusal, times))


@on("GET", "firebase-public.firebaseio.com", "/cli.json")
def message_of_the_day(google: Google, request: Request) -> Any:
    return {}


@on("POST", "www.googleapis.com", "/oauth2/v3/token")
def access_token(google: Google, request: Request) -> Any:
    if not google.signed_in:
        raise Refused(400, "invalid_grant")
    return {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer", "scope": "all"}
