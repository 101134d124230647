"""A valid file, named faults that are put into it, and what is then to become of it.

A fault changes the draft of a file and says what it costs: rows by reason, kinds of rows that are not data, the quality
of a number, or the whole file. Faults of rows take rows of their own, so that what several cost adds up.

Belongs here: faults and their price. Does not belong here: reading (the tests do that).
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.discovery import period_days
from tests.contract.made_files import file_name, period_of, valid_rows, with_check
from tests.corpus.making import book_of, csv_of, text_of

ROWS = 14


@dataclass
class Draft:
    """A file in the making, and the verdict so far."""

    contract: Contract
    chance: random.Random
    names: list[str] = field(init=False)
    header: list[str] = field(init=False)
    rows: list[list[str]] = field(init=False)
    above: list[list[str]] = field(default_factory=list)
    below: list[list[str]] = field(default_factory=list)
    encoding: str | None = None
    dialect: dict = field(default_factory=dict)
    sheet: str | None = None
    name: str = ""
    finish: list[Callable[[bytes], bytes]] = field(default_factory=list)
    refused: str | None = None
    quarantined: Counter = field(default_factory=Counter)
    accounted: Counter = field(default_factory=lambda: Counter(header=1))
    quality: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.names = list(self.contract.columns)
        self.header = [column.headers[0] for column in self.contract.columns.values()]
        self.rows = [list(row.values()) for row in valid_rows(self.contract, ROWS)]
        if "is_minor" in self.names:  # a minor's row is taken out again
            for row in self.rows:
                row[self.names.index("is_minor")] = "否"
        self.encoding = self.contract.file.encoding
        self.sheet = self.contract.file.sheet
        self.name = file_name(self.contract)
        self._untouched = list(range(ROWS))
        self.chance.shuffle(self._untouched)
        self.touched_columns: set[str] = set()

    @property
    def is_csv(self) -> bool:
        return self.contract.file.format == "csv"

    def row(self) -> list[str]:
        """A row that no other fault has or will have."""
        return self.rows[self._untouched.pop()]

    def columns(self, *types: str, required: bool | None = None) -> list[str]:
        """The contract's columns of these types; a document number is none of them."""
        return [
            name
            for name, column in self.contract.columns.items()
            if registry().fields[name].type in types and (required is None or column.required == required)
        ]

    def put(self, name: str, value: str, reason: str | None = None, row: list[str] | None = None) -> list[str]:
        """Write ``value`` into a column of ``row``, or of a row of its own, which is lost where there is a reason."""
        row = self.row() if row is None else row
        row[self.names.index(name)] = value
        self.touched_columns.add(name)
        if reason:
            self.lose(row, reason)
        return row

    def lose(self, row: list[str], reason: str, fits: bool = True) -> None:
        """Count ``row`` as not accepted. A list of minors keeps of such rows only those that say 否 under the flag, and
        a row that does not fit the header says nothing."""
        flag = self.contract.sealing.minor_flag if self.contract.sealing else None
        if flag and not (fits and row[self.names.index(flag)] == "否"):
            self.accounted["not_held"] += 1
        else:
            self.quarantined[reason] += 1

    def content(self) -> bytes:
        table = [*self.above, self.header, *self.rows, *self.below]
        if self.is_csv:
            content = csv_of(self.contract, table, encoding=self.encoding, **self.dialect)
        else:
            content = book_of(table, self.sheet)
        for change in self.finish:
            content = change(content)
        return content


#: A fault returns False where the contract has nothing that it could spoil, and then has changed nothing.
Fault = Callable[[Draft], bool]
FAULTS: dict[str, Fault] = {}
REFUSING: set[str] = set()


def fault(refusing: bool = False, of: str | None = None) -> Callable[[Fault], Fault]:
    """``of``: the format of the files that alone can have the fault."""

    def keep(made: Fault) -> Fault:
        def put(draft: Draft) -> bool:
            return of in (None, draft.contract.file.format) and made(draft)

        FAULTS[made.__name__] = put
        if refusing:
            REFUSING.add(made.__name__)
        return made

    return keep


def spoiling(name: str, value: str, reason: str | None, *types: str, required: bool | None = None, where=None) -> None:
    """A fault that writes ``value`` into any column of ``types`` for which ``where(meaning)`` holds."""

    def spoil(draft: Draft) -> bool:
        fields = registry().fields
        columns = [one for one in draft.columns(*types, required=required) if where is None or where(fields[one])]
        if not columns:
            return False
        draft.put(draft.chance.choice(columns), value, reason)
        return True

    spoil.__name__ = name
    fault()(spoil)


_CODE_LIKE = ("code", "date", "timestamp", "integer", "decimal")
spoiling("blank_required", "", "missing_required", *_CODE_LIKE, "boolean", required=True)
spoiling("stroke_for_required", "——", "missing_required", *_CODE_LIKE, required=True)
spoiling("wide_blank_for_required_name", "　", "missing_required", "name", required=True)
spoiling("impossible_day", "2017-02-30", "invalid_date", "date")
spoiling("words_for_a_day", "上月", "invalid_date", "date", "timestamp")
spoiling("day_of_two_digit_year", "17.1.5", "invalid_date", "date")
spoiling("impossible_hour", "2017-02-03 25:10", "invalid_date", "timestamp")
spoiling("unknown_code", "不在表中", "unknown_code", "code")
spoiling("code_with_a_point", "1.5.1", "unknown_code", "code")
spoiling("broken_pattern", "#", "bad_pattern", "text", where=lambda meaning: meaning.pattern)
spoiling("formula_for_a_pattern", "=1+1", "bad_pattern", "text", where=lambda meaning: meaning.pattern)
spoiling("words_for_a_number", "若干", "invalid_number", "integer", "decimal")
spoiling("ten_thousands", "1.2万", "invalid_number", "integer", "decimal")
spoiling("fraction_for_a_count", "1.5", "invalid_number", "integer")
spoiling("three_decimals", "1.234", "invalid_number", "decimal")
spoiling("not_a_number", "NaN", "invalid_number", "integer", "decimal")
spoiling("neither_yes_nor_no", "也许", "invalid_boolean", "boolean")
spoiling("negative_count", "-1", "out_of_range", "integer", "decimal", where=lambda meaning: meaning.minimum == 0)
spoiling(
    "too_many", "1000001", "out_of_range", "integer", "decimal",
    where=lambda meaning: meaning.maximum and meaning.maximum <= 1_000_000,
)  # fmt: skip
spoiling("decimal_point_of_a_whole_number", "1.0", None, "integer")
spoiling("full_width_number", "１", None, "integer", "decimal")
spoiling("no_as_a_letter", "N", None, "boolean")
spoiling("no_as_a_cross", "×", None, "boolean")


def written_otherwise(name: str, form: Callable[[dt.date], str]) -> None:
    """A fault that writes a day in another way, which costs nothing."""

    def write(draft: Draft) -> bool:
        columns = [one for one in draft.columns("date") if one != "birth_date"]
        if not columns:
            return False
        column, row = draft.chance.choice(columns), draft.row()
        day = dt.date.fromisoformat(row[draft.names.index(column)])
        draft.put(column, form(day), row=row)
        return True

    write.__name__ = name
    fault()(write)


written_otherwise("day_with_strokes", lambda day: f"{day.year}/{day.month}/{day.day}")
written_otherwise("day_with_points", lambda day: f"{day.year}.{day.month}.{day.day}")
written_otherwise("day_in_chinese", lambda day: f"{day.year}年{day.month}月{day.day}日")
written_otherwise("day_without_separators", lambda day: f"{day:%Y%m%d}")
written_otherwise("day_as_serial", lambda day: str((day - dt.date(1899, 12, 30)).days))
written_otherwise("day_with_midnight", lambda day: f"{day} 00:00:00")
written_otherwise("day_between_blanks", lambda day: f" {day}　")
written_otherwise("day_behind_an_apostrophe", lambda day: f"'{day}")


@fault()
def code_by_its_name(draft: Draft) -> bool:
    typed = draft.contract.person.type if draft.contract.person else None
    columns = [name for name in draft.columns("code") if name != typed]
    if not columns:
        return False
    column = draft.chance.choice(columns)
    codes = registry().code_lists[registry().fields[column].codes]
    draft.put(column, next(iter(codes.values())).zh)
    return True


def _first_rule(draft: Draft, kind: str):
    """The contract's first rule if it is of this kind: of several broken rules the first one is counted."""
    rules = draft.contract.constraints
    return rules[0] if rules and rules[0].kind == kind else None


def _outside(draft: Draft, day: dt.date) -> bool:
    rule = _first_rule(draft, "within_period")
    if rule:
        draft.put(rule.column, day.isoformat(), "outside_period")
    return rule is not None


@fault()
def day_before_the_period(draft: Draft) -> bool:
    return _outside(draft, period_days(period_of(draft.contract))[0] - dt.timedelta(days=1))


@fault()
def day_after_the_period(draft: Draft) -> bool:
    return _outside(draft, period_days(period_of(draft.contract))[1] + dt.timedelta(days=1))


@fault()
def day_in_the_future(draft: Draft) -> bool:
    rule = _first_rule(draft, "not_in_future")
    if rule:
        day = period_days(period_of(draft.contract))[1] + dt.timedelta(days=1)
        draft.put(rule.column, day.isoformat(), "in_future")
    return rule is not None


@fault()
def count_above_its_limit(draft: Draft) -> bool:
    rules = [rule for rule in draft.contract.constraints if rule.kind == "not_above"]
    if rules:
        row = draft.put(rules[0].other, "1")
        draft.put(rules[0].column, "2", "above_other", row=row)
    return bool(rules)


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


def with_faults(contract: Contract, names: list[str], chance: random.Random) -> tuple[Draft, list[str]]:
    """A draft with those of the faults that the contract can have, and their names. Faults that refuse come last: the
    others need the rows and the header; and of several the first alone is put in, so that the reason is known."""
    draft = Draft(contract, chance)
    put_in = []
    for name in sorted(names, key=lambda name: (name in REFUSING, list(FAULTS).index(name))):
        if name in REFUSING and draft.refused:
            continue
        probe = draft.refused
        if FAULTS[name](draft):
            put_in.append(name)
        else:
            draft.refused = probe
    return draft, put_in
