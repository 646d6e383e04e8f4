"""What every page owes its visitors: small, safe, readable for all, in two languages."""

import gzip
import json
import re
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from shared.base.ids import document_id
from tests.browser.people import PHONE, Class, Person
from tools import machine, seed
from tools.paths import ROOT

Come = Callable[..., Person]
LARGEST = 250_000  # bytes of JavaScript, gzipped, that a page may load
LARGEST_OF_ALL = 255_000  # with what it loads once that is needed: sign-in, camera, chart
PAGES = sorted(path.parent for path in (ROOT / "public").glob("**/index.html"))
each_page = pytest.mark.parametrize("folder", PAGES, ids=lambda path: path.name)


class Html(HTMLParser):
    """Scripts of a page, and what its policy would not let it run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        if tag == "script" and given.get("src"):
            self.scripts.append(str(given["src"]))


def path_of(folder: Path) -> str:
    return "/" + "".join(f"{part}/" for part in folder.relative_to(ROOT / "public").parts)


AT_ONCE = r'(?:from|import)\s*"(\.[^"]+\.js)"'
WHEN_NEEDED = r'(?:from|import\(?)\s*"(\.[^"]+\.js)"'


def loaded(scripts: list[Path], imports: str) -> set[Path]:
    """These modules with all that they import, by one of the expressions above."""
    found: set[Path] = set()
    while scripts:
        script = scripts.pop()
        if script in found:
            continue
        found.add(script)
        names = re.findall(imports, script.read_text("utf-8"))
        scripts += [(script.parent / name).resolve() for name in names]
    return found


@each_page
@pytest.mark.parametrize(
    ("imports", "largest"),
    [(AT_ONCE, LARGEST), (WHEN_NEEDED, LARGEST_OF_ALL)],
    ids=["at once", "all"],
)
def test_a_page_loads_little(folder: Path, bundle: Path, imports: str, largest: int) -> None:
    html = Html((folder / "index.html").read_text("utf-8"))
    scripts = [
        ROOT / "public" / name.lstrip("/") if name.startswith("/") else folder / name
        for name in html.scripts
    ]
    contents = {path.name: path.read_bytes() for path in loaded(scripts, imports)}
    sizes = {
        name: len(gzip.compress(content))
        for name, content in contents.items()
        if b"exchangeRecaptchaEnterprise" not in content  # only where a project has App Check on
    }
    assert sizes
    assert sum(sizes.values()) <= largest, sizes


def test_pages_share_what_they_share(bundle: Path) -> None:
    large = [path.name for path in bundle.rglob("*.js") if path.stat().st_size > 300_000]
    large.remove("docs.js")  # the viewer of the API, which one page has
    assert len(large) == 1, "Firebase is in one file, loaded once and kept"


@each_page
def test_a_page_is_served_under_a_policy_that_it_keeps(folder: Path, demo: dict[str, Any]) -> None:
    answer = requests.get(demo["base_url"] + path_of(folder), timeout=30)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert Html(answer.text).inline == []


def test_a_deployed_page_reaches_no_other_place_than_google_and_us() -> None:
    hosting = json.loads((ROOT / "firebase.json").read_text("utf-8"))["hosting"]
    entries = [entry for entry in hosting["headers"] if entry["source"] != "/docs/swap/**"]
    headers = [header for entry in entries for header in entry["headers"]]
    policies = [h["value"] for h in headers if h["key"] == "Content-Security-Policy"]
    reached = " ".join(re.findall(r"(?:connect|script|frame)-src ([^;]+)", " ; ".join(policies)))
    signs_in = r"apis\.google\.com|\*\.firebaseapp\.com"
    google = rf"https://([a-z-]+\.googleapis\.com|www\.(google|gstatic)\.com/recaptcha/[a-z./]+|{signs_in})"
    strange = [where for where in set(reached.split()) if not re.fullmatch(google, where)]
    assert strange == ["'self'"]


@each_page
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_serious_fault(folder: Path, theme: str, person: Come, course: Class) -> None:
    somebody = person(color_scheme=theme)
    page = somebody.open(path_of(folder))
    if folder.name == "console":
        course.enrol([("1001", "Ani"), ("1002", "Budi")])
        course.checkin("1001", course.generate())
        page = course.console(somebody)
        expect(page.locator("#code")).to_have_text(re.compile("^TKN-"))
        assert faults(page) == []
        page.get_by_role("button", name="Mark absent: Ani").click()
        assert faults(page) == []
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Projector view").click()
    if folder.name in SHOWN:
        SHOWN[folder.name](somebody, course.demo)
    assert faults(page) == []


def show_sensors(somebody: Person, demo: dict[str, Any]) -> None:
    somebody.page.get_by_label("Made-up sensors").check()
    somebody.page.get_by_role("button", name="Start sending").click()
    expect(somebody.page.locator("#chart canvas")).to_be_visible()
    expect(somebody.page.locator("#point")).to_be_visible()


def show_map(somebody: Person, demo: dict[str, Any]) -> None:
    for lat in (-7.28, -7.281):
        point: dict[str, Any] = {"device_id": "axe", "lat": lat, "lng": 112.79}
        requests.post(f"{demo['base_url']}/telemetry/gps", json=point, timeout=60)
    somebody.sign_in("instructor")
    somebody.page.locator("#devices li").filter(has_text="axe").get_by_role("button").click()
    expect(somebody.page.locator("#player")).to_be_visible(timeout=30_000)


def show_machines(somebody: Person, demo: dict[str, Any]) -> None:
    somebody.sign_in("admin")
    expect(somebody.page.locator("#pins li").first).to_be_visible(timeout=30_000)
    assert faults(somebody.page) == []
    somebody.page.get_by_role("button", name="New PIN").click()


def show_people(somebody: Person, demo: dict[str, Any]) -> None:
    page = somebody.page
    somebody.sign_in("admin")
    page.locator("#course").select_option("cloud-101", timeout=30_000)
    expect(page.locator("#table tbody tr")).to_have_count(len(seed.ROSTER.splitlines()) - 1)
    assert faults(page) == []
    page.get_by_role("button", name="Accounts for a class").click()
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#plan")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Invite").click()


def show_me(somebody: Person, demo: dict[str, Any]) -> None:
    somebody.sign_in("student")
    expect(somebody.page.locator("#own")).to_be_visible(timeout=30_000)


SHOWN = {
    "sensors": show_sensors,
    "map": show_map,
    "machines": show_machines,
    "people": show_people,
    "me": show_me,
}


def faults(page: Page) -> list[Any]:
    """What axe calls serious or worse."""
    expect(page.locator("h1, #projector-title").first).to_be_attached()
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    page.evaluate(f"() => {{ {axe} }}")
    found = page.evaluate("axe.run()")["violations"]
    return [
        (fault["id"], node["html"], node["failureSummary"])
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("name", ["", "console", "checkin", "sensors", "map", "machines", "docs"])
def test_a_page_speaks_both_languages_and_remembers_which(name: str, person: Come) -> None:
    page = person(size=PHONE).open(f"/{name}/" if name else "/")
    texts = {}
    for language in ("en", "id"):
        expect(page.locator("html")).to_have_attribute("lang", language)
        shown = page.locator("[data-text]").evaluate_all(
            "elements => elements.map(element => [element.dataset.text, element.textContent])"
        )
        assert [key for key, text in shown if key == text or not text.strip()] == []
        texts[language] = dict(shown)
        page.locator("#language").click()
    assert texts["en"]["nav.checkin"] == "Check-in"
    assert texts["id"]["nav.checkin"] == "Presensi"
    page.locator("#language").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "id")


def test_light_and_dark_follow_the_system_until_somebody_chooses(person: Come) -> None:
    page = person(color_scheme="dark").open("/")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.get_by_role("button", name="Switch light or dark").click()
    light = page.evaluate(paper)
    assert dark != light
    page.reload()
    assert page.evaluate(paper) == light


def test_the_keyboard_finds_its_way(person: Come) -> None:
    page = person(size=PHONE).open("/checkin/")
    expect(page.locator(".skip")).to_be_attached()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Console")).to_be_visible()
    page.get_by_role("link", name="Console").focus()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.get_by_role("link", name="Console")).to_be_hidden()


def test_the_first_page_shows_the_demo_logins_that_there_are(person: Come) -> None:
    page = person().open("/")
    for user in seed.USERS.values():
        expect(page.locator("#logins")).to_contain_text(user.email)
    expect(page.locator("#logins")).to_contain_text(seed.PASSWORD)


@pytest.mark.parametrize("text", ["cloud-101", "a/b", ".", "..", "__x__", "%", "a\nb", "日本 🎓"])
def test_pages_name_documents_as_the_functions_do(text: str, bundle: Path) -> None:
    source = (ROOT / "pages/shared/ids.js").read_text("utf-8")
    code = (
        f"import('data:text/javascript,' + encodeURIComponent({json.dumps(source)}))"
        f".then(m => process.stdout.write(m.documentId({json.dumps(text)})))"
    )
    done = subprocess.run([machine.node(), "-e", code], capture_output=True, check=True)
    assert done.stdout.decode() == document_id(text)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_where_no_page_is_both_languages_show_the_way(person: Come, theme: str) -> None:
    somebody = person(size=PHONE, color_scheme=theme)
    page = somebody.open("/no/such/page")
    for title in ("There is no such page", "Halaman ini tidak ada"):
        expect(page.locator("h1")).to_have_text(title)
        assert faults(page) == []
        page.locator("#language").click()
    for path in page.locator("main a").evaluate_all("links => links.map(link => link.href)"):
        assert requests.get(path, timeout=30).status_code == 200
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
