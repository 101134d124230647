"""Bytes of files as departments send them, sound ones and others: CSV of any dialect, workbooks of any make.

Belongs here: making. Does not belong here: what is expected of a file.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from tests.contract.made_files import Row, valid_rows

CASES = registry().contract("police.cases")
RESIDENTS = registry().contract("population.registered_residents")
MIGRANTS = registry().contract("population.migrant_residents")
OVERSEAS = registry().contract("population.overseas_residents")
FIRES = registry().contract("fire.fires")
AREAS = registry().contract("governance.areas")
VOLUNTEERS = registry().contract("governance.volunteers")
MEDIATIONS = registry().contract("justice.mediations")
PAYMENTS = registry().contract("civil_affairs.assistance")
#: Rows of a case unless it says otherwise.
COUNT = 8


def header_of(contract: Contract) -> list[str]:
    return [column.headers[0] for column in contract.columns.values()]


def rows_of(contract: Contract, count: int = COUNT, **changed: Any) -> list[Row]:
    """Valid rows; ``changed`` gives columns other values: one for all rows, a list for the first ones."""
    rows = valid_rows(contract, count)
    for name, values in changed.items():
        if name not in contract.columns:
            raise KeyError(f"{contract.extract} has no column {name}")
        given = values if isinstance(values, list) else [values] * count
        for row, value in zip(rows, given, strict=False):
            row[name] = value
    return rows


def table_of(contract: Contract, rows: list[Row] | None = None) -> list[list[Any]]:
    """Header and body."""
    rows = rows_of(contract) if rows is None else rows
    return [header_of(contract), *[[row[name] for name in contract.columns] for row in rows]]


def text_of(table: Sequence[Sequence[Any]], delimiter: str = ",", line_end: str = "\r\n", **dialect: Any) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=line_end, **dialect).writerows(table)
    return out.getvalue()


def csv_of(contract: Contract, table: Sequence[Sequence[Any]], encoding: str | None = None, **dialect: Any) -> bytes:
    return text_of(table, **{"delimiter": contract.file.delimiter or ",", **dialect}).encode(
        encoding or contract.file.encoding
    )


def sent(contract: Contract, count: int = COUNT, **changed: Any) -> bytes:
    """A CSV file of valid rows with columns changed."""
    return csv_of(contract, table_of(contract, rows_of(contract, count, **changed)))


def booked(contract: Contract, count: int = COUNT, **changed: Any) -> bytes:
    """The same as a workbook."""
    return book_of(table_of(contract, rows_of(contract, count, **changed)), contract.file.sheet)


def book_of(table: Sequence[Sequence[Any]], sheet: str, more: Any = None, **options: Any) -> bytes:
    """A workbook; ``more(workbook, worksheet)`` adds to it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options}) as workbook:
        worksheet = workbook.add_worksheet(sheet)
        for place, row in enumerate(table):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    worksheet.write_string(place, column, cell)
                elif cell is not None:
                    worksheet.write(place, column, cell)
        if more:
            more(workbook, worksheet)
    return out.getvalue()


def old_book_of(table: Sequence[Sequence[Any]], sheet: str) -> bytes:
    """A workbook of the older kind, XLS."""
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(sheet)
    for place, row in enumerate(table):
        for column, cell in enumerate(row):
            page.write(place, column, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def package_of(
    sheet: str,
    sheet_data: str,
    more_parts: dict[str, bytes | str] | None = None,
    sheet_attributes: str = "",
    before_data: str = "",
    after_data: str = "",
    workbook_properties: str = "",
) -> bytes:
    """A workbook written by hand, part by part, for what no library writes."""
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
        '"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{workbook_properties}<sheets><sheet '
        f'name="{escape(sheet)}" sheetId="1" {sheet_attributes} r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type='
        f'"{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}">{before_data}<sheetData>{sheet_data}</sheetData>'
        f"{after_data}</worksheet>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (parts | (more_parts or {})).items():
            package.writestr(name, content)
    return out.getvalue()


def cells_of(table: Sequence[Sequence[Any]], changed: dict[tuple[int, int], str] | None = None) -> str:
    """Rows of sheet XML with inline text; ``changed`` has XML for the cell at (row, column), from 0, with ``{r}``
    for its reference."""
    changed = changed or {}
    rows = []
    for place, row in enumerate(table):
        cells = []
        for column, cell in enumerate(row):
            reference = f"{letters(column)}{place + 1}"
            if (place, column) in changed:
                cells.append(changed[place, column].replace("{r}", reference))
            elif cell != "":
                cells.append(f'<c r="{reference}" t="inlineStr"><is><t>{escape(str(cell))}</t></is></c>')
        rows.append(f'<row r="{place + 1}">{"".join(cells)}</row>')
    return "".join(rows)


def letters(column: int) -> str:
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def place_of(contract: Contract, name: str) -> int:
    """Place of a column in the files that are made here."""
    return list(contract.columns).index(name)
