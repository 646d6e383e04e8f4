"""App Check in the pages: nothing while it is off; where the server asks, a proof with each call.

Google's part, reCAPTCHA and the exchange of its token, is played here: it needs the internet.
"""

import gzip
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site
from tests.browser.test_swap import headers_of
from tools.paths import ROOT

PAGES = "/@(console|checkin|sensors|map|machines|stations)/**"
CONFIG = {"apiKey": "k", "appId": "1:2:web:3", "projectId": "demo-attest"}
RECAPTCHA = """let widget;
grecaptcha = {enterprise: {
  ready: then => then(),
  render: (place, options) => { widget = options; return 0; },
  execute: async () => { widget.callback(); return "a-recaptcha-token"; },
}};"""
PROOF = "x-firebase-appcheck"


class Server:
    """What stands behind the check-in page, and what was sent to it."""

    def __init__(self, page: Page, site: Site, *, is_on: bool, key: str = "6Lxyz") -> None:
        self.is_on = is_on
        self.key = key
        self.reached: list[str] = []
        self.proofs: list[str | None] = []
        policy = headers_of(PAGES)["Content-Security-Policy"].replace(
            "; frame-ancestors 'none'", ""
        )
        meta = f"<meta http-equiv='Content-Security-Policy' content=\"{policy}\">"
        html = (ROOT / "public/checkin/index.html").read_text("utf-8")
        site.pages["/checkin/"] = html.replace("<head>", f"<head>{meta}")
        page.on("request", lambda request: self.reached.append(request.url))
        page.route("**/__/firebase/init.json", lambda route: route.fulfill(json=CONFIG))
        page.route(re.compile(r"init\.js\?"), lambda route: route.fulfill(body=""))
        page.route("**/presence/**", self.presence)
        page.route(
            "https://www.google.com/recaptcha/enterprise.js*",
            lambda route: route.fulfill(body=RECAPTCHA, content_type="text/javascript"),
        )
        page.route(
            "https://content-firebaseappcheck.googleapis.com/**",
            lambda route: route.fulfill(
                json={"token": "e30.eyJleHAiOjQxMDI0NDQ4MDAsImlhdCI6MX0.s", "ttl": "3600s"},
                headers={"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"},
            ),
        )

    def presence(self, route: Route) -> None:
        if route.request.method == "OPTIONS" or "/__/health" in route.request.url:
            data: dict[str, Any] = {"status": "healthy", "auth_mode": "verified"}
            route.fulfill(json={"ok": True, "data": data | {"app_check_site_key": self.key}})
            return
        proof = route.request.headers.get(PROOF)
        self.proofs.append(proof)
        if self.is_on and not proof:
            route.fulfill(status=401, json={"ok": False, "error": "app_check_required"})
        elif "/sessions/active" in route.request.url:
            route.fulfill(json={"ok": True, "data": {"total": 0, "items": []}})
        else:
            route.fulfill(
                json={"ok": True, "data": {"presence_id": "PR-1", "status": "checked_in"}}
            )


def check_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/checkin/")
    page.get_by_label("Student ID").fill("1001")
    page.get_by_label("Course").fill("cloud-101")
    page.get_by_label("Session", exact=True).fill("sesi-01")
    page.get_by_label("Code").fill("TKN-ABCDEF")
    page.keyboard.press("Enter")


def test_while_it_is_off_a_page_loads_and_sends_nothing_of_it(
    bundle: Path, page: Page, site: Site
) -> None:
    server = Server(page, site, is_on=False)
    check_in(page, site)
    expect(page.locator("#answer")).to_contain_text("You are checked in")
    assert set(server.proofs) == {None}
    assert not [url for url in server.reached if "google" in url or "__/health" in url]


def test_where_the_server_asks_the_page_proves_itself_and_sends_the_call_again(
    bundle: Path, page: Page, site: Site
) -> None:
    """Under the page's own policy, which the browser holds the scripts and calls to."""
    server = Server(page, site, is_on=True)
    check_in(page, site)
    expect(page.locator("#answer")).to_contain_text("You are checked in")
    assert server.proofs[-1] == "e30.eyJleHAiOjQxMDI0NDQ4MDAsImlhdCI6MX0.s"
    (script,) = [url for url in server.reached if "/recaptcha/" in url]
    assert script.startswith("https://www.google.com/recaptcha/enterprise.js")


def test_a_page_that_cannot_prove_itself_says_so(bundle: Path, page: Page, site: Site) -> None:
    server = Server(page, site, is_on=True, key="")
    check_in(page, site)
    expect(page.locator("#answer")).to_contain_text("could not prove that it is ours")
    assert set(server.proofs) == {None}


def test_what_app_check_needs_is_a_file_that_no_page_loads_at_first(bundle: Path) -> None:
    """Statically imported by none: each page has it behind one `import()`."""
    (file,) = [
        p for p in bundle.rglob("*.js") if "exchangeRecaptchaEnterprise" in p.read_text("utf-8")
    ]
    assert file.parent.name == "shared"
    assert len(gzip.compress(file.read_bytes())) < 10_000
    for script in bundle.rglob("*.js"):
        assert not re.search(rf'from\s*"[^"]*{file.name}"', script.read_text("utf-8")), script.name


def test_only_the_pages_that_call_may_load_googles_script() -> None:
    others = ("/{,404.html}", "/@(people|claim|me)/{,*.*}", "/docs/{,*.*}", "/docs/swap/**")
    for source in others:
        assert "google.com/recaptcha" not in headers_of(source)["Content-Security-Policy"]
    policy = headers_of(PAGES)["Content-Security-Policy"]
    (scripts,) = re.findall(r"script-src ([^;]+);", policy)
    assert scripts.split() == [
        "'self'",
        "https://apis.google.com",  # for sign-in with Google
        "https://www.google.com/recaptcha/enterprise.js",
        "https://www.gstatic.com/recaptcha/releases/",
    ]
