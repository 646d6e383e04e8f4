"""The instructor's console in a real browser, against the whole suite."""

import csv
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.people import PHONE, Class, Person
from tests.listener import Listener
from tools import seed

Come = Callable[..., Person]
HOSTILE = "<img src=x onerror=alert(1)>"
STUDENTS = [("1001", "Ani Lestari"), ("1002", "Budi Santoso"), ("1003", "Citra Dewi")]


def row(page: Page, text: str) -> Locator:
    return page.locator("#roster tbody tr").filter(has_text=text)


def code_on(page: Page) -> str:
    expect(page.locator("#code")).to_have_text(re.compile("^TKN-"))
    return page.locator("#code").inner_text()


def test_a_scan_of_the_projected_code_shows_on_the_roster_within_two_seconds(
    person: Come, course: Class
) -> None:
    course.enrol(STUDENTS)
    course.checkin("1002", course.generate())  # the functions are awake
    console = course.console(person())
    expect(row(console, "Budi Santoso")).to_contain_text("present")
    expect(row(console, "Ani Lestari")).to_contain_text("absent")
    code_on(console)
    phone = person(size=PHONE)
    phone.see(console.locator("#qr").screenshot())
    checkin = phone.open("/checkin/")
    checkin.get_by_label("Student ID").fill("1001")
    checkin.get_by_role("button", name="Scan with the camera").click()
    expect(checkin.locator("#answer")).to_contain_text("You are checked in")
    expect(row(console, "Ani Lestari").locator(".tag.good")).to_be_visible(timeout=2000)
    expect(console.locator("#count")).to_have_text("2 of 3 present")
    expect(console.locator("#arrived")).to_have_text("Ani Lestari is here")


@pytest.mark.parametrize("minutes", [10, -10])
def test_the_projector_is_right_on_a_computer_whose_clock_is_wrong(
    person: Come, course: Class, minutes: int
) -> None:
    instructor = person()
    true_now = instructor.page.evaluate("Date.now()")
    instructor.page.clock.install(time=(true_now + minutes * 60_000) / 1000)
    course.generate()
    page = course.console(instructor)
    first = code_on(page)
    expect(page.locator("#countdown")).to_contain_text(re.compile("in (60|5[0-9]) seconds"))
    page.clock.fast_forward(61_000)
    expect(page.locator("#code")).not_to_have_text(first)
    expect(page.locator("#countdown")).to_contain_text(re.compile("in (60|5[0-9]) seconds"))
    expect(page.locator("#overlap")).to_contain_text("The code before is good for")
    course.checkin("a", first)
    course.checkin("b", code_on(page))


def test_a_reload_keeps_the_code_and_the_projector_view(person: Come, course: Class) -> None:
    course.generate()
    page = course.console(person())
    first = code_on(page)
    page.get_by_role("button", name="Projector view").click()
    page.reload()
    expect(page.locator("body")).to_have_class("projecting")
    assert code_on(page) == first
    expect(page.locator("#projector")).to_contain_text(course.session_id)
    page.keyboard.press("Escape")
    expect(page.locator("body")).not_to_have_class("projecting")


def test_for_other_apps_the_qr_holds_the_bare_code(person: Come, course: Class) -> None:
    course.generate()
    page = course.console(person())
    code = code_on(page)
    qr = page.locator("#qr")
    link = f"/checkin/#c={course.course_id}&s={course.session_id}&t={code}"
    expect(qr).to_have_attribute("data-holds", course.demo["base_url"] + link)
    page.get_by_label("Only the code in the QR").check()
    expect(qr).to_have_attribute("data-holds", code)
    page.reload()
    expect(qr).to_have_attribute("data-holds", code)


def test_a_session_is_opened_stopped_and_opened_again_and_a_reload_opens_nothing(
    person: Come, course: Class
) -> None:
    page = course.console(person())
    expect(page.locator("#state")).to_have_text("not opened yet")
    page.get_by_role("button", name="Open the session").click()
    code_on(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#state")).to_have_text("stopped")
    expect(page.locator("#qr svg")).to_have_count(0)
    page.reload()
    expect(page.locator("#state")).to_have_text("stopped")
    expect(page.locator("#code")).to_be_empty()
    page.get_by_role("button", name="Open again").click()
    course.checkin("late", code_on(page))
    expect(row(page, "late")).to_contain_text("present")


def test_a_session_that_was_stopped_elsewhere_stays_stopped(person: Come, course: Class) -> None:
    course.generate()
    page = course.console(person())
    code_on(page)
    course.post("/qr/stop")
    expect(page.locator("#state")).to_have_text("stopped")
    expect(page.locator("#qr svg")).to_have_count(0)


def test_what_a_computer_remembers_as_open_is_not_opened_again(person: Come, course: Class) -> None:
    course.generate()
    instructor = person()
    code_on(course.console(instructor))
    instructor.page.close()
    course.post("/qr/stop")
    page = instructor.context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    query = urlencode({"course": course.course_id, "session": course.session_id})
    page.goto(f"{course.demo['base_url']}/console/?{query}")
    expect(page.locator("#state")).to_have_text("stopped")
    assert [url for url in asked if url.endswith("/qr/generate")] == []


def test_a_session_that_was_opened_again_elsewhere_shows_no_code_from_before(
    person: Come, course: Class
) -> None:
    course.generate()
    page = course.console(person())
    dead = code_on(page)
    course.post("/qr/stop")
    course.generate()
    expect(page.locator("#code")).to_have_text(re.compile(f"^(?!{dead}$)TKN-"))
    course.checkin("1001", code_on(page))
    page.reload()
    expect(page.locator("#code")).to_have_text(re.compile(f"^(?!{dead}$)TKN-"))


@pytest.mark.parametrize(
    ("mode", "language", "told"),
    [
        ("open", "en-GB", "Open mode: anybody who knows this address can open and stop sessions"),
        ("open", "id-ID", "Mode terbuka: siapa pun yang tahu alamat ini"),
        ("verified", "en-GB", None),
    ],
)
def test_the_console_says_what_a_stranger_can_do_in_open_mode(
    person: Come, course: Class, mode: str, language: str, told: str | None
) -> None:
    instructor = person(locale=language)
    page = instructor.open("/console/")
    if mode == "verified":
        health = {"ok": True, "data": {"status": "healthy", "auth_mode": "verified"}}
        page.route("**/presence/__/health", lambda route: route.fulfill(json=health))
        page.reload()
    page.get_by_role("button", name="Dosen" if language == "id-ID" else "Instructor").click()
    expect(page.locator("#roster-title")).to_be_visible()
    notice = page.locator("#open-mode")
    if told:
        expect(notice).to_contain_text(told)
        expect(notice).to_contain_text("AUTH_MODE=verified")
    else:
        expect(notice).to_be_hidden()


def colleague(demo: dict[str, Any]) -> seed.User:
    """Another instructor, with an account of their own."""
    uid = f"made-{uuid.uuid4().hex[:6]}"
    user = seed.User(uid, f"{uid}@simpul.test", seed.PASSWORD, f"Pak {uid}", "instructor")
    seed._create_user(demo["auth"]["emulator"], user)
    return user


def visit(somebody: Person, course: Class, user: seed.User) -> Page:
    """The console of this course, with this user at it."""
    page = somebody.open("/console/", course=course.course_id)
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(user.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    return page


def test_a_course_is_shown_to_its_teachers_alone_who_add_and_remove_each_other(
    person: Come, course: Class, demo: dict[str, Any]
) -> None:
    course.enrol([("1001", "Ani Lestari")])
    made = colleague(demo)
    theirs = visit(person(), course, made)
    expect(theirs.locator("#notice")).to_have_text(
        "This course belongs to other teachers. One of them can add you."
    )
    expect(theirs.get_by_text("Ani Lestari")).to_have_count(0)
    expect(theirs.get_by_role("button", name="Teachers …")).to_be_hidden()

    page = visit(person(), course, seed.USERS["instructor"])
    page.get_by_role("button", name="Teachers …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("listitem")).to_have_text(["Ibu Ratna (dosen-01)Remove"])
    expect(dialog.get_by_role("button", name="Remove Ibu Ratna")).to_be_hidden()
    for address, told in [
        ("nobody@simpul.test", "There is no account with this e-mail address."),
        ("student@simpul.test", "This account is not an instructor's."),
    ]:
        dialog.get_by_label("Account of a colleague").fill(address)
        dialog.get_by_role("button", name="Add").click()
        expect(dialog.get_by_role("alert")).to_have_text(told)
    dialog.get_by_label("Account of a colleague").fill(made.email)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("listitem")).to_have_count(2)

    theirs.reload()
    expect(theirs.get_by_text("Ani Lestari")).to_be_visible()
    expect(theirs.locator("#notice")).to_be_empty()
    expect(theirs.locator("#course option:checked")).to_contain_text(f"Course {course.course_id}")
    theirs.get_by_role("button", name="Teachers …").click()
    theirs.get_by_role("button", name="Remove Ibu Ratna").click()
    expect(theirs.get_by_role("dialog").get_by_role("listitem")).to_have_count(1)
    dialog.get_by_role("button", name="Done").click()
    page.reload()
    expect(page.locator("#notice")).to_contain_text("belongs to other teachers")
    expect(page.get_by_text("Ani Lestari")).to_have_count(0)


def test_who_leaves_a_course_sees_it_no_more(
    person: Come, course: Class, demo: dict[str, Any]
) -> None:
    course.enrol([("1001", "Ani Lestari")])
    made = colleague(demo)
    course.post("/teachers", course.instructor(), teacher=made.email)
    page = visit(person(), course, made)
    page.get_by_role("button", name="Teachers …").click()
    with page.expect_event("load"):
        page.get_by_role("button", name=f"Remove {made.name}").click()
    expect(page.locator("#notice")).to_contain_text("belongs to other teachers")
    expect(page.get_by_text("Ani Lestari")).to_have_count(0)


def test_a_course_that_another_client_has_opened_is_claimed_when_it_is_chosen_and_not_before(
    person: Come, course: Class, demo: dict[str, Any]
) -> None:
    course.checkin("1001", course.generate())
    made = colleague(demo)
    somebody = person()
    page = somebody.open("/console/")
    page.get_by_label("E-mail").fill(made.email)
    page.get_by_label("Password").fill(made.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("#course option:checked")).to_have_text("Choose a course …")
    expect(page.locator(f"#course option[value={course.course_id}]")).to_have_count(1)
    path = f"courses/{course.course_id}"
    door = (demo["firestore"]["emulator"], demo["project_id"])
    bearer = seed.id_token(demo["auth"]["emulator"], made)
    with Listener(*door, path, token=bearer) as listener:
        assert listener.denied.wait(10), "it has no teacher yet"
    page.locator("#course").select_option(course.course_id)
    expect(row(page, "1001")).to_contain_text("present")
    page.locator("#edit-teachers").click()
    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_count(1)


def test_an_admin_sees_every_course_and_becomes_no_teacher_by_looking(
    person: Come, course: Class
) -> None:
    course.enrol([("1001", "Ani Lestari")])
    page = visit(person(), course, seed.USERS["admin"])
    expect(page.get_by_text("Ani Lestari")).to_be_visible()
    page.get_by_role("button", name="Teachers …").click()
    listed = page.get_by_role("dialog").get_by_role("listitem")
    expect(listed).to_have_text(["Ibu Ratna (dosen-01)Remove"])


def test_a_student_gets_no_console_and_the_rules_keep_the_roster(
    person: Come, course: Class, demo: dict[str, Any]
) -> None:
    course.enrol(STUDENTS)
    course.checkin("1001", course.generate())
    student = person()
    page = student.open("/console/", course=course.course_id, session=course.session_id)
    student.sign_in("student")
    expect(page.locator("#signin")).to_contain_text(
        "This page is for the role “instructor / admin”"
    )
    expect(page.locator("#console")).to_be_hidden()
    # What hides nothing: the listener and the endpoint themselves.
    bearer = seed.id_token(demo["auth"]["emulator"], seed.USERS["student"])
    door = (demo["firestore"]["emulator"], demo["project_id"])
    path = f"courses/{course.course_id}/sessions/{course.session_id}/presences"
    with Listener(*door, path, token=bearer) as listener:
        assert listener.denied.wait(10)
    with Listener(*door, f"rosters/{course.course_id}", token=bearer) as listener:
        assert listener.denied.wait(10)
    answer = requests.get(
        f"{demo['base_url']}/presence/export",
        params=course.session, headers={"Authorization": f"Bearer {bearer}"}, timeout=30,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")


def test_an_entry_by_hand_works_by_keyboard_alone_and_leaves_its_trail(
    person: Come, course: Class
) -> None:
    course.enrol(STUDENTS)
    course.checkin("1001", course.generate())
    page = course.console(person())
    page.get_by_role("button", name="Mark absent: Ani Lestari").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Mark absent: Ani Lestari")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Enter")
    page.keyboard.type("left before the end")
    page.keyboard.press("Enter")
    expect(row(page, "Ani Lestari")).to_contain_text("absent")
    expect(row(page, "Ani Lestari")).to_contain_text("left before the end")
    assert course.status("1001") == "absent"
    page.locator("#trail summary").click()
    expect(page.locator("#trail li")).to_contain_text("Ani Lestari: present → absent")
    expect(page.locator("#trail li")).to_contain_text("“left before the end” · Ibu Ratna")


def test_a_roster_as_excel_writes_it_is_imported_and_a_bad_one_changes_nothing(
    person: Come, course: Class, tmp_path: Path
) -> None:
    course.generate()
    page = course.console(person())
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes("No;NIM;Nama\r\n1;0077;Zoë Müller\r\n2;0078;Budi\r\n".encode("cp1252"))
    bad.write_text("NIM,Nama\n1,Ani\n1,Budi\n", encoding="utf-8")
    page.locator("#import input").set_input_files(good)
    expect(page.locator("#notice")).to_have_text("2 students: 2 new, 0 taken out.")
    expect(row(page, "Zoë Müller")).to_contain_text("0077")
    page.locator("#import input").set_input_files(bad)
    expect(page.locator("#notice")).to_contain_text("Line 3 cannot be read")
    expect(page.locator("#roster tbody tr")).to_have_count(2)


def test_a_session_and_a_course_are_saved_as_files(person: Come, course: Class) -> None:
    course.enrol(STUDENTS)
    course.checkin("1001", course.generate())
    page = course.console(person())
    saved = {}
    for name in ("This session, CSV", "This session, Excel (XLSX)", "Whole course, CSV",
                 "Whole course, Excel (XLSX)"):  # fmt: skip
        page.locator(".exports summary").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        saved[download.value.suggested_filename] = Path(download.value.path()).read_bytes()
    session, whole = f"{course.course_id}-{course.session_id}", course.course_id
    assert set(saved) == {f"{name}.{end}" for name in (session, whole) for end in ("csv", "xlsx")}
    table = list(csv.reader(saved[f"{session}.csv"].decode("utf-8-sig").splitlines()))
    assert table[0][3] == "Time (UTC+7)"
    assert table[1][:3] == ["1001", "Ani Lestari", "present"]
    assert saved[f"{whole}.xlsx"].startswith(b"PK")


def test_a_projector_without_network_says_how_long_its_code_is_good(
    person: Come, course: Class
) -> None:
    instructor = person()
    instructor.page.clock.install()
    course.generate()
    page = course.console(instructor)
    first = code_on(page)
    page.route("**/presence/qr/generate", lambda route: route.abort())
    page.clock.fast_forward(70_000)
    page.clock.fast_forward(5_000)
    problem = page.locator("#projector-problem")
    expect(problem).to_contain_text("No network: there is no next code yet. This one is good for")
    expect(page.locator("#code")).to_have_text(first)
    page.clock.fast_forward(60_000)
    expect(problem).to_contain_text("the last code has expired")
    expect(page.locator("#qr svg")).to_have_count(0)
    page.unroute_all()
    page.clock.fast_forward(5_000)
    expect(page.locator("#code")).to_have_text(re.compile("^TKN-"))
    expect(problem).to_be_empty()


def test_a_token_that_the_server_takes_for_old_is_renewed(person: Come, course: Class) -> None:
    page = course.console(person())
    seen: list[str] = []

    def refuse_the_first(route: Route) -> None:
        seen.append(route.request.headers["authorization"])
        if len(seen) == 1:
            route.fulfill(status=401, json={"ok": False, "error": "unauthorized"})
        else:
            route.continue_()

    page.route("**/presence/qr/generate", refuse_the_first)
    page.get_by_role("button", name="Open the session").click()
    code_on(page)
    assert len(seen) >= 2


def test_signing_out_leaves_no_roster_on_the_computer(person: Come, course: Class) -> None:
    course.enrol(STUDENTS)
    course.checkin("1001", course.generate())
    page = course.console(person())
    expect(row(page, "Ani Lestari")).to_contain_text("present")
    names = "indexedDB.databases().then(all => all.map(({name}) => name))"
    assert any("firestore" in name for name in page.evaluate(names))
    with page.expect_event("load"):  # it begins again
        page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    assert [name for name in page.evaluate(names) if "firestore" in name] == []


def test_signing_out_in_another_tab_takes_the_roster_away(person: Come, course: Class) -> None:
    course.enrol([("1001", "Ani Lestari")])
    course.checkin("1001", course.generate())
    instructor = person()
    page = course.console(instructor)
    expect(page.get_by_text("Ani Lestari")).to_be_visible()
    other = instructor.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    expect(page.locator("#console")).to_be_hidden()
    expect(page.get_by_text("Ani Lestari")).to_have_count(0)


def test_a_page_that_cannot_begin_says_so(person: Come) -> None:
    instructor = person()
    instructor.page.route("**/__/firebase/init.json", lambda route: route.abort())
    page = instructor.open("/console/")
    expect(page.get_by_role("alert")).to_be_visible()
    instructor.problems.clear()


def test_who_is_looked_for_is_found_and_remarks_are_shown(person: Come, course: Class) -> None:
    course.enrol(STUDENTS)
    code = course.generate()
    for user in ("1001", "1002", "stranger"):
        course.checkin(user, code, device="one tablet")
    page = course.console(person())
    expect(row(page, "Ani Lestari")).to_contain_text("shared device")
    expect(row(page, "stranger")).to_contain_text("not on the roster")
    expect(page.locator("#count")).to_have_text("2 of 3 present, 1 not on the roster")
    page.get_by_label("Find a name or id").fill("bud 1002")
    expect(page.locator("#roster tbody tr")).to_have_count(1)
    page.get_by_label("Find a name or id").fill("")
    page.get_by_label("Show").select_option("absent")
    expect(page.locator("#roster tbody tr")).to_have_count(1)


def test_a_course_and_a_session_are_made_on_the_page(person: Come, course: Class) -> None:
    page = course.console(person())
    page.locator("#new-course").click()
    page.get_by_label("Id, such as cloud-101").fill(f"{course.course_id}/b")
    page.get_by_label("Name", exact=True).fill("Second course")
    page.get_by_role("button", name="Create").click()
    expect(page.locator("#projector-title")).to_contain_text("Second course")
    page.locator("#new-session").click()
    page.get_by_label("Id, such as cloud-101").fill("1/2 ../x")
    page.get_by_role("button", name="Create").click()
    page.get_by_role("button", name="Open the session").click()
    code_on(page)
    expect(page.locator("#projector-title")).to_contain_text("1/2 ../x")


def test_hostile_text_in_every_field_is_shown_as_text(person: Come, course: Class) -> None:
    room = Class(course.demo, f"{HOSTILE}{course.course_id}", f"{HOSTILE}s")
    room.enrol([(f"{HOSTILE}u", f"{HOSTILE}n")])
    bearer = room.instructor()
    room.post("/courses", bearer, name=f"{HOSTILE}k")
    code = room.generate()
    for user in (f"{HOSTILE}u", f"{HOSTILE}v"):
        room.checkin(user, code, device=f"{HOSTILE}d")
    room.post("/mark", bearer, user_id=f"{HOSTILE}v", status="absent", reason=f"{HOSTILE}r")
    page = room.console(person())
    page.locator("#trail summary").click()
    for text in (f"{HOSTILE}k", f"{HOSTILE}s", f"{HOSTILE}n", f"{HOSTILE}v", f"{HOSTILE}r"):
        expect(page.locator("#console")).to_contain_text(text)
    page.get_by_role("button", name=f"Mark absent: {HOSTILE}n").click()
    expect(page.get_by_role("dialog")).to_contain_text(HOSTILE)
    assert page.locator("img").count() == 0
