"""Files with rows blanked: every other row keeps its place and its bytes or cells.

Belongs here: CSV files and workbooks as bytes and cells. Does not belong here: which rows.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

from ingestion.contracts.models import Contract

#: When a workbook says it was made, so that the same rows give the same bytes.
_NO_CLOCK = dt.datetime(2000, 1, 1)
#: How XLSX and XLS workbooks begin; a file's name may say otherwise.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def write_without_rows(source: Path, target: Path, contract: Contract, rows: set[int]) -> None:
    """Write ``source`` to ``target`` with the records numbered ``rows`` (from 1) left empty."""
    with open(source, "rb") as handle:
        is_workbook = handle.read(8).startswith(_WORKBOOKS)
    if is_workbook:
        _workbook_without_rows(source, target, contract, rows)
    else:
        _csv_without_rows(source, target, contract, rows)


def _csv_without_rows(source: Path, target: Path, contract: Contract, rows: set[int]) -> None:
    content = source.read_bytes()
    # The byte of a line's end is never part of another character in UTF-8 or GB18030.
    lines = content.splitlines(keepends=True)
    with open(target, "wb") as handle:
        for number, (first, last) in enumerate(_records(content, lines, contract), start=1):
            if number in rows:
                handle.write(_line_end(lines[last - 1]))
            else:
                handle.write(b"".join(lines[first:last]))


def _records(content: bytes, lines: list[bytes], contract: Contract) -> list[tuple[int, int]]:
    """The lines of each record: all but those with line ends inside quotation marks have one."""
    if b'"' not in content:
        return [(place, place + 1) for place in range(len(lines))]
    text = io.StringIO(content.decode(contract.file.encoding), newline="")
    reader = csv.reader(text, delimiter=contract.file.delimiter)
    ends = [reader.line_num for _ in reader]
    return list(zip([0, *ends], ends, strict=False))


def _line_end(line: bytes) -> bytes:
    return line[len(line.rstrip(b"\r\n")) :]


def _workbook_without_rows(source: Path, target: Path, contract: Contract, rows: set[int]) -> None:
    """The declared sheet alone, cells with the types they had: a number stays a number, a day a day."""
    import python_calamine as calamine
    import xlsxwriter

    with calamine.CalamineWorkbook.from_path(source) as workbook:
        cells = workbook.get_sheet_by_name(contract.file.sheet).to_python(skip_empty_area=False)
    with xlsxwriter.Workbook(str(target), {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        book.set_properties({"created": _NO_CLOCK})
        sheet = book.add_worksheet(contract.file.sheet)
        for place, row in enumerate(cells):
            for column, cell in enumerate(row if place + 1 not in rows else ()):
                if isinstance(cell, str):
                    sheet.write_string(place, column, cell)
                elif cell is not None:
                    sheet.write(place, column, cell)
