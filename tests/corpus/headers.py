"""HDR: header rows."""

from __future__ import annotations

from tests.corpus.case import Category
from tests.corpus.making import CASES, COUNT, RESIDENTS, csv_of, header_of, place_of, table_of

HDR = Category("HDR")


def headed(header: list[str], contract=CASES) -> bytes:
    return csv_of(contract, [header, *table_of(contract)[1:]])


def with_header(column: str, header: str, contract=CASES) -> bytes:
    row = header_of(contract)
    row[place_of(contract, column)] = header
    return headed(row, contract)


def widened(header: str, cell: str) -> bytes:
    """One more column."""
    head, *body = table_of(CASES)
    return csv_of(CASES, [[*head, header], *[[*row, cell] for row in body]])


def without(*columns: str) -> bytes:
    places = [place for place, name in enumerate(CASES.columns) if name not in columns]
    return csv_of(CASES, [[row[place] for place in places] for row in table_of(CASES)])


HDR.accepts("columns in another order", CASES, lambda: csv_of(CASES, [row[::-1] for row in table_of(CASES)]), COUNT)
HDR.accepts("an alias", CASES, lambda: with_header("case_number", "案号"), COUNT)
HDR.accepts(
    "another alias of the identity number",
    RESIDENTS,
    lambda: with_header("document_number", "身份证号码", RESIDENTS),
    COUNT,
)
HDR.accepts("blanks around and inside a header", CASES, lambda: with_header("case_number", " 案件 编号　"), COUNT)
HDR.accepts("a line break inside a header", CASES, lambda: with_header("case_number", "案件\n编号"), COUNT)
HDR.accepts("full-width and half-width brackets", RESIDENTS, lambda: with_header("phone", "联系电话", RESIDENTS), COUNT)
HDR.refuses(
    "a column twice",
    CASES,
    lambda: csv_of(CASES, [[*row, row[0]] for row in table_of(CASES)]),
    "unknown_column",
    "案件编号",
)
HDR.refuses("a column under two of its names", CASES, lambda: widened("案号", "x"), "unknown_column", "案号")
HDR.refuses(
    "a column without a name in the middle",
    CASES,
    lambda: with_header("compound_code", ""),
    "unknown_column",
    "no name",
)
HDR.refuses("a column that was not agreed", CASES, lambda: widened("备用", "y"), "unknown_column", "备用")
HDR.refuses(
    "a number of a person for a header",
    CASES,
    lambda: headed([*header_of(CASES), "319901198001010011"]),
    "unknown_column",
    "#",
)
HDR.accepts(
    "a column that is known and not wanted",
    CASES,
    lambda: widened("受害人姓名", "某人"),
    COUNT,
)
HDR.accepts(
    "an optional column left out",
    CASES,
    lambda: without("compound_code"),
    COUNT,
    loaded={"compound_code": [None] * COUNT},
)
HDR.accepts(
    "all optional columns left out", CASES, lambda: without("compound_code", "occurred_date", "cleared_date"), COUNT
)
HDR.refuses("a required column left out", CASES, lambda: without("recorded_date"), "missing_column", "立案日期")
HDR.refuses(
    "a required column under a name that was not agreed",
    CASES,
    lambda: with_header("recorded_date", "受理日"),
    "unknown_column",
    "受理日",
)
HDR.refuses(
    "traditional characters", CASES, lambda: with_header("case_number", "案件編號"), "unknown_column", "案件編號"
)
HDR.refuses("no header, data at once", CASES, lambda: csv_of(CASES, table_of(CASES)[1:]), "no_header", "案件编号")
HDR.refuses(
    "another department's header", CASES, lambda: csv_of(CASES, table_of(RESIDENTS)), "another_extract", "户籍人口"
)
HDR.refuses(
    "two hundred columns too many",
    CASES,
    lambda: headed([*header_of(CASES), *[f"备用{n}" for n in range(200)]]),
    "unknown_column",
    "(200)",
)
HDR.accepts(
    "the header in the thirtieth row",
    CASES,
    lambda: csv_of(CASES, [*[["标题"]] * 29, *table_of(CASES)]),
    COUNT,
    accounted={"header": 1, "title": 29},
)
HDR.refuses(
    "the header in the thirty-first row",
    CASES,
    lambda: csv_of(CASES, [*[["标题"]] * 30, *table_of(CASES)]),
    "no_header",
    "30",
)
HDR.accepts(
    "a byte-order mark glued to the first header in quotation marks",
    CASES,
    lambda: "\ufeff".encode("gb18030") + csv_of(CASES, table_of(CASES), quoting=1),
    COUNT,
)
HDR.refuses("codes of columns in place of their names", CASES, lambda: headed(list(CASES.columns)), "no_header")
