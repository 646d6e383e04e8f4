"""A course's roster, read from a file that a spreadsheet has written. Data in, value out."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import NamedTuple

from presence.formulas import is_formula
from shared.base.errors import Invalid, Missing

MOST_STUDENTS = 2_000
LONGEST = 200  # characters of an id or a name, as everywhere
LARGEST = 195_000  # bytes of a roster, so that its document is smaller than 200 kB
OVERHEAD = 48  # bytes that a student takes in a message, beside the id and the name
DELIMITERS = (",", ";", "\t")  # the second is what Excel writes where a comma is in numbers

_IDS = {"nim", "npm", "nrp", "nis", "nisn", "id", "userid", "studentid", "nomorinduk", "noinduk"}
_NAMES = {"nama", "name", "namamahasiswa", "namalengkap", "fullname", "studentname"}


class Student(NamedTuple):
    """One of the course; `user_id` is what they check in with."""

    user_id: str
    name: str


def read(text: str) -> list[Student]:
    """The students of a CSV file. Raises Invalid with the number of the line that is wrong."""
    rows = _rows(text.removeprefix("\ufeff"))
    if not rows:
        raise Missing("csv")
    id_column, name_column, has_header = _columns(rows[0][1])
    students: dict[str, Student] = {}
    for line, row in rows[has_header:]:
        student = Student(_id(row, id_column), _name(row, name_column))
        too_long = max(map(len, student)) > LONGEST
        if not student.user_id or too_long or student.user_id in students:
            raise Invalid(f"csv.{line}")
        students[student.user_id] = student
    if not students:
        raise Missing("csv")
    if len(students) > MOST_STUDENTS or size(students.values()) > LARGEST:
        raise Invalid("csv")
    return list(students.values())


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """Each row that says something, with its line in the file."""
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error:
        raise Invalid(f"csv.{reader.line_num}") from None


def _columns(first: list[str]) -> tuple[int, int, bool]:
    """Where the ids and the names are, and whether the first row is a heading."""
    words = ["".join(filter(str.isalnum, cell.lower())) for cell in first]
    ids = [index for index, word in enumerate(words) if word in _IDS]
    names = [index for index, word in enumerate(words) if word in _NAMES]
    if ids and names:
        return ids[0], names[0], True
    if not any(map(str.isdigit, first[0])):  # a heading of words that we do not know
        raise Invalid("csv.1")
    return 0, 1, False


def size(students: Iterable[Student]) -> int:
    """How many bytes students take in a document."""
    return sum(OVERHEAD + sum(len(text.encode()) for text in student) for student in students)


def _id(row: list[str], column: int) -> str:
    """An id without the apostrophes before it: a spreadsheet's for text, or of our own export."""
    return _cell(row, column).lstrip("' ")


def _name(row: list[str], column: int) -> str:
    """A name without the apostrophe of our own export."""
    name = _cell(row, column)
    return name[1:] if name.startswith("'") and is_formula(name[1:]) else name


def _cell(row: list[str], column: int) -> str:
    return " ".join(row[column].split()) if column < len(row) else ""
