"""realtime.js in a real browser: the contract's own HTML, hostile values, one request, hidden tabs."""

import json
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Site

HOSTILE = "<img src=x onerror=alert(1)>"
STATISTICS, DATA = "/api/v1/devices/2/statistics", "/api/v1/devices/2/data"

# As the contract prints it.
CONTRACT = """
<!-- Show total readings -->
<span data-realtime-url="/api/v1/devices/2/statistics"
      data-realtime-key="data.total_data"
      data-realtime-interval="5000">
  Loading...
</span>

<!-- Show average value -->
<span data-realtime-url="/api/v1/devices/2/statistics"
      data-realtime-key="data.avg_value"
      data-realtime-interval="5000">
  Loading...
</span>

<!-- Render data table with template -->
<table>
  <tbody data-realtime-url="/api/v1/devices/2/data"
         data-realtime-template="<tr>
           <td>{{ recorded_at }}</td>
           <td>{{ data_type }}</td>
           <td>{{ value }}</td>
         </tr>">
  </tbody>
</table>
"""
ROWS = [
    {"id": 2, "recorded_at": "19 May 2026 10:35:45", "data_type": "gempa", "value": 250},
    {"id": 1, "recorded_at": "19 May 2026 10:30:45", "data_type": "vibration", "value": None},
]


def settle(page: Page) -> None:
    """Lets requests that are out come back: two round trips to the same server behind them."""
    for _ in range(2):
        page.evaluate("() => fetch('/api/settle').then(answer => answer.text())")


def open_page(page: Page, site: Site, body: str) -> None:
    site.pages["/page"] = f'<!doctype html>{body}<script src="/js/realtime.js" defer></script>'
    page.goto(f"{site.url}/page")


class Counting:
    """Statistics that grow with each look, and a history."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self, path: str) -> tuple[int, Any, dict[str, str]]:
        if path == DATA:
            return 200, ROWS, {}
        self.looks += 1
        return (
            200,
            {"success": True, "data": {"total_data": 149 + self.looks, "avg_value": 23.5}},
            {"Access-Control-Allow-Origin": "*"},
        )


def test_the_contracts_own_page_shows_values_and_keeps_them_up_to_date(
    page: Page, site: Site
) -> None:
    site.answer = Counting()
    open_page(page, site, CONTRACT)
    total, average = page.locator("span").nth(0), page.locator("span").nth(1)
    expect(total).to_have_text("150")
    expect(average).to_have_text("23.5")
    cells = page.locator("tr").nth(0).locator("td")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(cells).to_have_text(["19 May 2026 10:35:45", "gempa", "250"])
    expect(page.locator("tr").nth(1).locator("td").nth(2)).to_have_text("")
    page.clock.run_for(5_000)
    expect(total).to_have_text("151")


def test_a_hostile_value_is_shown_as_its_characters(page: Page, site: Site) -> None:
    site.answer = lambda _: (200, {"name": HOSTILE, "url": "javascript:alert(1)"}, {})
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    open_page(
        page,
        site,
        """<b data-realtime-url="/api/x" data-realtime-key="name"></b>
        <p data-realtime-url="/api/x" data-realtime-template="<i title='{{ name }}'>{{ name }}</i>
          <a href='{{ url }}' onclick='{{ name }}'>link</a>"></p>""",
    )
    expect(page.locator("b")).to_have_text(HOSTILE)
    expect(page.locator("i")).to_have_text(HOSTILE)
    expect(page.locator("i")).to_have_attribute("title", HOSTILE)
    link = page.locator("p a")
    assert (link.get_attribute("href"), link.get_attribute("onclick")) == (None, None)
    assert page.locator("img").count() == 0
    link.click()
    assert dialogs == []


def test_ten_elements_with_one_address_make_one_request(page: Page, site: Site) -> None:
    site.answer = Counting()
    element = f'<span data-realtime-url="{STATISTICS}" data-realtime-key="data.total_data"></span>'
    open_page(page, site, element * 10)
    expect(page.locator("span").nth(9)).to_have_text("150")
    assert site.asked == {STATISTICS: 1}
    page.clock.run_for(5_000)
    expect(page.locator("span").nth(9)).to_have_text("151")
    assert site.asked == {STATISTICS: 2}


def hide(page: Page, hidden: bool) -> None:
    """What a browser does when its tab is put behind another one."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_hidden_tab_asks_for_nothing_and_looks_at_once_when_it_is_back(
    page: Page, site: Site
) -> None:
    site.answer = Counting()
    open_page(page, site, CONTRACT)
    expect(page.locator("span").nth(0)).to_have_text("150")
    hide(page, True)
    page.clock.run_for(600_000)
    assert site.asked[STATISTICS] == 1
    hide(page, False)
    page.clock.run_for(1)
    expect(page.locator("span").nth(0)).to_have_text("151")


def test_a_failing_server_is_asked_less_and_less_and_what_was_shown_stays(
    page: Page, site: Site
) -> None:
    counting = Counting()
    site.answer = counting
    open_page(page, site, CONTRACT)
    total = page.locator("span").nth(0)
    expect(total).to_have_text("150")
    site.answer = lambda _: (500, {}, {})
    asked_at = []
    for second in range(0, 200, 5):
        before = site.asked[STATISTICS]
        with_answer = page.locator("span").nth(0)
        page.clock.run_for(5_000)
        expect(with_answer).to_have_text("150")
        settle(page)
        if site.asked[STATISTICS] > before:
            asked_at.append(second)
    gaps = [later - earlier for earlier, later in pairwise(asked_at)]
    assert len(gaps) >= 3
    assert all(later >= 1.5 * earlier for earlier, later in pairwise(gaps))
    expect(total).to_have_attribute("data-realtime-state", "error")
    site.answer = counting
    for _ in range(64):  # at most the longest pause, in steps that leave an answer its time
        page.clock.run_for(5_000)
        settle(page)
    expect(total).to_have_attribute("data-realtime-state", "ok")


def test_a_server_that_says_when_is_not_asked_before(page: Page, site: Site) -> None:
    site.answer = lambda _: (429, {}, {"Retry-After": "60"})
    open_page(page, site, f'<span data-realtime-url="{STATISTICS}"></span>')
    expect(page.locator("span")).to_have_attribute("data-realtime-state", "error")
    page.clock.run_for(59_000)
    assert site.asked[STATISTICS] == 1
    page.clock.run_for(2_000)
    settle(page)
    assert site.asked[STATISTICS] == 2


def test_a_token_goes_to_this_origin_only(page: Page, site: Site) -> None:
    site.answer = Counting()
    other = site.url.replace("127.0.0.1", "localhost")
    open_page(
        page,
        site,
        f'<span data-realtime-url="{STATISTICS}"></span><i data-realtime-url="{other}/api/x"></i>',
    )
    expect(page.locator("span")).to_have_attribute("data-realtime-state", "ok")
    site.tokens.clear()
    page.evaluate("Realtime.setToken(() => 'abc')")
    page.clock.run_for(1)
    settle(page)
    assert (site.tokens[STATISTICS], site.tokens["/api/x"]) == ("Bearer abc", None)


def account(page: Page, token: str | None) -> list[str]:
    """The module of the site's pages that knows who is signed in; the addresses that were loaded of it."""
    loaded: list[str] = []
    source = f"""let current = {json.dumps(token)};
        export const idToken = fresh => (current = fresh ? 'fresh' : current);"""

    def serve(route: Route) -> None:
        loaded.append(route.request.url)
        route.fulfill(body=source, content_type="text/javascript")

    page.route("**/lib/token.js", serve)
    return loaded


class Guarded(Counting):
    """The same for callers with the right token."""

    def __init__(self, site: Site, right: str) -> None:
        super().__init__()
        self._site, self._right = site, f"Bearer {right}"

    def __call__(self, path: str) -> tuple[int, Any, dict[str, str]]:
        if self._site.tokens[path] != self._right:
            return 401, {"success": False, "message": "Unauthorized"}, {}
        return super().__call__(path)


@pytest.mark.parametrize("right", ["abc", "fresh"])
def test_the_account_of_the_sites_pages_is_used_where_the_server_wants_one(
    page: Page, site: Site, right: str
) -> None:
    site.answer = Guarded(site, right)
    loaded = account(page, "abc")
    open_page(page, site, CONTRACT)
    if right == "fresh":  # a token that looks good and is not: the next look brings a new one
        expect(page.locator("span").nth(0)).to_have_attribute("data-realtime-state", "signin")
        page.clock.run_for(10_000)
    expect(page.locator("span").nth(0)).to_have_text("150")
    expect(page.locator("tbody tr")).to_have_count(2)
    assert len(loaded) == 1


def test_without_an_account_it_says_that_one_has_to_sign_in(page: Page, site: Site) -> None:
    site.answer = Guarded(site, "abc")
    account(page, None)
    open_page(page, site, CONTRACT)
    for span in page.locator("span").all():
        expect(span).to_have_attribute("data-realtime-state", "signin")
    assert set(site.tokens.values()) == {None}


def test_a_site_that_has_no_such_pages_shows_an_error(page: Page, site: Site) -> None:
    site.answer = Guarded(site, "abc")
    page.route("**/lib/token.js", lambda route: route.fulfill(status=404))
    open_page(page, site, CONTRACT)
    expect(page.locator("span").nth(0)).to_have_attribute("data-realtime-state", "error")


def test_a_page_that_sets_its_token_keeps_it_and_a_public_page_loads_nothing(
    page: Page, site: Site
) -> None:
    loaded = account(page, "abc")
    site.answer = Counting()
    open_page(page, site, CONTRACT)
    expect(page.locator("span").nth(0)).to_have_text("150")
    site.answer = Guarded(site, "abc")
    page.evaluate("Realtime.setToken('own')")
    page.clock.run_for(1)
    expect(page.locator("span").nth(0)).to_have_attribute("data-realtime-state", "signin")
    assert loaded == []
    assert site.tokens[STATISTICS] == "Bearer own"


STATIONS: list[dict[str, Any]] = [
    {
        "id": number, "device_id": f"SENSOR-00{number}", "name": name, "type": "sensor",
        "status": status, "latitude": latitude, "longitude": longitude, "location": place,
        "last_heartbeat": "2026-05-19T10:30:45Z", "capabilities": [],
    }
    for number, name, status, latitude, longitude, place in [
        (1, "Stasiun Jakarta", "online", -6.2088, 106.8456, "Jakarta"),
        (2, HOSTILE, "offline", 1.4748, 124.8421, HOSTILE),
        (3, "Nowhere", "offline", None, None, None),
    ]
]  # fmt: skip


def stations(path: str) -> tuple[int, Any, dict[str, str]]:
    if path == "/api/v1/public/stations":
        return 200, {"success": True, "data": STATIONS, "count": 3, "next": None}, {}
    number = int(path.rsplit("/", 1)[1])
    more = {"recent_readings": ROWS, "reading_count": 150, "today_count": 45, "metadata": {}}
    return 200, {"success": True, "data": {**STATIONS[number - 1], **more}}, {}


def test_the_stations_page_lists_maps_and_opens_stations(page: Page, site: Site) -> None:
    site.answer = stations
    page.goto(f"{site.url}/stations/")
    expect(page.locator("#stations tr")).to_have_count(3)
    expect(page.locator("#total")).to_have_text("3")
    expect(page.locator("#online")).to_have_text("1")
    expect(page.locator("#markers a")).to_have_count(2)
    expect(page.locator("#stations tr").nth(1).locator("a")).to_have_text(HOSTILE)
    page.get_by_role("link", name="Stasiun Jakarta").nth(1).click()
    expect(page.locator("#details [data-field=reading_count]")).to_have_text("150")
    expect(page.locator("#details tbody tr")).to_have_count(2)
    page.locator("#stations a").nth(1).click()
    expect(page.locator("#details [data-field=name]")).to_have_text(HOSTILE)
    assert page.locator("section img").count() == 1
    assert site.asked["/api/v1/public/stations"] == 1


def in_pages(path: str) -> tuple[int, Any, dict[str, str]]:
    """The stations one by one."""
    after = int(path.partition("after=")[2] or 0)
    following = None if after == 2 else after + 1
    return 200, {"success": True, "data": [STATIONS[after]], "count": 1, "next": following}, {}


def test_the_stations_page_shows_the_stations_of_all_pages(page: Page, site: Site) -> None:
    site.answer = in_pages
    page.goto(f"{site.url}/stations/")
    expect(page.locator("#stations tr")).to_have_count(3)
    expect(page.locator("#total")).to_have_text("3")
    expect(page.locator("#online")).to_have_text("1")
    expect(page.locator("#markers a")).to_have_count(2)
    url = "/api/v1/public/stations"
    assert site.asked == {url: 1, f"{url}?after=1": 1, f"{url}?after=2": 1}


def test_an_element_that_asks_for_no_pages_shows_the_first_and_one_that_does_shows_all(
    page: Page, site: Site
) -> None:
    site.answer = in_pages
    element = '<p {0} data-realtime-url="/api/v1/public/stations" data-realtime-key="count"></p>'
    open_page(page, site, element.format("") + element.format("data-realtime-pages"))
    expect(page.locator("p").nth(0)).to_have_text("1")
    expect(page.locator("p").nth(1)).to_have_text("3")


def test_a_page_that_fails_leaves_what_was_shown(page: Page, site: Site) -> None:
    site.answer = in_pages
    page.goto(f"{site.url}/stations/")
    expect(page.locator("#stations tr")).to_have_count(3)
    site.answer = lambda path: in_pages(path) if "after=2" not in path else (503, {}, {})
    page.clock.run_for(60_000)
    expect(page.locator("#stations")).to_have_attribute("data-realtime-state", "error")
    expect(page.locator("#stations tr")).to_have_count(3)


@pytest.mark.parametrize(("locale", "title"), [("id-ID", "Stasiun"), ("en-GB", "Stations")])
def test_the_stations_page_speaks_both_languages(
    page: Page, site: Site, locale: str, title: str
) -> None:
    site.answer = stations
    page.add_init_script(f"Object.defineProperty(navigator, 'language', {{get: () => '{locale}'}})")
    page.goto(f"{site.url}/stations/")
    expect(page.locator("h1")).to_have_text(title)
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text({"Stasiun": "Stations", "Stations": "Stasiun"}[title])
    page.reload()
    expect(page.locator("h1")).to_have_text({"Stasiun": "Stations", "Stations": "Stasiun"}[title])


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 800)])
def test_the_stations_page_fits_its_screen(page: Page, site: Site, width: int, height: int) -> None:
    site.answer = stations
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{site.url}/stations/#1")
    expect(page.locator("#details tbody tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
