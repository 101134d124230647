"""Faults for which a file is refused whole.

Belongs here: headers, encodings, formats and names. Does not belong here: faults that cost rows.
"""

from __future__ import annotations

from tests.contract.made_files import period_of
from tests.corpus.making import book_of, text_of
from tests.file_faults.draft import Draft, fault


@fault(refusing=True)
def column_not_agreed(draft: Draft) -> bool:
    draft.header.append("备用字段")
    draft.refused = "unknown_column"
    return True


@fault(refusing=True)
def column_twice(draft: Draft) -> bool:
    draft.header.append(draft.header[draft.names.index(draft.contract.key[0])])
    draft.refused = "unknown_column"
    return True


@fault(refusing=True)
def required_column_renamed(draft: Draft) -> bool:
    draft.header[draft.names.index(draft.contract.key[0])] = "某列"
    draft.refused = "unknown_column"
    return True


@fault(refusing=True)
def no_header_row(draft: Draft) -> bool:
    draft.header[:] = []
    draft.refused = "no_header"
    return True


@fault(refusing=True)
def no_rows(draft: Draft) -> bool:
    draft.rows.clear()
    draft.refused = "empty"
    return True


@fault(refusing=True, of="csv")
def another_separator(draft: Draft) -> bool:
    draft.dialect["delimiter"] = "|"
    draft.refused = "unreadable"
    return True


@fault(refusing=True, of="csv")
def another_encoding(draft: Draft) -> bool:
    draft.encoding = "utf-8" if draft.encoding == "gb18030" else "gb18030"
    draft.refused = "undecodable"
    return True


@fault(refusing=True, of="csv")
def byte_of_no_encoding(draft: Draft) -> bool:
    draft.finish.append(lambda content: content[:-3] + b"\xff" + content[-3:])
    draft.refused = "undecodable"
    return True


@fault(refusing=True, of="csv")
def quotation_mark_left_open(draft: Draft) -> bool:
    draft.finish.append(lambda content: content + b'"x')
    draft.refused = "unreadable"
    return True


@fault(refusing=True)
def another_kind_of_file(draft: Draft) -> bool:
    table = [draft.header, *draft.rows]
    draft.finish.append(lambda _: book_of(table, "表") if draft.is_csv else text_of(table).encode("gb18030"))
    draft.refused = "wrong_format"
    return True


@fault(refusing=True, of="xlsx")
def sheet_renamed(draft: Draft) -> bool:
    draft.sheet = "Sheet1"
    draft.refused = "sheet_missing"
    return True


@fault(refusing=True, of="xlsx")
def workbook_cut_off(draft: Draft) -> bool:
    draft.finish.append(lambda content: content[: len(content) * 2 // 3])
    draft.refused = "unreadable"
    return True


@fault(refusing=True)
def no_byte_left(draft: Draft) -> bool:
    draft.finish.append(lambda _: b"")
    draft.refused = "empty"
    return True


@fault(refusing=True)
def period_of_no_calendar(draft: Draft) -> bool:
    draft.name = draft.name.replace(period_of(draft.contract), "2017年初")
    draft.refused = "wrong_period"
    return True
