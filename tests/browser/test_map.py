"""The map in a real browser, against the whole suite: devices that move, tracks, who sees what."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Locator, Page, expect

from shared.base import clock, timestamps
from tests.browser.people import PHONE, Person
from tests.waiting import until
from tools import seed

Come = Callable[..., Person]
SLOW = 30_000  # the functions emulator starts a process for a request


class Walker:
    """A phone that says where it is."""

    def __init__(self, demo: dict[str, Any], name: str) -> None:
        self._url = f"{demo['base_url']}/telemetry/gps"
        self.name = f"{name}-{uuid.uuid4().hex[:8]}"

    def at(self, lat: float, lng: float, ago: float = 0) -> None:
        ts = timestamps.text(clock.now() - timedelta(seconds=ago))
        body: dict[str, Any] = {
            "device_id": self.name,
            "lat": lat,
            "lng": lng,
            "accuracy_m": 5,
            "ts": ts,
        }
        assert requests.post(self._url, json=body, timeout=60).json()["ok"]


@pytest.fixture
def walker(demo: dict[str, Any]) -> Callable[[str], Walker]:
    return lambda name: Walker(demo, name)


def marker(page: Page, walker: Walker) -> Locator:
    return page.get_by_role("button", name=walker.name, exact=True).and_(page.locator(".device"))


def row(page: Page, walker: Walker) -> Locator:
    return page.locator("#devices li").filter(has_text=walker.name)


def watch(person: Person, role: str, **query: str) -> Page:
    page = person.open("/map/", **query)
    person.sign_in(role)
    expect(page.locator("#map-page")).to_be_visible()
    return page


def test_a_marker_moves_without_a_reload_and_without_internet(
    person: Come, walker: Callable[[str], Walker]
) -> None:
    phone = walker("walker")
    phone.at(-7.28, 112.79)
    somebody = person()
    asked: list[str] = []
    somebody.page.on("request", lambda request: asked.append(request.url))
    page = watch(somebody, "instructor")
    expect(marker(page, phone)).to_be_visible(timeout=SLOW)
    before = marker(page, phone).evaluate("element => element.style.transform")
    phone.at(-7.281, 112.792)
    until(lambda: marker(page, phone).evaluate("element => element.style.transform") != before, 10)
    expect(row(page, phone)).to_contain_text("just now")
    assert [url for url in asked if "openstreetmap" in url] == []
    page.get_by_label("OpenStreetMap").check()
    until(lambda: [url for url in asked if url.startswith("https://tile.openstreetmap.org")], 10)
    expect(page.locator("#no-tiles")).to_be_visible()  # no internet here


def test_a_track_is_drawn_in_its_range_played_and_grows(
    person: Come, walker: Callable[[str], Walker]
) -> None:
    phone = walker("walker")
    for number, ago in enumerate((7200, 120, 60, 1)):
        phone.at(-7.28 + number / 1000, 112.79, ago)
    page = watch(person(), "admin", device=phone.name)
    expect(page.locator("#track-title")).to_have_text(phone.name)
    expect(page.locator("#summary")).to_have_text(re.compile(r"3 positions · 222 m"), timeout=SLOW)
    expect(page.locator("path.whole")).to_have_attribute("d", re.compile("^M.+L"))
    page.get_by_label("Range of time").select_option("360")
    expect(page.locator("#summary")).to_contain_text("4 positions · 334 m", timeout=SLOW)
    page.get_by_label("Range of time").select_option("60")
    expect(page.locator("#summary")).to_contain_text("3 positions", timeout=SLOW)
    page.get_by_label("Speed").select_option("60")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".moment")).to_be_visible()
    expect(page.locator("path.passed")).to_have_attribute("d", re.compile("^M.+L"))
    expect(page.get_by_role("button", name="Play")).to_be_visible()  # it has come to the end
    expect(page.locator(".moment")).to_have_count(0)
    phone.at(-7.27, 112.79)
    expect(page.locator("#summary")).to_contain_text("4 positions")
    slider = page.get_by_label("Moment")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".moment")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"\d\d:\d\d:\d\d"))


def test_a_range_of_ones_own_is_from_one_moment_to_another(
    person: Come, walker: Callable[[str], Walker]
) -> None:
    phone = walker("walker")
    for number, ago in enumerate((3 * 86_400, 2 * 86_400 + 60, 2 * 86_400, 5)):
        phone.at(-7.28 + number / 1000, 112.79, ago)
    page = watch(person(timezone_id="UTC"), "instructor", device=phone.name)
    page.get_by_label("Range of time").select_option("own")
    shown = [(clock.now() - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M") for days in (2.5, 1)]
    page.get_by_label("From", exact=True).fill(shown[0])
    page.get_by_label("To", exact=True).fill(shown[1])
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#summary")).to_contain_text("2 positions · 111 m", timeout=SLOW)


def test_a_student_sees_the_devices_that_they_name_and_no_list(
    person: Come, walker: Callable[[str], Walker]
) -> None:
    mine, other = walker("mine"), walker("other")
    mine.at(-7.28, 112.79)
    other.at(-7.29, 112.79)
    student = person(size=PHONE)
    page = watch(student, "student")
    expect(page.locator("#empty")).to_contain_text("Type the name of a device")
    page.get_by_label("Name of a device").fill(mine.name)
    page.get_by_role("button", name="Follow").click()
    expect(marker(page, mine)).to_be_visible(timeout=SLOW)
    page.reload()
    expect(marker(page, mine)).to_be_visible(timeout=SLOW)
    expect(page.locator(".device")).to_have_count(1)
    expect(page.locator("#problem")).to_be_empty()
    page.get_by_role("button", name=f"Stop following {mine.name}").click()
    expect(page.locator(".device")).to_have_count(0)


def test_a_private_device_is_on_no_map_and_a_phone_of_its_name_is_a_phone(
    person: Come, demo: dict[str, Any], walker: Callable[[str], Walker]
) -> None:
    public, name = walker("public"), f"private-{uuid.uuid4().hex[:8]}"
    owner = seed.id_token(demo["auth"]["emulator"], seed.USERS["owner"])
    url = f"{demo['base_url']}/api/v1/devices"
    made = seed.call(url, {"device_id": name, "name": name, "public": False}, owner)["data"]
    reading = {"type": "temperature", "value": 30}
    seed.call(f"{url}/data", {"data": [reading]}, api_key=made["api_key"])
    public.at(-7.28, 112.79)
    page = watch(person(), "instructor")
    expect(row(page, public)).to_be_visible(timeout=SLOW)
    phone = walker("private")
    phone.name = name
    expect(row(page, phone)).to_have_count(0)
    phone.at(-7.28, 112.79)
    expect(marker(page, phone)).to_be_visible(timeout=SLOW)
    page = watch(person(), "student", device=name)
    expect(marker(page, phone)).to_be_visible(timeout=SLOW)


def test_a_hostile_device_name_is_text_on_the_map_and_beside_it(
    person: Come, demo: dict[str, Any], walker: Callable[[str], Walker]
) -> None:
    phone = walker("<img src=x onerror=alert(1)>")
    phone.at(-7.28, 112.79)
    page = watch(person(), "instructor")
    expect(marker(page, phone)).to_have_text(phone.name, timeout=SLOW)
    row(page, phone).get_by_role("button").click()
    expect(page.locator("#track-title")).to_have_text(phone.name)
    expect(page.locator("#map-page img[src=x]")).to_have_count(0)
