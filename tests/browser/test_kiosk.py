"""Machines against the whole suite: the example program, its channel, its screen in a browser."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.field import Field
from tests.browser.people import Person
from tests.listener import Listener
from tests.waiting import until
from tools import seed

SLOW = 30_000  # the functions emulator starts a process for a request
SIZES = ({"width": 1280, "height": 800}, {"width": 1080, "height": 1920})


@pytest.fixture
def field(demo: dict[str, Any], tmp_path: Path) -> Field:
    return Field(demo, tmp_path)


@pytest.fixture
def screen(field: Field, person: Callable[..., Person]) -> Page:
    """The machine's screen, opened by its signed link."""
    page = person().page
    page.goto(field.open_page())
    expect(page.locator("svg.qr")).to_be_visible(timeout=SLOW)
    return page


def state_of(field: Field, listener: Listener, command_id: str) -> Iterator[str]:
    """The states of a command, as they come on the channel."""
    while True:
        event = listener.next(within=30)
        if event["event"] == "HardwareCommandEvent" and event["data"]["id"] == command_id:
            yield event["status"]


def test_a_listening_machine_hears_executes_and_acknowledges_an_admins_command(
    demo: dict[str, Any], field: Field
) -> None:
    token = seed.id_token(demo["auth"]["emulator"], seed.USERS["admin"])
    with field.running() as program, Listener(*field.channel, token=token) as listener:
        assert listener.current.wait(20)
        sent = field.admin(f"/{field.uuid}/commands", command="open_door")["request_id"]
        program.says("open_door: heard", within=2)
        states: list[str] = []
        for state in state_of(field, listener, sent):
            states.append(state)
            if state == "done":
                break
        assert list(dict.fromkeys(states)) == ["pending", "delivered", "done"]
        for _ in range(2):  # delivered again, by the channel and by heartbeats
            field.edge("/heartbeat")
        assert program.count("open_door: done") == 1


def test_an_offline_machine_gets_its_command_later_and_once(field: Field) -> None:
    field.admin(f"/{field.uuid}/commands", command="test_led", expires_in=600)
    for _ in range(2):
        with field.running() as program:
            program.says("test_led: done", within=30) if _ == 0 else None
            field.edge("/heartbeat")
        assert program.count("test_led: done") == (1 if _ == 0 else 0)


def test_another_machines_token_sees_nothing_and_the_own_one_does(
    demo: dict[str, Any], field: Field, tmp_path: Path
) -> None:
    other = Field(demo, tmp_path)
    field.admin(f"/{field.uuid}/commands", command="test_led")
    with Listener(*field.channel, token=other.own_token()) as listener:
        assert listener.denied.wait(20)
    with Listener(*field.channel, token=field.own_token()) as listener:
        assert listener.next(within=20)["data"]["action"] == "test_led"


def test_telemetry_reaches_a_listening_admin(demo: dict[str, Any], field: Field) -> None:
    token = seed.id_token(demo["auth"]["emulator"], seed.USERS["admin"])
    with Listener(*field.channel, token=token) as listener:
        assert listener.current.wait(20)
        field.edge("/telemetry", sensors={"temperature": 31.5})
        event = listener.next(within=30)
        assert event["event"] == "TelemetryUpdateUpdate"
        assert event["data"]["sensors"] == {"temperature": 31.5}


def enter(page: Page, digits: str) -> None:
    for digit in digits:
        page.locator(".digit", has_text=digit).first.click()


def test_a_technician_opens_the_door_and_sees_the_machine_do_it(field: Field, screen: Page) -> None:
    field.admin(f"/{field.uuid}/pins", technician_name="<b>Dewi</b>", pin="135790")
    screen.get_by_role("button", name="Technician").click()
    enter(screen, "111111")
    expect(screen.get_by_role("alert")).to_contain_text("4 attempts left", timeout=SLOW)
    for left in (3, 2, 1):
        enter(screen, "111111")
        expect(screen.get_by_role("alert")).to_contain_text(f"{left} attempts left", timeout=SLOW)
    for said in ("Wrong PIN.", "Too many wrong PINs. Wait"):
        enter(screen, "111111")
        expect(screen.get_by_role("alert")).to_contain_text(said, timeout=SLOW)
    expect(screen.locator(".digit", has_text="5")).to_be_disabled()
    field.admin(f"/{field.uuid}/unlock")
    screen.reload()
    screen.get_by_role("button", name="Technician").click()
    enter(screen, "135790")
    expect(screen.get_by_role("heading", name="Hello, <b>Dewi</b>")).to_be_visible(timeout=SLOW)
    with field.running() as program:
        screen.get_by_role("button", name="Open door").click()
        outcome = screen.locator(".outcomes li").first
        expect(outcome).to_contain_text("Open door")
        expect(outcome).to_contain_text("Done", timeout=SLOW)
        assert program.count("open_door: done") == 1


def test_maintenance_is_seen_by_who_passes_and_ends_by_its_button(
    field: Field, screen: Page
) -> None:
    field.admin(f"/{field.uuid}/pins", technician_name="Dewi", pin="135790")
    notice = screen.get_by_role("heading", name="Under maintenance")
    for button in ("Close the menu", "End maintenance"):
        screen.get_by_role("button", name="Technician").click()
        enter(screen, "135790")
        expect(screen.get_by_role("heading", name="Hello, Dewi")).to_be_visible(timeout=SLOW)
        screen.get_by_role("button", name=button).click()
        expect(screen.get_by_role("dialog")).to_be_hidden(timeout=SLOW)
        if button == "Close the menu":
            expect(notice).to_be_visible(timeout=SLOW)
            expect(screen.locator("#status")).to_have_text("Maintenance")
    expect(notice).to_be_hidden(timeout=SLOW)
    expect(screen.locator("svg.qr")).to_be_visible(timeout=SLOW)
    assert field.admin(f"/{field.uuid}", "GET")["maintenance"] is None


def test_the_page_renews_its_proof_and_opens_itself_again_where_it_is_over(
    field: Field, person: Callable[..., Person]
) -> None:
    page = person().page
    page.clock.install()
    renewals: list[int] = []
    answers = ["", "offline", "over"]  # of the server, in this order

    def renew(route: Route) -> None:
        how = answers.pop(0) if answers else ""
        if how == "offline":
            route.abort()
        elif how == "over":
            refusal = {"success": False, "error_code": "PAGE_PROOF_INVALID"}
            route.fulfill(status=401, json=refusal)
        else:
            route.continue_()

    page.route("**/page/renew", renew)
    page.on(
        "response",
        lambda answer: renewals.append(answer.status) if "/page/renew" in answer.url else None,
    )
    page.goto(field.open_page())
    expect(page.locator("svg.qr")).to_be_visible(timeout=SLOW)
    page.clock.fast_forward("15:01")
    until(lambda: page.evaluate("1") and renewals == [200], 30)
    page.evaluate("window.isOld = true")
    page.clock.fast_forward("15:01")  # no answer: a minute later again
    until(lambda: page.evaluate("1") and len(answers) == 1, 30)
    with page.expect_navigation():
        page.clock.fast_forward("01:01")
    assert page.evaluate("window.isOld") is None
    expect(page.get_by_role("heading", name="RVM Uji")).to_be_visible()


def test_a_new_key_ends_the_page_and_what_comes_says_what_to_do(field: Field, screen: Page) -> None:
    old = field.own_token()
    field.api_key = field.admin(f"/{field.uuid}/key")["api_key"]
    with Listener(*field.channel, token=old) as listener:
        assert listener.denied.wait(20)
    with Listener(*field.channel, token=field.own_token()) as listener:
        assert listener.current.wait(20)
    expect(screen.get_by_role("heading", name="This link is not valid")).to_be_visible(timeout=SLOW)
    expect(screen.locator("main")).to_contain_text("Restart the machine or its program")
    screen.goto(field.open_page())
    expect(screen.locator("svg.qr")).to_be_visible(timeout=SLOW)


def test_a_phone_logs_in_and_the_screen_welcomes_its_user(field: Field, screen: Page) -> None:
    codes: list[str] = []
    screen.on(
        "response",
        lambda answer: (
            codes.append(answer.json()["data"]["token"]) if "/session/token" in answer.url else None
        ),
    )

    def has(number: int) -> bool:
        screen.wait_for_timeout(50)  # lets the browser's answers in
        return len(codes) == number

    screen.reload()
    for visit in (1, 2):  # the second with a code of its own
        expect(screen.locator("svg.qr")).to_be_visible(timeout=SLOW)
        until(partial(has, visit), 30)
        assert field.phone("/session/look", token=codes[-1])["machine"]["place"] == "Lobi"
        field.phone("/session/claim", token=codes[-1])
        expect(screen.locator(".who")).to_have_text("Budi Santoso", timeout=2_000)
        screen.get_by_role("button", name="Done", exact=True).click()
    expect(screen.locator("svg.qr")).to_be_visible(timeout=SLOW)


def test_the_bin_is_shown_live_and_a_full_one_says_so(field: Field, screen: Page) -> None:
    expect(screen.locator("#bin-value")).to_have_text("not known yet")
    field.edge("/heartbeat", bin_capacity=42)
    expect(screen.locator("#bin-value")).to_have_text("42%")
    field.edge("/heartbeat", bin_capacity=95)
    expect(screen.get_by_role("heading", name="The bin is full")).to_be_visible()


def test_the_code_is_renewed_before_it_ends(field: Field, person: Callable[..., Person]) -> None:
    page = person().page
    page.clock.install()
    codes: list[str] = []
    page.on(
        "response",
        lambda answer: codes.append(answer.url) if "/session/token" in answer.url else None,
    )
    page.goto(field.open_page())
    expect(page.locator("svg.qr")).to_be_visible(timeout=SLOW)
    first = page.locator("svg.qr path").get_attribute("d")
    page.clock.fast_forward("04:45")
    until(lambda: page.evaluate("1") and len(codes) == 2, 30)
    expect(page.locator("svg.qr path")).not_to_have_attribute("d", first or "", timeout=SLOW)


@pytest.mark.parametrize("size", SIZES, ids=("landscape", "portrait"))
def test_everything_fits_on_the_screen_without_scrolling(
    field: Field, person: Callable[..., Person], size: Any
) -> None:
    page = person(size=size, locale="id-ID").page
    page.goto(field.open_page())
    expect(page.locator("svg.qr")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("heading", name="Pindai untuk mulai")).to_be_visible()
    assert page.evaluate(
        "[document.documentElement.scrollWidth <= innerWidth,"
        " document.documentElement.scrollHeight <= innerHeight]"
    ) == [True, True]
    small = page.evaluate(
        "[...document.querySelectorAll('button')].filter(b => b.getBoundingClientRect().height < 44)"
        ".map(b => b.textContent)"
    )
    assert small == []


def test_nothing_secret_is_left_in_the_page_or_kept_by_it(screen: Page) -> None:
    left = screen.content() + screen.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    )
    names = ("sign-in", "signIn", "proof", "eyJ")
    assert [name for name in names if name in left] == []
    kept = screen.evaluate("indexedDB.databases().then(all => all.map(one => one.name))")
    assert set(kept) <= {"firebase-heartbeat-database"}  # days on which the library was used


def test_a_changed_link_shows_a_friendly_page(field: Field, person: Callable[..., Person]) -> None:
    page = person().page
    answer = page.goto(field.open_page() + "0")
    assert answer
    assert answer.status == 403
    expect(page.get_by_role("heading", name="This link is not valid")).to_be_visible()
