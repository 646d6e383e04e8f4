"""A real browser: over answers that a test decides, and over the whole suite."""

import json
import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.people import Class, Person
from tests.suite.running import Suite
from tests.web import Loopback, QuietHandler
from tools import browser as chromium
from tools import install
from tools.paths import ROOT

Answer = Callable[[str], tuple[int, Any, dict[str, str]]]

# Where no test says how soon: the functions emulator starts a process for a request.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=chromium.find(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield found
        found.close()


@pytest.fixture(scope="session")
def bundle() -> Path:
    """What browsers load, bundled from what is there now."""
    install.pages()
    return ROOT / "public" / "lib"


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


@pytest.fixture(scope="session")
def demo(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The whole suite, started once for all tests of pages: what its demo.json says.

    `SIMPUL_DEMO`, where it is set, is the demo.json of one that runs already.
    """
    if running := os.environ.get("SIMPUL_DEMO"):
        found: dict[str, Any] = json.loads(Path(running).read_text("utf-8"))
        return found
    suite: Suite = request.getfixturevalue("suite")
    return suite.demo if suite.running else suite.start()


@pytest.fixture
def course(demo: dict[str, Any]) -> Class:
    """A course and a session of this test alone."""
    return Class(demo, f"course-{uuid.uuid4().hex[:8]}", "sesi-01")


@pytest.fixture
def person(browser: Browser, demo: dict[str, Any]) -> Iterator[Callable[..., Person]]:
    """Opens a browser of somebody's own. It may not fail in silence, nor break the page's policy."""
    people: list[Person] = []

    def come(**options: Any) -> Person:
        people.append(Person(browser, demo, **options))
        return people[-1]

    yield come
    for one in people:
        one.context.close()
    assert [problem for one in people for problem in one.problems] == []
