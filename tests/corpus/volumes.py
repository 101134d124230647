"""VOL: how much there is of it. (More or less than in other quarters: the checks on deliveries.)"""

from __future__ import annotations

from tests.corpus.case import Category
from tests.corpus.making import (
    CASES,
    MEDIATIONS,
    VOLUNTEERS,
    book_of,
    booked,
    csv_of,
    header_of,
    rows_of,
    sent,
    table_of,
)

VOL = Category("VOL")


def many(count: int) -> bytes:
    """``count`` volunteers' activities, told apart by their number alone."""
    head = ",".join(header_of(VOLUNTEERS))
    body = "\n".join(f"V{row:011d},Z0000001,319901001001,2017-02-03,1,1" for row in range(count))
    return f"{head}\n{body}\n".encode()


def first_of(contract) -> str:
    return rows_of(contract, 1)[0]["activity_type_code"]


VOL.accepts("one row", CASES, lambda: sent(CASES, 1), 1)
VOL.accepts(
    "65,535 rows below a header, where spreadsheets end",
    VOLUNTEERS,
    lambda: many(65_535),
    65_535,
    notices=("possible_truncation",),
)
VOL.accepts("65,536 rows below a header", VOLUNTEERS, lambda: many(65_536), 65_536, notices=("possible_truncation",))
VOL.accepts("65,534 rows below a header", VOLUNTEERS, lambda: many(65_534), 65_534)
VOL.accepts("65,537 rows below a header", VOLUNTEERS, lambda: many(65_537), 65_537)
VOL.refuses(
    "a line of two million characters",
    CASES,
    lambda: csv_of(CASES, [*table_of(CASES), ["长" * 2_000_000]]),
    "resource_limit",
    "longer",
)
VOL.refuses(
    "a cell of a hundred and forty thousand characters above the header",
    CASES,
    lambda: csv_of(CASES, [["x" * 140_000], *table_of(CASES)]),
    "resource_limit",
    "longer",
)
VOL.refuses(
    "ten thousand columns",
    CASES,
    lambda: csv_of(CASES, [[*header_of(CASES), *[f"列{n}" for n in range(10_000)]]]),
    "unknown_column",
    "(10000)",
)
VOL.refuses(
    "a workbook of three thousand columns",
    MEDIATIONS,
    lambda: book_of([[*header_of(MEDIATIONS), *[f"列{n}" for n in range(3000)]]], MEDIATIONS.file.sheet),
    "unknown_column",
    "(3000)",
)
VOL.refuses(
    "no data but a header and blank lines", CASES, lambda: csv_of(CASES, [header_of(CASES), *[[]] * 1000]), "empty"
)
VOL.accepts(
    "a thousand blank lines at the end",
    CASES,
    lambda: csv_of(CASES, [*table_of(CASES), *[[]] * 1000]),
    8,
    accounted={"header": 1, "blank": 1000},
)
VOL.accepts(
    "eight hundred rows of a workbook",
    MEDIATIONS,
    lambda: booked(MEDIATIONS, 800),
    800,
)
VOL.accepts(
    "cut off in the midst of a row",
    CASES,
    lambda: (whole := csv_of(CASES, table_of(CASES)))[: whole.rindex(b",")],
    7,
    quarantined={"wrong_field_count": 1},
    notices=("cut_off",),
)
VOL.accepts(
    "a last row with a cell too few that ends as rows do",
    CASES,
    lambda: (whole := csv_of(CASES, table_of(CASES)))[: whole.rindex(b",")] + b"\r\n",
    7,
    quarantined={"wrong_field_count": 1},
)
