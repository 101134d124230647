"""DUP: rows that come again within a file. (Files that come again: the tests of intake.)"""

from __future__ import annotations

from tests.corpus.case import Category
from tests.corpus.making import CASES, COUNT, OVERSEAS, RESIDENTS, booked, csv_of, rows_of, sent, table_of

DUP = Category("DUP")
ROWS = table_of(CASES)


DUP.accepts("a row twice", CASES, lambda: csv_of(CASES, [*ROWS, ROWS[3]]), COUNT, quarantined={"duplicate_key": 1})
DUP.accepts(
    "every row twice", CASES, lambda: csv_of(CASES, [*ROWS, *ROWS[1:]]), COUNT, quarantined={"duplicate_key": COUNT}
)
DUP.accepts(
    "a row five times", CASES, lambda: csv_of(CASES, [*ROWS, *[ROWS[1]] * 4]), COUNT, quarantined={"duplicate_key": 4}
)
DUP.accepts(
    "one key with other content: the first row counts",
    CASES,
    lambda: csv_of(CASES, [*ROWS, [ROWS[1][0], "0700", *ROWS[1][2:]]]),
    COUNT,
    quarantined={"duplicate_key": 1},
    loaded={"case_type_code": ["0501"] * COUNT},
)
DUP.accepts(
    "the first of two rows is unsound: the second counts",
    CASES,
    lambda: csv_of(
        CASES,
        [
            *ROWS,
            [ROWS[1][0], "不明", *ROWS[1][2:]],
            [ROWS[1][0].replace("0", "9", 1), "不明", *ROWS[1][2:]],
            [ROWS[1][0].replace("0", "9", 1), *ROWS[1][1:]],
        ],
    ),
    COUNT + 1,
    quarantined={"unknown_code": 2},
)
DUP.accepts(
    "a key that is missing",
    CASES,
    lambda: sent(CASES, case_number=["", ""]),
    COUNT - 2,
    quarantined={"missing_required": 2},
)
DUP.accepts(
    "one key in two ways of writing",
    CASES,
    lambda: csv_of(CASES, [*ROWS, ["Ａ" + ROWS[1][0][1:], *ROWS[1][1:]]]),
    COUNT,
    quarantined={"duplicate_key": 1},
)
DUP.accepts(
    "one place in many rows",
    CASES,
    lambda: sent(CASES, committee_code="319901001001"),
    COUNT,
)
DUP.accepts(
    "people without a number are no repetition of one another",
    RESIDENTS,
    lambda: sent(RESIDENTS, document_number="", person_name="某某"),
    COUNT,
    quality={"missing": COUNT},
)
DUP.accepts(
    "one number of two types of document",
    OVERSEAS,
    lambda: booked(OVERSEAS, document_type_code=["414", "511"], document_number=["12345678"] * 2),
    COUNT,
)
DUP.accepts(
    "one number of one type of document",
    OVERSEAS,
    lambda: booked(OVERSEAS, document_type_code=["414", "414"], document_number=["E1234567", "e 1234567"]),
    COUNT - 1,
    quarantined={"duplicate_key": 1},
)
DUP.accepts(
    "two hundred rows, each third a repetition",
    CASES,
    lambda: csv_of(
        CASES,
        table_of(
            CASES,
            [row | {"case_number": f"A{place - place % 3 // 2:012d}"} for place, row in enumerate(rows_of(CASES, 198))],
        ),
    ),
    132,
    quarantined={"duplicate_key": 66},
)
