"""ENC: encodings. Cases are recorded in GB18030, volunteers and areas in UTF-8."""

from __future__ import annotations

import codecs

from tests.corpus.case import Category
from tests.corpus.making import (
    AREAS,
    CASES,
    COUNT,
    RESIDENTS,
    VOLUNTEERS,
    csv_of,
    rows_of,
    sent,
    table_of,
    text_of,
)

ENC = Category("ENC")


def cases_in(encoding: str, count: int = COUNT) -> bytes:
    return csv_of(CASES, table_of(CASES, rows_of(CASES, count)), encoding=encoding)


def residents(**changed) -> list[list]:
    return table_of(RESIDENTS, rows_of(RESIDENTS, **changed))


ENC.accepts("GB18030 as agreed", CASES, lambda: cases_in("gb18030"), COUNT)
ENC.accepts("its subset GBK", CASES, lambda: cases_in("gbk"), COUNT)
ENC.accepts("its subset GB2312", CASES, lambda: cases_in("gb2312"), COUNT)
ENC.accepts("GB18030 with its byte-order mark", CASES, lambda: "\ufeff".encode("gb18030") + cases_in("gb18030"), COUNT)
ENC.accepts(
    "characters of four bytes",
    RESIDENTS,
    lambda: csv_of(RESIDENTS, residents(person_name="王㐂𠮷䶮")),
    COUNT,
    loaded={"person_name": ["王㐂𠮷䶮"] * COUNT},
)
ENC.accepts("UTF-8 as agreed", VOLUNTEERS, lambda: csv_of(VOLUNTEERS, table_of(VOLUNTEERS)), COUNT)
ENC.accepts(
    "UTF-8 with its byte-order mark",
    VOLUNTEERS,
    lambda: codecs.BOM_UTF8 + csv_of(VOLUNTEERS, table_of(VOLUNTEERS)),
    COUNT,
)
ENC.refuses("UTF-8 where GB18030 was agreed", CASES, lambda: cases_in("utf-8"), "undecodable", "looks like utf-8")
ENC.refuses(
    "UTF-8 with its mark where GB18030 was agreed", CASES, lambda: cases_in("utf-8-sig"), "undecodable", "utf-8"
)
ENC.refuses(
    "GB18030 where UTF-8 was agreed",
    VOLUNTEERS,
    lambda: csv_of(VOLUNTEERS, table_of(VOLUNTEERS), encoding="gb18030"),
    "undecodable",
    "byte 0 ",
    "gb18030",
)
ENC.refuses("UTF-16 with its mark", CASES, lambda: cases_in("utf-16"), "undecodable", "UTF-16")
ENC.refuses(
    "UTF-16 with its mark, the other byte first",
    CASES,
    lambda: codecs.BOM_UTF16_BE + cases_in("utf-16-be"),
    "undecodable",
    "UTF-16",
)
ENC.refuses(
    "UTF-16 without a mark",
    VOLUNTEERS,
    lambda: csv_of(VOLUNTEERS, table_of(VOLUNTEERS), "utf-16-le"),
    "undecodable",
    "byte ",
)
ENC.refuses(
    "Big5 of a header in traditional characters",
    CASES,
    lambda: "案件編號,案件類別,立案日期\r\n".encode("big5"),
    "no_header",
)
ENC.refuses(
    "fifty thousand ASCII bytes, then Chinese in another encoding",
    VOLUNTEERS,
    lambda: sent(VOLUNTEERS, 700) + "V00000000700,Z0000001,000000000001,2017-01-05,巡逻,1,\r\n".encode("gb18030"),
    "undecodable",
    "byte 35839 ",
)
ENC.refuses(
    "one byte in the middle that no encoding has",
    CASES,
    lambda: (content := cases_in("gb18030"))[:300] + b"\xff" + content[300:],
    "undecodable",
    "byte 300 ",
    "第 300 字节",
)
ENC.refuses(
    "cut in the middle of a character",
    AREAS,
    lambda: csv_of(AREAS, [*table_of(AREAS), ["某地"]])[:-3],
    "undecodable",
)
ENC.refuses(
    "Chinese in UTF-8 that was taken for Latin and saved as UTF-8 again",
    AREAS,
    lambda: csv_of(AREAS, table_of(AREAS)).decode("latin-1").encode("utf-8"),
    "no_header",
    "区划代码",
)
ENC.accepts(
    "a byte-order mark in the middle, where two exports were joined",
    VOLUNTEERS,
    lambda: (
        csv_of(VOLUNTEERS, table_of(VOLUNTEERS))
        + codecs.BOM_UTF8
        + csv_of(VOLUNTEERS, table_of(VOLUNTEERS, rows_of(VOLUNTEERS, 16)[8:]))
    ),
    16,
    accounted={"header": 2},
)
ENC.accepts(
    "characters of private use in names",
    RESIDENTS,
    lambda: csv_of(RESIDENTS, residents(person_name="王\ue5e5")),
    COUNT,
    loaded={"person_name": ["王\ue5e5"] * COUNT},
)
ENC.accepts(
    "a character that was lost before the file was made",
    RESIDENTS,
    lambda: csv_of(RESIDENTS, residents(person_name="王\ufffd")),
    COUNT,
    loaded={"person_name": ["王\ufffd"] * COUNT},
)
ENC.refuses("HZ, which is ASCII to the eye", CASES, lambda: cases_in("hz"), "no_header", "案件编号")
ENC.refuses("UTF-7", CASES, lambda: cases_in("utf-7"), "no_header")
ENC.refuses(
    "rows of another encoding pasted in",
    CASES,
    lambda: (
        cases_in("gb18030")
        + text_of(
            [[row[name] for name in CASES.columns] for row in rows_of(CASES, 10, case_type_code="入民宅盗窃")[8:]]
        ).encode("utf-8")
    ),
    "undecodable",
    "byte ",
)
