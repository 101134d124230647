"""Files with rows blanked: every other row keeps its place and its bytes or cells.

A blanked row is still a row, also where it was the last one, so that the copy has as many rows as the file.

Belongs here: CSV files and workbooks as bytes and cells. Does not belong here: which rows.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ingestion.contracts.models import Contract
from ingestion.workbooks.reading import OpenSheet

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

#: When a workbook says it was made, so that the same rows give the same bytes.
_NO_CLOCK = dt.datetime(2000, 1, 1)
#: How XLSX and XLS workbooks begin; a file's name may say otherwise.
_WORKBOOKS = {b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xls"}
#: What stands in the first cell of a row without content: readers take the sheet to end at its last filled cell.
_BLANK = " "


def write_without_rows(source: Path, target: Path, contract: Contract, rows: set[int]) -> None:
    """Write ``source`` to ``target`` with the records numbered ``rows`` (from 1) left empty."""
    with open(source, "rb") as handle:
        kind = _WORKBOOKS.get(handle.read(4))
    if kind:
        _workbook_without_rows(source, target, kind, contract, rows)
    else:
        _csv_without_rows(source, target, contract, rows)


def _csv_without_rows(source: Path, target: Path, contract: Contract, rows: set[int]) -> None:
    # Latin-1 takes every byte for a sign of its own: lines are cut, and nothing is decoded.
    with open(source, encoding="latin-1", newline="") as lines, open(target, "wb") as handle:
        for number, record in enumerate(_records(lines, source, contract), start=1):
            kept = record if number not in rows else _line_end(record) or "\n"
            handle.write(kept.encode("latin-1"))


def _records(lines: TextIO, source: Path, contract: Contract) -> Iterator[str]:
    """The lines of each record: all but those with line ends inside quotation marks have one.

    The byte of a line's end is never part of another character in UTF-8 or GB18030, nor is that of a quotation mark.
    """
    with open(source, "rb") as handle:
        has_quotes = any(b'"' in block for block in iter(lambda: handle.read(1 << 20), b""))
    if not has_quotes:
        yield from lines
        return
    held: list[str] = []

    def decoded() -> Iterator[str]:
        for line in lines:
            held.append(line)
            yield line.encode("latin-1").decode(contract.file.encoding)

    for _ in csv.reader(decoded(), delimiter=contract.file.delimiter):
        yield "".join(held)
        held.clear()


def _line_end(record: str) -> str:
    return record[len(record.rstrip("\r\n")) :]


def _workbook_without_rows(source: Path, target: Path, kind: str, contract: Contract, rows: set[int]) -> None:
    """The declared sheet alone, cells with the types they had: a number stays a number, a day a day, and what has no
    value for its row still has none."""
    import xlsxwriter

    sent = OpenSheet(source, kind, contract.file.sheet)
    with xlsxwriter.Workbook(str(target), {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": _NO_CLOCK})
        sheet = book.add_worksheet(contract.file.sheet)
        valueless = set(sent.valueless)
        for merged in sent.merged:
            valueless |= _merge(sheet, merged, book.add_format())
        for place, row in enumerate(sent.rows()):
            cells = [] if place + 1 in rows else row
            filled = [(column, cell) for column, cell in enumerate(cells) if cell not in ("", None)]
            for column, cell in filled or [(0, _BLANK)]:
                if isinstance(cell, str):
                    sheet.write_string(place, column, cell)
                else:
                    sheet.write(place, column, cell)
        for row, column in sorted(valueless):
            if row + 1 not in rows:
                sheet.write_formula(row, column, "=NA()", None, "#N/A")


def _merge(sheet: Worksheet, merged: tuple[tuple[int, int], tuple[int, int]], plain) -> set[tuple[int, int]]:
    """Merge the cells again; those of a range that overlaps another, which no spreadsheet writes, are returned as
    cells without a value."""
    from xlsxwriter.exceptions import OverlappingRange

    (top, left), (bottom, right) = merged
    if (top, left) == (bottom, right):
        return set()
    try:
        sheet.merge_range(top, left, bottom, right, "", plain)
    except OverlappingRange:
        cells = {(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)}
        return cells - {(top, left)}
    return set()
