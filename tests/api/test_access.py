"""docs/access.md is what the functions do; and who must not get through anywhere, said by itself."""

import difflib
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from tools.access.matrix import MODES, THROUGH, Cell, Matrix, matrix
from tools.access.page import FILE, text
from tools.access.people import NOBODY, names

OPEN, VERIFIED = MODES
# Where nobody has to show anything, and what a signed link or a PIN opens to whoever has it.
PUBLIC = {
    "stations_list_stations", "stations_details", "kiosk_asset", "exec_call_get",
    "kiosk_page", "kiosk_verify_pin", "people_config", "people_claim",
}  # fmt: skip
OF_TEACHERS = {
    "presence_generate", "presence_list_presences", "presence_stop", "presence_course",
    "presence_teachers", "presence_add_teacher", "presence_remove_teacher", "presence_roster",
    "presence_mark", "presence_export", "exec_call_post_path", "exec_call_post",
}  # fmt: skip
OF_THE_PEOPLE_OF_A_COURSE = {
    "people_import_class", "people_invite", "people_reset", "people_remove",
}  # fmt: skip
OF_ADMINS = {"people_list_people", "people_set_role", "people_forget_requests"}
OF_ONESELF = {"people_me", "people_my_data", "people_request_forget", "people_withdraw_forget"}
OF_PHONES = {"telemetry_add_accel", "telemetry_add_gps"}
READ_OF_PHONES = {
    "telemetry_latest_accel", "telemetry_accel_history", "telemetry_latest_gps",
    "telemetry_gps_history",
}  # fmt: skip
OF_DEVICE_KEYS = {"devices_ingest", "devices_heartbeat"}
OF_MACHINE_KEYS = {
    "edge_handshake", "edge_heartbeat", "edge_telemetry", "edge_model_sync", "edge_acknowledge",
}  # fmt: skip
OF_PIN_SESSIONS = {"kiosk_send", "kiosk_end_maintenance"}
WITHOUT_TOKEN = {NOBODY, "device", "machine", "page", "other page", "network", "PIN session"}
PEOPLE = set(names()) - WITHOUT_TOKEN
Through = Callable[..., set[str]]


@pytest.fixture(scope="module")
def cells(loaded: Callable[[str], FlaskClient]) -> Matrix:
    return matrix(loaded)


@pytest.fixture(scope="module")
def through(cells: Matrix) -> Through:
    """The names of those who get through, in a mode, at one of these operations."""

    def found(mode: str, *operations: str, about: str = "") -> set[str]:
        return {
            cell.identity.name
            for cell in cells
            if cell.mode == mode
            and cell.operation.id in operations
            and cell.operation.about == about
            and cell.answer == THROUGH
        }

    return found


def of(cells: Matrix, *identities: str, mode: str = VERIFIED) -> Iterator[Cell]:
    return (cell for cell in cells if cell.identity.name in identities and cell.mode == mode)


def test_the_page_is_what_the_functions_do(cells: Matrix) -> None:
    made, written = text(cells), FILE.read_text("utf-8")
    difference = difflib.unified_diff(written.splitlines(), made.splitlines(), "page", "functions")
    assert made == written, "\n".join(["run: python3 dev.py access", *difference])


def test_every_operation_is_tried_as_every_identity_in_both_modes(cells: Matrix) -> None:
    operations = {cell.operation.row for cell in cells}
    assert len(operations) >= 55
    assert len(list(names())) == 16
    assert len(cells) == len(operations) * 16 * 2
    assert {cell.answer for cell in cells} == {THROUGH, "401", "403", "404"}


def test_an_account_without_a_role_gets_403_wherever_a_token_is_looked_at(cells: Matrix) -> None:
    for cell in of(cells, "signed up"):
        looks = "FirebaseIdToken" in cell.operation.schemes and cell.operation.id not in PUBLIC
        assert cell.answer == "403" if looks else True, cell


def test_without_a_token_or_key_only_what_is_public_answers_in_verified_mode(cells: Matrix) -> None:
    got = {cell.operation.id for cell in of(cells, NOBODY, "signed up") if cell.answer == THROUGH}
    assert got == PUBLIC


def test_only_the_teachers_of_a_course_and_admins_reach_it(through: Through) -> None:
    for operation in OF_TEACHERS:
        assert through(VERIFIED, operation) == {"teacher", "admin"}, operation


def test_in_open_mode_the_console_is_for_the_same_people(through: Through) -> None:
    for operation in (
        "course",
        "teachers",
        "add_teacher",
        "remove_teacher",
        "roster",
        "mark",
        "export",
    ):
        assert through(OPEN, f"presence_{operation}") == {"teacher", "admin"}, operation


def test_any_instructor_may_begin_a_course_that_is_new(through: Through) -> None:
    instructors = {"teacher", "instructor", "admin"}
    assert through(VERIFIED, "presence_course", about="of a new course") == instructors


@pytest.mark.parametrize("mode", MODES)
def test_people_are_managed_by_the_teachers_of_their_course_and_by_admins(
    mode: str, through: Through
) -> None:
    for operation in OF_THE_PEOPLE_OF_A_COURSE:
        assert through(mode, operation) == {"teacher", "admin"}, operation
    for operation in OF_ADMINS:
        assert through(mode, operation) == {"admin"}, operation


@pytest.mark.parametrize("mode", MODES)
def test_everyone_with_a_role_sees_what_is_stored_of_them(mode: str, through: Through) -> None:
    for operation in OF_ONESELF:
        assert through(mode, operation) == PEOPLE - {"signed up"}, operation


def test_a_student_checks_in_and_reads_a_status_as_nobody_else(through: Through) -> None:
    assert through(VERIFIED, "presence_checkin") == {"student"}
    assert through(VERIFIED, "presence_status") == {"student"}


def test_a_phone_is_sent_for_by_its_owner_and_read_by_instructors_too(through: Through) -> None:
    for operation in OF_PHONES:
        assert through(VERIFIED, operation) == {"student"}
    for operation in READ_OF_PHONES:
        assert through(VERIFIED, operation) == {"student", "teacher", "instructor", "admin"}


@pytest.mark.parametrize("mode", MODES)
def test_a_key_reaches_what_it_is_for_and_nothing_else(mode: str, cells: Matrix) -> None:
    public = PUBLIC if mode == VERIFIED else open_to_all(cells)
    for identity, reached in (
        ("device", OF_DEVICE_KEYS),
        ("machine", {*OF_MACHINE_KEYS, "kiosk_new_code", "kiosk_end"}),  # from its network
        ("network", {"kiosk_new_code", "kiosk_end"}),
        ("page", {"kiosk_renew_page", "kiosk_new_code", "kiosk_end"}),
        ("other page", set[str]()),
        ("PIN session", OF_PIN_SESSIONS),
    ):
        got = {
            cell.operation.id for cell in of(cells, identity, mode=mode) if cell.answer == THROUGH
        }
        assert got - public == reached, identity


def open_to_all(cells: Matrix) -> set[str]:
    """What the contract opens in open mode to whoever calls."""
    return {cell.operation.id for cell in of(cells, NOBODY, mode=OPEN) if cell.answer == THROUGH}


@pytest.mark.parametrize("mode", MODES)
def test_keys_are_no_matter_of_people(mode: str, through: Through) -> None:
    for operation in OF_DEVICE_KEYS | OF_MACHINE_KEYS | OF_PIN_SESSIONS | {"kiosk_new_code"}:
        assert not through(mode, operation) & (PEOPLE | {NOBODY}), operation


@pytest.mark.parametrize("mode", MODES)
def test_machines_are_registered_and_changed_by_admins_only(mode: str, cells: Matrix) -> None:
    for cell in cells:
        if "/edge/machines" in cell.operation.path and cell.mode == mode:
            assert (cell.answer == THROUGH) is (cell.identity.name == "admin"), cell


@pytest.mark.parametrize("mode", MODES)
def test_registering_a_device_takes_a_role(mode: str, through: Through) -> None:
    allowed = {"owner", "other owner", "teacher", "instructor", "admin"}
    assert through(mode, "devices_register") == allowed


@pytest.mark.parametrize("mode", MODES)
def test_a_device_is_not_there_for_others_than_its_owner_and_admins(
    mode: str, cells: Matrix
) -> None:
    for cell in cells:
        if cell.mode == mode and cell.operation.path.startswith("/api/v1/devices/{place}"):
            assert (cell.answer == THROUGH) is (cell.identity.name in ("owner", "admin")), cell
    assert {cell.answer for cell in of(cells, "other owner", mode=mode) if "{place}" in cell.operation.path
            and cell.operation.group == "devices"} == {"404"}  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_a_private_device_is_no_station(mode: str, through: Through) -> None:
    assert through(mode, "stations_details", about="of a private device") == set()


@pytest.mark.parametrize("mode", MODES)
def test_a_session_at_a_machine_is_ended_by_its_user_or_at_the_machine(
    mode: str, through: Through
) -> None:
    assert through(mode, "kiosk_end") == {"student", "machine", "page", "network"}
