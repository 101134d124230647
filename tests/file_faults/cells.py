"""Faults of cells: values that are wrong, and values that are written otherwise and cost nothing.

Belongs here: faults within a row. Does not belong here: rows, headers and files.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from ingestion.contracts.registry import registry
from ingestion.discovery import period_days
from tests.contract.made_files import period_of
from tests.file_faults.draft import Draft, fault


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
