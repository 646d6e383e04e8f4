"""A real browser, and a site of the project's own pages over answers that a test decides."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web import Loopback, QuietHandler
from tools import browser as chromium
from tools.places import ROOT

Answer = Callable[[str], tuple[int, Any, dict[str, str]]]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=chromium.find(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose clock stands until it is moved, and that may not fail in silence."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.clock.install()
    yield opened
    context.close()
    assert errors == []


class Site(Loopback):
    """public/ as Hosting serves it, and under /api/ what `answer` says."""

    def __init__(self) -> None:
        self.answer: Answer = lambda path: (404, {}, {})
        self.pages: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self.tokens: dict[str, str | None] = {}  # the last one, by path
        site = self

        class Handler(QuietHandler):
            def __init__(self, *given: Any) -> None:
                super().__init__(*given, directory=str(ROOT / "public"))

            def do_GET(self) -> None:  # noqa: N802  as http.server calls it
                if self.path in site.pages:
                    self.send(200, site.pages[self.path].encode(), {"Content-Type": "text/html"})
                elif self.path.startswith("/api/"):
                    site.asked[self.path] += 1
                    site.tokens[self.path] = self.headers.get("Authorization")
                    status, body, headers = site.answer(self.path)
                    headers = {"Content-Type": "application/json", **headers}
                    self.send(status, json.dumps(body).encode(), headers)
                else:
                    super().do_GET()

        super().__init__(Handler)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.end()
