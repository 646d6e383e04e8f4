"""simpul.js in a real browser: its queue and buffer over answers that a test decides, its listeners on the suite."""

import json
import re
import subprocess
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from tests.browser.people import PHONE, Class, Person
from tools.machine import environment
from tools.paths import ROOT

CLIENT = ROOT / "public/js/simpul.js"
TYPES = ROOT / "public/js/simpul.d.ts"
APP = "https://app.test"
FIELDS = {
    "user_id": "ani", "device_id": "phone", "course_id": "cloud-101", "session_id": "sesi-02",
    "qr_token": "TKN-8F2A19",
}  # fmt: skip
GOOD = {"ok": True, "data": {"presence_id": "PR-1", "status": "checked_in"}}
PAGE = """<!doctype html><title>app</title><script type="module">
import {Simpul} from "/js/simpul.js";
window.events = [];
window.begin = (base = location.origin) => {
  window.simpul = new Simpul(base);
  for (const type of ["checkin", "sensors"]) {
    simpul.addEventListener(type, ({detail}) => events.push({type, ...detail, error: detail.error?.code ?? null}));
  }
};
begin();
window.checkIn = fields => simpul.checkIn(fields).catch(error => ({refused: error.code, status: error.status}));
</script>"""

Answer = tuple[int, Any, dict[str, str]] | None  # None: no network


class Server:
    """A server of the contract on two origins, that answers as a test says and remembers each request."""

    def __init__(self, page: Page) -> None:
        self.answer: Callable[[str, Any], Answer] = lambda path, body: (200, GOOD, {})
        self.requests: list[tuple[str, Any, dict[str, str]]] = []
        page.context.route(re.compile(r"https://\w+\.test/.*"), self._handle)
        page.goto(f"{APP}/")
        page.wait_for_function("'checkIn' in window")

    def _handle(self, route: Route) -> None:
        url, request = route.request.url, route.request
        if url == f"{APP}/":
            return route.fulfill(body=PAGE, content_type="text/html")
        if url == f"{APP}/js/simpul.js":
            return route.fulfill(path=CLIENT, content_type="text/javascript")
        if request.method == "OPTIONS":
            allowed = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
            return route.fulfill(status=204, headers=allowed)
        body = json.loads(request.post_data) if request.post_data else None
        self.requests.append((url, body, request.headers))
        answer = self.answer(url, body)
        if answer is None:
            return route.abort()
        status, content, headers = answer
        text = content if isinstance(content, str) else json.dumps(content)
        return route.fulfill(
            status=status, body=text, headers={"Access-Control-Allow-Origin": "*", **headers}
        )

    @property
    def bodies(self) -> list[Any]:
        return [body for _, body, _ in self.requests]


@pytest.fixture
def server(page: Page) -> Server:
    return Server(page)


def events(page: Page, type_: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "type => events.filter(e => e.type === type)", type_
    )
    return found


def online(page: Page) -> None:
    """What a browser does when the network is back."""
    page.evaluate("dispatchEvent(new Event('online'))")


def test_a_check_in_without_network_waits_over_a_reload_and_is_sent_when_it_is_back(
    page: Page, server: Server
) -> None:
    server.answer = lambda path, body: None
    assert page.evaluate("f => checkIn(f)", FIELDS) == {"status": "waiting", "presence_id": None}
    page.reload()
    page.wait_for_function("'checkIn' in window")
    assert page.evaluate("simpul.waiting()") == [FIELDS]
    server.answer = lambda path, body: (200, GOOD, {})
    online(page)
    page.wait_for_function("events.some(e => e.status === 'checked_in')")
    assert page.evaluate("simpul.waiting()") == []
    assert all(body == FIELDS for body in server.bodies)


@pytest.mark.parametrize(
    "answer", [(503, {"ok": False, "error": "unavailable"}, {}), (200, "<html>a portal</html>", {}),
               (401, {"ok": False, "error": "unauthorized"}, {})],
)  # fmt: skip
def test_what_may_succeed_later_waits(page: Page, server: Server, answer: Answer) -> None:
    server.answer = lambda path, body: answer
    assert page.evaluate("f => checkIn(f)", FIELDS)["status"] == "waiting"
    server.answer = lambda path, body: (200, GOOD, {})
    page.evaluate("simpul.setToken(() => 'abc')")
    page.wait_for_function("events.some(e => e.status === 'checked_in')")
    assert server.requests[-1][2]["authorization"] == "Bearer abc"


@pytest.mark.parametrize("code", ["token_invalid", "token_mismatch", "missing_field: user_id"])
def test_a_refusal_is_told_and_does_not_wait(page: Page, server: Server, code: str) -> None:
    server.answer = lambda path, body: (401, {"ok": False, "error": code}, {})
    assert page.evaluate("f => checkIn(f)", FIELDS) == {"refused": code, "status": 401}
    assert page.evaluate("simpul.waiting()") == []
    assert [event["status"] for event in events(page, "checkin")] == ["refused"]
    online(page)
    page.evaluate("simpul.waiting()")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [("checked_in", {"status": "checked_in", "presence_id": None}),
     ("absent", {"refused": "token_expired", "status": 401})],
)  # fmt: skip
def test_a_repeat_after_its_token_asks_whether_the_first_one_had_arrived(
    page: Page, server: Server, status: str, expected: dict[str, Any]
) -> None:
    def answer(path: str, body: Any) -> Answer:
        if "status" in path:
            return 200, {"ok": True, "data": {"status": status}}, {}
        return 401, {"ok": False, "error": "token_expired"}, {}

    server.answer = answer
    assert page.evaluate("f => checkIn(f)", FIELDS) == expected


def test_one_url_of_versi_a_takes_the_path_and_plain_text(page: Page, server: Server) -> None:
    page.evaluate("begin('https://other.test/exec')")
    assert page.evaluate("f => checkIn(f)", FIELDS) == GOOD["data"]
    url, _, headers = server.requests[-1]
    assert url == "https://other.test/exec?path=presence%2Fcheckin"
    assert headers["content-type"] == "text/plain"
    server.answer = lambda path, body: (200, {"ok": False, "error": "token_invalid"}, {})
    assert page.evaluate("f => checkIn(f)", FIELDS)["refused"] == "token_invalid"


def test_samples_go_in_batches_in_their_order_and_a_repeat_is_the_same_body(
    page: Page, server: Server
) -> None:
    server.answer = lambda path, body: None
    page.evaluate("""() => {
        const phone = simpul.sensors("p1");
        for (const x of [1, 2]) phone.accel({x, y: 0, z: 9.8});
        phone.flush();
        phone.gps({lat: -7.25, lng: 112.75, accuracy_m: 5});
        phone.accel({x: 3, y: 0, z: 9.8});
    }""")
    page.clock.run_for(2000)
    page.wait_for_function("events.some(e => e.type === 'sensors' && e.waiting === 3)")
    first = server.bodies[0]
    server.answer = lambda path, body: (200, {"ok": True, "data": {"accepted": 1}}, {})
    server.requests.clear()
    online(page)
    page.wait_for_function("events.at(-1).waiting === 0")
    assert [re.sub(r".*/telemetry/", "", url) for url, *_ in server.requests] == [
        "accel", "gps", "accel",
    ]  # fmt: skip
    assert server.bodies[0] == first
    assert [sample["x"] for sample in first["samples"]] == [1, 2]
    assert first["ts"] == first["samples"][-1]["t"]
    assert events(page, "sensors")[-1]["accepted"] == 4


def test_a_batch_that_waits_is_sent_by_the_next_page(page: Page, server: Server) -> None:
    server.answer = lambda path, body: None
    page.evaluate("simpul.sensors('p1').accel({x: 1, y: 2, z: 3, t: '2026-02-18T10:15:29.100Z'})")
    page.clock.run_for(2000)
    page.wait_for_function("events.some(e => e.waiting === 1)")
    page.reload()
    page.wait_for_function("'checkIn' in window")
    server.answer = lambda path, body: (200, {"ok": True, "data": {"accepted": 1}}, {})
    online(page)
    page.wait_for_function("events.some(e => e.accepted === 1)")
    sample = {"t": "2026-02-18T10:15:29.100Z", "x": 1, "y": 2, "z": 3}
    assert server.bodies[-1] == {"device_id": "p1", "ts": sample["t"], "samples": [sample]}


def test_a_server_that_says_when_is_not_asked_before(page: Page, server: Server) -> None:
    refusal = {"ok": False, "error": "too_many_requests"}
    server.answer = lambda path, body: (429, refusal, {"Retry-After": "60"})
    page.evaluate("simpul.sensors('p1').gps({lat: 1, lng: 2})")
    page.wait_for_function("events.some(e => e.error === 'too_many_requests')")
    page.clock.run_for(59_000)
    page.evaluate("simpul.sensors('p1').gps({lat: 1, lng: 3})")
    page.evaluate("simpul.waiting()")
    assert len(server.requests) == 1
    server.answer = lambda path, body: (200, {"ok": True, "data": {"accepted": True}}, {})
    page.clock.run_for(2_000)
    page.wait_for_function("events.at(-1).waiting === 0")
    assert [body["lng"] for body in server.bodies] == [2, 2, 3]


def test_a_batch_that_the_server_refuses_is_counted_and_holds_nothing_up(
    page: Page, server: Server
) -> None:
    def answer(path: str, body: Any) -> Answer:
        if body["lat"] == 91:
            return 400, {"ok": False, "error": "invalid_field: lat"}, {}
        return 200, {"ok": True, "data": {"accepted": True}}, {}

    server.answer = answer
    page.evaluate("""async () => {
        const phone = simpul.sensors("p1");
        await phone.gps({lat: 91, lng: 0});
        await phone.gps({lat: 1, lng: 0});
    }""")
    page.wait_for_function("events.at(-1)?.accepted === 1")
    last = events(page, "sensors")[-1]
    assert (last["refused"], last["waiting"]) == (1, 0)


# On the suite, with Google's modules as npm has them.

LISTENING = """<!doctype html><title>app</title><script type="module">
import {Simpul} from "/js/simpul.js";
window.heard = {};
window.simpul = new Simpul();
window.listen = (name, ...path) => {
  window.stop = simpul[name](...path, found => { heard[name] = found; }, error => { heard[name] = error.code; });
};
</script>"""


def app_of(person: Person, html: str = LISTENING, folder: str = "") -> Page:
    """A page on the suite's own origin that imports simpul.js; Google's addresses serve what npm has.

    It is `html`, or the page of an example's folder.
    """

    def google(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        route.fulfill(path=ROOT / "node_modules/firebase" / name, content_type="text/javascript")

    # Chromium does not know where a page comes from that a route answers.
    person.context.grant_permissions(["local-network-access"])
    person.context.route("https://www.gstatic.com/firebasejs/**", google)

    def app(route: Route) -> None:
        name = urlsplit(route.request.url).path.removeprefix("/app/") or "index.html"
        if folder:
            route.fulfill(path=ROOT / folder / name)
        else:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

    person.context.route(f"{person.demo['base_url']}/app/**", app)
    return person.open("/app/")


def blocks(page: str, heading: str) -> list[str]:
    """The blocks of code in a section of the docs."""
    section = (ROOT / f"docs/{page}.md").read_text("utf-8").partition(heading)[2].split("\n## ")[0]
    found = re.findall(r"(?:^(?: {4}.*)?\n)+", section, re.MULTILINE)
    return [re.sub(r"^ {4}", "", one, flags=re.MULTILINE) for one in found if one.strip()]


def test_a_guest_of_open_mode_hears_its_own_status_and_a_phone_but_no_roster(
    person: Callable[..., Person], course: Class
) -> None:
    guest = person()
    page = app_of(guest)
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.wait_for_function("'listen' in window")
    code = course.generate()
    ids = [course.course_id, course.session_id]
    fields = {**course.session, "user_id": "tamu/1", "device_id": "hp", "qr_token": code}
    assert page.evaluate("fields => simpul.checkIn(fields)", fields)["status"] == "checked_in"
    assert not [url for url in loaded if "firebase" in url]
    page.evaluate("ids => listen('onStatus', 'tamu/1', ...ids)", ids)
    page.wait_for_function("heard.onStatus?.status === 'checked_in'")
    device = f"hp/{course.course_id}"
    page.evaluate("device => listen('onDevice', device)", device)
    page.wait_for_function("heard.onDevice === null")
    page.evaluate("d => simpul.sensors(d).gps({lat: -7.25, lng: 112.75})", device)
    page.wait_for_function("heard.onDevice?.gps?.lat === -7.25", timeout=40_000)
    page.evaluate("ids => listen('onRoster', ...ids)", ids)
    page.wait_for_function("heard.onRoster === 'permission-denied'")
    guest.open("/map/")
    expect(page.get_by_label("E-mail")).to_be_visible()  # a guest is nobody to the site's own pages


def test_a_teacher_who_is_signed_in_on_the_site_hears_the_roster(
    person: Callable[..., Person], course: Class
) -> None:
    teacher = person()
    course.enrol([("ani", "Ani Lestari")])
    teacher.open("/map/")
    teacher.sign_in("instructor")
    expect(teacher.page.locator("#account")).to_be_visible()
    page = app_of(teacher)
    page.wait_for_function("'listen' in window")
    page.evaluate("ids => listen('onRoster', ...ids)", [course.course_id, course.session_id])
    page.wait_for_function("heard.onRoster?.length === 0")
    course.checkin("ani", course.generate())
    page.wait_for_function("heard.onRoster?.[0]?.user_id === 'ani'")
    page.evaluate("stop()")


def test_an_owner_who_is_signed_in_sees_the_contracts_example_as_printed(
    person: Callable[..., Person], demo: dict[str, Any]
) -> None:
    owner = person()
    number = demo["device"]["id"]
    html = f"""<script src="/js/realtime.js" defer></script>
        <span data-realtime-url="/api/v1/devices/{number}/statistics"
              data-realtime-key="data.total_data" data-realtime-interval="5000">Loading...</span>
        <b data-realtime-url="/api/v1/devices/{number}/statistics?2" data-realtime-key="data.total_data"></b>"""
    page = app_of(owner, html)
    expect(page.locator("span")).to_have_attribute("data-realtime-state", "signin")
    owner.open("/map/")
    owner.sign_in("owner")
    expect(page.locator("#account")).to_be_visible()
    owner.open("/app/")
    for element in (page.locator("span"), page.locator("b")):
        expect(element).to_have_attribute("data-realtime-state", "ok")
        expect(element).to_have_text(re.compile(r"\d+"))


def test_the_example_of_the_docs_works_as_printed(person: Callable[..., Person]) -> None:
    public, private = blocks("stations", "## realtime.js")[:2]
    owner = person()
    page = app_of(owner, public + private)
    elements = page.locator("[data-realtime-url]")
    expect(elements).to_have_count(3)
    for element in elements.all()[:2]:
        expect(element).to_have_attribute("data-realtime-state", "ok", timeout=40_000)
    expect(elements.nth(2)).to_have_attribute("data-realtime-state", "signin")
    owner.open("/map/")
    owner.sign_in("owner")
    expect(page.locator("#account")).to_be_visible()
    owner.open("/app/")
    expect(elements.nth(2)).to_have_text(re.compile(r"\d+"))


def test_the_smallest_app_of_the_docs_works_as_printed(
    person: Callable[..., Person], course: Class
) -> None:
    page = app_of(person(), blocks("apps", "## The smallest whole app")[0])
    fields = {"user_id": "budi", **course.session, "qr_token": course.generate()}
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Hadir").click()
    expect(page.locator("output")).to_have_text("checked_in")
    assert course.status("budi") == "checked_in"


def test_the_example_app_checks_in_over_a_lost_network_and_shows_ones_status_live(
    person: Callable[..., Person], course: Class
) -> None:
    student = person(
        size=PHONE,
        geolocation={"latitude": -7.25, "longitude": 112.75},
        permissions=["geolocation"],
    )
    page = app_of(student, folder="examples/web")
    course.enrol([("ani", "Ani Lestari")])
    page.get_by_label("NIM").fill("ani")
    page.get_by_label("Kelas").fill(course.course_id)
    page.get_by_label("Sesi").fill(course.session_id)
    page.get_by_label("Kode di layar").fill(course.generate())
    student.context.route("**/presence/checkin", lambda route: route.abort())
    page.get_by_role("button", name="Hadir").click()
    expect(page.locator("#answer")).to_contain_text("menunggu jaringan")
    page.reload()
    expect(page.locator("#status")).to_have_text("absent")
    student.context.unroute("**/presence/checkin")
    online(page)
    expect(page.locator("#status")).to_have_text("checked_in")
    expect(page.locator("#answer")).to_have_text("Hadir.")
    page.get_by_role("button", name="Kirim sensor").click()
    expect(page.locator("#live")).to_have_text("-7.25, 112.75", timeout=40_000)
    page.get_by_role("button", name="Dengarkan").click()
    expect(page.locator("#present")).to_contain_text("permission-denied")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    teacher = person()
    teacher.open("/map/")
    teacher.sign_in("instructor")
    expect(teacher.page.locator("#account")).to_be_visible()
    desk = app_of(teacher, folder="examples/web")
    desk.get_by_label("Kelas").fill(course.course_id)
    desk.get_by_label("Sesi").fill(course.session_id)
    desk.get_by_role("button", name="Dengarkan").click()
    expect(desk.locator("#present li")).to_have_text(["ani: checked_in"])


def test_a_page_of_another_origin_may_import_the_client(demo: dict[str, Any]) -> None:
    headers = requests.get(f"{demo['base_url']}/js/simpul.js", timeout=30).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "javascript" in headers["Content-Type"]


# Its types and its size.


def test_the_types_name_what_the_client_has(page: Page, server: Server) -> None:
    declared = TYPES.read_text("utf-8").partition("export class Simpul extends")[2]
    names = set(re.findall(r"^  (\w+)(?:<.*?>)?\(", declared, re.MULTILINE)) - {"addEventListener"}
    own = page.evaluate("Object.getOwnPropertyNames(Object.getPrototypeOf(simpul))")
    assert names == set(own)


USE = """import { Simpul, SimpulError } from "./simpul.js";
const simpul = new Simpul("https://x.test");
simpul.setToken(async () => null);
const { status } = await simpul.checkIn({
  user_id: "a", device_id: "b", course_id: "c", session_id: "d", qr_token: "e" });
const waiting: boolean = status === "waiting";
simpul.addEventListener("checkin", ({ detail }) => detail.error?.code.length);
simpul.sensors("p").accel({ x: 1, y: 2, z: 3 });
const stop = simpul.onDevice("p", (live) => live?.gps?.lat.toFixed(1));
stop();
export { waiting, SimpulError };
"""
WRONG = 'import { Simpul } from "./simpul.js"; new Simpul().checkIn({ user_id: 1 });'


@pytest.mark.parametrize(("source", "code"), [(USE, 0), (WRONG, 2)])
@pytest.mark.npm
def test_a_typescript_compiler_accepts_a_right_use_only(
    tmp_path: Any, source: str, code: int
) -> None:
    (tmp_path / "simpul.d.ts").write_text(TYPES.read_text("utf-8"), "utf-8")
    (tmp_path / "use.ts").write_text(source, "utf-8")
    tsc = ROOT / "node_modules/typescript/bin/tsc"
    options = ["--noEmit", "--strict", "--target", "es2022", "--module", "esnext"]
    done = subprocess.run(
        ["node", tsc, *options, "--moduleResolution", "bundler", tmp_path / "use.ts"],
        capture_output=True, text=True, encoding="utf-8", env=environment(), check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout


def test_the_client_is_smaller_than_fifteen_kilobytes() -> None:
    assert CLIENT.stat().st_size < 15_000
