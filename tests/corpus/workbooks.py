"""XLS: workbooks as files: their kind, sheets, what they carry beside cells, and damage."""

from __future__ import annotations

import datetime as dt

from tests.corpus.making import (
    CASES,
    COUNT,
    MEDIATIONS,
    OVERSEAS,
    RESIDENTS,
    book_of,
    cells_of,
    csv_of,
    header_of,
    old_book_of,
    package_of,
    table_of,
)
from tests.corpus.workbook_making import (
    PEOPLE,
    SHEET,
    XLS,
    encrypted_book,
    flipped,
    hidden_itself,
    mediations,
    merges,
    old_book_with_hidden_row,
    old_book_with_password,
    sheet_with,
    with_added_sheet,
    zipped,
)

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
    "a header of two levels, the lower one as agreed",
    MEDIATIONS,
    lambda: book_of([["基本信息", "", "", "办理情况"], *mediations()], SHEET, merges((0, 0, 0, 2), (0, 3, 0, 6))),
    COUNT,
    accounted={"header": 1, "title": 1},
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
