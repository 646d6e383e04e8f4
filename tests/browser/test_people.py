"""Accounts as people get and use them: an admin, an instructor and students at their browsers."""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from shared.domain import claims
from tests.browser.people import PHONE, Class, Person
from tools import seed
from tools.paths import PROJECT, ROOT

Come = Callable[..., Person]
PASSWORD = "correct horse battery"


@pytest.fixture
def name() -> str:
    """A word that no other test has in its addresses."""
    return f"p{uuid.uuid4().hex[:8]}"


@pytest.fixture
def students(course: Class, name: str) -> list[tuple[str, str]]:
    """A course of two, as its instructor has it in a file."""
    course.enrol([("x", "Somebody")])  # the instructor teaches it
    return [(f"{name}1", f"{name}1@simpul.test"), (f"{name}2", f"{name}2@simpul.test")]


def csv_of(students: list[tuple[str, str]]) -> dict[str, Any]:
    rows = "".join(f"{uid};Mahasiswa {uid};{email}\n" for uid, email in students)
    return {
        "name": "kelas.csv",
        "mimeType": "text/csv",
        "buffer": f"NIM;Nama;Email\n{rows}".encode(),
    }


def open_people(instructor: Person, course: Class) -> Page:
    page = instructor.open("/people/", course=course.course_id)
    instructor.sign_in("instructor")
    expect(page.locator("#table tbody tr").first).to_be_visible(timeout=30_000)
    return page


def import_class(page: Page, students: list[tuple[str, str]], *, remove: bool = True) -> None:
    page.get_by_role("button", name="Accounts for a class").click()
    page.locator("#importing [type=file]").set_input_files(csv_of(students))  # type: ignore[arg-type]
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#plan")).to_be_visible(timeout=30_000)
    if remove:
        page.locator("#import-remove input").check()
    page.get_by_role("button", name="Do it").click()
    expect(page.locator("#notice")).to_contain_text("Done", timeout=30_000)


def row(page: Page, uid: str) -> Any:
    return page.locator("#table tbody tr").filter(has_text=uid)


def sign_in(person: Person, email: str, password: str) -> None:
    form = person.page.locator(".signin")
    form.get_by_label("E-mail").fill(email)
    form.get_by_label("Password").fill(password)
    form.get_by_role("button", name="Sign in", exact=True).click()


def with_google(person: Person, email: str) -> None:
    form = person.page.locator(".signin")
    form.get_by_role("button", name="Sign in with Google").click()
    form.get_by_label("Address of the Google account").fill(email)
    form.get_by_role("button", name="Continue").click()


def shown_link(page: Page) -> str:
    """The link that a dialog shows, to be handed over."""
    expect(page.locator("#link")).to_have_value(re.compile("oobCode="), timeout=30_000)
    return page.locator("#link").input_value()


def set_password(link: str, password: str) -> None:
    """What the page behind a link does, which is Firebase's own."""
    answer = requests.get(f"{link}&newPassword={password}", timeout=30)
    assert answer.ok, answer.text


def test_give_my_students_accounts(
    person: Come, course: Class, students: list[tuple[str, str]]
) -> None:
    """Nothing is written before the plan was seen; a second time changes nothing."""
    page = open_people(person(), course)
    page.get_by_role("button", name="Accounts for a class").click()
    page.locator("#importing [type=file]").set_input_files(csv_of(students))  # type: ignore[arg-type]
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#plan-counts")).to_contain_text("2 new")
    expect(page.locator("#plan-counts")).to_contain_text("1 not in the file")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#table tbody tr")).to_have_count(1)
    import_class(page, students)
    expect(page.locator("#table tbody tr")).to_have_count(2)
    expect(row(page, students[0][0])).to_contain_text("never signed in")
    page.get_by_role("button", name="Accounts for a class").click()
    page.locator("#importing [type=file]").set_input_files(csv_of(students))  # type: ignore[arg-type]
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#plan-counts")).to_have_text("2 unchanged")


def test_i_sign_in_with_my_campus_google_and_am_who_the_roster_says(
    person: Come, course: Class, students: list[tuple[str, str]]
) -> None:
    """The NIM is bound by the first sign-in: a later import does not give the address away."""
    instructor = person()
    import_class(open_people(instructor, course), students)
    uid, email = students[0]
    student = person(size=PHONE)
    page = student.open("/me/")
    with_google(student, email)
    expect(page.locator("#account-facts")).to_contain_text(uid, timeout=30_000)
    expect(page.locator("#account-facts")).to_contain_text("Google")
    expect(page.locator("#account-facts")).to_contain_text(course.course_id)
    stolen = [(students[1][0], email), (uid, f"other-{email}")]
    page = instructor.page
    page.get_by_role("button", name="Accounts for a class").click()
    page.locator("#importing [type=file]").set_input_files(csv_of(stolen))  # type: ignore[arg-type]
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#plan-counts")).to_have_text("2 not possible")
    expect(page.locator("#plan tbody")).to_contain_text("belongs to another account")
    expect(page.locator("#plan tbody")).to_contain_text("has signed in with another e-mail")


def test_an_address_without_an_account_is_told_whom_to_ask(person: Come, name: str) -> None:
    stranger = person()
    stranger.open("/console/")
    with_google(stranger, f"{name}@elsewhere.test")
    expect(stranger.page.locator("#signin")).to_contain_text("has no role yet", timeout=30_000)
    expect(stranger.page.locator("#console")).to_be_hidden()


def test_an_address_of_another_domain_does_not_get_in(person: Come, name: str) -> None:
    stranger = person()
    answer = {"google": True, "domains": ["kampus.test"], "auth_mode": "verified"}
    stranger.page.route("**/people/config", lambda route: route.fulfill(json={"data": answer}))
    stranger.open("/console/")
    with_google(stranger, f"{name}@elsewhere.test")
    expect(stranger.page.locator(".signin .problem")).to_have_text(
        "This address is not one of the campus addresses that may sign in."
    )


def test_without_google_or_without_the_function_there_is_the_password_alone(person: Come) -> None:
    visitor = person()
    visitor.page.route("**/people/config", lambda route: route.fulfill(status=503, json={}))
    visitor.open("/console/")
    expect(visitor.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Sign in with Google")).to_have_count(0)


def test_i_forgot_my_password(person: Come, course: Class, students: list[tuple[str, str]]) -> None:
    """The instructor makes a link, shown once; the student sets a password by it."""
    page = open_people(person(), course)
    import_class(page, students)
    uid, email = students[0]
    row(page, uid).get_by_role("button", name="Password link").click()
    link = shown_link(page)
    page.locator("#linking").get_by_role("button", name="Done").click()
    expect(page.locator("#link")).to_have_value("")
    set_password(link, PASSWORD)
    student = person()
    student.open("/me/")
    student.page.get_by_label("E-mail").fill(email)
    student.page.get_by_role("button", name="Forgot the password?").click()
    expect(student.page.locator(".signin .notice")).to_contain_text("is on its way")
    sign_in(student, email, PASSWORD)
    expect(student.page.locator("#account-facts")).to_contain_text(uid, timeout=30_000)


def test_a_colleague_teaches_the_course_too(person: Come, course: Class, name: str) -> None:
    """The admin invites; the invited instructor sees the course, and not the other accounts."""
    course.enrol([("1001", "Ani")])
    admin = person()
    page = admin.open("/people/", course=course.course_id)
    admin.sign_in("admin")
    expect(page.locator("#table tbody tr")).to_have_count(1, timeout=30_000)
    page.get_by_role("button", name="Invite").click()
    dialog = page.locator("#inviting")
    dialog.get_by_label("E-mail").fill(f"{name}@simpul.test")
    dialog.get_by_label("Name").fill("Pak Budi")
    dialog.get_by_label("Role").select_option("instructor")
    dialog.get_by_role("button", name="Make the account").click()
    set_password(shown_link(page), PASSWORD)
    colleague = person()
    theirs = colleague.open("/people/")
    sign_in(colleague, f"{name}@simpul.test", PASSWORD)
    expect(theirs.locator("#table tbody tr")).to_have_count(1, timeout=30_000)
    expect(theirs.locator("#course option")).to_have_count(1)
    expect(theirs.locator("#table select")).to_have_count(0)


def test_an_admin_gives_and_takes_roles_and_accounts(person: Come, name: str) -> None:
    admin = person()
    page = admin.open("/people/")
    admin.sign_in("admin")
    expect(page.locator("#table tbody tr").first).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Invite").click()
    dialog = page.locator("#inviting")
    dialog.get_by_label("E-mail").fill(f"{name}@simpul.test")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Role").select_option("owner")
    dialog.get_by_role("button", name="Make the account").click()
    page.locator("#linking").get_by_role("button", name="Done").click()
    page.get_by_label("Search name, ID, e-mail").fill(name)
    expect(page.locator("#table tbody tr")).to_have_count(1)
    page.get_by_label(f"Role of {name}").select_option("technician")
    expect(page.locator("#notice")).to_contain_text(f"The role of {name} is changed")
    page.reload()
    page.get_by_label("Search name, ID, e-mail").fill(name)
    expect(page.get_by_label(f"Role of {name}")).to_have_value("technician", timeout=30_000)
    page.get_by_role("button", name=f"Delete: {name}").click()
    expect(page.locator("#confirm")).to_contain_text("can no longer sign in")
    page.get_by_role("button", name="Delete the account").click()
    expect(page.locator("#table tbody tr")).to_have_count(0)


def test_what_do_you_keep_of_me(
    person: Come, course: Class, students: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Seen, taken along as a file, and asked to be deleted, which an admin sees."""
    import_class(open_people(person(), course), students)
    uid, email = students[0]
    course.checkin(uid, course.generate())
    course.checkin(students[1][0], course.generate())
    student = person()
    page = student.open("/me/")
    with_google(student, email)
    expect(page.locator("#checkins")).to_contain_text(course.session_id, timeout=30_000)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    download.value.save_as(tmp_path / "own.json")
    text = (tmp_path / "own.json").read_text("utf-8")
    kept = json.loads(text)
    assert kept["account"]["uid"] == uid
    assert any(f"/presences/{uid}" in each["path"] for each in kept["documents"])
    assert students[1][0] not in text, "nothing of others"
    page.get_by_label("Reason").fill("Saya sudah lulus")
    page.get_by_role("button", name="Request deletion").click()
    expect(page.locator("#forget-what")).to_contain_text("Requested on")
    admin = person()
    admin.open("/people/")
    admin.sign_in("admin")
    asked = admin.page.locator("#requests li").filter(has_text=uid)
    expect(asked).to_contain_text("Saya sudah lulus", timeout=30_000)
    expect(asked).to_contain_text(f"python3 dev.py forget --user {uid}")
    page.get_by_role("button", name="Take the request back").click()
    expect(page.get_by_role("button", name="Request deletion")).to_be_visible()


def claim_token(name: str, hours_ago: int = 0) -> str:
    """The token of a link, signed with this machine's secret as a deploy signs with the project's."""
    secrets = (ROOT / "functions/people/.secret.local").read_text("utf-8")
    secret = re.search(r"^PEOPLE_SECRET=(.+)$", secrets, re.MULTILINE)
    assert secret
    made = datetime.now(UTC) - timedelta(hours=hours_ago)
    return claims.sealed(PROJECT, secret[1], f"{name}-{uuid.uuid4().hex}", made)


@contextmanager
def out_of_office(demo: dict[str, Any]) -> Iterator[None]:
    """The demo's admin is disabled: a claim link then finds a project without one."""
    host = demo["auth"]["emulator"]
    url = f"http://{host}/identitytoolkit.googleapis.com/v1/projects/{PROJECT}/accounts:update"

    def disable(is_disabled: bool) -> None:
        body: dict[str, Any] = {"localId": seed.USERS["admin"].uid, "disableUser": is_disabled}
        owner = {"Authorization": "Bearer owner"}
        requests.post(url, json=body, headers=owner, timeout=30).raise_for_status()

    disable(True)
    try:
        yield
    finally:
        disable(False)


def test_i_deployed_how_do_i_get_in(person: Come, demo: dict[str, Any], name: str) -> None:
    """A link makes the first admin, who is then signed in; the next link finds one in office."""
    first = person()
    token = claim_token(name)
    page = first.page
    page.goto(f"{demo['base_url']}/claim/#{token}")
    expect(page.get_by_label("Your e-mail")).to_be_visible()
    assert token not in page.url, "no history, no screenshot of the address bar"
    page.get_by_label("Your e-mail").fill(f"{name}@simpul.test")
    page.get_by_label("Your name").fill("Bu Admin")
    page.get_by_label("With a password").check()
    page.locator("#password input").fill(PASSWORD)
    with out_of_office(demo):
        page.get_by_role("button", name="Make me the admin").click()
        page.wait_for_url("**/people/", timeout=30_000)
    expect(page.locator("#table tbody tr").first).to_be_visible(timeout=30_000)
    expect(row(page, f"{name}@simpul.test")).to_contain_text("Bu Admin")
    for again in (token, claim_token(name)):
        second = person()
        second.page.goto(f"{demo['base_url']}/claim/#{again}")
        second.page.get_by_label("Your e-mail").fill(f"second-{name}@simpul.test")
        second.page.get_by_label("Your name").fill("Another")
        second.page.get_by_label("With a password").check()
        second.page.locator("#password input").fill(PASSWORD)
        second.page.get_by_role("button", name="Make me the admin").click()
        expect(second.page.locator("#problem")).to_contain_text(
            re.compile("has an admin already|was used")
        )
    admin = person()  # so that the next run finds none in office
    admin.open("/people/")
    admin.sign_in("admin")
    admin.page.get_by_label("Search name, ID, e-mail").fill(name)
    admin.page.get_by_role("button", name="Delete: Bu Admin").click()
    admin.page.get_by_role("button", name="Delete the account").click()
    expect(admin.page.locator("#table tbody tr")).to_have_count(0)


@pytest.mark.parametrize(
    ("token", "says"),
    [
        (lambda name: claim_token(name, hours_ago=25), "older than 24 hours"),
        (lambda name: claim_token(name)[:-1] + "x", "did not make this link"),
        (lambda _: "", "needs the whole link"),
    ],
)
def test_a_link_that_is_no_good_says_what_to_do(
    person: Come, demo: dict[str, Any], name: str, token: Callable[[str], str], says: str
) -> None:
    page = person().page
    page.goto(f"{demo['base_url']}/claim/#{token(name)}")
    if token(name):
        page.get_by_label("Your e-mail").fill(f"{name}@simpul.test")
        page.get_by_label("Your name").fill("Somebody")
        page.get_by_label("With a password").check()
        page.locator("#password input").fill(PASSWORD)
        page.get_by_role("button", name="Make me the admin").click()
    expect(page.locator("#problem")).to_contain_text(says)


def test_a_student_finds_their_data_and_not_the_accounts_of_others(person: Come) -> None:
    student = person()
    page = student.open("/people/")
    student.sign_in("student")
    expect(page.locator("#signin")).to_contain_text("for the role “instructor / admin”")
    expect(page.locator("#people")).to_be_hidden()
    assert seed.USERS["student"].name in page.locator("#signin").inner_text()
