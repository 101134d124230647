"""Faults of rows, document numbers and headers, and rows that are no data; none of them refuses the file.

Belongs here: what is wrong with rows as such. Does not belong here: single cells (``cells``), whole files (``files``).
"""

from __future__ import annotations

from collections.abc import Callable

from tests.contract.made_files import with_check
from tests.file_faults.draft import Draft, fault


@fault()
def row_repeated(draft: Draft) -> bool:
    draft.rows.append(list(draft.row()))
    draft.lose(draft.rows[-1], "duplicate_key")
    return True


@fault()
def cell_too_many(draft: Draft) -> bool:
    row = draft.row()
    row.append("多")
    draft.lose(row, "wrong_field_count", fits=False)
    return True


@fault(of="csv")
def cell_too_few(draft: Draft) -> bool:
    row = draft.row()
    row.pop()
    draft.lose(row, "wrong_field_count", fits=False)
    return True


def judged(name: str, change: Callable[[str], str], quality: str) -> None:
    """A fault that changes a document number, which costs no row."""

    def spoil(draft: Draft) -> bool:
        if not draft.contract.person:
            return False
        row, column = draft.row(), draft.contract.person.number
        draft.put(column, change(row[draft.names.index(column)]), row=row)
        draft.quality[quality] += 1
        return True

    spoil.__name__ = name
    fault()(spoil)


judged("number_missing", lambda _: "", "missing")
judged("number_filled_up", lambda _: "无", "missing")
judged("number_with_a_wrong_digit", lambda one: one[:16] + str((int(one[16]) + 1) % 10) + one[17], "wrong_check_digit")
judged("number_cut_off", lambda one: one[:17], "malformed")
judged(
    "number_rounded",
    lambda one: one[:15] + "000" if with_check(one[:17])[:15] + "000" != one else one,
    "rounded_by_spreadsheet",
)
judged("number_in_scientific_notation", lambda _: "3.19901E+17", "rounded_by_spreadsheet")
judged("number_of_an_impossible_day", lambda one: with_check(one[:10] + "0230" + one[14:17]), "impossible_date")
judged("number_of_fifteen_digits", lambda one: one[:6] + one[8:17], "upgraded_15")
judged("number_in_full_width", lambda one: "".join(chr(ord(sign) + 0xFEE0) for sign in one), "valid")
judged("number_behind_its_name", lambda one: f"身份证号：{one}", "valid")


def furniture(name: str, kind: str, row: list[str], above: bool) -> None:
    """A fault that adds a row which is no data."""

    def add(draft: Draft) -> bool:
        (draft.above if above else draft.below).append(list(row))
        draft.accounted[kind] += 1
        return True

    add.__name__ = name
    fault()(add)


furniture("title_above", "title", ["登记表"], True)
furniture("sender_above", "note", ["填报单位：某局"], True)
furniture("totals_below", "total", ["合计", "14"], False)
furniture("signature_below", "signature", ["填表人：某", "审核人：某"], False)
furniture("note_below", "note", ["注：截至期末"], False)


@fault()
def header_again(draft: Draft) -> bool:
    # Behind the rows that other faults append to, and as the header stands now.
    draft.below.insert(0, list(draft.header))
    draft.accounted["header"] += 1
    return True


@fault()
def columns_in_another_order(draft: Draft) -> bool:
    if any(len(row) != len(draft.header) for row in draft.rows):
        return False
    order = list(range(len(draft.header)))
    draft.chance.shuffle(order)
    draft.names = [draft.names[place] for place in order]
    draft.header = [draft.header[place] for place in order]
    draft.rows = [[row[place] for place in order] for row in draft.rows]
    return True


@fault()
def headers_by_their_aliases(draft: Draft) -> bool:
    aliases = {column.headers[0]: column.headers[-1] for column in draft.contract.columns.values()}
    draft.header[:] = [aliases.get(header, header) for header in draft.header]
    return True


@fault()
def headers_between_blanks(draft: Draft) -> bool:
    draft.header[:] = [f" {header}　" for header in draft.header]
    return True


@fault()
def column_not_wanted(draft: Draft) -> bool:
    if not draft.contract.refused_headers or any(len(row) != len(draft.header) for row in draft.rows):
        return False
    draft.header.insert(0, draft.contract.refused_headers[0])
    draft.names.insert(0, "")
    for row in draft.rows:
        row.insert(0, "不应报送")
    return True


@fault(of="csv")
def lines_as_on_unix(draft: Draft) -> bool:
    draft.dialect["line_end"] = "\n"
    return True


@fault(of="csv")
def every_cell_in_quotation_marks(draft: Draft) -> bool:
    draft.dialect["quoting"] = 1
    return True
