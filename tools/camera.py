"""Takes pictures of a running suite's pages: `python -m tools.camera DEMO_JSON FOLDER NAME …`."""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import cos, pi, sin
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tools import browser as chromium
from tools import seed
from tools.console import say
from tools.phones import CAMPUS
from tools.screenshots import LANGUAGES

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
LOCALES = {"en": "en-GB", "id": "id-ID"}
SESSION = {"course_id": seed.COURSE, "session_id": "sesi-02"}
STUDENTS = [line.split(",")[0] for line in seed.ROSTER.splitlines()[1:]]
WALKERS = ("budi", "ani", "citra", "dimas", "eka")
POINTS, INTERVAL = 40, 15  # of a track, and seconds between two
PATIENCE = 60_000  # milliseconds: the functions emulator starts a process for a request

STARTED = datetime.now(UTC)

Demo = dict[str, Any]


def take(demo: Demo, folder: Path, names: list[str]) -> None:
    """Writes the pictures with these names in all languages."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox", "--disable-gpu"]
        )
        for name in names:
            size, show = SHOWS[name]
            for language, suffix in LANGUAGES.items():
                page = _page(browser, size, language)
                show(page, demo)
                page.wait_for_timeout(800)  # for what moves into its place
                page.screenshot(path=folder / f"{name}{suffix}")
                page.context.close()
                say(f"  {name}{suffix}")
        browser.close()


def _page(browser: Browser, size: ViewportSize, language: str) -> Page:
    context = browser.new_context(
        viewport=size, locale=LOCALES[language], timezone_id="Asia/Jakarta", color_scheme="light"
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(f"localStorage.setItem('language', '{language}')")
    return context.new_page()


def _sign_in(page: Page, demo: Demo, role: str) -> None:
    user = demo["users"][role]
    page.locator("#signin [name=email]").fill(user["email"])
    page.locator("#signin [name=password]").fill(user["password"])
    page.locator("#signin [type=submit]").click()


def _presence(demo: Demo, path: str, **fields: str) -> dict[str, Any]:
    body = {**SESSION, **fields}
    data: dict[str, Any] = seed.call(f"{demo['base_url']}/presence/{path}", body)["data"]
    return data


def _console(page: Page, demo: Demo) -> None:
    """A session with two thirds of the class, two of them with one phone."""
    token = _presence(demo, "qr/generate")["qr_token"]
    for number, student in enumerate(STUDENTS[1:9]):
        device = f"phone-{min(number, 6)}"
        _presence(demo, "checkin", user_id=student, device_id=device, qr_token=token)
    query = f"course={SESSION['course_id']}&session={SESSION['session_id']}"
    page.goto(f"{demo['base_url']}/console/?{query}")
    _sign_in(page, demo, "instructor")
    page.locator("#qr svg").wait_for()
    page.locator("#roster tbody tr").nth(len(STUDENTS) - 1).wait_for(state="attached")


def _projector(page: Page, demo: Demo) -> None:
    _console(page, demo)
    page.locator("#large").click()


def _checkin(page: Page, demo: Demo) -> None:
    """A student whose phone has opened the code's link."""
    token = _presence(demo, "qr/generate")["qr_token"]
    place = f"c={SESSION['course_id']}&s={SESSION['session_id']}"
    page.goto(f"{demo['base_url']}/checkin/#{place}&t={token}")
    page.locator("[name=user]").fill(STUDENTS[1])
    page.locator("#form [type=submit]").click()
    page.locator("#answer[data-state=good]").wait_for()
    page.evaluate("scrollTo(0, 0)")


def _map(page: Page, demo: Demo) -> None:
    """Five phones on a campus, and the track of one."""
    for number, name in enumerate(WALKERS):
        _walk(demo, f"phone-{name}", number, POINTS if name == "ani" else 1)
    page.goto(f"{demo['base_url']}/map/?device=phone-ani")
    _sign_in(page, demo, "instructor")
    page.locator("#player").wait_for()
    page.wait_for_timeout(1500)  # until the map has moved to the track
    page.locator("#moment").evaluate(
        "input => { input.value = +input.min + (input.max - input.min) * 0.6;"
        " input.dispatchEvent(new Event('input', {bubbles: true})); }"
    )


def _walk(demo: Demo, device: str, number: int, points: int) -> None:
    """Sends a phone's positions up to now: a piece of a curve around the campus.

    Sent again for the next language, they are the same positions, so the track is the same.
    """
    end = STARTED - timedelta(seconds=number)
    for step in range(points):
        turn = 2 * pi * (0.17 * number + 0.8 * (step + 1) / points)
        ts = end - timedelta(seconds=INTERVAL * (points - 1 - step))
        body = {
            "device_id": device, "ts": ts.isoformat(), "accuracy_m": 5,
            "lat": round(CAMPUS[0] + 0.0018 * sin(turn) * (1 + 0.3 * sin(3 * turn)), 6),
            "lng": round(CAMPUS[1] + 0.0026 * cos(turn), 6),
        }  # fmt: skip
        seed.call(f"{demo['base_url']}/telemetry/gps", body)


def _sensors(page: Page, demo: Demo) -> None:
    """A phone with the sensors of the demo, after ten seconds."""
    page.goto(f"{demo['base_url']}/sensors/")
    page.locator("[name=device]").fill("phone-budi")
    page.locator("[name=simulate]").check()
    page.locator("#go").click()
    page.locator("#chart").wait_for()
    time.sleep(10)


def _kiosk(page: Page, demo: Demo) -> None:
    """The screen of the demo's machine, which is online."""
    machine = demo["machine"]
    url = f"{demo['base_url']}/api/v1/edge/heartbeat"
    seed.call(url, {"bin_capacity": 42}, api_key=machine["api_key"])
    page.goto(machine["kiosk_url"])
    page.locator("svg.qr").wait_for()


def _people(page: Page, demo: Demo) -> None:
    """The accounts of the demo's course, as its teacher sees them."""
    page.goto(f"{demo['base_url']}/people/?course={seed.COURSE}")
    _sign_in(page, demo, "instructor")
    page.locator("#table tbody tr").nth(len(STUDENTS) - 1).wait_for(state="attached")


def _me(page: Page, demo: Demo) -> None:
    """What is stored of a student with a check-in."""
    page.goto(f"{demo['base_url']}/me/")
    _sign_in(page, demo, "student")
    page.locator("#checkins tbody tr").first.wait_for()


SHOWS: dict[str, tuple[ViewportSize, Callable[[Page, Demo], None]]] = {
    "console": (DESK, _console),
    "projector": (DESK, _projector),
    "checkin": (PHONE, _checkin),
    "map": (DESK, _map),
    "sensors": (PHONE, _sensors),
    "kiosk": (DESK, _kiosk),
    "people": (DESK, _people),
    "me": (PHONE, _me),
}

if __name__ == "__main__":
    take(json.loads(Path(sys.argv[1]).read_text("utf-8")), Path(sys.argv[2]), sys.argv[3:])
