"""The swap test in a real browser: servers of the contract, right, wrong in one thing, and two at once."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.test_pages import faults
from tests.conformance.small import Json, Reading, Refused, Small, as_apps_script, by_paths
from tests.web import Loopback
from tools import machine
from tools.paths import ROOT

HOSTING: dict[str, Any] = json.loads((ROOT / "firebase.json").read_text("utf-8"))["hosting"]
PAGE = ROOT / "public/docs/swap"
KEPT_BACK = (
    "the browser did not let this page read the answer: no answer, "
    "or Access-Control-Allow-Origin missing, several or not matching"
)
RUN, MINUTE = "Run the test", 60_000

Serve = Callable[..., str]


def headers_of(source: str) -> dict[str, str]:
    """What Hosting sends with the pages of this rule."""
    (entry,) = [entry for entry in HOSTING["headers"] if entry["source"] == source]
    return {header["key"]: header["value"] for header in entry["headers"]}


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Keeps a server of the contract for this test. Returns its URL."""
    running: list[Loopback] = []

    def keep(server: Small, style: str = "rest", start: int = 1) -> str:
        server.numbers = count(start * 1000)
        running.append((by_paths if style == "rest" else as_apps_script)(server))
        return running[-1].url + ("/macros/s/AKfy/exec" if style == "exec" else "")

    yield keep
    for server in running:
        server.end()


@pytest.fixture
def swap(page: Page, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens the page with these choices, under the policy that Hosting sends with it."""
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))

    def come(**choices: str) -> Page:
        path = f"/docs/swap/?{urlencode(choices)}"
        site.pages[path] = _under_policy((PAGE / "index.html").read_text("utf-8"))
        page.goto(f"{site.url}{path}")
        expect(page.get_by_role("button", name=re.compile("Run the test|Jalankan"))).to_be_enabled()
        return page

    yield come
    assert [text for text in messages if "Content Security Policy" in text] == []


def _under_policy(html: str) -> str:
    """Not by a header: Chromium lets no answer of the test's own making call the loopback."""
    policy = headers_of("/docs/swap/**")["Content-Security-Policy"]
    policy = policy.replace("; frame-ancestors 'none'", "")  # headers only
    meta = f"<meta http-equiv='Content-Security-Policy' content=\"{policy}\">"
    return html.replace("<head>", f"<head>{meta}")


def run(page: Page) -> None:
    page.get_by_role("button", name=RUN).click()
    expect(page.locator("#status")).to_contain_text("Done", timeout=MINUTE)


def words(page: Page) -> dict[str, list[str]]:
    """The verdicts of each line, by what it says."""
    pairs = page.locator("#lines summary").evaluate_all(
        "all => all.map(one => [one.querySelector('.says').firstChild.data,"
        " [...one.querySelectorAll('[data-word]')].map(tag => tag.dataset.word)])"
    )
    return dict(pairs)


def fails(page: Page) -> list[str]:
    return [says for says, verdicts in words(page).items() if "FAIL" in verdicts]


def line(page: Page, says: str) -> Locator:
    return page.locator("#lines details").filter(has=page.locator("summary", has_text=says))


def no_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("style", ["rest", "exec"])
def test_a_server_of_the_contract_passes_every_line(
    style: str, swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(Small(), style))
    run(page)
    assert fails(page) == []
    expect(page.locator("#status")).to_have_text("Done: all lines PASS.")
    must = 29 if style == "rest" else 28  # one URL needs no preflight
    expect(page.locator("#summary")).to_contain_text(f"A: {must} of {must} lines are kept.")


def test_the_result_of_a_post_may_be_at_another_origin_as_with_apps_script(
    swap: Callable[..., Page], serve: Serve
) -> None:
    small = Small()
    elsewhere = urlsplit(serve(small, "exec"))
    small.echo = f"http://localhost:{elsewhere.port}/echo"
    page = swap(a=serve(small, "exec"), m="presence,web")
    run(page)
    assert fails(page) == []
    first = line(page, "check-in with the token")
    first.locator("summary").click()
    expect(first.locator(".column")).to_contain_text(small.echo)


def test_the_page_has_every_line_of_the_command(swap: Callable[..., Page], serve: Serve) -> None:
    from tools.conformance import command

    page = swap(a=serve(Small()))
    run(page)
    assert {one.says for one in command.LINES} - set(words(page)) == set()


def test_a_line_shows_its_requests_and_answers(swap: Callable[..., Page], serve: Serve) -> None:
    page = swap(a=serve(Small(), "exec"), m="presence")
    run(page)
    first = line(page, "check-in with the token")
    first.locator("summary").click()
    for text in ("POST http://127", "path=presence%2Fcheckin", '"qr_token":"TKN-', "Status 200, "):
        expect(first.locator(".column")).to_contain_text(text)
    expect(first.locator(".column")).to_contain_text("text/plain;charset=utf-8")


class OneId(Small):
    def post_presence_checkin(self, fields: Json) -> Json:
        return {**super().post_presence_checkin(fields), "presence_id": "PR-0001"}


class NeedsNoSamples(Small):
    def post_telemetry_accel(self, fields: Json) -> Json:
        if fields.get("samples") == []:
            return {"accepted": 0}
        return super().post_telemetry_accel(fields)


class NewestFirst(Small):
    def get_telemetry_gps_history(self, fields: Json) -> Json:
        data = super().get_telemetry_gps_history(fields)
        return {**data, "items": data["items"][::-1]}


class NeverExpires(Small):
    def admit(self, fields: Json, token: Json | None) -> None:
        try:
            super().admit(fields, token)
        except Refused as refused:
            if str(refused) != "token_expired":
                raise


class AnswersEveryPath(Small):
    def unknown(self, _: Json) -> Any:
        return {}


BROKEN = {
    "presence_id is unique: another user gets another one": OneId,
    "accel names a missing field: device_id, samples, and samples that are empty": NeedsNoSamples,
    "check-in with a token whose two minutes are over: token_expired, and nobody is in": NeverExpires,
    "an endpoint that does not exist: unknown_endpoint": AnswersEveryPath,
}


@pytest.mark.parametrize("says", BROKEN)
def test_a_server_that_is_wrong_in_one_thing_fails_that_line_alone(
    says: str, swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(BROKEN[says]()))
    run(page)
    assert fails(page) == [says]
    expect(page.locator("#status")).to_have_text("Done: some lines FAIL.")


def test_a_history_in_the_wrong_order_fails_both_lines_of_it(
    swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(NewestFirst()), m="gps")
    run(page)
    assert [says.split()[0] for says in fails(page)] == ["history", "history?limit="]


class WithoutOrigin(Small):
    def allowed_origins(self, answer: Reading) -> list[str]:
        return []


class OriginTwice(Small):
    def allowed_origins(self, answer: Reading) -> list[str]:
        return ["*", "*"]


class RefusalsWithoutOrigin(Small):
    def allowed_origins(self, answer: Reading) -> list[str]:
        return ["*"] if answer.status < 400 else []


class WithoutPreflight(Small):
    def preflight(self) -> tuple[int, dict[str, str]]:
        return 405, {}


@pytest.mark.parametrize("server", [WithoutOrigin, OriginTwice])
def test_an_answer_that_the_browser_keeps_back_is_a_fail_that_says_so(
    server: type[Small], swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(server(), "exec"))
    run(page)
    must = {
        says: verdicts for says, verdicts in words(page).items() if verdicts[0] in ("PASS", "FAIL")
    }
    assert len(fails(page)) == len(must) == 28
    expect(line(page, "each generate draws").locator(".reason")).to_have_text(f"A: {KEPT_BACK}")


def test_refusals_that_the_browser_keeps_back_fail_the_lines_of_refusals(
    swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(RefusalsWithoutOrigin()), m="gps,errors,web")
    run(page)
    assert fails(page) == [
        "gps names a missing field: device_id, lat, lng",
        "a device without data: device_not_found, at each of the three reads",
        "a read without device_id: missing_field: device_id, at each of the three",
        "an endpoint that does not exist: unknown_endpoint",
        "a page of another origin may read every answer",
    ]


def test_a_preflight_that_is_refused_is_named(swap: Callable[..., Page], serve: Serve) -> None:
    page = swap(a=serve(WithoutPreflight()), m="web")
    run(page)
    reason = line(page, "the preflight of POST").locator(".reason")
    expect(reason).to_contain_text("POST presence/qr/generate: the preflight (OPTIONS)")


def test_nothing_at_the_address_is_a_fail_that_says_so(swap: Callable[..., Page]) -> None:
    page = swap(a="http://127.0.0.1:9/", m="accelerometer")
    run(page)
    expect(page.locator(".reason").first).to_have_text(f"A: {KEPT_BACK}")


def test_two_servers_stand_side_by_side_and_crosswise(
    swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(Small()), b=serve(Small(), "exec", start=2))
    run(page)
    assert fails(page) == []
    verdicts = words(page)
    assert verdicts["each generate draws another token"] == ["PASS", "PASS"]
    assert verdicts["POST telemetry/gps"] == ["PASS"]
    qr = "a QR of its own server is refused by the other: token_invalid, and nobody is in"
    assert verdicts[qr] == ["PASS", "PASS"]
    expect(line(page, qr).locator("summary")).to_contain_text("A → B PASS")
    for label in ("A", "B", "A → B", "B → A", "A = B"):
        expect(page.locator("#summary")).to_contain_text(f"{label}: ")


class OtherShape(Small):
    def post_telemetry_gps(self, fields: Json) -> Json:
        return {**super().post_telemetry_gps(fields), "accepted": 1, "id": 7}


def test_answers_of_two_shapes_are_listed(swap: Callable[..., Page], serve: Serve) -> None:
    page = swap(a=serve(Small()), b=serve(OtherShape(), start=2), m="cross")
    run(page)
    gps = "GPS: points, history and latest work as with its own server"
    assert words(page)[gps] == ["FAIL", "FAIL"]
    assert fails(page) == [gps, "POST telemetry/gps"]
    reason = line(page, "POST telemetry/gps").locator(".reason").first
    expect(reason).to_contain_text("data.accepted (A: boolean, B: number)")
    expect(line(page, gps)).to_contain_text("B → A: fails already at its own server B")
    further = line(page, "no field beyond the contract").locator(".reason")
    expect(further).to_contain_text("POST telemetry/gps: data.id (A: —, B: number)")


class KnowsEveryQr(Small):
    def admit(self, fields: Json, token: Json | None) -> None:
        """Nothing is refused."""


def test_a_server_that_takes_the_qr_of_another_fails_crosswise(
    swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(Small()), b=serve(KnowsEveryQr(), start=2), m="cross")
    run(page)
    (says,) = fails(page)
    assert words(page)[says] == ["FAIL", "PASS"]
    expect(line(page, says)).to_contain_text('A → B: must be refused with "token_invalid"')


def test_the_report_holds_requests_and_verdicts(
    swap: Callable[..., Page], serve: Serve, tmp_path: Path
) -> None:
    url = serve(OneId())
    page = swap(a=url, m="presence")
    run(page)
    texts = {}
    for name in ("Markdown", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Report as {name}").click()
        saved = tmp_path / download.value.suggested_filename
        download.value.save_as(saved)
        texts[saved.name] = saved.read_text("utf-8")
    assert "## Presensi QR: presence_id is unique" in texts["swap-test.md"]
    assert f"POST {url}/presence/checkin" in texts["swap-test.md"]
    report = json.loads(texts["swap-test.json"])
    assert report["servers"] == [{"name": "A", "base_url": url, "style": "rest"}]
    (bad,) = [one for one in report["lines"] if one["verdicts"][0]["verdict"] == "FAIL"]
    assert bad["verdicts"][0]["reason"] == 'two users have the `presence_id` "PR-0001"'
    exchange = bad["verdicts"][0]["exchanges"][1]
    assert exchange["status"] == 200
    assert "PR-0001" in exchange["answer"]
    assert json.loads(exchange["body"])["qr_token"].startswith("TKN-")


HOSTILE = "<img src=x onerror=alert(1)>"


class Hostile(Small):
    def post_telemetry_gps(self, fields: Json) -> Json:
        raise Refused(f"missing_field: {HOSTILE} {{what}} ```\u202e {'long ' * 2000}")


def test_text_of_a_server_shows_as_characters_and_not_longer_than_readers_bear(
    swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(Hostile()), m="gps")
    run(page)
    first = line(page, "a point is stored")
    first.locator("summary").click()
    shown = first.locator("pre").last
    expect(shown).to_contain_text(HOSTILE)
    expect(shown).to_contain_text(re.compile(r"… and \d+ characters more$"))
    expect(first.locator(".reason")).to_contain_text(HOSTILE)
    assert page.locator("main img").count() == 0
    assert "\u202e" not in str(page.locator("main").text_content())
    assert len(str(shown.text_content())) < 4_100
    assert no_wider_than_its_window(page)


class Odd(Small):
    """Answers JSON that is none of the contract's."""

    answers = count()

    def call(self, method: str, path: str, fields: Json) -> tuple[int, Any]:
        odd: list[Any] = [None, [], 7, {"ok": True}, {"ok": True, "data": {"items": [None]}}]
        return 200, odd[next(self.answers) % len(odd)]


def test_a_server_that_answers_anything_ends_no_run(
    swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(Odd()), b=serve(Odd()))
    run(page)
    assert "PASS" not in words(page)["each generate draws another token"]
    expect(page.locator("#lines")).not_to_contain_text("cannot read the answer")


def test_the_page_speaks_both_languages_before_and_after_a_run(
    swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(OneId()), m="presence")
    run(page)
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("Uji tukar")
    expect(page.locator("html")).to_have_attribute("lang", "id")
    expect(page.locator("#status")).to_have_text("Selesai: ada baris yang FAIL.")
    expect(page.locator("#lines")).to_contain_text("presence_id unik: pengguna lain")
    expect(page.locator("#lines")).to_contain_text("dua pengguna memiliki `presence_id`")
    page.reload()
    expect(page.locator("h1")).to_have_text("Uji tukar")


def test_every_sentence_of_the_page_is_there_in_indonesian() -> None:
    translations = set()
    for name in ("lines", "page"):
        text = (PAGE / f"indonesian-{name}.js").read_text("utf-8")
        translations |= set(re.findall(r'^  "((?:[^"\\]|\\.)+)":', text, re.M))
    code = "".join(path.read_text("utf-8") for path in PAGE.glob("*.js"))
    sentences = re.findall(
        r'(?:\.must\(|\.information\(|Wrong\(|NotTried\(|say\(|sentence: |problem = )"([^"]+)"',
        code,
    )
    sentences += re.findall(r"data-text>([^<]+)<", (PAGE / "index.html").read_text("utf-8"))
    assert len(sentences) > 80
    assert set(sentences) - translations == set()


def test_a_run_can_be_stopped_and_started_again(swap: Callable[..., Page], serve: Serve) -> None:
    page = swap(a=serve(Small()), m="presence")
    page.route("**/presence/status**", lambda route: None)  # never answered
    page.get_by_role("button", name=RUN).click()
    expect(page.locator("#now")).to_contain_text("Now: status is checked_in")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#status")).to_have_text("The test was stopped.")
    assert fails(page) == []
    assert "skip" in words(page)["status names a missing field, each of the three"]
    page.unroute("**/presence/status**")
    run(page)
    expect(page.locator("#status")).to_have_text("Done: all lines PASS.")


def test_the_address_holds_the_choices_and_a_link_starts_nothing(
    swap: Callable[..., Page], serve: Serve, site: Site
) -> None:
    page = swap()
    expect(page.get_by_label("Base URL").first).to_have_value(site.url)
    page.get_by_label("Base URL").nth(1).fill("https://b.example/exec?x=1")
    page.get_by_label("GPS").uncheck()
    page.get_by_role("button", name=RUN).click()
    expect(page.get_by_role("alert")).to_contain_text("server B must be http")
    page.get_by_label("Base URL").nth(1).fill("https://b.example/exec")
    page.get_by_label("Style").nth(1).select_option("exec")
    page.reload()
    expect(page.get_by_label("Base URL").nth(1)).to_have_value("https://b.example/exec")
    expect(page.get_by_label("Style").nth(1)).to_have_value("exec")
    expect(page.get_by_label("GPS")).not_to_be_checked()
    expect(page.locator("#results")).to_be_hidden()


@pytest.mark.parametrize(("width", "height"), [(360, 640), (1280, 800)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_readable_on_a_phone_and_a_desk_in_both_themes(
    width: int, height: int, theme: str, swap: Callable[..., Page], serve: Serve
) -> None:
    page = swap(a=serve(OneId()), b=serve(Small(), "exec", start=2))
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",  # else a button is measured while its colour changes
    )
    assert faults(page) == []
    run(page)
    line(page, "presence_id is unique").locator("summary").click()
    line(page, "check-in names a missing").locator("summary").click()
    assert faults(page) == []
    assert no_wider_than_its_window(page)


def test_our_own_server_passes_in_both_styles_from_a_page_of_another_origin(
    swap: Callable[..., Page], demo: dict[str, Any]
) -> None:
    base, modules = demo["base_url"], "presence,accelerometer,gps,errors,web"
    page = swap(a=base, b=f"{base}/exec", m=modules)
    page.get_by_role("button", name=RUN).click()
    expect(page.locator("#status")).to_contain_text("Done", timeout=10 * MINUTE)
    assert fails(page) == []
    reasons = page.locator(".reason").all_text_contents()
    assert "B: the text/plain of one URL needs no preflight" in reasons


@pytest.mark.parametrize("style", ["rest", "exec"])
def test_our_own_server_and_another_groups_pass_crosswise(
    style: str, swap: Callable[..., Page], serve: Serve, demo: dict[str, Any]
) -> None:
    ours = demo["base_url"] + ("/exec" if style == "exec" else "")
    page = swap(a=ours, b=serve(Small(), "exec"), m="cross")
    page.get_by_role("button", name=RUN).click()
    expect(page.locator("#status")).to_contain_text("Done", timeout=5 * MINUTE)
    assert fails(page) == []
    for label in ("A → B", "B → A", "A = B"):
        expect(page.locator("#summary")).to_contain_text(f"{label}: ")


def test_exactly_one_policy_comes_with_each_page() -> None:
    pages = [path.relative_to(ROOT / "public") for path in (ROOT / "public").glob("**/*.html")]
    paths = [f"/{path.as_posix()}".removesuffix("index.html") for path in pages]
    paths += ["/docs/docs.css", "/docs/swap/index.html", "/docs/swap/main.js"]
    sources = [
        entry["source"]
        for entry in HOSTING["headers"]
        if any(header["key"] == "Content-Security-Policy" for header in entry["headers"])
    ]
    code = (
        "const { configMatcher } = require('superstatic/lib/utils/patterns.js');"
        f"const matching = path => {json.dumps(sources)}.filter(source => configMatcher(path, {{ source }}));"
        f"console.log(JSON.stringify({json.dumps(paths)}.map(path => [path, matching(path)])))"
    )
    done = subprocess.run([machine.node(), "-e", code], cwd=ROOT, capture_output=True, check=True)
    matches = dict(json.loads(done.stdout))
    assert {path: len(rules) for path, rules in matches.items()} == dict.fromkeys(paths, 1)
    assert matches["/docs/"] == ["/docs/{,*.*}"]
    assert matches["/docs/swap/"] == ["/docs/swap/**"]


def test_the_docs_link_to_the_page(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/docs/")
    page.get_by_role("link", name="Swap test").click()
    expect(page.get_by_role("button", name=RUN)).to_be_enabled()


def test_the_page_may_call_any_server_and_other_pages_of_the_docs_may_not() -> None:
    swap, docs = headers_of("/docs/swap/**"), headers_of("/docs/{,*.*}")
    name = "Content-Security-Policy"
    assert "connect-src 'self' http: https:;" in swap[name]
    parts = [re.sub(r"connect-src [^;]+;", "", headers.pop(name)) for headers in (swap, docs)]
    assert parts[0] == parts[1]
    assert swap == docs
