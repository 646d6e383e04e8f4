"""Pages of other origins call the API in a real browser, and can read whatever it answers.

A browser keeps from a page what curl and Python show without a word: an answer with no
`Access-Control-Allow-Origin`, or with two.
"""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser

from shared.base.errors import UnknownEndpoint
from shared.web.app import LARGEST_BODY, Api, without_prefix
from stations.routes import create_app as create_stations
from stations.store import Store as StationStore
from tests.browser.foreign import Answer, Call, Origin, Stranger
from tests.server import await_database, serving
from tools import seed
from tools.api.groups import load_app
from tools.paths import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "public/openapi.json").read_text("utf-8"))
LANES = 2  # the functions emulator starts a process for each concurrent request
NOBODY = "nobody"  # for a place, an id or a secret that no group knows
PUBLIC_FILE = "kiosk.css"
LARGE = 16 * LARGEST_BODY  # on its way for as long as it takes to abort it
MOST_GUESSES = 60  # more than two processes of the emulator let through together
ABORTS = 3

Door = Callable[[dict[str, Any], str, str], str]
Step = Callable[..., Any]


@cache
def app_of(group: str) -> Api:
    app = load_app(group)
    assert app is not None
    return app


def hosting(demo: dict[str, Any], group: str, path: str) -> str:
    """A path's URL at Hosting."""
    return str(demo["base_url"]) + path


def own_url(demo: dict[str, Any], group: str, path: str) -> str:
    """The same at the function's own URL, which lacks the group's prefix."""
    return (
        str(demo["functions"][group]) + without_prefix(path, app_of(group).prefix)
    ).removesuffix("/")


each_door = pytest.mark.parametrize("door", [hosting, own_url])


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    site = Origin()
    yield site
    site.end()


@pytest.fixture
def stranger(browser: Browser, origin: Origin) -> Iterator[Stranger]:
    """A browser with nothing in its caches."""
    visitor = Stranger(browser, origin)
    yield visitor
    visitor.leave()


@pytest.fixture
def names() -> dict[str, str]:
    """A course, a session, a user and a device of this test alone."""
    word = f"origin-{uuid.uuid4().hex[:8]}"
    return dict.fromkeys(("course_id", "session_id", "user_id", "device_id"), word)


def session(names: dict[str, str]) -> dict[str, str]:
    return {name: names[name] for name in ("course_id", "session_id")}


# Every operation of the document


@dataclass(frozen=True)
class Operation:
    """One method of one path of the document."""

    path: str
    method: str
    words: dict[str, Any]

    @property
    def group(self) -> str:
        return str(self.words["tags"][0])

    def target(self, names: dict[str, str]) -> str:
        """The path with the parameters that a call cannot leave out."""
        places = {"name": PUBLIC_FILE, **names}
        path = re.sub(r"\{(\w+)\}", lambda match: places.get(match[1], NOBODY), self.path)
        parameters = self.words.get("parameters", [])
        needed = [one["name"] for one in parameters if one["in"] == "query" and one["required"]]
        query = urlencode({name: names.get(name, NOBODY) for name in needed})
        return f"{path}?{query}" if query else path

    def body(self, names: dict[str, str]) -> str | None:
        """The document's example, about this test's own course and device."""
        if "requestBody" not in self.words:
            return None
        example = self.words["requestBody"]["content"]["application/json"].get("example", {})
        return json.dumps({name: names.get(name, value) for name, value in example.items()})

    def headers(self, secrets: dict[str, str]) -> dict[str, str]:
        """Who calls, where somebody has to: nobody that we know, unless the call only reads."""
        schemes = DOCUMENT["components"]["securitySchemes"]
        headers = {"Content-Type": "application/json"} if "requestBody" in self.words else {}
        for name in next(iter(self.words["security"]), {}):
            secret = secrets.get(name, NOBODY) if self.method == "GET" else NOBODY
            is_key = schemes[name]["type"] == "apiKey"
            headers |= {schemes[name]["name"]: secret} if is_key else bearer(secret)
        return headers


OPERATIONS = [
    Operation(path, method.upper(), words)
    for path, methods in DOCUMENT["paths"].items()
    for method, words in methods.items()
]
GROUPS = sorted({operation.group for operation in OPERATIONS})

each_group = pytest.mark.parametrize("group", GROUPS)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def admin(demo: dict[str, Any]) -> str:
    return seed.id_token(demo["auth"]["emulator"], seed.USERS["admin"])


@pytest.fixture(scope="module")
def secrets(demo: dict[str, Any]) -> dict[str, str]:
    """Good ones, by the document's scheme."""
    return {
        "FirebaseIdToken": admin(demo),
        "DeviceApiKey": demo["device"]["api_key"],
        "MachineApiKey": demo["machine"]["api_key"],
        "MachineUuid": demo["machine"]["uuid"],
    }


def is_as_documented(operation: Operation, answer: Answer) -> bool:
    """Whether an answer is one of the document and no failure of ours, and its JSON is whole."""
    is_json = str(answer.content_type).startswith("application/json")
    return (
        answer.status < 500
        and str(answer.status) in operation.words["responses"]
        and (not is_json or isinstance(answer.json, dict | list))
    )


@each_door
@each_group
def test_a_foreign_page_reads_the_answer_of_every_operation(
    stranger: Stranger, demo: dict[str, Any], secrets: dict[str, str], names: dict[str, str],
    door: Door, group: str,
) -> None:  # fmt: skip
    operations = [operation for operation in OPERATIONS if operation.group == group]
    calls = [
        Call(
            door(demo, group, one.target(names)),
            one.method,
            one.headers(secrets),
            one.body(names),
        )
        for one in operations
    ]
    answers = stranger.read(*calls, lanes=LANES)
    others = [
        (call.method, call.url, answer)
        for operation, call, answer in zip(operations, calls, answers, strict=True)
        if not is_as_documented(operation, answer)
    ]
    assert others == []
    assert any(answer.status < 300 for answer in answers)


# Preflights


@each_door
def test_a_post_of_text_goes_without_a_preflight(
    stranger: Stranger, demo: dict[str, Any], names: dict[str, str], door: Door
) -> None:
    url = door(demo, "presence", "/presence/qr/generate")
    body = json.dumps(session(names))
    (answer,) = stranger.read(Call(url, "POST", {"Content-Type": "text/plain"}, body))
    assert (answer.status, answer.json["ok"]) == (200, True)
    assert stranger.preflights == {}


@dataclass(frozen=True)
class Header:
    """A header that a page may send only after a preflight, and an endpoint that reads it."""

    name: str
    value: Callable[[dict[str, Any]], str]
    method: str
    path: str  # with the demo's machine in braces
    body: dict[str, Any] | None = None
    status: int = 200

    @property
    def group(self) -> str:
        path, _, _ = self.path.partition("?")
        return next(one.group for one in OPERATIONS if one.path == path)

    def call(self, door: Door, demo: dict[str, Any]) -> Call:
        """One that needs a preflight for this header alone."""
        url = door(demo, self.group, self.path.format(**demo["machine"]))
        body = None if self.body is None else json.dumps(self.body)
        return Call(url, self.method, {self.name: self.value(demo)}, body)


GPS, POINT = "/telemetry/gps", {"device_id": "origin-phone", "lat": -7.25, "lng": 112.75}
HEADERS = [
    Header("Content-Type", lambda demo: "application/json", "POST", GPS, POINT),
    Header("Authorization", lambda demo: f"Bearer {admin(demo)}", "GET", "/api/v1/devices"),
    Header(
        "X-API-Key", lambda demo: str(demo["device"]["api_key"]),
        "POST", "/api/v1/devices/heartbeat", {},
    ),
    Header(
        "X-RVM-API-KEY", lambda demo: str(demo["machine"]["api_key"]),
        "GET", "/api/v1/edge/model-sync",
    ),
    Header(
        "X-Machine-UUID", lambda demo: str(demo["machine"]["uuid"]),
        "GET", "/api/v1/kiosk/session/token", None, 403,  # no login code for another website
    ),
    Header(
        "X-PIN-Session", lambda demo: NOBODY, "POST",
        "/api/v1/kiosk/maintenance/command?machine_uuid={uuid}", {"command": "test_led"}, 401,
    ),
    Header("Idempotency-Key", lambda demo: uuid.uuid4().hex, "POST", GPS, POINT),
]  # fmt: skip


@each_door
@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_a_header_goes_with_a_preflight(
    stranger: Stranger, demo: dict[str, Any], door: Door, header: Header
) -> None:
    call = header.call(door, demo)
    (answer,) = stranger.read(call)
    assert answer.status == header.status, answer
    assert stranger.preflights == {call.url: 1}


# The one URL of Versi A


class Way:
    """How a client names a path to /exec; the fields go into the query of a GET."""

    def __init__(self, method: str, path: str, fields: dict[str, Any]) -> None:
        self.method, self.path = method, path
        self.query = fields if method == "GET" else {}
        self.body = None if method == "GET" else fields

    def call(self, url: str) -> Call:
        body = None if self.body is None else json.dumps(self.body)
        return Call(url + self.suffix(), self.method, body=body)

    def suffix(self) -> str:
        """What comes behind the URL."""
        raise NotImplementedError


class InQuery(Way):
    key = "path"

    def suffix(self) -> str:
        return f"?{urlencode({self.key: self.path, **self.query})}"


class InPathInfo(InQuery):
    key = "pathInfo"


class InAction(InQuery):
    key = "action"


class Glued(Way):
    """The query hangs on the path, behind a second question mark."""

    def suffix(self) -> str:
        return f"?_t=1&path={self.path}?{urlencode({'_u': 1, **self.query})}"


class Below(Way):
    """/exec/presence/…"""

    def suffix(self) -> str:
        return f"/{self.path}" + (f"?{urlencode(self.query)}" if self.query else "")


class InBody(InQuery):
    """A GET has no body, and names its path in the query."""

    body_key = "path"

    def __init__(self, method: str, path: str, fields: dict[str, Any]) -> None:
        super().__init__(method, path, fields)
        if self.body is not None:
            self.body = {self.body_key: path, **fields}

    def suffix(self) -> str:
        return super().suffix() if self.body is None else ""


class InBodysAction(InBody):
    body_key = "action"


class InForm(InBody):
    """A body as an HTML form sends it, with lists as JSON."""

    def call(self, url: str) -> Call:
        if self.body is None:
            return super().call(url)
        texts = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in self.body.items()
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return Call(url, self.method, kind, urlencode(texts))


WAYS = [InQuery, InPathInfo, InAction, InBody, InBodysAction, InForm, Glued, Below]


def a_class_meets(step: Step, names: dict[str, str]) -> None:
    """A code, a check-in with it, and its status."""
    code = step("POST", "presence/qr/generate", **session(names))["qr_token"]
    step("POST", "presence/checkin", **names, qr_token=code)
    where = {name: names[name] for name in ("user_id", "course_id", "session_id")}
    assert step("GET", "presence/status", **where)["status"] == "checked_in"


def a_phone_moves(step: Step, device: dict[str, str]) -> None:
    """Samples and a point, and what was kept of them."""
    sample = {"t": "2026-02-18T10:15:29.100Z", "x": 0.1, "y": 0.2, "z": 9.8}
    assert step("POST", "telemetry/accel", **device, samples=[sample]) == {"accepted": 1}
    assert step("GET", "telemetry/accel/latest", **device) == sample
    step("POST", "telemetry/gps", **device, lat=-7.25, lng=112.75)
    (point,) = step("GET", "telemetry/gps/history", **device)["items"]
    assert (point["lat"], point["lng"]) == (-7.25, 112.75)


@each_door
@pytest.mark.parametrize("way", WAYS)
def test_a_class_and_a_phone_go_through_exec(
    stranger: Stranger, demo: dict[str, Any], names: dict[str, str], door: Door, way: type[Way]
) -> None:
    url = door(demo, "exec", "/exec")

    def step(method: str, path: str, **fields: Any) -> Any:
        (answer,) = stranger.read(way(method, path, fields).call(url))
        assert (answer.status, answer.json["ok"]) == (200, True), answer
        return answer.json["data"]

    a_class_meets(step, names)
    a_phone_moves(step, {"device_id": names["device_id"]})
    assert stranger.preflights == {}


@each_door
@pytest.mark.parametrize("header", HEADERS, ids=lambda header: header.name)
def test_a_header_goes_to_exec_with_a_preflight(
    stranger: Stranger, demo: dict[str, Any], names: dict[str, str], door: Door, header: Header
) -> None:
    url = f"{door(demo, 'exec', '/exec')}?path=presence/qr/generate"
    sent = {header.name: header.value(demo)}
    (answer,) = stranger.read(Call(url, "POST", sent, json.dumps(session(names))))
    assert (answer.status, answer.json["ok"]) == (200, True), answer
    assert stranger.preflights == {url: 1}


# One connection, and calls that end early


@pytest.fixture(scope="module")
def servers(firestore_host: str) -> Iterator[dict[str, str]]:
    """The production servers of the functions with presence endpoints, by function."""
    project = f"demo-{uuid.uuid4().hex[:12]}"
    with (
        serving("presence", firestore_host, project) as presence,
        serving("exec", firestore_host, project) as exec_,
    ):
        await_database(f"{presence}/sessions/active")
        yield {"presence": presence, "exec": exec_}


@pytest.fixture(params=["presence", "exec"])
def function(request: pytest.FixtureRequest) -> str:
    """Which function serves the presence endpoints; the statuses of `exec` are always 200."""
    return str(request.param)


@pytest.fixture(params=["hosting", "own URL", "server"])
def presence(request: pytest.FixtureRequest, function: str) -> str:
    """Where the presence endpoints are, behind each server that a call may pass."""
    path = "/presence" if function == "presence" else "/exec/presence"
    if request.param == "server":
        return str(request.getfixturevalue("servers")[function]) + path
    demo = request.getfixturevalue("demo")
    door = hosting if request.param == "hosting" else own_url
    return door(demo, function, path)


def generate(presence: str, names: dict[str, str]) -> Call:
    return Call(f"{presence}/qr/generate", "POST", body=json.dumps(session(names)))


def test_calls_share_a_connection_with_refusals_between_them(
    stranger: Stranger, function: str, presence: str, names: dict[str, str]
) -> None:
    good = generate(presence, names)
    large = Call(good.url, "POST", body="x" * (LARGEST_BODY + 1))
    unknown = Call(f"{presence}/nonsense")
    answers = stranger.read(good, large, good, unknown, good)
    statuses = [200] * 5 if function == "exec" else [200, 413, 200, 404, 200]
    assert [answer.status for answer in answers] == statuses
    errors = [answer.json.get("error") for answer in answers]
    assert errors == [None, "request_too_large", None, "unknown_endpoint", None]
    assert len(stranger.connections) == 1


def test_a_post_that_is_aborted_does_not_disturb_the_next_call(
    stranger: Stranger, presence: str, names: dict[str, str]
) -> None:
    good = generate(presence, names)
    ends = []
    for _ in range(ABORTS):
        ends.append(stranger.abort(good.url, LARGE))
        assert [answer.json["ok"] for answer in stranger.read(good, good)] == [True, True]
    assert "AbortError" in ends


# When to try again


def test_a_script_reads_when_it_may_try_again(
    stranger: Stranger, function: str, presence: str, names: dict[str, str]
) -> None:
    body = json.dumps({**names, "qr_token": "TKN-000000"})
    guess = Call(f"{presence}/checkin", "POST", body=body)
    answers = (stranger.read(guess)[0] for _ in range(MOST_GUESSES))
    refusal = next(answer for answer in answers if answer.json["error"] != "token_invalid")
    assert refusal.json["error"] == "too_many_attempts"
    assert refusal.status == (200 if function == "exec" else 429)
    assert refusal.retry_after is not None
    assert 0 < int(refusal.retry_after) <= 60


# Paths that nobody serves


def read_at(stranger: Stranger, url: str) -> list[tuple[int, Any]]:
    """Status and JSON that a page reads there, by GET and by POST."""
    answers = stranger.read(Call(url), Call(url, "POST", body="{}"))
    return [(answer.status, answer.json) for answer in answers]


@each_door
@each_group
def test_an_unknown_path_of_a_group_is_refused_in_its_envelope(
    stranger: Stranger, demo: dict[str, Any], door: Door, group: str
) -> None:
    app = app_of(group)
    body, status = app.envelope.error(UnknownEndpoint())
    expected = (200 if group == "exec" else status), body
    url = door(demo, group, f"{app.prefix}/x/y/z")
    assert read_at(stranger, url) == [expected, expected]


@each_group
def test_the_root_of_a_function_answers_json(
    stranger: Stranger, demo: dict[str, Any], group: str
) -> None:
    url = str(demo["functions"][group])
    for status, body in read_at(stranger, url) + read_at(stranger, f"{url}/"):
        assert status < 500
        assert isinstance(body, dict)


@pytest.mark.parametrize("path", ["/api/nonsense", "/api/v1/nonsense", "/api/x/y/z"])
def test_an_unknown_path_below_api_is_refused_as_json(
    stranger: Stranger, demo: dict[str, Any], path: str
) -> None:
    expected = 404, {"success": False, "message": "Unknown endpoint"}
    assert read_at(stranger, hosting(demo, "stations", path)) == [expected, expected]


@pytest.mark.parametrize("path", ["/api/nonsense", "/api/v1/nonsense", "/api/x/y/z"])
def test_an_unknown_path_below_api_costs_no_read(path: str) -> None:
    def store() -> StationStore:
        raise AssertionError("the database was opened")

    client = create_stations(store).test_client()
    assert client.get(path).status_code == client.post(path).status_code == 404
