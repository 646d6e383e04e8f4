"""A course's roster, read from a file that a spreadsheet has written, and as it is stored.

rosters/{course}   `students`, and their ids alone, by which a person's courses are found
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from io import StringIO
from typing import Any, NamedTuple

from shared.base.errors import Invalid, Missing
from shared.domain.formulas import is_formula

MOST_STUDENTS = 2_000
LONGEST = 200  # characters of an id, a name or an address, as everywhere
LARGEST = 295_000  # bytes of a roster, so that its document is smaller than 300 kB
OVERHEAD = 54  # bytes that a student takes in a message, beside the texts
OVERHEAD_OF_EMAIL = 16
DELIMITERS = (",", ";", "\t")  # the second is what Excel writes where a comma is in numbers

_IDS = {"nim", "npm", "nrp", "nis", "nisn", "id", "userid", "studentid", "nomorinduk", "noinduk"}
_NAMES = {"nama", "name", "namamahasiswa", "namalengkap", "fullname", "studentname"}
_EMAILS = {
    "email", "emailaddress", "emailkampus", "mail", "surel", "alamatemail", "alamatsurel",
}  # fmt: skip
_NO_COLUMN = 1_000_000


class Student(NamedTuple):
    """One of the course; `user_id` is what they check in with, `email` what they sign in with."""

    user_id: str
    name: str
    email: str = ""


def read(text: str) -> list[Student]:
    """The students of a CSV file. Raises Invalid with the number of the line that is wrong."""
    return [student for _, student in read_lines(text)]


def read_lines(text: str) -> list[tuple[int, Student]]:
    """The students of a CSV file, each with its line. Raises Invalid, Missing."""
    rows = _rows(text.removeprefix("\ufeff"))
    if not rows:
        raise Missing("csv")
    ids, names, emails, has_header = _columns(rows[0][1])
    students: dict[str, tuple[int, Student]] = {}
    for line, row in rows[has_header:]:
        student = Student(_id(row, ids), _name(row, names), _cell(row, emails).lower())
        too_long = max(map(len, student)) > LONGEST
        if not student.user_id or too_long or student.user_id in students:
            raise Invalid(f"csv.{line}")
        students[student.user_id] = line, student
    if not students:
        raise Missing("csv")
    require_room([student for _, student in students.values()])
    return list(students.values())


def require_room(students: Sequence[Student]) -> None:
    """Raises Invalid where there are too many students for one document."""
    if len(students) > MOST_STUDENTS or size(students) > LARGEST:
        raise Invalid("csv")


def with_known_emails(
    lines: Iterable[tuple[int, Student]], stored: Iterable[Student]
) -> list[tuple[int | None, Student]]:
    """The students of a file; one without an address gets that of the same user_id, if stored."""
    known = {student.user_id: student.email for student in stored}
    return [
        (line, each if each.email else each._replace(email=known.get(each.user_id, "")))
        for line, each in lines
    ]


def merged(stored: Sequence[Student], changed: Iterable[Student]) -> list[Student]:
    """The stored roster with these students' entries, in the stored order, new ones at the end."""
    entries = {student.user_id: student for student in stored}
    entries.update((student.user_id, student) for student in changed)
    return list(entries.values())


def to_document(course_id: str, students: Sequence[Student], now: datetime) -> dict[str, Any]:
    """The document of a roster. An address that is not known is no field."""
    return {"course_id": course_id, **fields_of(students), "imported_at": now}


def fields_of(students: Sequence[Student]) -> dict[str, Any]:
    """The fields of a roster's document that say who is on it."""
    fields = [student._asdict() for student in students]
    return {
        "students": [{k: v for k, v in each.items() if v or k != "email"} for each in fields],
        "user_ids": [student.user_id for student in students],
    }


def from_document(document: Mapping[str, Any] | None) -> list[Student]:
    """The students of a roster's document, in the order of the file that they came in."""
    return [Student(**student) for student in (document or {}).get("students", ())]


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Each row that says something, with its line in the file."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        raise Invalid(f"csv.{reader.line_num}") from None


def _columns(first: list[str]) -> tuple[int, int, int, bool]:
    """Where ids, names and addresses are, and whether the first row is a heading.

    Without a heading, addresses are in the first column after the names that has one.
    """
    words = ["".join(filter(str.isalnum, cell.lower())) for cell in first]
    ids = [index for index, word in enumerate(words) if word in _IDS]
    names = [index for index, word in enumerate(words) if word in _NAMES]
    if ids and names:
        emails = [index for index, word in enumerate(words) if word in _EMAILS]
        return ids[0], names[0], (emails or [_NO_COLUMN])[0], True
    if not any(map(str.isdigit, first[0])):  # a heading of words that we do not know
        raise Invalid("csv.1")
    emails = [index for index, cell in enumerate(first) if index > 1 and "@" in cell]
    return 0, 1, (emails or [_NO_COLUMN])[0], False


def size(students: Iterable[Student]) -> int:
    """How many bytes students take in a document, which holds each id twice."""
    return sum(
        OVERHEAD
        + len(student.user_id.encode())
        + (OVERHEAD_OF_EMAIL if student.email else 0)
        + sum(len(text.encode()) for text in student)
        for student in students
    )


def _id(row: list[str], column: int) -> str:
    """An id without the apostrophes before it: a spreadsheet's for text, or of our own export."""
    return _cell(row, column).lstrip("' ")


def _name(row: list[str], column: int) -> str:
    """A name without the apostrophe of our own export."""
    name = _cell(row, column)
    return name[1:] if name.startswith("'") and is_formula(name[1:]) else name


def _cell(row: list[str], column: int) -> str:
    return " ".join(row[column].split()) if column < len(row) else ""
