"""The page of the API in a real browser: found, read, called and copied, in two languages."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.people import PHONE, Person
from tests.browser.test_pages import faults
from tools.paths import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "public/openapi.json").read_text("utf-8"))
HOSTING: dict[str, Any] = json.loads((ROOT / "firebase.json").read_text("utf-8"))["hosting"]
CHECKIN = DOCUMENT["paths"]["/presence/checkin"]["post"]
Come = Callable[..., Person]


def policy() -> str:
    """What Hosting sends with the page, without Google's hosts: it needs none of them."""
    entry = next(one for one in HOSTING["headers"] if one["source"] == "/docs/{,*.*}")
    headers = {header["key"]: header["value"] for header in entry["headers"]}
    text = headers["Content-Security-Policy"].replace("frame-ancestors 'none'", "")
    return re.sub(r" https://\S+?(?=[ ;])", "", text)


@pytest.fixture
def docs(page: Page, site: Site, bundle: object) -> Page:
    """The page under the policy that Hosting sends with it, asking no other host."""
    html = (ROOT / "public/docs/index.html").read_text("utf-8")
    html = html.replace('href="docs.css"', 'href="/docs/docs.css"')
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy()}">'
    site.pages["/docs/page"] = html.replace("<head>", f"<head>{meta}")
    page.on("request", lambda request: _only_here(request.url, site.url))
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{site.url}/docs/page")
    page.clock.resume()
    expect(page.get_by_role("link", name="presence ▾")).to_be_visible()
    assert refused == []
    return page


def _only_here(url: str, base: str) -> None:
    assert url.startswith((base, "data:", "blob:")), url


def opened(docs: Page, word: str, summary: str) -> Page:
    """The page with the operation of this summary, found by a word."""
    docs.get_by_placeholder(re.compile("Filter|Saring")).fill(word)
    docs.get_by_role("link", name=summary).click()
    expect(docs.get_by_role("heading", name=summary)).to_be_visible()
    return docs


def test_every_group_is_in_the_sidebar_and_every_operation_is_found(docs: Page) -> None:
    groups = {tag["name"] for tag in DOCUMENT["tags"]}
    shown = docs.locator(".nav-bar-tag").all_text_contents()
    assert {text.replace("▾", "").strip() for text in shown} == groups
    wanted = sorted(one["summary"] for path in DOCUMENT["paths"].values() for one in path.values())
    found = docs.locator(".nav-bar-path").all_text_contents()
    assert sorted(text.strip() for text in found) == wanted


def test_an_operation_is_found_by_a_word_of_its_path(docs: Page) -> None:
    docs.get_by_placeholder("Filter").fill("heartbeat")
    expect(docs.locator(".nav-bar-path")).to_have_count(2)
    docs.get_by_placeholder("Filter").fill("nothing like this")
    expect(docs.locator(".nav-bar-path")).to_have_count(0)


def test_an_operation_shows_its_fields_its_answers_and_its_refusals(docs: Page) -> None:
    opened(docs, "checkin", CHECKIN["summary"])
    expect(docs.locator("textarea").first).to_have_value(re.compile("qr_token"))
    for status in CHECKIN["responses"]:
        expect(docs.get_by_role("button", name=status, exact=True)).to_be_visible()
    docs.get_by_role("button", name="401", exact=True).click()
    expect(docs.locator("api-response")).to_contain_text("token_expired")


def test_a_call_is_copied_as_curl(docs: Page, site: Site) -> None:
    docs.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(docs, "checkin", CHECKIN["summary"])
    docs.locator("api-request").get_by_role("button", name="Copy").first.click()
    copied = docs.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(f'curl -X POST "{site.url}/presence/checkin"')
    assert '"qr_token": "TKN-8F2A19"' in copied


def test_the_page_speaks_indonesian_and_english(docs: Page) -> None:
    expect(docs.locator("h1").first).to_have_text("The API of Simpul")
    docs.locator("#language").click()
    expect(docs.locator("h1").first).to_have_text("API Simpul")
    expect(docs.locator("html")).to_have_attribute("lang", "id")
    opened(docs, "checkin", CHECKIN["x-summary-id"])
    expect(docs.get_by_role("button", name="JALANKAN")).to_be_visible()
    docs.locator("#language").click()
    expect(docs.get_by_role("button", name="EXECUTE")).to_be_visible()


def test_the_viewers_words_are_the_same_in_both_languages() -> None:
    words = (ROOT / "node_modules/openapi-explorer/dist/es/languages/en.js").read_text("utf-8")
    ours = (ROOT / "pages/docs/texts.js").read_text("utf-8").partition("INDONESIAN")[2]
    keys = r"^\s*'?([a-z-]+)'?: '"
    for key in re.findall(keys, words, re.MULTILINE):
        assert re.search(rf'["\s{{]{key}"?: "', ours), f"pages/docs/texts.js lacks {key}"


def test_a_document_that_does_not_load_is_said(page: Page, site: Site, bundle: object) -> None:
    page.route("**/openapi.json", lambda route: route.fulfill(status=503))
    page.goto(f"{site.url}/docs/")
    expect(page.get_by_role("alert")).to_have_text("The document could not be loaded.")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [None, PHONE])
def test_somebody_tries_a_call_and_reads_the_answer(person: Come, theme: str, size: Any) -> None:
    somebody = person(color_scheme=theme, **({"size": size} if size else {}))
    page = somebody.open("/docs/")
    summary = DOCUMENT["paths"]["/presence/qr/generate"]["post"]["summary"]
    if size:
        page.get_by_text("presence", exact=True).click()
        page.locator(".endpoint-head").filter(has_text=summary).click()
    else:
        opened(page, "generate", summary)
    page.get_by_role("button", name="EXECUTE").first.click()
    expect(page.locator("api-request").first).to_contain_text(
        "Response Status: OK (200)", timeout=60_000
    )
    expect(page.locator("api-request").first).to_contain_text("TKN-")
    assert faults(page) == []
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width == 0
