"""XLS: cells of workbooks: merged, computed, in error, of another type than they look, and where they stand."""

from __future__ import annotations

import datetime as dt

from tests.corpus.making import (
    COUNT,
    MEDIATIONS,
    OVERSEAS,
    book_of,
    booked,
    cells_of,
    old_book_of,
    package_of,
    rows_of,
    table_of,
)
from tests.corpus.workbook_making import (
    CLOSED,
    PEOPLE,
    REOPENED,
    SHEET,
    XLS,
    blanked,
    extended,
    mediations,
    merges,
    old_book_in_error,
    old_book_with_formula,
    sheet_with,
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
    "a formula of an old workbook that was never computed",
    MEDIATIONS,
    lambda: old_book_with_formula(),
    COUNT - 1,
    quarantined={"value_not_stored": 1},
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
