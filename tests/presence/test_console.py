"""What the console needs: a roster, entries by hand with their trail, files for a spreadsheet."""

import csv
import zipfile
from io import BytesIO, StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from presence import rules
from presence.rules import Mark, Presence, Session
from presence.store import Store
from shared.domain.rosters import Student
from shared.google.firestore import Database
from tests.conftest import LOADED_PROJECT, MovableClock
from tests.meter import Meter
from tests.presence.clients import Classroom, error
from tests.tokens import token

INSTRUCTOR = token("dosen", role="instructor", name="Ibu Ratna")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "＝1"]


@pytest.fixture(autouse=True)
def accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", LOADED_PROJECT)
    monkeypatch.setenv("FIREBASE_AUTH_EMULATOR_HOST", "127.0.0.1:1")  # asked for nothing


@pytest.fixture
def classroom(classroom: Classroom) -> Classroom:
    """A course that the instructor teaches."""
    ask(classroom, "POST", "/courses", course_id="cloud-101")
    return classroom


def ask(
    room: Classroom, method: str, path: str, bearer: str | None = INSTRUCTOR, **fields: Any
) -> TestResponse:
    return room.ask(method, path, bearer, **fields)


def roster(room: Classroom, text: str) -> TestResponse:
    return ask(room, "POST", "/roster", course_id="cloud-101", csv=text)


def mark(room: Classroom, status: str, reason: str = "ill", user: str = "ani") -> TestResponse:
    fields = {**room.session, "user_id": user, "status": status, "reason": reason}
    return ask(room, "POST", "/mark", **fields)


def rows(room: Classroom, **query: Any) -> list[list[str]]:
    """An export as a spreadsheet reads it, in English."""
    query = {"course_id": "cloud-101", "lang": "en", **query}
    answer = ask(room, "GET", "/export", **query)
    assert answer.status_code == 200, answer.text
    text = answer.data.decode("utf-8-sig")
    return list(csv.reader(StringIO(text, newline=""), delimiter=","))


def trail(database: Database, room: Classroom) -> list[dict[str, Any]]:
    parent = database.path("courses", "cloud-101", "sessions", room.session["session_id"])
    return database.query(parent, "marks", order_by="at", limit=100)


ENDPOINTS = [
    ("POST", "/courses"), ("POST", "/roster"), ("POST", "/mark"), ("GET", "/export"),
    ("GET", "/teachers"), ("POST", "/teachers"), ("DELETE", "/teachers"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_only_instructors_and_admins_are_let_in_even_in_open_mode(
    classroom: Classroom, method: str, path: str
) -> None:
    assert error(ask(classroom, method, path, bearer=None)) == (401, "unauthorized")
    assert error(ask(classroom, method, path, bearer="nonsense")) == (401, "unauthorized")
    for claims in ({}, *({"role": role} for role in ("student", "owner", "technician", "dean"))):
        answer = ask(classroom, method, path, bearer=token("x", **claims))
        assert error(answer) == (403, "forbidden")
    for bearer in (INSTRUCTOR, token("x", role="admin")):
        assert error(ask(classroom, method, path, bearer)) == (400, "missing_field: course_id")


@pytest.mark.parametrize(
    "text",
    [
        "NIM,Nama\n0012,Ani\n0013,Budi\n",
        "\ufeffNo;NIM;Nama Mahasiswa\r\n1;0012;Ani\r\n2;0013;Budi\r\n",
        "name\tstudent id\nAni\t0012\nBudi\t0013",
        "'0012,Ani\n\n  0013 , Budi \n",
        '"NIM","Nama"\n"0012","Ani"\n"0013","Budi"\n',
    ],
)
def test_a_roster_is_read_as_spreadsheets_write_it(classroom: Classroom, text: str) -> None:
    assert roster(classroom, text).get_json()["data"] == {"total": 2, "added": 2, "removed": 0}
    table = rows(classroom)
    assert [row[:2] for row in table[1:3]] == [["0012", "Ani"], ["0013", "Budi"]]


def test_a_second_roster_takes_the_place_of_the_first(classroom: Classroom) -> None:
    roster(classroom, "1,Ani\n2,Budi\n")
    answer = roster(classroom, "2,Budi\n3,Citra\n").get_json()["data"]
    assert answer == {"total": 2, "added": 1, "removed": 1}


@pytest.mark.parametrize("heading", ["Email", "E-mail", "Surel", "Alamat Email", "MAIL", "e_mail"])
def test_a_roster_keeps_the_addresses_of_its_column(classroom: Classroom, heading: str) -> None:
    roster(classroom, f"NIM,{heading},Nama\n1001,Ani@Kampus.test,Ani\n1002,,Budi\n")
    assert Store(classroom.database).roster("cloud-101") == [
        Student("1001", "Ani", "ani@kampus.test"), Student("1002", "Budi"),
    ]  # fmt: skip


def test_without_a_heading_addresses_are_in_the_column_that_has_them(classroom: Classroom) -> None:
    roster(classroom, "1001;Ani;A;ani@kampus.test\n1002;Budi;A;\n")
    assert [each.email for each in Store(classroom.database).roster("cloud-101")] == [
        "ani@kampus.test", "",
    ]  # fmt: skip


def test_a_file_without_addresses_keeps_those_that_are_stored(classroom: Classroom) -> None:
    roster(classroom, "NIM,Nama,Email\n1001,Ani,ani@kampus.test\n1002,Budi,budi@kampus.test\n")
    roster(classroom, "NIM,Nama\n1001,Ani Lestari\n1003,Citra\n")
    assert Store(classroom.database).roster("cloud-101") == [
        Student("1001", "Ani Lestari", "ani@kampus.test"), Student("1003", "Citra"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing_field: csv"),
        ("NIM,Nama\n", "missing_field: csv"),
        ("NIM,Nama\n1,Ani\n,Budi\n", "invalid_field: csv.3"),
        ("NIM,Nama\n1,Ani\n2,Budi\n1,Citra\n", "invalid_field: csv.4"),
        ("what,is this\n1,Ani\n", "invalid_field: csv.1"),
        (f"NIM,Nama\n{'9' * 201},Ani\n", "invalid_field: csv.2"),
        ("NIM,Nama\n" + "".join(f"{n},x\n" for n in range(2001)), "invalid_field: csv"),
        ("1,Ani\n" * 100_000, "invalid_field: csv"),
    ],
)
def test_a_roster_that_cannot_be_read_is_refused_whole_with_its_line(
    classroom: Classroom, text: str, code: str
) -> None:
    roster(classroom, "1,Ani\n")
    assert error(roster(classroom, text)) == (400, code)
    assert rows(classroom)[1][:2] == ["1", "Ani"]


def test_one_who_came_is_marked_absent_and_a_code_does_not_undo_it(
    classroom: Classroom, database: Database
) -> None:
    code = classroom.generate()
    classroom.checkin(code, "ani")
    assert mark(classroom, "absent").get_json()["data"] == {"user_id": "ani", "status": "absent"}
    assert classroom.status("ani") | {"status": "absent", "last_ts": None} == classroom.status(
        "ani"
    )
    assert classroom.list()["total"] == 0
    assert error(classroom.checkin(code, "ani")) == (403, "marked_absent")
    assert classroom.list()["total"] == 0
    (entry,) = trail(database, classroom)
    assert (entry["was"], entry["status"], entry["reason"]) == ("checked_in", "absent", "ill")
    assert (entry["by"], entry["by_name"], entry["at"]) == ("dosen", "Ibu Ratna", classroom.clock())


def test_one_who_never_came_is_marked_present_and_may_still_scan(classroom: Classroom) -> None:
    code = classroom.generate()
    assert mark(classroom, "checked_in", "phone is broken").status_code == 200
    assert classroom.status("ani")["status"] == "checked_in"
    assert classroom.list()["items"][0]["device_id"] == "manual"
    mark(classroom, "checked_in", user="budi")
    assert [item["flags"] for item in classroom.list()["items"]] == [[], []]
    assert classroom.checkin(code, "ani").status_code == 200


def test_who_is_marked_present_again_keeps_the_time_and_device_of_the_scan(
    classroom: Classroom, clock: MovableClock, database: Database
) -> None:
    classroom.checkin(classroom.generate(), "ani", device_id="phone")
    before = classroom.list()
    clock.move(minutes=5)
    mark(classroom, "absent", "left")
    clock.move(minutes=5)
    mark(classroom, "checked_in", "came back")
    assert classroom.list() == before
    assert [entry["reason"] for entry in trail(database, classroom)] == ["left", "came back"]


def test_an_entry_sent_twice_is_in_the_trail_once(
    classroom: Classroom, clock: MovableClock, database: Database
) -> None:
    classroom.generate()
    mark(classroom, "absent")
    clock.move(seconds=5)
    assert mark(classroom, "absent").status_code == 200
    assert len(trail(database, classroom)) == 1
    mark(classroom, "absent", "another reason")
    assert len(trail(database, classroom)) == 2


def test_nobody_is_marked_in_a_session_that_was_never_opened(classroom: Classroom) -> None:
    assert error(mark(classroom, "absent")) == (404, "session_not_found")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reason": ""}, "missing_field: reason"),
        ({"status": "late"}, "invalid_field: status"),
        ({"status": None}, "missing_field: status"),
        ({"reason": "x" * 201}, "invalid_field: reason"),
    ],
)
def test_an_entry_needs_a_status_and_a_reason(
    classroom: Classroom, fields: dict[str, Any], code: str
) -> None:
    given = {**classroom.session, "user_id": "ani", "status": "absent", "reason": "ill", **fields}
    assert error(ask(classroom, "POST", "/mark", **given)) == (400, code)


def test_a_sessions_file_names_everybody_of_the_roster_and_who_else_came(
    classroom: Classroom, clock: MovableClock
) -> None:
    roster(classroom, "NIM,Nama\nani,Ani Lestari\nbudi,Budi Santoso\nciko,Ciko\n")
    code = classroom.generate()
    classroom.checkin(code, "budi", device_id="tablet")
    clock.move(seconds=10)
    classroom.checkin(code, "guest", device_id="tablet")
    mark(classroom, "checked_in", "phone is broken")
    table = rows(classroom, session_id="sesi-02", utc_offset=420)
    assert table == [
        ["Student ID", "Name", "Status", "Time (UTC+7)", "Device", "Remarks", "Reason", "Entered by"],
        ["ani", "Ani Lestari", "present", "2026-02-18 17:00:10", "entered by hand", "",
         "phone is broken", "Ibu Ratna"],
        ["budi", "Budi Santoso", "present", "2026-02-18 17:00:00", "tablet", "shared device", "", ""],
        ["ciko", "Ciko", "absent", "", "", "", "", ""],
        ["guest", "", "present", "2026-02-18 17:00:10", "tablet", "shared device", "", ""],
    ]  # fmt: skip


def test_a_courses_file_counts_sessions_in_the_order_of_their_numbers(classroom: Classroom) -> None:
    roster(classroom, "NIM,Nama\nani,Ani\nbudi,Budi\n")
    for session, users in [("sesi-10", ["ani"]), ("sesi-9", ["ani", "budi"]), ("sesi-1", [])]:
        code = classroom.generate(session_id=session)
        for user in users:
            classroom.checkin(code, user, session_id=session)
    assert rows(classroom) == [
        ["Student ID", "Name", "sesi-1", "sesi-9", "sesi-10", "Present", "Attendance"],
        ["ani", "Ani", "0", "1", "1", "2", "67%"],
        ["budi", "Budi", "0", "1", "0", "1", "33%"],
        ["All", "", "0%", "100%", "50%", "3", "50%"],
    ]


def test_who_is_not_on_the_roster_is_no_part_of_the_class(classroom: Classroom) -> None:
    roster(classroom, "NIM,Nama\nani,Ani\nbudi,Budi\n")
    code = classroom.generate()
    for user in ("ani", "anny"):
        classroom.checkin(code, user)
    assert rows(classroom)[2:] == [
        ["budi", "Budi", "0", "0", "0%"],
        ["anny", "", "1", "1", "100%"],
        ["All", "", "50%", "1", "50%"],
    ]


def test_a_renewed_code_never_opens_a_session(classroom: Classroom) -> None:
    refused = classroom.post("/qr/generate", renew=True)
    assert error(refused) == (401, "session_closed")
    classroom.generate()
    assert classroom.post("/qr/generate", renew=True).status_code == 200
    classroom.post("/qr/stop")
    assert error(classroom.post("/qr/generate", renew=True)) == (401, "session_closed")
    assert classroom.post("/qr/generate").status_code == 200


def test_a_csv_opens_right_in_excel_of_either_language(classroom: Classroom) -> None:
    classroom.generate()
    for language, delimiter in (
        ("id", b'"NIM";"Nama";'),
        ("en", b'"Student ID","Name",'),
    ):
        answer = ask(
            classroom, "GET", "/export", course_id="cloud-101", session_id="s a/b", lang=language
        )
        assert answer.data.startswith(b"\xef\xbb\xbf" + delimiter)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert 'filename="cloud-101-s-a-b.csv"' in answer.headers["Content-Disposition"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_what_looks_like_a_formula_is_text_in_every_file(classroom: Classroom) -> None:
    code = classroom.generate()
    for number, formula in enumerate(FORMULAS):
        fields = {"device_id": formula, "qr_token": code, "user_id": f"{formula}{number}"}
        assert classroom.post("/checkin", **fields).status_code == 200
    table = rows(classroom, session_id="sesi-02")[1:]
    assert len(table) == len(FORMULAS)
    for row in table:
        assert not any(cell.startswith(tuple(FORMULAS)) for cell in row)
        assert row[0].startswith("'")
    answer = ask(
        classroom, "GET", "/export", course_id="cloud-101", session_id="sesi-02", format="xlsx"
    )
    with zipfile.ZipFile(BytesIO(answer.data)) as book:
        page = book.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in page
        assert b"quotePrefix" in book.read("xl/styles.xml")
        assert b"=1+1" in book.read("xl/sharedStrings.xml")


def test_a_workbook_of_a_course_has_percentages_as_numbers(classroom: Classroom) -> None:
    classroom.checkin(classroom.generate(), "ani")
    answer = ask(classroom, "GET", "/export", course_id="cloud-101", format="xlsx")
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    with zipfile.ZipFile(BytesIO(answer.data)) as book:
        assert b"0%" in book.read("xl/styles.xml")
        assert b"<v>1</v>" in book.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"format": "pdf"}, "invalid_field: format"),
        ({"lang": "de"}, "invalid_field: lang"),
        ({"utc_offset": "100000"}, "invalid_field: utc_offset"),
    ],
)
def test_an_export_that_there_is_not_is_refused(
    classroom: Classroom, query: dict[str, str], code: str
) -> None:
    answer = ask(classroom, "GET", "/export", course_id="cloud-101", **query)
    assert error(answer) == (400, code)


def test_a_course_has_a_name(classroom: Classroom, database: Database) -> None:
    for name in ("Komputasi", "Komputasi Awan"):
        ask(classroom, "POST", "/courses", course_id="cloud-101", name=name)
    stored = database.get(database.path("courses", "cloud-101"))
    assert stored == {
        "course_id": "cloud-101", "name": "Komputasi Awan", "teachers": ["dosen"],
    }  # fmt: skip


def test_an_entry_by_hand_that_meets_a_scan_is_made_over_it(
    classroom: Classroom, database: Database, clock: MovableClock
) -> None:
    code, scans = classroom.generate(), list[int]()

    def change(found: Presence | None, session: Session, entry: Mark) -> Any:
        if not scans:  # between our reading and our writing
            scans.append(classroom.checkin(code, "ani", device_id="phone").status_code)
        return rules.apply_mark(found, session, entry)

    session = Session("cloud-101", "sesi-02")
    entry = Mark("ani", "absent", "absent", "ill", by="dosen", by_name="Ibu", at=clock())
    Store(database).mark(session, entry, change)
    assert scans == [200]
    (record,) = Store(database).records(session)
    assert (record.status, record.device_id) == ("absent", "phone")
    assert [kept["was"] for kept in trail(database, classroom)] == ["checked_in"]


def test_what_exports_and_entries_cost(classroom: Classroom, meter: Meter) -> None:
    for session in ("1", "2", "3"):
        code = classroom.generate(session_id=session)
        classroom.checkin(code, "ani", session_id=session)
    roster(classroom, "1,Ani\n")
    meter.reset()
    rows(classroom)
    assert meter.cost == (5, 7, 0)  # roster, sessions, and the records of each
    meter.reset()
    ask(classroom, "POST", "/mark", course_id="cloud-101", session_id="1", user_id="ani",
        status="absent", reason="ill")  # fmt: skip
    assert meter.cost == (3, 2, 2)
    meter.reset()
    roster(classroom, "2,Budi\n")
    assert meter.cost == (2, 1, 1)


NAMES = ("course_id", "session_id", "user_id", "status", "reason", "csv", "name", "teacher")
FIELDS = st.sampled_from(NAMES)
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.just("absent")


@pytest.mark.parametrize("path", ["/courses", "/roster", "/mark", "/teachers"])
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(FIELDS, VALUES))
def test_no_body_gives_a_5xx(classroom: Classroom, path: str, body: dict[str, Any]) -> None:
    assert ask(classroom, "POST", path, **body).status_code < 500


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=40), user=st.text(min_size=1, max_size=40))
def test_any_text_is_exported(classroom: Classroom, name: str, user: str) -> None:
    quoted = name.replace('"', '""')
    roster(classroom, f'NIM,Nama\n1,"{quoted}"\n')
    classroom.checkin(classroom.generate(), user)
    for end in ("csv", "xlsx"):
        query = {"course_id": "cloud-101", "session_id": "sesi-02", "format": end}
        assert ask(classroom, "GET", "/export", **query).status_code == 200


@pytest.mark.parametrize(
    "scanned",
    [
        "https://kelas.example/checkin/#c=cloud-101&s=sesi-02&t={}",
        "https://kelas.example/checkin/?c=cloud-101&s=sesi-02&t={}",
        '{{"qr_token":"{}","course_id":"x"}}',
        "  {}\n",
    ],
)
def test_a_code_is_found_in_what_a_camera_reads(classroom: Classroom, scanned: str) -> None:
    assert classroom.checkin(scanned.format(classroom.generate())).status_code == 200


def test_a_code_within_a_longer_word_is_no_code(classroom: Classroom) -> None:
    code = classroom.generate()
    assert error(classroom.checkin(code + "A")) == (401, "token_invalid")
    assert error(classroom.checkin("X" + code)) == (401, "token_invalid")
