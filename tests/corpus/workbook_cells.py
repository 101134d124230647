"""XLS: cells of workbooks: merged, computed, in error, of another type than they look, and where they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

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


def takes_every_row(title: str, content: Callable[[], bytes], **expected: Any) -> None:
    XLS.accepts(title, MEDIATIONS, content, COUNT, **expected)


def sets_aside(title: str, content: Callable[[], bytes], name: str | None = None, **quarantined: int) -> None:
    """The rows that are not accepted, by their reason; all others are."""
    XLS.accepts(title, MEDIATIONS, content, COUNT - sum(quarantined.values()), name, quarantined=quarantined)


def takes_every_row_of_people(title: str, content: Callable[[], bytes], rounded: int, name: str | None = None) -> None:
    """Of these rows the document number is damaged, and of no others."""
    quality = {"rounded_by_spreadsheet": rounded, "valid": COUNT - rounded} if rounded else {"valid": COUNT}
    XLS.accepts(title, OVERSEAS, content, COUNT, name, quality=quality)


takes_every_row(
    "a merged title above, merged totals and signature below",
    lambda: book_of(
        [["人民调解登记表"], *mediations(), ["合计", "8"], ["填表人：某某"]],
        SHEET,
        merges((0, 0, 0, 6), (10, 1, 10, 6), (11, 0, 12, 6)),
    ),
    accounted={"header": 1, "title": 1, "total": 1, "signature": 1},
)
takes_every_row(
    "a formula with its result",
    lambda: sheet_with({(2, CLOSED): '<c r="{r}" t="str"><f>TEXT(NOW(),"y")</f><v>2017-01-02</v></c>'}),
)
takes_every_row(
    "a formula whose result is an empty text",
    lambda: sheet_with({(2, REOPENED): '<c r="{r}" t="str"><f>IF(1,"")</f><v></v></c>'}),
)
takes_every_row(
    "a formula without result in the totals",
    lambda: package_of(
        SHEET, cells_of([*mediations(), ["合计", "1"]], {(9, 1): '<c r="{r}"><f>COUNTA(A2:A9)</f></c>'})
    ),
    accounted={"header": 1, "total": 1},
)
takes_every_row(
    "a million formatted rows without content",
    lambda: package_of(SHEET, cells_of(mediations()) + '<row r="1048576"><c r="A1048576" s="0"/></row>'),
)
takes_every_row(
    "the table begins in the fourth row",
    lambda: book_of([[], [], [], *mediations()], SHEET),
    accounted={"header": 1, "blank": 3},
)
takes_every_row(
    "columns of days with a time at midnight",
    lambda: book_of(mediations(closed_date=dt.datetime(2017, 2, 3)), SHEET),
    loaded={"closed_date": [dt.date(2017, 2, 3)] * COUNT},
)
sets_aside(
    "cells merged over three rows, the value in the first alone",
    lambda: book_of(blanked(mediations(), (3, CLOSED), (4, CLOSED)), SHEET, merges((2, CLOSED, 4, CLOSED))),
    merged_cells=2,
)
sets_aside(
    "a merged cell of an optional column loses no value in silence",
    lambda: book_of(blanked(mediations(), (3, REOPENED)), SHEET, merges((2, REOPENED, 3, REOPENED))),
    merged_cells=1,
)
sets_aside(
    "two cells of a row merged",
    lambda: book_of(blanked(mediations(), (5, CLOSED)), SHEET, merges((5, CLOSED - 1, 5, CLOSED))),
    merged_cells=1,
)
sets_aside(
    "a formula without its result",
    lambda: sheet_with(
        {(2, CLOSED): '<c r="{r}"><f>TODAY()</f></c>', (4, REOPENED): '<c r="{r}"><f>TODAY()</f><v></v></c>'}
    ),
    value_not_stored=2,
)
sets_aside(
    "a shared formula without its result",
    lambda: sheet_with({(3, REOPENED): '<c r="{r}" s="0"><f t="shared" si="0"/><v/></c>'}),
    value_not_stored=1,
)
sets_aside(
    "cells in error",
    lambda: sheet_with(
        {(2, CLOSED): '<c r="{r}" t="e"><v>#N/A</v></c>', (3, REOPENED): '<c r="{r}" t="e"><f>A0</f><v>#REF!</v></c>'}
    ),
    value_not_stored=2,
)
sets_aside(
    "cells in error in an old workbook",
    old_book_in_error,
    value_not_stored=2,
    name="人民调解_2017Q1.xls",
)
sets_aside(
    "a cell with content beyond the header",
    lambda: book_of(extended(mediations(), 3, "无名"), SHEET),
    wrong_field_count=1,
)
sets_aside(
    "a formula of an old workbook that was never computed",
    old_book_with_formula,
    value_not_stored=1,
)
sets_aside(
    "a number beyond all numbers where a day belongs",
    lambda: sheet_with({(2, CLOSED): '<c r="{r}"><v>1e999</v></c>'}),
    invalid_date=1,
)
takes_every_row_of_people(
    "identity numbers stored as numbers",
    lambda: booked(OVERSEAS, document_number=[319901198001010011, 319901198001010000.0]),
    rounded=2,
)
takes_every_row_of_people(
    "a passport number stored as a number",
    lambda: booked(OVERSEAS, document_type_code=["414"], document_number=[12345678]),
    rounded=1,
)
takes_every_row_of_people(
    "an identity number stored as a day",
    lambda: booked(OVERSEAS, document_number=[dt.date(1980, 1, 1)]),
    rounded=1,
)
takes_every_row_of_people(
    "identity numbers stored as numbers in an old workbook",
    lambda: old_book_of(table_of(OVERSEAS, rows_of(OVERSEAS, document_number=[319901198001010011])), PEOPLE),
    rounded=1,
    name="境外人员_2017Q1.xls",
)
takes_every_row_of_people(
    "identity numbers marked as text by an apostrophe",
    lambda: book_of(
        table_of(OVERSEAS, [row | {"document_number": "'" + row["document_number"]} for row in rows_of(OVERSEAS)]),
        PEOPLE,
    ),
    rounded=0,
)
takes_every_row_of_people(
    "identity numbers as text in scientific notation",
    lambda: booked(OVERSEAS, document_number=["3.19901E+17"]),
    rounded=1,
)
XLS.refuses(
    "columns without a name before the first",
    MEDIATIONS,
    lambda: book_of([["", "", *row] for row in mediations()], SHEET),
    "unknown_column",
    "no name",
)
