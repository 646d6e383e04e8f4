"""A phone that sends its sensors, in a real browser against the whole suite."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Geolocation, Page, Route, expect

from shared.base import clock
from tests.browser.people import PHONE, Person
from tests.waiting import until

Come = Callable[..., Person]
SLOW = 30_000  # the functions emulator starts a process for a request
HERE: Geolocation = {"latitude": -7.2575, "longitude": 112.7521, "accuracy": 12.5}
MOTION = ["accelerometer", "gyroscope"]

# A phone that is moved: 25 events a second, as browsers send them; x counts them.
MOVED = """() => {
  let count = 0;
  window.motion = setInterval(() => dispatchEvent(new DeviceMotionEvent("devicemotion", {
    accelerationIncludingGravity: {x: count++, y: 0.25, z: 9.7}, interval: 40,
  })), 40);
}"""


@pytest.fixture
def device() -> str:
    return f"phone-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def phone(person: Come) -> Person:
    return person(size=PHONE, geolocation=HERE, permissions=[*MOTION, "geolocation"])


def begin(phone: Person, device: str) -> Page:
    """The page on a phone that lies in somebody's hand, sending."""
    page = phone.open("/sensors/")
    page.get_by_label("Name of this device").fill(device)
    page.evaluate(MOVED)
    page.get_by_role("button", name="Start sending").click()
    return page


def stored(demo: dict[str, Any], kind: str, device: str) -> list[dict[str, Any]]:
    url = f"{demo['base_url']}/telemetry/{kind}/history"
    answer = requests.get(url, params={"device_id": device, "limit": "1000"}, timeout=30).json()
    return list(answer["data"]["items"]) if answer["ok"] else []


def count(page: Page, what: str) -> int:
    return int(page.locator(f"#count-{what}").inner_text().replace(",", ""))


def all_arrived(page: Page, demo: dict[str, Any], device: str) -> list[dict[str, Any]]:
    """The stored samples. Fails unless the page counts as many, once it has heard of the last."""
    until(
        lambda: len(stored(demo, "accel", device)) == count(page, "accel"), 15,
        lambda: f"{len(stored(demo, 'accel', device))} stored, {count(page, 'accel')} counted",
    )  # fmt: skip
    return stored(demo, "accel", device)


def in_their_order(samples: list[dict[str, Any]]) -> bool:
    """Whether each sample is there once, by its time where it was measured."""
    counted = [sample["x"] for sample in samples]
    return bool(counted) and counted == sorted(set(counted))


def test_a_phones_sensors_are_stored_each_sample_with_its_time(
    phone: Person, device: str, demo: dict[str, Any]
) -> None:
    page = begin(phone, device)
    expect(page.locator("#count-accel")).not_to_have_text("0", timeout=SLOW)
    expect(page.locator("#count-gps")).not_to_have_text("0", timeout=SLOW)
    expect(page.locator("#chart canvas")).to_be_visible()
    expect(page.locator("#y")).to_have_text("0.25")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#count-waiting")).to_have_text("0", timeout=SLOW)
    samples = all_arrived(page, demo, device)
    assert in_their_order(samples)
    assert {(sample["y"], sample["z"]) for sample in samples} == {(0.25, 9.7)}
    times = [datetime.fromisoformat(sample["t"]) for sample in samples]
    assert len(set(times)) == len(times)
    assert abs(times[-1] - clock.now()) < timedelta(minutes=1)
    point = stored(demo, "gps", device)[0]
    assert (point["lat"], point["lng"]) == (HERE["latitude"], HERE["longitude"])


def test_without_network_samples_wait_and_survive_a_reload(
    phone: Person, device: str, demo: dict[str, Any]
) -> None:
    page = phone.open("/sensors/")
    page.route("**/telemetry/**", lambda route: route.abort())  # a server out of reach
    begin(phone, device)
    expect(page.locator("#count-waiting")).not_to_have_text("0")
    expect(page.locator("#state")).to_have_text("waiting for the network")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#state")).to_have_text("the rest is still to be sent")
    waiting = count(page, "waiting")
    assert stored(demo, "accel", device) == []
    page.unroute_all()
    page.reload()
    expect(page.locator("#count-accel")).not_to_have_text("0", timeout=SLOW)
    expect(page.locator("#count-waiting")).to_have_text("0", timeout=SLOW)
    assert waiting >= 1
    all_arrived(page, demo, device)


def test_a_phone_that_is_offline_sends_by_itself_once_it_is_back(
    phone: Person, device: str, demo: dict[str, Any]
) -> None:
    page = begin(phone, device)
    expect(page.locator("#count-accel")).not_to_have_text("0", timeout=SLOW)
    phone.context.set_offline(True)
    expect(page.locator("#count-waiting")).not_to_have_text("0")
    expect(page.locator("#problem")).to_contain_text("Check the network")
    phone.context.set_offline(False)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#count-waiting")).to_have_text("0", timeout=SLOW)
    expect(page.locator("#problem")).to_be_empty()
    samples = all_arrived(page, demo, device)
    assert in_their_order(samples)


def test_a_batch_whose_answer_is_lost_is_sent_again_and_counted_once(
    phone: Person, device: str, demo: dict[str, Any]
) -> None:
    page = phone.open("/sensors/")
    arrived: list[int] = []

    def lose_the_first(route: Route) -> None:
        arrived.append(route.fetch(timeout=SLOW).status)
        route.abort() if len(arrived) == 1 else route.continue_()

    page.route("**/telemetry/accel", lose_the_first)
    begin(phone, device)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#count-accel")).not_to_have_text("0", timeout=SLOW)
    expect(page.locator("#count-waiting")).to_have_text("0", timeout=SLOW)
    assert len(arrived) >= 2
    all_arrived(page, demo, device)


def test_a_page_in_place_of_an_answer_stops_nothing(phone: Person, device: str) -> None:
    page = phone.open("/sensors/")
    page.route("**/telemetry/**", lambda route: route.fulfill(status=200, body="<html></html>"))
    begin(phone, device)
    expect(page.locator("#count-waiting")).not_to_have_text("0")
    expect(page.locator("#problem")).to_contain_text("Check the network")
    page.unroute_all()
    expect(page.locator("#count-accel")).not_to_have_text("0", timeout=SLOW)


def test_a_name_of_another_account_is_said_and_another_name_is_accepted(
    phone: Person, device: str
) -> None:
    page = phone.open("/sensors/")

    def refuse(route: Route) -> None:
        if device in str(route.request.post_data):
            route.fulfill(status=403, json={"ok": False, "error": "forbidden"})
        else:
            route.continue_()

    page.route("**/telemetry/**", refuse)
    begin(phone, device)
    expect(page.locator("#problem")).to_contain_text(f"“{device}” belongs to another account")
    expect(page.locator("#problem")).to_contain_text("Choose another name")
    expect(page.get_by_role("button", name="Start sending")).to_be_visible()  # it has stopped
    page.get_by_label("Name of this device").fill(f"phone-{uuid.uuid4().hex[:8]}")
    page.get_by_role("button", name="Start sending").click()
    expect(page.locator("#count-accel")).not_to_have_text("0", timeout=SLOW)
    expect(page.locator("#problem")).to_be_empty()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def test_what_cannot_be_had_is_said_and_the_rest_goes_on(
    phone: Person, device: str, person: Come
) -> None:
    page = phone.open("/sensors/")
    page.get_by_label("Name of this device").fill(device)
    page.get_by_role("button", name="Start sending").click()
    expect(page.locator("#accel-problem")).to_contain_text("no accelerometer")
    expect(page.locator("#count-gps")).not_to_have_text("0", timeout=SLOW)
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    desktop = person(permissions=MOTION).open("/sensors/")
    desktop.get_by_role("button", name="Start sending").click()
    expect(desktop.locator("#accel-problem")).to_contain_text("no accelerometer")
    expect(desktop.locator("#gps-problem")).to_contain_text("not allowed")
    expect(desktop.get_by_role("button", name="Start sending")).to_be_visible()


def test_a_phone_is_asked_for_its_motion_and_may_say_no(phone: Person) -> None:
    phone.page.add_init_script("DeviceMotionEvent.requestPermission = async () => 'denied';")
    page = phone.open("/sensors/")
    page.get_by_role("button", name="Start sending").click()
    expect(page.locator("#accel-problem")).to_contain_text("were not allowed")


def test_the_name_of_the_phone_is_remembered(phone: Person, device: str) -> None:
    page = begin(phone, device)
    page.reload()
    expect(page.get_by_label("Name of this device")).to_have_value(device)
