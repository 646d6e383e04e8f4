"""The check-in page on a phone: link, typed code, lost answers, a moment without network."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.people import PHONE, Class, Person
from tools.paths import ROOT

Come = Callable[..., Person]
CHECKIN = "**/presence/checkin"
HOSTILE = "<img src=x onerror=alert(1)>"

# Every code of the API's own table, with what comes after some of them.
TABLE = (
    (ROOT / "docs/presence.md").read_text("utf-8").partition("## Errors")[2].partition("## Time")[0]
)
ROWS = [line.split("|")[1] for line in TABLE.splitlines() if line.startswith("| `")]
CODES = [
    code.replace("NAME", "user_id") for row in ROWS for code in re.findall(r"`([a-z][^`]+)`", row)
]


def answer(page: Page, text: str) -> None:
    expect(page.locator("#answer")).to_contain_text(text)


def fill(page: Page, course: Class, user: str, code: str) -> None:
    """Types everything, as one does whose session is not in the list."""
    page.get_by_label("Student ID").fill(user)
    if page.locator("#open").is_visible():
        page.locator("#open").select_option("")
    page.get_by_label("Course").fill(course.course_id)
    page.get_by_label("Session", exact=True).fill(course.session_id)
    page.get_by_label("Code").fill(code)


def refuse(error: str, status: int = 401) -> Callable[[Route], None]:
    return lambda route: route.fulfill(
        status=status, json={"ok": False, "error": error}, headers={"Retry-After": "7"}
    )


@pytest.fixture
def phone(person: Come) -> Person:
    return person(size=PHONE)


def test_the_link_that_a_phones_camera_opens_checks_a_known_student_in(
    phone: Person, course: Class
) -> None:
    query = {"c": course.course_id, "s": course.session_id}
    page = phone.open("/checkin/", **query, t=course.generate())
    assert "TKN-" not in page.url, "a reload must not send the code again"
    expect(page.get_by_label("Code")).to_have_value(re.compile("^TKN-"))
    page.get_by_label("Student ID").fill("1001")
    page.keyboard.press("Enter")
    answer(page, "You are checked in")
    page = phone.open("/checkin/", **query, t=course.generate())
    answer(page, "You are checked in")
    assert course.status("1001") == "checked_in"


def test_a_code_in_a_link_reaches_no_servers_log(phone: Person, course: Class) -> None:
    asked: list[str] = []
    phone.page.on("request", lambda request: asked.append(f"{request.url} {request.headers}"))
    link = f"{course.demo['base_url']}/checkin/#c={course.course_id}&s={course.session_id}&t="
    page = phone.page
    page.goto(f"{link}{course.generate()}")
    page.get_by_label("Student ID").fill("1001")
    page.keyboard.press("Enter")
    answer(page, "You are checked in")
    assert "TKN-" not in page.evaluate("location.href"), "a reload must not send the code again"
    assert [each for each in asked if "TKN-" in each] == []


def test_a_link_that_the_open_page_is_sent_to_checks_in_too(phone: Person, course: Class) -> None:
    page = phone.open("/checkin/")
    page.evaluate("localStorage.setItem('simpul.user', JSON.stringify('1002'))")
    code = course.generate()
    with page.expect_event("load"):
        page.evaluate(f"location.hash = 'c={course.course_id}&s={course.session_id}&t={code}'")
    answer(page, "You are checked in")
    page.evaluate("location.hash = 'main'")  # as the link that skips the frame does
    answer(page, "You are checked in")
    assert course.status("1002") == "checked_in"


def test_a_code_is_typed_as_people_type_and_the_student_is_remembered(
    phone: Person, course: Class
) -> None:
    code = course.generate()
    page = phone.open("/checkin/")
    fill(page, course, "1002", code.removeprefix("TKN-").lower())
    page.get_by_role("button", name="Check in").click()
    answer(page, "You are checked in")
    answer(page, f"1002 · {course.course_id} / {course.session_id}")
    page.reload()
    expect(page.get_by_label("Student ID")).to_have_value("1002")


def test_a_field_that_is_missing_is_named_and_focused(phone: Person) -> None:
    page = phone.open("/checkin/")
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.get_by_role("alert")).to_contain_text("Fill in your student ID first")
    expect(page.get_by_label("Student ID")).to_be_focused()
    page.get_by_role("button", name="Check in").click()
    answer(page, "The field “Student ID (NIM)” is missing.")


def test_every_code_of_the_api_is_told_in_both_languages(phone: Person, course: Class) -> None:
    assert len(CODES) >= 14
    page = phone.open("/checkin/")
    fill(page, course, "1001", "TKN-AAAAAAAA")
    for code in CODES:
        status = 500 if code == "unavailable" else 401
        page.unroute_all()
        page.route(CHECKIN, refuse(code, status))
        if code in ("unavailable", "unauthorized"):
            continue  # the queue and the sign-in form: tests of their own
        page.get_by_role("button", name="Check in").click()
        told = page.locator("#answer[data-state=bad] p")
        expect(told).not_to_be_empty()
        english = told.inner_text()
        assert code not in english
        assert not english.startswith("Refused"), code
        page.locator("#language").click()
        expect(told).not_to_have_text(english)
        assert not told.inner_text().startswith("Ditolak"), code
        page.locator("#language").click()


def test_an_answer_that_was_lost_is_asked_for_again(phone: Person, course: Class) -> None:
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().text())
        route.abort()

    page = phone.open("/checkin/")
    page.route(CHECKIN, lose_the_first)
    fill(page, course, "1001", course.generate())
    page.get_by_role("button", name="Check in").click()
    answer(page, "You are checked in")
    assert '"checked_in"' in lost[0]


@pytest.mark.parametrize(
    ("late", "told"),
    [("token_expired", "older than two minutes"), ("session_closed", "closed")],
)
def test_a_retry_that_comes_too_late_finds_that_the_first_had_arrived(
    phone: Person, course: Class, late: str, told: str
) -> None:
    code = course.generate()
    course.checkin("1001", code)
    page = phone.open("/checkin/")
    page.route(CHECKIN, refuse(late))
    fill(page, course, "1001", code)
    page.get_by_role("button", name="Check in").click()
    answer(page, "You are checked in")
    fill(page, course, "nobody", code)
    page.get_by_role("button", name="Check in").click()
    answer(page, told)


def test_a_page_in_place_of_an_answer_is_no_answer(phone: Person, course: Class) -> None:
    page = phone.open("/checkin/")
    portal = "<html>Please sign in to this network</html>"
    page.route(CHECKIN, lambda route: route.fulfill(status=200, body=portal))
    fill(page, course, "1001", course.generate())
    page.get_by_role("button", name="Check in").click()
    answer(page, "Not sent yet")
    page.unroute_all()
    answer(page, "You are checked in")


def test_the_queue_of_one_tab_is_not_lost_by_another(phone: Person, course: Class) -> None:
    def lose_1001(route: Route) -> None:
        route.abort() if "1001" in (route.request.post_data or "") else route.continue_()

    phone.context.route(CHECKIN, lose_1001)
    code, other = course.generate(), phone.context.new_page()
    page = phone.open("/checkin/")
    other.goto(page.url)
    fill(other, course, "1001", code)
    other.get_by_role("button", name="Check in").click()
    answer(other, "Not sent yet")
    fill(page, course, "1002", code)
    page.get_by_role("button", name="Check in").click()
    answer(page, "You are checked in")
    other.close()
    page.reload()
    expect(page.locator("#queue li")).to_contain_text("1001")


def test_without_network_a_checkin_waits_and_says_so_and_is_sent_later(
    phone: Person, course: Class
) -> None:
    page = phone.open("/checkin/")
    fill(page, course, "1001", course.generate())
    page.route(CHECKIN, lambda route: route.abort())
    page.get_by_role("button", name="Check in").click()
    answer(page, "Not sent yet")
    expect(page.locator("#queue")).to_contain_text("on this phone only")
    expect(page.locator("#queue li")).to_contain_text("seconds more at most")
    page.reload()
    expect(page.locator("#queue li")).to_contain_text("1001")
    assert course.status("1001") == "absent"
    page.unroute_all()
    answer(page, "You are checked in")
    expect(page.locator("#queue")).to_be_hidden()
    assert course.status("1001") == "checked_in"


def test_the_queue_says_when_it_is_too_late(phone: Person, course: Class) -> None:
    phone.page.clock.install()
    page = phone.open("/checkin/")
    fill(page, course, "1001", "TKN-AAAAAAAA")
    page.route("**/presence/**", lambda route: route.abort())
    page.get_by_role("button", name="Check in").click()
    page.clock.fast_forward(3000)
    answer(page, "Not sent yet")
    page.clock.fast_forward(121_000)
    expect(page.locator("#queue li")).to_contain_text("you are not recorded")
    page.locator("#queue").get_by_role("button", name="Remove").click()
    expect(page.locator("#queue")).to_be_hidden()


def test_a_server_that_wants_accounts_gets_one(phone: Person, course: Class) -> None:
    code, seen = course.generate(), list[Any]()

    def verified(route: Route) -> None:
        seen.append(route.request.headers.get("authorization", ""))
        if seen[-1].startswith("Bearer "):
            route.continue_()
        else:
            refuse("unauthorized")(route)

    page = phone.open("/checkin/")
    page.route(CHECKIN, verified)
    fill(page, course, "20230001", code)
    page.get_by_role("button", name="Check in").click()
    answer(page, "Please sign in first")
    phone.sign_in("student")
    answer(page, "You are checked in")
    assert seen[0] == ""


@pytest.mark.parametrize(
    "text",
    [
        "https://another.example/checkin/?c={course_id}&s={session_id}&t={code}",
        "https://another.example/checkin/#c={course_id}&s={session_id}&t={code}",
        '{{"course_id":"{course_id}","session_id":"{session_id}","qr_token":"{code}"}}',
    ],
)
def test_a_browsers_own_detector_reads_what_other_servers_project(
    phone: Person, course: Class, text: str
) -> None:
    scanned = text.format(**course.session, code=course.generate())
    phone.page.add_init_script(
        f"""navigator.mediaDevices.getUserMedia =
              async () => document.createElement("canvas").captureStream(5);
            HTMLMediaElement.prototype.play = async () => {{}};
            window.BarcodeDetector = class {{
              static async getSupportedFormats() {{ return ["qr_code"]; }}
              async detect() {{ return [{{rawValue: {json.dumps(scanned)}}}]; }}
            }};"""
    )
    page = phone.open("/checkin/")
    page.get_by_label("Student ID").fill("1001")
    page.get_by_role("button", name="Scan with the camera").click()
    answer(page, "You are checked in")
    assert course.status("1001") == "checked_in"


def test_a_browser_without_a_camera_says_so(phone: Person) -> None:
    phone.page.add_init_script("delete Navigator.prototype.mediaDevices")
    page = phone.open("/checkin/")
    page.get_by_label("Student ID").fill("1001")
    page.get_by_role("button", name="Scan with the camera").click()
    expect(page.get_by_role("alert")).to_contain_text("gives no camera")


def test_hostile_text_from_a_link_is_shown_as_text(phone: Person, demo: dict[str, Any]) -> None:
    room = Class(demo, HOSTILE, HOSTILE)
    page = phone.open("/checkin/", c=HOSTILE, s=HOSTILE, t=room.generate())
    page.get_by_label("Student ID").fill(HOSTILE)
    page.get_by_role("button", name="Check in").click()
    answer(page, f"{HOSTILE} · {HOSTILE} / {HOSTILE}")
    assert page.locator("img").count() == 0
