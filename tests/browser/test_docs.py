"""The page of the API in a real browser: all of the document, in two languages, nothing from outside."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tools.paths import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "public/openapi.json").read_text("utf-8"))
POLICY = (
    "<meta http-equiv='Content-Security-Policy' "
    "content=\"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'\">"
)


@pytest.fixture
def docs(page: Page, site: Site) -> Page:
    """The page under the policy that Hosting sends with it, asking no other host."""
    html = (ROOT / "public/docs/index.html").read_text("utf-8")
    html = html.replace('href="docs.css"', 'href="/docs/docs.css"')
    html = html.replace('src="docs.js"', 'src="/docs/docs.js"')
    site.pages["/docs/page"] = html.replace("<head>", f"<head>{POLICY}")
    page.on("request", lambda request: _only_here(request.url, site.url))
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{site.url}/docs/page")
    expect(page.locator("details").first).to_be_attached()
    assert refused == []
    return page


def _only_here(url: str, base: str) -> None:
    assert url.startswith((base, "data:")), url


def test_every_operation_of_the_document_is_on_the_page(docs: Page) -> None:
    wanted = {one["operationId"] for path in DOCUMENT["paths"].values() for one in path.values()}
    shown = docs.locator("details").evaluate_all("all => all.map(one => one.id)")
    assert set(shown) == wanted


def test_an_operation_shows_callers_fields_refusals_and_a_call(docs: Page) -> None:
    docs.locator("#presence_checkin summary").click()
    opened = docs.locator("#presence_checkin")
    for text in ("qr_token", "token_expired", "Authorization: Bearer", '"presence_id": "PR-0001"'):
        expect(opened).to_contain_text(text)
    expect(opened.locator("pre").last).to_contain_text("curl -X POST")


def test_the_page_speaks_indonesian_and_english(docs: Page) -> None:
    expect(docs.locator("h1")).to_have_text("The API of Simpul")
    docs.locator("#language").click()
    expect(docs.locator("h1")).to_have_text("API Simpul")
    expect(docs.locator("#presence_stop summary")).to_contain_text("Menutup sesi")
    expect(docs.locator("html")).to_have_attribute("lang", "id")


def test_an_endpoint_is_found_by_a_word(docs: Page) -> None:
    docs.locator("#find").fill("heartbeat")
    expect(docs.locator("details")).to_have_count(2)
    docs.locator("#find").fill("nothing like this")
    expect(docs.locator("main")).to_contain_text("No endpoint")


def test_a_document_that_does_not_load_is_said(page: Page, site: Site) -> None:
    page.route("**/openapi.json", lambda route: route.fulfill(status=503))
    page.goto(f"{site.url}/docs/")
    expect(page.locator("main")).to_have_text("The document could not be loaded.")
