"""A group's spreadsheet as rows of check-ins, samples and points, however its columns are named."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from openpyxl import load_workbook
from pydantic import ValidationError
from pydantic_core import from_json

from shared.base import timestamps
from shared.base.errors import ApiError
from shared.web.fields import Fields, OptionalText, Text, Time
from shared.web.refusals import first_error
from telemetry.requests import AccelRequest, GpsRequest
from telemetry.rules import Point, UndatedSample

PRESENCE, ACCEL, GPS = "presence", "accel", "gps"
HEAD_WITHIN = 10  # rows; above the head some groups have a title

# Names of columns by field, in the order in which they count; without case, blanks and units.
COLUMNS = {
    "user_id": (
        "userid", "nim", "npm", "nrp", "studentid", "idmahasiswa", "mahasiswa", "iduser", "user",
    ),
    "device_id": ("deviceid", "iddevice", "device", "idperangkat", "perangkat", "hp"),
    "course_id": (
        "courseid", "idcourse", "course", "idmatakuliah", "kodematakuliah", "matakuliah", "kodemk",
        "mk", "kelas",
    ),
    "session_id": ("sessionid", "idsession", "session", "idsesi", "sesi", "pertemuan"),
    "ts": (
        "ts", "lastts", "timestamp", "checkedinat", "waktupresensi", "waktu", "time", "datetime",
        "tanggalwaktu", "tanggal", "serverts", "recordedat", "createdat", "receivedat",
    ),
    "t": ("t", "samplets", "sampletime", "waktusampel"),
    "x": ("x", "ax", "accx", "accelx", "sumbux"),
    "y": ("y", "ay", "accy", "accely", "sumbuy"),
    "z": ("z", "az", "accz", "accelz", "sumbuz"),
    "samples": ("samples", "samplesjson", "sampel", "datasampel"),
    "lat": ("lat", "latitude", "lintang", "garislintang"),
    "lng": ("lng", "lon", "long", "longitude", "bujur", "garisbujur"),
    "accuracy_m": ("accuracym", "accuracy", "akurasim", "akurasi"),
    "status": ("status", "statuskehadiran", "kehadiran"),
}  # fmt: skip
# What the name of a sheet says that it holds, and the columns without which it does not.
NAMES = {
    PRESENCE: ("presen", "absen", "hadir", "attendance", "checkin"),
    ACCEL: ("accel", "aksel", "sensor"),
    GPS: ("gps", "lokasi", "location", "posisi", "jejak", "track"),
}
NEEDED: dict[str, tuple[set[str], ...]] = {
    ACCEL: ({"x", "y", "z"}, {"samples"}),
    GPS: ({"lat", "lng"},),
    PRESENCE: ({"user_id", "session_id"}, {"user_id", "course_id"}, {"user_id", "ts"}),
}
PRESENT = ("", "checkedin", "hadir", "present", "h", "ok", "valid", "1", "true")
FORMATS = (
    "%a %b %d %Y %H:%M:%S GMT%z",  # String(new Date())
    *(
        f"%d{sign}%m{sign}%Y{clock}"
        for sign in "/-"
        for clock in (" %H:%M:%S", " %H.%M.%S", " %H:%M", " %H.%M", "")
    ),
)
_ZONE = re.compile(r"(Z|[+-]\d\d(:?\d\d)?)$")
EXCEL_BEGIN = datetime(1899, 12, 30)
NUMBERS = ("x", "y", "z", "lat", "lng", "accuracy_m")
IDS = ("user_id", "device_id", "course_id", "session_id")


class CheckInRow(Fields):
    """A check-in, as a spreadsheet has it."""

    user_id: Text
    course_id: Text
    session_id: Text
    device_id: OptionalText = None
    ts: Time


class Samples(NamedTuple):
    """The samples of one row."""

    device_id: str
    samples: Sequence[UndatedSample]


class Position(NamedTuple):
    """The point of one row."""

    device_id: str
    point: Point


Entry = CheckInRow | Samples | Position


@dataclass
class Sheet:
    """What a sheet holds, by row number, and which rows were refused and why."""

    title: str
    kind: str = ""
    rows: int = 0
    entries: list[tuple[int, Entry]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """What a file does not say. `offset`: of times without a zone; the ids where no column is."""

    offset: timedelta
    course_id: str = ""
    session_id: str = ""


def read(path: Path, reading: Reading) -> list[Sheet]:
    """The sheets of a workbook. Raises what openpyxl raises for a file that is none."""
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        return [_sheet(page.title, _values(page), reading) for page in book.worksheets]
    finally:
        book.close()


def _values(page: Any) -> Iterator[tuple[Any, ...]]:
    page.reset_dimensions()  # some programs write a wrong size into the file
    yield from page.iter_rows(values_only=True)


def _sheet(title: str, rows: Iterable[tuple[Any, ...]], reading: Reading) -> Sheet:
    sheet, columns = Sheet(title), dict[str, int]()
    for number, row in enumerate(rows, start=1):
        if not sheet.kind:
            columns = _columns(row)
            sheet.kind = _kind(title, set(columns)) if number <= HEAD_WITHIN else ""
        elif any(cell not in (None, "") for cell in row):
            sheet.rows += 1
            cells = {name: row[at] if at < len(row) else None for name, at in columns.items()}
            try:
                sheet.entries.append((number, _entry(sheet.kind, cells, reading)))
            except ValidationError as error:
                sheet.refused.append((number, str(first_error(error))))
            except (ApiError, ValueError) as error:
                sheet.refused.append((number, str(error)))
    return sheet


def _columns(head: Sequence[Any]) -> dict[str, int]:
    """The column of each field that this row names."""
    names = [_plain(cell) for cell in head]
    found = {
        field: next((names.index(name) for name in known if name in names), None)
        for field, known in COLUMNS.items()
    }
    return {field: at for field, at in found.items() if at is not None}


def _plain(cell: Any) -> str:
    """`Device ID` and `deviceId` as `deviceid`; a unit in brackets is left out."""
    text = re.sub(r"\(.*?\)|\[.*?\]", "", str(cell or "")).lower()
    return re.sub(r"[\W_]+", "", text)


def _kind(title: str, columns: set[str]) -> str:
    """What a sheet with these columns holds; its name decides where several would do."""
    fitting = [kind for kind, sets in NEEDED.items() if any(each <= columns for each in sets)]
    named = [kind for kind in fitting if any(word in _plain(title) for word in NAMES[kind])]
    return next(iter([*named, *fitting]), "")


def _entry(kind: str, cells: dict[str, Any], reading: Reading) -> Entry:
    """A row as its endpoint would read it. Raises ValidationError, ValueError."""
    fields = {name: _id(cells.get(name)) for name in IDS if name in cells}
    ts = _time(cells.get("ts"), reading, "ts")
    if kind == PRESENCE:
        if (status := _plain(cells.get("status"))) not in PRESENT:
            raise ValueError(f"no check-in: {status}")
        fields["course_id"] = fields.get("course_id") or reading.course_id
        fields["session_id"] = fields.get("session_id") or reading.session_id
        return CheckInRow.model_validate({**fields, "ts": ts})
    numbers = {name: _number(cells.get(name)) for name in NUMBERS}
    if kind == GPS:
        sent = GpsRequest.model_validate({**fields, **numbers, "ts": ts})
        point = Point(_millis(sent.ts), sent.lat, sent.lng, sent.accuracy_m)
        return Position(sent.device_id, point)
    samples = _samples(cells, numbers, reading)
    batch = AccelRequest.model_validate({**fields, "samples": samples, "ts": ts})
    dated = [(_millis(batch.ts) if t is None else t, x, y, z) for t, x, y, z in batch.samples]
    return Samples(batch.device_id, dated)


def _samples(cells: dict[str, Any], numbers: dict[str, Any], reading: Reading) -> Any:
    """The samples of a row: one in columns, or many in a cell of JSON."""
    if cells.get("samples") not in (None, ""):
        try:
            return from_json(str(cells["samples"]))
        except ValueError:
            raise ValueError("invalid_field: samples") from None
    axes = {name: numbers[name] for name in ("x", "y", "z")}
    return [{"t": _time(cells.get("t"), reading, "t"), **axes}]


def _millis(moment: datetime | None) -> int:
    if moment is None:
        raise ValueError("missing_field: ts")
    return timestamps.millis(moment)


def _id(cell: Any) -> Any:
    """A spreadsheet makes a number of an id that is one."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _number(cell: Any) -> Any:
    """A number in text may have a decimal comma."""
    is_comma = isinstance(cell, str) and re.fullmatch(r"\s*[+-]?\d+,\d+\s*", cell)
    return cell.replace(",", ".").strip() if is_comma else cell


def _time(cell: Any, reading: Reading, name: str) -> str | None:
    """A time as ISO text in UTC; None for an empty cell. Raises ValueError with the field."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    try:
        moment = _moment(cell)
        if moment.tzinfo is None:
            moment = (moment - reading.offset).replace(tzinfo=UTC)
        return timestamps.text(timestamps.parse(moment.isoformat()))
    except (ValueError, OverflowError):
        raise ValueError(f"invalid_field: {name}") from None


def _moment(cell: Any) -> datetime:
    """A moment, without a zone where the cell names none."""
    match cell:
        case bool():
            raise ValueError
        case datetime():
            return cell
        case date():
            return datetime.combine(cell, time())
        case int() | float():
            return _of_number(cell)
        case str() if re.fullmatch(r"\d+([.,]\d+)?", cell.strip()):
            return _of_number(float(cell.strip().replace(",", ".")))
        case str():
            return _of_text(cell.strip())
    raise ValueError


def _of_number(number: float) -> datetime:
    """Milliseconds or seconds since 1970, or the days by which spreadsheets count."""
    if number >= 1e11:
        return timestamps.from_millis(round(number))
    if number >= 1e8:
        return timestamps.from_millis(round(number * 1000))
    if 20_000 <= number <= 80_000:
        return EXCEL_BEGIN + timedelta(milliseconds=round(number * 86_400_000))
    raise ValueError


def _of_text(text: str) -> datetime:
    """ISO-8601, day/month/year as Indonesian spreadsheets show it, or as JavaScript prints it."""
    if not text[:4].isdigit():
        shown = text.partition(" (")[0].replace(", ", " ")
        for form in FORMATS:
            with suppress(ValueError):
                return datetime.strptime(shown, form)
    moment = timestamps.parse(text)
    return moment if _ZONE.search(text[10:].upper()) else moment.replace(tzinfo=None)
