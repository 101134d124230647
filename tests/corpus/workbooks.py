"""XLS: workbooks of all makes."""

from __future__ import annotations

import datetime as dt

from tests.corpus.case import Category
from tests.corpus.making import (
    CASES,
    COUNT,
    MEDIATIONS,
    OVERSEAS,
    RESIDENTS,
    book_of,
    booked,
    cells_of,
    csv_of,
    header_of,
    old_book_of,
    package_of,
    place_of,
    rows_of,
    table_of,
)

SHEET = MEDIATIONS.file.sheet
PEOPLE = OVERSEAS.file.sheet
WIDTH = len(MEDIATIONS.columns)
CLOSED = place_of(MEDIATIONS, "closed_date")
REOPENED = place_of(MEDIATIONS, "reopened_date")
NUMBER = place_of(OVERSEAS, "document_number")
XLS = Category("XLS")


def mediations(**changed):
    if "closed_date" in changed:
        changed["reopened_date"] = "2017-03-01"
    return table_of(MEDIATIONS, rows_of(MEDIATIONS, **changed))


def sheet_with(changed, **more):
    return package_of(SHEET, cells_of(mediations(), changed), **more)


def with_added_sheet(name, visible="hide", rows=3):
    def add(workbook, worksheet):
        other = workbook.add_worksheet(name)
        for row in range(rows):
            other.write_string(row, 0, f"另一张表的内容{row}")
        if visible != "show":
            getattr(other, visible)()

    return add


def hidden_itself(how):
    def hide(workbook, worksheet):
        workbook.add_worksheet("说明").activate()
        getattr(worksheet, how)()

    return hide


XLS.accepts("a plain workbook", MEDIATIONS, lambda: book_of(mediations(), SHEET), COUNT)
XLS.accepts(
    "dates as days, numbers as numbers",
    MEDIATIONS,
    lambda: book_of(mediations(closed_date=dt.date(2017, 2, 3), dispute_type_code=1), SHEET),
    COUNT,
    loaded={"closed_date": [dt.date(2017, 2, 3)] * COUNT, "dispute_type_code": ["1"] * COUNT},
)
XLS.accepts(
    "days in the calendar that begins in 1904",
    MEDIATIONS,
    lambda: book_of(mediations(closed_date=dt.date(2017, 2, 3)), SHEET, date_1904=True),
    COUNT,
    loaded={"closed_date": [dt.date(2017, 2, 3)] * COUNT},
)
XLS.accepts(
    "serial numbers of days without a format",
    MEDIATIONS,
    lambda: book_of(mediations(closed_date=42769), SHEET),
    COUNT,
    loaded={"closed_date": [dt.date(2017, 2, 3)] * COUNT},
)
XLS.accepts(
    "the older kind of workbook",
    MEDIATIONS,
    lambda: old_book_of(mediations(), SHEET),
    COUNT,
    name="人民调解_2017Q1.xls",
)
XLS.accepts("the older kind under the newer name", MEDIATIONS, lambda: old_book_of(mediations(), SHEET), COUNT)
XLS.accepts(
    "the newer kind under the older name",
    MEDIATIONS,
    lambda: book_of(mediations(), SHEET),
    COUNT,
    name="人民调解_2017Q1.xls",
)
XLS.accepts("named .xlsm", MEDIATIONS, lambda: book_of(mediations(), SHEET), COUNT, name="人民调解_2017Q1.xlsm")
XLS.refuses("CSV named .xlsx", MEDIATIONS, lambda: csv_of(CASES, mediations()), "wrong_format", "CSV", "XLSX")
XLS.refuses(
    "CSV named .xls",
    MEDIATIONS,
    lambda: csv_of(CASES, mediations()),
    "wrong_format",
    "CSV",
    name="人民调解_2017Q1.xls",
)
XLS.refuses(
    "a web page's table named .xls",
    MEDIATIONS,
    lambda: ("<html><table><tr>" + "".join(f"<td>{cell}</td>" for cell in header_of(MEDIATIONS))).encode(),
    "wrong_format",
    "HTML",
    "网页",
    name="人民调解_2017Q1.xls",
)
XLS.refuses(
    "a web page's table in UTF-16 named .xls",
    MEDIATIONS,
    lambda: "<table><tr><td>案件".encode("utf-16"),
    "wrong_format",
    "HTML",
    name="人民调解_2017Q1.xls",
)
XLS.refuses(
    "a web page behind an XML declaration",
    MEDIATIONS,
    lambda: b'<?xml version="1.0"?><html><table></table></html>',
    "wrong_format",
    "HTML",
)
XLS.refuses(
    "a spreadsheet as one XML file",
    MEDIATIONS,
    lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>',
    "wrong_format",
    "XML",
)
XLS.refuses(
    "a workbook under the name of a CSV file",
    CASES,
    lambda: book_of(table_of(CASES), "案件"),
    "wrong_format",
    "XLSX",
    "CSV",
)
XLS.refuses(
    "an old workbook for a CSV extract", CASES, lambda: old_book_of(table_of(CASES), "案件"), "wrong_format", "XLS"
)
XLS.accepts(
    "a CSV file under the name of a workbook",
    CASES,
    lambda: csv_of(CASES, table_of(CASES)),
    COUNT,
    name="案件_201702.xls",
)
XLS.accepts("a CSV file named .TXT", CASES, lambda: csv_of(CASES, table_of(CASES)), COUNT, name="案件_201702.TXT")
XLS.refuses("a scan of a table", MEDIATIONS, lambda: b"%PDF-1.7\n...", "wrong_format", "PDF")
XLS.refuses("a picture of a table", MEDIATIONS, lambda: b"\x89PNG\r\n\x1a\n....", "wrong_format", "picture")
XLS.refuses("an archive of Rar", MEDIATIONS, lambda: b"Rar!\x1a\x07\x00....", "wrong_format", "archive")
XLS.refuses("an empty file", MEDIATIONS, lambda: b"", "empty")
XLS.refuses("an empty sheet", MEDIATIONS, lambda: book_of([], SHEET), "empty")
XLS.refuses("a header alone", MEDIATIONS, lambda: book_of([header_of(MEDIATIONS)], SHEET), "empty")
XLS.refuses("nonsense after the first bytes of a workbook", MEDIATIONS, lambda: b"PK\x03\x04 broken", "unreadable")
XLS.refuses(
    "a workbook cut off in the middle", MEDIATIONS, lambda: book_of(mediations(), SHEET)[:3000], "unreadable", "damaged"
)
XLS.refuses(
    "an old workbook cut off",
    MEDIATIONS,
    lambda: old_book_of(mediations(), SHEET)[:600],
    "unreadable",
    name="人民调解_2017Q1.xls",
)
XLS.refuses(
    "one bit of a packed part flipped",
    MEDIATIONS,
    lambda: flipped(sheet_with({}), b"xl/worksheets/sheet1.xml", 90),
    "unreadable",
    "damaged",
)
XLS.refuses(
    "another workbook's columns on the agreed sheet",
    MEDIATIONS,
    lambda: book_of(table_of(OVERSEAS), SHEET),
    "another_extract",
    "境外人员",
    "人民调解",
)
XLS.refuses(
    "another extract's columns below a title, in an old workbook",
    OVERSEAS,
    lambda: old_book_of([["标题"], *table_of(RESIDENTS)], PEOPLE),
    "another_extract",
    "户籍人口",
)
XLS.refuses(
    "columns of no extract on the agreed sheet",
    MEDIATIONS,
    lambda: book_of([["甲", "乙", "丙"], ["1", "2", "3"]], SHEET),
    "no_header",
    header_of(MEDIATIONS)[0],
)
XLS.refuses("the sheet was renamed", MEDIATIONS, lambda: book_of(mediations(), "Sheet1"), "sheet_missing", SHEET)
XLS.refuses(
    "the agreed sheet is hidden",
    MEDIATIONS,
    lambda: book_of(mediations(), SHEET, hidden_itself("hide")),
    "hidden_sheet",
    SHEET,
)
XLS.refuses(
    "the agreed sheet is hidden from menus too",
    MEDIATIONS,
    lambda: book_of(mediations(), SHEET, hidden_itself("very_hidden")),
    "hidden_sheet",
    SHEET,
)
XLS.accepts(
    "a second sheet in sight", MEDIATIONS, lambda: book_of(mediations(), SHEET, with_added_sheet("说明", "show")), COUNT
)
XLS.accepts(
    "a hidden sheet with other data",
    MEDIATIONS,
    lambda: book_of(mediations(), SHEET, with_added_sheet("底稿")),
    COUNT,
    notices=("hidden_sheets",),
)
XLS.accepts(
    "a very hidden sheet with other data",
    MEDIATIONS,
    lambda: book_of(mediations(), SHEET, with_added_sheet("底稿", "very_hidden")),
    COUNT,
    notices=("hidden_sheets",),
)
XLS.accepts(
    "a hidden row",
    MEDIATIONS,
    lambda: book_of(mediations(), SHEET, lambda _, page: page.set_row(4, None, None, {"hidden": True})),
    COUNT,
    notices=("hidden_cells",),
)
XLS.accepts(
    "a hidden column",
    MEDIATIONS,
    lambda: book_of(mediations(), SHEET, lambda _, page: page.set_column(2, 2, None, None, {"hidden": True})),
    COUNT,
    notices=("hidden_cells",),
)
XLS.accepts(
    "a merged title above, merged totals and signature below",
    MEDIATIONS,
    lambda: book_of(
        [["人民调解登记表"], *mediations(), ["合计", "8"], ["填表人：某某"]],
        SHEET,
        merges((0, 0, 0, 6), (10, 1, 10, 6), (11, 0, 12, 6)),
    ),
    COUNT,
    accounted={"header": 1, "title": 1, "total": 1, "signature": 1},
)
XLS.accepts(
    "cells merged over three rows, the value in the first alone",
    MEDIATIONS,
    lambda: book_of(blanked(mediations(), (3, CLOSED), (4, CLOSED)), SHEET, merges((2, CLOSED, 4, CLOSED))),
    COUNT - 2,
    quarantined={"merged_cells": 2},
)
XLS.accepts(
    "a merged cell of an optional column loses no value in silence",
    MEDIATIONS,
    lambda: book_of(blanked(mediations(), (3, REOPENED)), SHEET, merges((2, REOPENED, 3, REOPENED))),
    COUNT - 1,
    quarantined={"merged_cells": 1},
)
XLS.accepts(
    "two cells of a row merged",
    MEDIATIONS,
    lambda: book_of(blanked(mediations(), (5, CLOSED)), SHEET, merges((5, CLOSED - 1, 5, CLOSED))),
    COUNT - 1,
    quarantined={"merged_cells": 1},
)
XLS.accepts(
    "a header of two levels, the lower one as agreed",
    MEDIATIONS,
    lambda: book_of([["基本信息", "", "", "办理情况"], *mediations()], SHEET, merges((0, 0, 0, 2), (0, 3, 0, 6))),
    COUNT,
    accounted={"header": 1, "title": 1},
)
XLS.accepts(
    "a formula with its result",
    MEDIATIONS,
    lambda: sheet_with({(2, CLOSED): '<c r="{r}" t="str"><f>TEXT(NOW(),"y")</f><v>2017-01-02</v></c>'}),
    COUNT,
)
XLS.accepts(
    "a formula whose result is an empty text",
    MEDIATIONS,
    lambda: sheet_with({(2, REOPENED): '<c r="{r}" t="str"><f>IF(1,"")</f><v></v></c>'}),
    COUNT,
)
XLS.accepts(
    "a formula without its result",
    MEDIATIONS,
    lambda: sheet_with(
        {(2, CLOSED): '<c r="{r}"><f>TODAY()</f></c>', (4, REOPENED): '<c r="{r}"><f>TODAY()</f><v></v></c>'}
    ),
    COUNT - 2,
    quarantined={"value_not_stored": 2},
)
XLS.accepts(
    "a shared formula without its result",
    MEDIATIONS,
    lambda: sheet_with({(3, REOPENED): '<c r="{r}" s="0"><f t="shared" si="0"/><v/></c>'}),
    COUNT - 1,
    quarantined={"value_not_stored": 1},
)
XLS.accepts(
    "a formula without result in the totals",
    MEDIATIONS,
    lambda: package_of(
        SHEET, cells_of([*mediations(), ["合计", "1"]], {(9, 1): '<c r="{r}"><f>COUNTA(A2:A9)</f></c>'})
    ),
    COUNT,
    accounted={"header": 1, "total": 1},
)
XLS.accepts(
    "cells in error",
    MEDIATIONS,
    lambda: sheet_with(
        {(2, CLOSED): '<c r="{r}" t="e"><v>#N/A</v></c>', (3, REOPENED): '<c r="{r}" t="e"><f>A0</f><v>#REF!</v></c>'}
    ),
    COUNT - 2,
    quarantined={"value_not_stored": 2},
)
XLS.accepts(
    "cells in error in an old workbook",
    MEDIATIONS,
    lambda: old_book_in_error(),
    COUNT - 2,
    quarantined={"value_not_stored": 2},
    name="人民调解_2017Q1.xls",
)
XLS.accepts(
    "identity numbers stored as numbers",
    OVERSEAS,
    lambda: booked(OVERSEAS, document_number=[319901198001010011, 319901198001010000.0]),
    COUNT,
    quality={"rounded_by_spreadsheet": 2, "valid": COUNT - 2},
)
XLS.accepts(
    "a passport number stored as a number",
    OVERSEAS,
    lambda: booked(OVERSEAS, document_type_code=["414"], document_number=[12345678]),
    COUNT,
    quality={"rounded_by_spreadsheet": 1, "valid": COUNT - 1},
)
XLS.accepts(
    "an identity number stored as a day",
    OVERSEAS,
    lambda: booked(OVERSEAS, document_number=[dt.date(1980, 1, 1)]),
    COUNT,
    quality={"rounded_by_spreadsheet": 1, "valid": COUNT - 1},
)
XLS.accepts(
    "identity numbers stored as numbers in an old workbook",
    OVERSEAS,
    lambda: old_book_of(table_of(OVERSEAS, rows_of(OVERSEAS, document_number=[319901198001010011])), PEOPLE),
    COUNT,
    quality={"rounded_by_spreadsheet": 1, "valid": COUNT - 1},
    name="境外人员_2017Q1.xls",
)
XLS.accepts(
    "identity numbers marked as text by an apostrophe",
    OVERSEAS,
    lambda: book_of(
        table_of(OVERSEAS, [row | {"document_number": "'" + row["document_number"]} for row in rows_of(OVERSEAS)]),
        PEOPLE,
    ),
    COUNT,
    quality={"valid": COUNT},
)
XLS.accepts(
    "identity numbers as text in scientific notation",
    OVERSEAS,
    lambda: booked(OVERSEAS, document_number=["3.19901E+17"]),
    COUNT,
    quality={"rounded_by_spreadsheet": 1, "valid": COUNT - 1},
)
XLS.accepts(
    "a million formatted rows without content",
    MEDIATIONS,
    lambda: package_of(SHEET, cells_of(mediations()) + '<row r="1048576"><c r="A1048576" s="0"/></row>'),
    COUNT,
)
XLS.accepts(
    "a cell with content beyond the header",
    MEDIATIONS,
    lambda: book_of(extended(mediations(), 3, "无名"), SHEET),
    COUNT - 1,
    quarantined={"wrong_field_count": 1},
)
XLS.accepts(
    "the table begins in the fourth row",
    MEDIATIONS,
    lambda: book_of([[], [], [], *mediations()], SHEET),
    COUNT,
    accounted={"header": 1, "blank": 3},
)
XLS.refuses(
    "columns without a name before the first",
    MEDIATIONS,
    lambda: book_of([["", "", *row] for row in mediations()], SHEET),
    "unknown_column",
    "no name",
)
XLS.accepts(
    "macros",
    MEDIATIONS,
    lambda: package_of(SHEET, cells_of(mediations()), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 Sub Auto_Open"}),
    COUNT,
    notices=("macros",),
    name="人民调解_2017Q1.xlsm",
)
XLS.accepts(
    "links to other workbooks",
    MEDIATIONS,
    lambda: package_of(SHEET, cells_of(mediations()), {"xl/externalLinks/externalLink1.xml": "<externalLink/>"}),
    COUNT,
    notices=("external_links",),
)
XLS.accepts(
    "a connection to a database",
    MEDIATIONS,
    lambda: package_of(SHEET, cells_of(mediations()), {"xl/connections.xml": "<connections/>"}),
    COUNT,
    notices=("external_links",),
)
XLS.refuses("a password", MEDIATIONS, lambda: encrypted_book(), "unreadable", "password", "密码")
XLS.refuses("a password on an old workbook", MEDIATIONS, lambda: old_book_with_password(), "unreadable", "password")
XLS.accepts(
    "a formula of an old workbook that was never computed",
    MEDIATIONS,
    lambda: old_book_with_formula(),
    COUNT - 1,
    quarantined={"value_not_stored": 1},
)
XLS.accepts(
    "a hidden row of an old workbook", MEDIATIONS, lambda: old_book_with_hidden_row(), COUNT, notices=("hidden_cells",)
)
XLS.refuses(
    "a table for OpenDocument", MEDIATIONS, lambda: zipped({"content.xml": "<x/>"}), "wrong_format", "OpenDocument"
)
XLS.refuses("a binary workbook", MEDIATIONS, lambda: zipped({"xl/workbook.bin": "x"}), "wrong_format", "XLSB")
XLS.refuses(
    "an archive that is no workbook", MEDIATIONS, lambda: zipped({"人民调解.csv": "x"}), "wrong_format", "archive"
)
XLS.refuses(
    "a workbook without its list of sheets", MEDIATIONS, lambda: zipped({"xl/styles.xml": "<x/>"}), "unreadable"
)
XLS.accepts(
    "columns of days with a time at midnight",
    MEDIATIONS,
    lambda: book_of(mediations(closed_date=dt.datetime(2017, 2, 3)), SHEET),
    COUNT,
    loaded={"closed_date": [dt.date(2017, 2, 3)] * COUNT},
)
XLS.accepts(
    "a number beyond all numbers where a day belongs",
    MEDIATIONS,
    lambda: sheet_with({(2, CLOSED): '<c r="{r}"><v>1e999</v></c>'}),
    COUNT - 1,
    quarantined={"invalid_date": 1},
)


def merges(*ranges):
    def merge(workbook, worksheet):
        for top, left, bottom, right in ranges:
            worksheet.table_merge = True
            worksheet.merge.append([top, left, bottom, right])

    return merge


def blanked(table, *places):
    for row, column in places:
        table[row][column] = None
    return table


def extended(table, row, cell):
    table[row].append(cell)
    return table


def flipped(content: bytes, part: bytes, behind: int) -> bytes:
    """One bit of the packed bytes of ``part`` the other way round."""
    changed = bytearray(content)
    changed[content.index(part) + len(part) + behind] ^= 8
    return bytes(changed)


def zipped(parts: dict[str, str]) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def old_book(change) -> bytes:
    """An old workbook after ``change(book, page)``."""
    import io

    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet(SHEET, cell_overwrite_ok=True)
    for place, row in enumerate(mediations()):
        for column, cell in enumerate(row):
            page.write(place, column, cell)
    change(book, page)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def old_book_in_error() -> bytes:
    def put_in_error(book, page):
        page.row(2).set_cell_error(CLOSED, 0x2A)
        page.row(3).set_cell_error(REOPENED, 0x17)

    return old_book(put_in_error)


def old_book_with_formula() -> bytes:
    import xlwt

    content = old_book(lambda book, page: page.write(2, REOPENED, xlwt.Formula("TODAY()")))
    # The writer stores an empty text as the result; others store a zero, to be computed on opening.
    empty, zero = bytes.fromhex("030000000000ffff0000"), bytes(8) + b"\x02\x00"
    assert content.count(empty) == 1
    return content.replace(empty, zero)


def old_book_with_hidden_row() -> bytes:
    def hide(book, page):
        page.row(4).hidden = True

    return old_book(hide)


def old_book_with_password() -> bytes:
    """The record that says how a workbook is encrypted, behind the first one."""
    import io

    import xlwt
    from xlwt.CompoundDoc import XlsDoc

    book = xlwt.Workbook()
    book.add_sheet(SHEET)
    records = book.get_biff_data()
    begin = 4 + int.from_bytes(records[2:4], "little")
    out = io.BytesIO()
    XlsDoc().save(out, records[:begin] + b"\x2f\x00\x06\x00\x00\x00\x12\x34\x56\x78" + records[begin:])
    return out.getvalue()


def encrypted_book() -> bytes:
    """The outside of a workbook with a password: a compound file whose one stream is what was encrypted."""
    import io

    from xlwt.CompoundDoc import XlsDoc

    out = io.BytesIO()
    XlsDoc().save(out, bytes(5000))
    content = bytearray(out.getvalue())
    place = content.index("Workbook".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    content[place : place + len(name)] = name
    content[place + 64] = len(name) + 2
    return bytes(content)
