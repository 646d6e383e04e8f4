"""Tables as files for a spreadsheet. What students have typed stays text there, never a formula."""

import csv
from datetime import datetime
from io import BytesIO, StringIO

from presence.sheets import Cell, Share, Sheet
from shared.domain.formulas import is_formula

BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes the file for another code page
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDEST = 40  # characters of a column


def as_csv(sheet: Sheet, delimiter: str) -> bytes:
    """The table as Excel opens it with a double click, where it separates by `delimiter`."""
    text = StringIO(newline="")
    # All quoted: a cell stays whole, and no formula within it begins one, also in a spreadsheet
    # that separates by another sign.
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow([_plain(cell) for cell in sheet.head])
    writer.writerows([[_plain(cell) for cell in row] for row in sheet.rows])
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def as_xlsx(sheet: Sheet) -> bytes:
    """The table as a workbook, with times and percentages as such."""
    import xlsxwriter  # only for those who ask: loading it takes longer than most answers

    file = BytesIO()
    options = {"in_memory": True, "remove_timezone": False}
    with xlsxwriter.Workbook(file, options) as book:
        page = book.add_worksheet(sheet.title)
        bold = {"bold": True, "bottom": 1}
        heads = {yes: book.add_format({**bold, "quote_prefix": yes}) for yes in (False, True)}
        quoted = book.add_format({"quote_prefix": True})
        time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        percent = book.add_format({"num_format": "0%"})
        for column, head in enumerate(sheet.head):
            page.write_string(0, column, head, heads[is_formula(head)])
        for number, row in enumerate(sheet.rows, start=1):
            for column, cell in enumerate(row):
                match cell:
                    case str():
                        style = quoted if is_formula(cell) else None
                        page.write_string(number, column, cell, style)
                    case datetime():
                        page.write_datetime(number, column, cell, time)
                    case Share():
                        page.write_number(number, column, cell.value, percent)
                    case int():
                        page.write_number(number, column, cell)
        for column in range(len(sheet.head)):
            page.set_column(column, column, _width(sheet, column))
        page.freeze_panes(1, 0)
    return file.getvalue()


def _plain(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return "'" + cell if is_formula(cell) else cell
        case Share():
            return f"{cell.value:.0%}"
        case datetime():
            return cell.isoformat(" ")
    return str(cell)


def _width(sheet: Sheet, column: int) -> int:
    cells = [sheet.head[column], *(_plain(row[column]) for row in sheet.rows)]
    return min(WIDEST, max(map(len, cells)) + 2)
