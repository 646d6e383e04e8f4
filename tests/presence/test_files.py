"""What students type stays text in a spreadsheet, whatever it begins with."""

import csv
import unicodedata
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presence import files
from presence.sheets import Sheet
from shared.domain import rosters
from shared.domain.formulas import is_formula
from shared.domain.rosters import Student

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫"
UNSEEN = st.characters(categories=["Cf", "Zs", "Zl", "Zp", "Cc"]).filter(
    lambda char: char.isspace() or unicodedata.category(char) in ("Cf", "Zs")
)
PREFIXES = st.text(UNSEEN, max_size=4)


def cells(text: str, delimiter: str) -> list[str]:
    """A cell and the heading above it, as a spreadsheet reads them from a CSV."""
    made = files.as_csv(Sheet("t", [text], [[text]]), delimiter).decode("utf-8-sig")
    return [row[0] for row in csv.reader(StringIO(made, newline=""), delimiter=delimiter)]


@given(prefix=PREFIXES, sign=st.sampled_from(SIGNS), rest=st.text(max_size=5))
def test_a_sign_behind_anything_invisible_is_neutralised(prefix: str, sign: str, rest: str) -> None:
    text = prefix + sign + rest
    assert is_formula(text)
    for delimiter in ",;":
        assert cells(text, delimiter) == ["'" + text] * 2


@given(first=st.sampled_from("\t\r\n"), rest=st.text(max_size=5))
def test_a_cell_that_begins_with_a_tab_or_a_line_break_is_neutralised(
    first: str, rest: str
) -> None:
    assert is_formula(first + rest)


@pytest.mark.parametrize(
    "text",
    [
        " -Siti",
        "-",
        "\u200b＝1",
        "\u00a0@x",
        "\ufe0f=1",
        "⁺1",
        "\u3164=1",
        "\u115f\u1160+1",
        "\uffa0@x",
        "\u2800-1",
    ],
)
def test_what_only_looks_harmless_is_neutralised_too(text: str) -> None:
    assert is_formula(text)


@pytest.mark.parametrize(
    "text",
    ["", "Siti", " Siti", "Ani-Budi", "a=b", "'Aisyah", "2023-01", "1+1", "\u200b", "Ü", "5"],
)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert not is_formula(text)
    assert cells(text, ",") == [text] * 2


@pytest.mark.parametrize("opened_with", [",", ";", "\t"])
def test_a_cell_stays_whole_in_a_spreadsheet_of_another_separator(opened_with: str) -> None:
    for written_with in ",;":
        sheet = Sheet("t", ["NIM"], [["x;=1"], ["x,=1"], ["x\t=1"]])
        made = files.as_csv(sheet, written_with).decode("utf-8-sig")
        rows = csv.reader(StringIO(made, newline=""), delimiter=opened_with)
        assert [row[0] for row in rows] == ["NIM", "x;=1", "x,=1", "x\t=1"]


IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(ids=st.lists(PREFIXES.flatmap(lambda p: IDS.map(lambda i: p + i)), min_size=1, max_size=4))
def test_an_exported_roster_is_imported_with_the_same_ids_and_names(ids: list[str]) -> None:
    students = {Student(rosters._id([text], 0), rosters._name([text], 0)) for text in ids}
    unique = {student.user_id: student for student in students if student.user_id}
    if not unique:
        return
    sheet = Sheet("t", ["NIM", "Nama"], [list(student) for student in unique.values()])
    for delimiter in ",;":
        exported = files.as_csv(sheet, delimiter).decode()
        imported = rosters.read(exported)
        assert [student.user_id for student in imported] == list(unique)
