"""`dev.py migrate --sheet`: a group's Google Sheets become what the functions would have written."""

import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sheets
import workbook
from administration import AdminDatabase
from flask.testing import FlaskClient
from openpyxl import Workbook
from sheets import NoTopic
from workbook import Position, Reading, Samples, Sheet

import presence.routes
import telemetry.routes
from exec.routes import create_app
from presence.store import Store as Presence
from shared.google.firestore import Database
from telemetry.store import Store as Telemetry
from tests.conftest import MovableClock
from tests.infra.test_forget import everything
from tests.presence.clients import Classroom
from tools.paths import ROOT

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
WIB = Reading(timedelta(hours=7))
PRESENCE = [
    ("NIM", "Device ID", "course_id", "Sesi", "Waktu", "Status"),
    (2023001, "dev-1", "cloud-101", "sesi-01", "2026-02-18T10:00:00Z", "checked_in"),
    (2023002, "dev-2", "cloud-101", "sesi-01", datetime(2026, 2, 18, 17, 1), "hadir"),
    (None, None, None, None, None, None),
    ("", "dev-3", "cloud-101", "sesi-01", 1771408920, "checked_in"),
    (2023004, "dev-4", "cloud-101", "sesi-01", "kemarin", "checked_in"),
    (2023005, "dev-5", "cloud-101", "sesi-01", 1771408920000, "alpa"),
    (2023001, "dev-9", "cloud-101", "sesi-01", "2026-02-18T10:03:00Z", "checked_in"),
]
ACCEL = [
    ("deviceId", "t", "x", "y", "z (m/s²)"),
    ("dev-1", "2026-02-18T10:00:00.020Z", 0.12, "0,01", 9.7),
    ("dev-1", "2026-02-18T10:00:00.040Z", 0.15, 0.02, 9.68),
    ("dev-1", "2026-02-18T10:00:00.060Z", "?", 0.02, 9.68),
    ("dev-1", "2026-02-18T12:30:00Z", 1, 2, 3),
]
GPS = [
    ("perangkat", "timestamp", "Latitude", "Longitude", "Akurasi (m)"),
    ("dev-1", 46071.708333333336, -7.2575, 112.7521, 12.5),  # 18 February 2026, 17:00 WIB
    ("dev-1", "18/02/2026 17.05.00", -7.258, 112.753, None),
    ("dev-1", "2026-02-18T10:06:00Z", 97, 112.753, 3),
]


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, firestore_host: str) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a workbook of these sheets."""

    def write(**pages: Iterable[tuple[Any, ...]]) -> Path:
        book = Workbook()
        for title, rows in pages.items():
            page = book.create_sheet(title)
            for row in rows:
                page.append(row)
        del book["Sheet"]
        book.save(tmp_path / "group.xlsx")
        return tmp_path / "group.xlsx"

    return write


@pytest.fixture
def export(file: Callable[..., Path]) -> Path:
    """The export of a group with all three modules."""
    return file(
        presence=PRESENCE, tokens=[("qr_token", "expires_at")], accel=ACCEL, gps=GPS, Notes=[("x",)]
    )


@pytest.fixture
def client(database: Database, clock: MovableClock) -> FlaskClient:
    clock.moment = NOW
    in_presence, in_telemetry = Presence(database), Telemetry(database, NoTopic())
    return create_app(
        lambda app: presence.routes.mount(app, lambda: in_presence, clock, url_prefix="/presence"),
        lambda app: telemetry.routes.mount(app, lambda: in_telemetry, clock, "/telemetry"),
    ).test_client()


def take(database: Database, path: Path, *, dry_run: bool = False) -> list[str]:
    """The report of a run."""
    admin = AdminDatabase(database._root.split("/")[1], dry_run=dry_run)
    reports = sheets.take(admin, workbook.read(path, WIB), NOW)
    return [line for report in reports for line in report.lines()]


def get(client: FlaskClient, path: str) -> Any:
    return client.get(f"/exec/{path}").get_json()


REPORT = [
    "presence (presence): 6 rows read, 3 taken, 0 already there, 3 refused",
    "  row 5: missing_field: user_id",
    "  row 6: invalid_field: ts",
    "  row 7: no check-in: alpa",
    "tokens: not taken, as its columns are of no module",
    "accel (accel): 4 rows read, 3 taken, 0 already there, 1 refused",
    "  row 4: invalid_field: samples.0.x",
    "gps (gps): 3 rows read, 2 taken, 0 already there, 1 refused",
    "  row 4: invalid_field: lat",
    "Notes: not taken, as its columns are of no module",
]


def test_a_report_says_of_every_row_what_became_of_it(database: Database, export: Path) -> None:
    assert take(database, export) == REPORT


def test_without_yes_the_report_is_the_same_and_nothing_is_stored(
    database: Database, export: Path
) -> None:
    assert take(database, export, dry_run=True) == REPORT
    assert everything(database) == {}


def test_status_and_list_show_the_checkins(
    database: Database, client: FlaskClient, export: Path
) -> None:
    take(database, export)
    session = "course_id=cloud-101&session_id=sesi-01"
    status = get(client, f"presence/status?{session}&user_id=2023002")["data"]
    assert (status["status"], status["last_ts"]) == ("checked_in", "2026-02-18T10:01:00Z")
    found = get(client, f"presence/list?{session}")["data"]
    assert [item["user_id"] for item in found["items"]] == ["2023001", "2023002"]
    assert found["items"][0]["flags"] == ["several_devices"]
    assert found["items"][0]["device_id"] == "dev-1"
    assert get(client, "presence/sessions/active")["data"]["total"] == 0
    stored = database.get(database.path("courses", "cloud-101", "sessions", "sesi-01")) or {}
    assert (stored["open"], stored["issued_at"]) == (False, datetime(2026, 2, 18, 10, tzinfo=UTC))


def test_latest_and_history_show_samples_and_points(
    database: Database, client: FlaskClient, export: Path
) -> None:
    take(database, export)
    latest = get(client, "telemetry/accel/latest?device_id=dev-1")["data"]
    assert latest == {"t": "2026-02-18T12:30:00Z", "x": 1, "y": 2, "z": 3}
    history = get(client, "telemetry/accel/history?device_id=dev-1")["data"]["items"]
    assert [(item["t"], item["y"]) for item in history] == [
        ("2026-02-18T10:00:00.020Z", 0.01), ("2026-02-18T10:00:00.040Z", 0.02),
        ("2026-02-18T12:30:00Z", 2),
    ]  # fmt: skip
    track = get(client, "telemetry/gps/history?device_id=dev-1")["data"]["items"]
    assert track == [
        {"ts": "2026-02-18T10:00:00Z", "lat": -7.2575, "lng": 112.7521},
        {"ts": "2026-02-18T10:05:00Z", "lat": -7.258, "lng": 112.753},
    ]
    assert get(client, "telemetry/gps/latest?device_id=dev-1")["data"]["accuracy_m"] == 0


def test_the_same_rows_twice_change_nothing(database: Database, export: Path) -> None:
    take(database, export)
    before = everything(database)
    again = take(database, export)
    assert [line for line in again if "read" in line] == [
        "presence (presence): 6 rows read, 0 taken, 3 already there, 3 refused",
        "accel (accel): 4 rows read, 0 taken, 3 already there, 1 refused",
        "gps (gps): 3 rows read, 0 taken, 2 already there, 1 refused",
    ]
    assert everything(database) == before


def test_a_longer_export_adds_only_what_is_new(
    database: Database, client: FlaskClient, file: Callable[..., Path]
) -> None:
    take(database, file(presence=PRESENCE[:2], accel=ACCEL[:2], gps=GPS[:2]))
    more = take(database, file(presence=PRESENCE[:3], accel=ACCEL[:3], gps=GPS[:3]))
    assert [line.partition(": ")[2] for line in more] == [
        "2 rows read, 1 taken, 1 already there, 0 refused"
    ] * 3
    history = get(client, "telemetry/accel/history?device_id=dev-1")["data"]["items"]
    assert len(history) == 2


def test_a_row_that_stands_twice_is_taken_once(
    database: Database, file: Callable[..., Path]
) -> None:
    twice = file(
        presence=[*PRESENCE[:2], PRESENCE[1]], accel=[*ACCEL[:2], ACCEL[1]], gps=[*GPS[:2], GPS[1]]
    )
    assert [line.partition(": ")[2] for line in take(database, twice)] == [
        "2 rows read, 1 taken, 1 already there, 0 refused"
    ] * 3


def test_what_is_live_stays_as_it_is(
    database: Database, clock: MovableClock, file: Callable[..., Path]
) -> None:
    course = Classroom(database, clock)
    course.checkin(course.generate(), "2023001", device_id="phone")
    before = everything(database)
    row = ("2023001", "phone", course.session["course_id"], course.session["session_id"], clock())
    take(database, file(presence=[PRESENCE[0][:5], (*row[:4], "2026-02-18T08:00:00Z")]))
    assert everything(database) == before
    take(database, file(presence=[PRESENCE[0][:5], ("x", *row[1:4], "2026-02-18T08:00:00Z")]))
    changed = {path for path, fields in everything(database).items() if before.get(path) != fields}
    assert [path.rsplit("/", 1)[1] for path in changed] == ["x"]


def test_a_large_sheet_is_stored_in_batches_that_a_post_may_have(
    database: Database, client: FlaskClient, file: Callable[..., Path]
) -> None:
    begin = datetime(2026, 2, 18, 10, tzinfo=UTC)
    rows = [
        ("dev-1", (begin + timedelta(seconds=second)).isoformat(), second, 0, 9.8)
        for second in range(0, 3 * 3600, 5)
    ]
    assert "2160 taken" in take(database, file(accel=[ACCEL[0], *rows]))[0]
    history = get(client, "telemetry/accel/history?device_id=dev-1&limit=1000")["data"]["items"]
    assert (len(history), history[-1]["x"]) == (1000, 3 * 3600 - 5)


def read(file: Callable[..., Path], reading: Reading = WIB, **pages: Any) -> Sheet:
    return workbook.read(file(**pages), reading)[0]


@pytest.mark.parametrize(
    ("title", "head", "kind"),
    [
        ("Presensi", ("user_id", "course_id", "session_id", "ts"), "presence"),
        ("Lembar1", ("userId", "courseId", "sessionId", "ts"), "presence"),
        ("Form Responses 1", ("Timestamp", "Student ID", "Mata Kuliah", "Pertemuan"), "presence"),
        ("Akselerometer", ("id perangkat", "waktu", "Accel X", "Accel Y", "Accel Z"), "accel"),
        ("Sheet2", ("device", "ts", "ax", "ay", "az"), "accel"),
        ("raw", ("device_id", "ts", "samples"), "accel"),
        ("Lokasi", ("HP", "Tanggal", "Lintang", "Bujur"), "gps"),
        ("Sheet3", ("device_id", "created_at", "lat", "lon"), "gps"),
        ("GPS", ("device_id", "ts", "x", "y", "z", "lat", "lng"), "gps"),
        ("gps", ("device_id", "ts", "speed"), ""),
        ("presence", ("nama", "alamat"), ""),
    ],
)
def test_a_sheet_is_known_by_its_columns_and_its_name(
    file: Callable[..., Path], title: str, head: tuple[str, ...], kind: str
) -> None:
    pages: dict[str, Any] = {title: [("Kelompok 3",), (), head]}
    assert read(file, **pages).kind == kind


@pytest.mark.parametrize(
    "cell",
    [
        "2026-02-18T10:00:00Z", "2026-02-18T17:00:00+07:00", "2026-02-18 17:00:00",
        "2026-02-18T17:00:00", "2026-02-18 10:00:00Z", 1771408800, 1771408800000, "1771408800000",
        1771408800.0, datetime(2026, 2, 18, 17), 46071.708333333336, "46071,708333333336",
        "18/02/2026 17:00:00", "18/02/2026, 17.00.00", "18-02-2026 17:00",
        "Wed Feb 18 2026 17:00:00 GMT+0700 (Western Indonesia Time)",
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(file: Callable[..., Path], cell: Any) -> None:
    sheet = read(file, gps=[GPS[0], ("dev-1", cell, 1, 2, 3)])
    assert sheet.refused == []
    (_, entry), = sheet.entries  # fmt: skip
    assert isinstance(entry, Position)
    assert entry.point.ms == 1771408800000


def test_a_day_without_a_time_begins_at_midnight(file: Callable[..., Path]) -> None:
    for cell in (date(2026, 2, 18), "18/02/2026", "2026-02-18"):
        (_, entry), = read(file, gps=[GPS[0], ("d", cell, 1, 2, 3)]).entries  # fmt: skip
        assert isinstance(entry, Position)
        assert entry.point.ms == 1771408800000 - 17 * 3_600_000


@pytest.mark.parametrize("cell", ["soon", True, 12, -1, 1e300, "99/99/2026", "17:00", "2026-02-30"])
def test_a_time_that_is_none_is_refused(file: Callable[..., Path], cell: Any) -> None:
    sheet = read(file, gps=[GPS[0], ("dev-1", cell, 1, 2, 3), ("dev-1", None, 1, 2, 3)])
    assert sheet.refused == [(2, "invalid_field: ts"), (3, "missing_field: ts")]


def test_many_samples_in_one_cell_are_json(file: Callable[..., Path]) -> None:
    head = ("device_id", "ts", "samples")
    cell = '[{"t": "2026-02-18T10:00:00Z", "x": 1, "y": 2, "z": 3}, {"x": "4", "y": 5, "z": 6}]'
    sheet = read(
        file,
        accel=[head, ("d", "2026-02-18T10:00:05Z", cell), ("d", None, "[1"), ("d", None, "[]")],
    )
    (_, entry), = sheet.entries  # fmt: skip
    assert isinstance(entry, Samples)
    assert entry.samples == [(1771408800000, 1, 2, 3), (1771408805000, 4, 5, 6)]
    assert sheet.refused == [(3, "invalid_field: samples"), (4, "missing_field: samples")]


def test_ids_without_a_column_may_be_given_and_a_missing_device_is_by_hand(
    file: Callable[..., Path], database: Database
) -> None:
    head = ("Timestamp", "NIM", "Pertemuan")
    rows = [head, (datetime(2026, 2, 18, 17), 2023001.0, 1)]
    assert read(file, presence=rows).refused == [(2, "missing_field: course_id")]
    given = Reading(timedelta(hours=7), course_id="cloud-101")
    admin = AdminDatabase(database._root.split("/")[1], dry_run=False)
    sheets.take(admin, workbook.read(file(presence=rows), given), NOW)
    path = ("courses", "cloud-101", "sessions", "1", "presences", "2023001")
    record = database.get(database.path(*path)) or {}
    assert (record["device_id"], record["devices"]) == ("manual", [])


def test_the_command_tells_and_stores_nothing_without_yes(
    database: Database, export: Path, tmp_path: Path
) -> None:
    project = database._root.split("/")[1]

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, ROOT / "dev.py", "migrate", "--project", project, *words]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")

    told = run("--sheet", export)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "2 taken" in told.stdout
    assert "add --yes" in told.stdout
    assert everything(database) == {}
    assert run("--sheet", export, "--yes").stdout.endswith("Stored.\n")
    assert len(everything(database)) > 5
    (tmp_path / "no.xlsx").write_text("a,b", "utf-8")
    for wrong in (tmp_path / "no.xlsx", tmp_path / "nowhere.xlsx"):
        refused = run("--sheet", wrong)
        assert (refused.returncode, "cannot be read" in refused.stdout) == (1, True)
        assert "Traceback" not in refused.stderr
