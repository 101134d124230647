"""CSV: separators, quotation marks, line ends, furniture."""

from __future__ import annotations

from tests.corpus.case import Category
from tests.corpus.making import (
    CASES,
    COUNT,
    RESIDENTS,
    csv_of,
    header_of,
    rows_of,
    sent,
    table_of,
    text_of,
)

CSV = Category("CSV")


def body(count: int = COUNT, **changed) -> list[list]:
    return table_of(CASES, rows_of(CASES, count, **changed))


def encoded(text: str) -> bytes:
    return text.encode("gb18030")


for sign, named in (("\t", "tabs"), (";", "“;”"), ("|", "“|”")):
    CSV.refuses(
        f"separated by {sign!r}", CASES, lambda sign=sign: csv_of(CASES, body(), delimiter=sign), "unreadable", named
    )
CSV.refuses(
    "separated by the full-width comma", CASES, lambda: encoded(text_of(body()).replace(",", "，")), "no_header"
)
CSV.refuses("separated by blanks", CASES, lambda: encoded(text_of(body()).replace(",", " ")), "no_header")
CSV.refuses(
    "a first line that names the separator",
    CASES,
    lambda: encoded("sep=;\r\n") + csv_of(CASES, body(), delimiter=";"),
    "unreadable",
    "“;”",
)
CSV.accepts(
    "a first line that names the agreed separator",
    CASES,
    lambda: encoded("sep=,\r\n") + csv_of(CASES, body()),
    COUNT,
    accounted={"header": 1, "title": 1},
)
CSV.accepts(
    "the separator inside quotation marks",
    RESIDENTS,
    lambda: sent(RESIDENTS, registered_address="某路1号, 东门"),
    COUNT,
    loaded={"registered_address": ["某路1号, 东门"] * COUNT},
)
CSV.accepts(
    "a line break inside quotation marks",
    RESIDENTS,
    lambda: sent(RESIDENTS, registered_address="某路\n1号"),
    COUNT,
    loaded={"registered_address": ["某路\n1号"] * COUNT},
)
CSV.accepts(
    "quotation marks doubled",
    RESIDENTS,
    lambda: sent(RESIDENTS, registered_address='某路"新"1号'),
    COUNT,
    loaded={"registered_address": ['某路"新"1号'] * COUNT},
)
CSV.accepts("every cell in quotation marks", CASES, lambda: csv_of(CASES, body(), quoting=1), COUNT)
CSV.accepts(
    "a backslash is a sign like any other",
    RESIDENTS,
    lambda: sent(RESIDENTS, registered_address="某路\\1号"),
    COUNT,
    loaded={"registered_address": ["某路\\1号"] * COUNT},
)
CSV.refuses(
    "a quotation mark that is never closed",
    CASES,
    lambda: csv_of(CASES, body()).replace(b"A", b'"A', 1),
    "unreadable",
    "quotation marks",
)
CSV.accepts("lines that end as on Unix", CASES, lambda: csv_of(CASES, body(), line_end="\n"), COUNT)
CSV.accepts("lines that end as on old Macintoshes", CASES, lambda: csv_of(CASES, body(), line_end="\r"), COUNT)
CSV.accepts(
    "lines that end in both ways",
    CASES,
    lambda: encoded(text_of(body()[:4]) + text_of(body()[4:], line_end="\n")),
    COUNT,
)
CSV.accepts("no line end after the last row", CASES, lambda: csv_of(CASES, body()).rstrip(b"\r\n"), COUNT)
CSV.accepts(
    "blank lines between rows",
    CASES,
    lambda: csv_of(CASES, [*body()[:3], [], [], *body()[3:], []]),
    COUNT,
    accounted={"header": 1, "blank": 3},
)
CSV.accepts(
    "rows of separators alone",
    CASES,
    lambda: csv_of(CASES, [*body(), [""] * 8, ["", " ", "　", *[""] * 5]]),
    COUNT,
    accounted={"header": 1, "blank": 2},
)
CSV.accepts(
    "a row too short",
    CASES,
    lambda: csv_of(CASES, [*body()[:5], body()[5][:4], *body()[6:]]),
    COUNT - 1,
    quarantined={"wrong_field_count": 1},
)
CSV.accepts(
    "a row too long",
    CASES,
    lambda: csv_of(CASES, [*body()[:5], [*body()[5], "多"], *body()[6:]]),
    COUNT - 1,
    quarantined={"wrong_field_count": 1},
)
CSV.accepts(
    "a separator that was not quoted shifts a row",
    RESIDENTS,
    lambda: encoded(text_of(table_of(RESIDENTS)).replace("某路3号", "某路3号,后门")),
    COUNT - 1,
    quarantined={"wrong_field_count": 1},
)
CSV.refuses(
    "every row too short",
    CASES,
    lambda: csv_of(CASES, [header_of(CASES), *[row[:5] for row in body()[1:]]]),
    "no_acceptable_row",
    f"wrong_field_count {COUNT}",
)
CSV.accepts(
    "every row but one too short",
    CASES,
    lambda: csv_of(CASES, [header_of(CASES), body()[1], *[row[:5] for row in body()[2:]]]),
    1,
    quarantined={"wrong_field_count": COUNT - 1},
)
CSV.accepts(
    "a zero byte in a cell",
    CASES,
    lambda: csv_of(CASES, body()).replace(b"A000000000003", b"A00000\x00000003", 1),
    COUNT - 1,
    quarantined={"bad_pattern": 1},
)
CSV.accepts(
    "the end-of-file sign of old systems",
    CASES,
    lambda: csv_of(CASES, body()) + b"\x1a",
    COUNT,
    accounted={"header": 1, "blank": 1},
)
CSV.accepts(
    "a form feed before the second page",
    CASES,
    lambda: encoded(text_of(body()[:4]) + "\f\r\n" + text_of(body()[4:])),
    COUNT,
    accounted={"header": 1, "blank": 1},
)
CSV.accepts("a separator at the end of every line", CASES, lambda: csv_of(CASES, [[*row, ""] for row in body()]), COUNT)
CSV.accepts(
    "a title, the sender and an empty line above",
    CASES,
    lambda: csv_of(CASES, [["案件登记表"], ["填报单位：某所"], [], *body()]),
    COUNT,
    accounted={"header": 1, "title": 1, "note": 1, "blank": 1},
)
CSV.accepts(
    "totals below",
    CASES,
    lambda: csv_of(CASES, [*body(), ["合计", "8", *[""] * 6]]),
    COUNT,
    accounted={"header": 1, "total": 1},
)
CSV.accepts(
    "subtotals between",
    CASES,
    lambda: csv_of(CASES, [*body()[:4], ["小计：3"], *body()[4:]]),
    COUNT,
    accounted={"header": 1, "total": 1},
)
CSV.accepts(
    "signature, date and note below",
    CASES,
    lambda: csv_of(CASES, [*body(), ["填表人：某某", "审核人："], ["填表日期：2017-03-01"], ["注：不含移送案件"]]),
    COUNT,
    accounted={"header": 1, "note": 1, "signature": 2},
)
CSV.accepts(
    "the header again on every page",
    CASES,
    lambda: csv_of(CASES, [*body()[:4], header_of(CASES), *body()[4:]]),
    COUNT,
    accounted={"header": 2},
)
CSV.refuses("a header alone", CASES, lambda: csv_of(CASES, [header_of(CASES)]), "empty")
CSV.refuses(
    "a header, totals and a signature",
    CASES,
    lambda: csv_of(CASES, [header_of(CASES), ["合计", "0"], ["填表人："]]),
    "empty",
)
CSV.refuses("no byte at all", CASES, lambda: b"", "empty")
CSV.refuses("blanks alone", CASES, lambda: b" \r\n\r\n  \r\n", "empty")
CSV.refuses("a message of the exporting system", CASES, lambda: encoded("ORA-00942: 表或视图不存在\r\n"), "no_header")
