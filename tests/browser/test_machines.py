"""The machines' page in a real browser, against the whole suite and the example machine."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.field import Field
from tests.browser.people import PHONE, Person

Come = Callable[..., Person]
SLOW = 30_000  # the functions emulator starts a process for a request
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def field(demo: dict[str, Any], tmp_path: Path) -> Field:
    return Field(demo, tmp_path)


@pytest.fixture
def page(field: Field, person: Come) -> Page:
    """The page of this test's machine, with an admin at it."""
    return machine_page(person(), field.uuid)


def machine_page(admin: Person, uuid: str = "") -> Page:
    page = admin.open("/machines/", **({"machine": uuid} if uuid else {}))
    admin.sign_in("admin")
    expect(page.locator("#details")).to_be_visible()
    return page


def commands(page: Page) -> Locator:
    return page.locator("#commands li")


def test_a_machine_is_registered_here_and_does_what_it_is_told_here(
    demo: dict[str, Any], person: Come, field: Field, tmp_path: Path
) -> None:
    page = machine_page(person())
    page.get_by_role("button", name="Register a machine").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill(f"{HOSTILE} {field.uuid}")
    form.get_by_label("Place").fill(HOSTILE)
    form.get_by_role("button", name="Register").click()
    secret = page.get_by_role("dialog", name="Key of")
    expect(secret).to_be_visible(timeout=SLOW)
    shown = secret.get_by_role("status").inner_text()
    with page.expect_download() as saved:
        secret.get_by_role("button", name="Download").click()
    credentials = json.loads(Path(saved.value.path()).read_text("utf-8"))
    secret.get_by_role("button", name="I have kept it").click()
    assert credentials["base_url"] == demo["base_url"]
    assert credentials["api_key"] == shown
    expect(page.locator("#secret output")).to_be_empty()
    assert shown not in page.content()
    expect(page.locator("#machine-title")).to_have_text(f"{HOSTILE} {field.uuid}", timeout=SLOW)
    expect(page.locator("#machine-place")).to_have_text(HOSTILE)
    expect(page.locator("#heard")).to_contain_text("Never heard")

    field.uuid, field.api_key = credentials["uuid"], credentials["api_key"]
    with field.running() as program:
        expect(page.locator("#machine-tags")).to_contain_text("online", timeout=SLOW)
        page.locator("#command select[name=command]").select_option("open_door")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(commands(page)).to_contain_text("Open door", timeout=SLOW)
        expect(commands(page)).to_have_attribute("data-state", "done", timeout=SLOW)
        expect(commands(page)).to_contain_text('{"door": "open"}')
        assert program.count("open_door: done") == 1
    assert page.locator("img").count() == 0


def test_a_command_goes_through_its_states_and_an_unheard_one_expires(
    page: Page, field: Field
) -> None:
    field.edge("/handshake", hardware_id=field.hardware_id)
    page.get_by_text("Parameters", exact=True).click()
    page.get_by_label("Parameters (JSON").fill("not json")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#command .problem")).to_contain_text("JSON object")
    page.get_by_label("Parameters (JSON").fill('{"seconds": 2}')
    page.get_by_role("button", name="Send", exact=True).click()
    expect(commands(page)).to_have_attribute("data-state", "pending", timeout=SLOW)
    (told,) = field.edge("/heartbeat")["commands"]
    assert told["params"] == {"seconds": 2}
    expect(commands(page)).to_have_attribute("data-state", "delivered", timeout=SLOW)
    field.edge(f"/commands/{told['id']}/ack", status="failed", result=HOSTILE)
    expect(commands(page)).to_have_attribute("data-state", "failed", timeout=SLOW)
    expect(commands(page)).to_contain_text(HOSTILE)
    field.admin(f"/{field.uuid}/commands", command="test_led", expires_in=1)
    expect(commands(page).first).to_have_attribute("data-state", "expired", timeout=SLOW)
    assert page.locator("img").count() == 0


def test_a_reboot_is_asked_for_twice(page: Page) -> None:
    page.locator("#command select[name=command]").select_option("reboot_edge")
    page.get_by_role("button", name="Send", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.locator("#no-commands")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    dialog.get_by_role("button", name="Reboot").click()
    expect(commands(page)).to_contain_text("Reboot", timeout=SLOW)


def test_telemetry_is_live(page: Page, field: Field) -> None:
    expect(page.locator("#no-sensors")).to_be_visible()
    for value in (30, 31.5):
        field.edge("/telemetry", sensors={"temperature": value, "bin_capacity": 95, "<b>x</b>": 1})
        shown = page.locator("#sensors li").filter(has_text="temperature")
        expect(shown).to_contain_text(str(value), timeout=SLOW)
    expect(page.locator("#bin-text")).to_have_text("95 %")
    expect(page.locator("#machine-tags")).to_contain_text("full")
    expect(page.locator("#sensors")).to_contain_text("<b>x</b>")
    points = shown.locator("polyline")
    expect(points).to_have_attribute("points", re.compile(r"^0\.0,\S+ 120\.0,"))


def test_pins_are_made_shown_once_and_revoked(page: Page, field: Field) -> None:
    page.get_by_role("button", name="New PIN").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Technician's name").fill(HOSTILE)
    form.get_by_label("Test motor").uncheck()
    form.get_by_role("button", name="Make the PIN").click()
    secret = page.get_by_role("dialog", name="PIN of")
    expect(secret.get_by_role("status")).to_have_text(re.compile("^[0-9]{6}$"), timeout=SLOW)
    digits = secret.get_by_role("status").inner_text()
    secret.get_by_role("button", name="I have kept it").click()
    expect(page.locator("#pins li")).to_contain_text(HOSTILE)
    expect(page.locator("#pins li")).to_contain_text("7 commands")
    assert digits not in page.locator("main").inner_text()
    page.get_by_role("button", name="Unlock PIN entry").click()
    expect(page.locator("#pin-notice")).to_contain_text("0 screens", timeout=SLOW)
    page.get_by_role("button", name="Revoke the PIN of").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator("#no-pins")).to_be_visible(timeout=SLOW)
    assert not field.admin(f"/{field.uuid}/pins", "GET")


def test_a_machine_is_blocked_put_under_maintenance_and_given_a_new_key(
    page: Page, field: Field
) -> None:
    page.get_by_role("button", name="Block").click()
    page.get_by_role("dialog").get_by_role("button", name="Block").click()
    expect(page.locator("#machine-tags")).to_contain_text("blocked", timeout=SLOW)
    page.get_by_role("button", name="Unblock").click()
    expect(page.locator("#machine-tags")).not_to_contain_text("blocked", timeout=SLOW)
    page.get_by_label("Maintenance mode").check()
    expect(page.locator("#machine-tags")).to_contain_text("maintenance", timeout=SLOW)
    assert field.admin(f"/{field.uuid}", "GET")["policy"]["is_maintenance_mode"] is True
    page.get_by_role("button", name="New key").click()
    page.get_by_role("dialog").get_by_role("button", name="New key").click()
    secret = page.get_by_role("dialog", name="Key of")
    expect(secret.get_by_role("status")).not_to_be_empty(timeout=SLOW)
    assert secret.get_by_role("status").inner_text() != field.api_key


def test_a_technician_at_work_is_seen_here_and_may_be_sent_away(page: Page, field: Field) -> None:
    field.admin(f"/{field.uuid}/pins", technician_name=HOSTILE, pin="135790")
    expect(page.locator("#technician")).to_be_hidden()
    field.enter("135790")
    expect(page.locator("#technician")).to_contain_text(f"{HOSTILE} has been at work", timeout=SLOW)
    expect(page.locator("#machine-tags")).to_contain_text("maintenance")
    expect(page.get_by_label("Maintenance mode")).not_to_be_checked()
    page.get_by_role("button", name="End maintenance").click()
    expect(page.locator("#technician")).to_be_hidden(timeout=SLOW)
    expect(page.locator("#machine-tags")).not_to_contain_text("maintenance")


def test_another_board_is_flagged_here_and_accepted(page: Page, field: Field) -> None:
    field.edge("/handshake", hardware_id=field.hardware_id)
    expect(page.locator("#machine-tags")).to_contain_text("online", timeout=SLOW)
    expect(page.locator("#mismatch")).to_be_hidden()
    other = f"{HOSTILE} {field.uuid}"
    field.edge("/handshake", hardware_id=other)
    expect(page.locator("#mismatch")).to_contain_text(f"The board {other}", timeout=SLOW)
    expect(page.locator("#machine-tags")).to_contain_text("other board")
    page.get_by_role("button", name="Accept the board").click()
    page.get_by_role("dialog").get_by_role("button", name="Accept the board").click()
    expect(page.locator("#mismatch")).to_be_hidden(timeout=SLOW)
    assert field.admin(f"/{field.uuid}", "GET")["hardware_id"] == other


@pytest.mark.parametrize("role", ["student", "instructor"])
def test_who_is_no_admin_sees_no_machine(role: str, field: Field, person: Come) -> None:
    somebody = person(size=PHONE)
    page = somebody.open("/machines/", machine=field.uuid)
    somebody.sign_in(role)
    expect(page.locator("#signin")).to_contain_text("This page is for the role “admin”")
    expect(page.locator("#machines-page")).to_be_hidden()
    expect(page.locator("#machines li")).to_have_count(0)
