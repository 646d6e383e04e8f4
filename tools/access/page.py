"""The matrix as a page of docs/: a table for each group, with a column for each identity."""

from itertools import groupby
from pathlib import Path

from tools.access.matrix import MODES, Cell, Matrix
from tools.access.people import IDENTITIES, NOBODY
from tools.paths import ROOT

FILE = ROOT / "docs" / "access.md"
INTRODUCTION = Path(__file__).with_name("introduction.md")


def text(matrix: Matrix) -> str:
    """The page."""
    tables = [
        f"\n## `{group}`\n\n{_table(list(cells))}"
        for group, cells in groupby(sorted(matrix, key=_group), _group)
    ]
    callers = "".join(f"| {identity.name} | {identity.meaning} |\n" for identity in IDENTITIES)
    return INTRODUCTION.read_text("utf-8") + callers + "".join(tables)


def _group(cell: Cell) -> str:
    return cell.operation.group


def _table(cells: list[Cell]) -> str:
    """The rows of one group. A caller without any advantage over NOBODY has no column."""
    rows: dict[str, dict[str, dict[str, str]]] = {}
    for cell in cells:
        row = rows.setdefault(cell.operation.row, {})
        row.setdefault(cell.identity.name, {})[cell.mode] = cell.answer
    names = [identity.name for identity in IDENTITIES]
    alike = [
        name
        for name in names
        if name != NOBODY and all(row[name] == row[NOBODY] for row in rows.values())
    ]
    shown = [name for name in names if name not in alike]
    lines = [["operation", *shown], ["---", *(":-:" for _ in shown)]]
    lines += [[name, *(_cell(row[column]) for column in shown)] for name, row in rows.items()]
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return table + (f"\nAnswered as `{NOBODY}`: {', '.join(alike)}.\n" if alike else "")


def _cell(answers: dict[str, str]) -> str:
    both = [answers[mode] for mode in MODES]
    return both[0] if len(set(both)) == 1 else " / ".join(both)
