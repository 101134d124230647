"""Reading a long table of values that anyone may have made: one row for each period, area and indicator.

Belongs here: the file's form, and every fault with its line and field. Does not belong here: the engine's own table
(``cube``), which this makes, and pooling (``pooling``), which it asks for.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from safety_index.faults import FaultyInput
from safety_index.series.declaration import Series
from safety_index.tables.area_levels import LevelFault, levels_of
from safety_index.tables.cube import COLUMNS, GIVEN_STATUSES, WITH_VALUE
from safety_index.tables.periods import ordinal
from safety_index.tables.pooling import parent_rows

KEY = ("period", "area", "indicator")
AMOUNTS = ("value", "numerator", "denominator")
OPTIONAL = ("level", "parent", "status")


class ValueFaults(FaultyInput):
    """Everything that is wrong with a file of values, at once."""


def read_values(path: Path, series: Series, others: Collection[str] = ()) -> pd.DataFrame:
    """The values in ``path``, a CSV file, as the engine takes them (``cube.COLUMNS``).

    Columns: period, area, indicator; value, or numerator and denominator; if need be level, parent and status
    (observed, passed_down, not_applicable, missing). Without a level, areas whose parent has rows lie one level below
    it. An empty value is missing, a denominator of 0 not applicable. Parents without rows are pooled from numerators
    and denominators where the series has a level for them. Raises ValueFaults with every fault, by line and field.
    Rows of indicators among ``others``, those of another series, are passed over.
    """
    header, rows, odd_rows = _rows(path)
    faults = _header_faults(header) if header else []
    if faults or not rows:
        raise ValueFaults(path.name, faults + [text for _, text in odd_rows])
    frame = pd.DataFrame([cells for _, cells in rows], columns=header, dtype=str)
    frame.index = pd.Index([line for line, _ in rows])
    frame = frame[~frame["indicator"].isin(set(others) - set(series.indicator_codes))].copy()
    if frame.empty:
        raise ValueFaults(path.name, [f"no row is of an indicator of series {series.code}"])
    return _checked(frame, series, path.name, odd_rows)


def _rows(path: Path) -> tuple[list[str], list[tuple[int, list[str]]], list[tuple[int, str]]]:
    """Header, (line, cells) of every row that is not empty, and (line, fault) of those of another form."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            return [], [], [(0, "the file is text neither in UTF-8 nor in GB18030")]
    reader = csv.reader(text.splitlines(keepends=True))
    header = [name.strip() for name in next(reader, [])]
    rows, faults = [], []
    for cells in reader:
        if not any(cells):
            continue
        if len(cells) != len(header):
            faults.append((reader.line_num, f"fields: {len(cells)} where the header has {len(header)}"))
        else:
            rows.append((reader.line_num, [cell.strip() for cell in cells]))
    if not rows and not faults:
        faults.append((1, "the file has no rows"))
    return header, rows, faults


def _header_faults(header: list[str]) -> list[str]:
    known = (*KEY, *OPTIONAL, *AMOUNTS)
    faults = [f"column {name} is not there" for name in KEY if name not in header]
    if "value" not in header and not {"numerator", "denominator"} <= set(header):
        faults.append("column value is not there, nor are numerator and denominator")
    faults += [f"column {name!r} is none of {', '.join(known)}" for name in header if name not in known]
    return faults + [f"column {name} stands there twice" for name in sorted({n for n in header if header.count(n) > 1})]


def _checked(frame: pd.DataFrame, series: Series, where: str, found: list[tuple[int, str]]) -> pd.DataFrame:
    """``frame`` of text, indexed by line, as the engine's table. Raises ValueFaults, with those ``found`` already."""
    for column in (*OPTIONAL, *AMOUNTS):
        if column not in frame:
            frame[column] = ""

    def note(is_wrong: pd.Series, field: str, words: Callable[[str], str]) -> None:
        found.extend((line, f"{field}: {words(text)}") for line, text in frame.loc[is_wrong, field].items())

    for field in KEY:
        note(frame[field].eq(""), field, lambda _: "is empty")
    note(~frame["period"].map(_is_period) & frame["period"].ne(""), "period", lambda text: _period_fault(text))
    unknown = ~frame["indicator"].isin(series.indicator_codes) & frame["indicator"].ne("")
    note(unknown, "indicator", lambda text: f"{text} is no indicator of series {series.code}")
    wrong_status = ~frame["status"].isin((*GIVEN_STATUSES, ""))
    note(wrong_status, "status", lambda text: f"{text} is none of {', '.join(GIVEN_STATUSES)}")
    for line, first in _repeated(frame):
        found.append((line, f"area: stands on line {first} already, with this period and indicator"))
    numbers = {field: _numbers(frame[field]) for field in AMOUNTS}
    for field, parsed in numbers.items():
        note(frame[field].ne("") & ~np.isfinite(parsed), field, lambda text: f"{text!r} is not a number")
    note(numbers["denominator"] < 0, "denominator", lambda text: f"{text} is below 0")
    if (
        set(frame["period"].map(_is_period)) == {True}
        and len({ordinal(text)[0] for text in frame["period"].unique()}) > 1
    ):
        found.append((int(frame.index[0]), "period: years, quarters and months stand side by side"))
    table = _engine_table(frame, numbers, series)
    found += _status_faults(frame, table)
    found += _share_faults(table, series)
    found += _logarithm_faults(table, series)
    try:
        table["area_level_code"] = levels_of(frame[frame["area"].ne("")], series)
    except LevelFault as fault:
        found += fault.lines
    if found:
        raise ValueFaults(where, [f"line {line}, {text}" for line, text in sorted(found)])
    return _with_parents(table[list(COLUMNS)].reset_index(drop=True), series)


def _is_period(text: str) -> bool:
    try:
        ordinal(text)
    except ValueError:
        return False
    return True


def _period_fault(text: str) -> str:
    try:
        ordinal(text)
    except ValueError as error:
        return str(error)
    return text


def _numbers(texts: pd.Series) -> pd.Series:
    return pd.to_numeric(texts.where(texts.ne("")), errors="coerce").astype(float)


def _repeated(frame: pd.DataFrame) -> Iterable[tuple[int, int]]:
    key = frame[[*KEY, "level"]].agg("\x1f".join, axis=1) if len(frame) else pd.Series(dtype=str)
    first = {text: line for line, text in reversed(list(key.items()))}
    return [(line, first[text]) for line, text in key.items() if first[text] != line]


def _engine_table(frame: pd.DataFrame, numbers: dict[str, pd.Series], series: Series) -> pd.DataFrame:
    multiplier = frame["indicator"].map({part.code: part.value_multiplier for part in series.indicators})
    denominator = numbers["denominator"]
    ratio = numbers["numerator"] / denominator.where(denominator > 0) * multiplier
    value = numbers["value"].where(numbers["value"].notna(), ratio)
    empty = np.where(denominator == 0, "not_applicable", "missing")
    derived = pd.Series(np.where(value.notna(), "observed", empty), index=frame.index)
    status = frame["status"].where(frame["status"].ne(""), derived)
    return pd.DataFrame(
        {
            "area_code": frame["area"],
            "quarter": frame["period"],
            "indicator_code": frame["indicator"],
            "parent_code": frame["parent"].where(frame["parent"].ne(""), None),
            "numerator": numbers["numerator"],
            "denominator": denominator,
            "value": value,
            "status_code": status,
            "window_quarter_count": 1,
        }
    )


def _status_faults(frame: pd.DataFrame, table: pd.DataFrame) -> list[tuple[int, str]]:
    stated = frame["status"].isin(GIVEN_STATUSES)
    needs = stated & frame["status"].isin(WITH_VALUE) & table["value"].isna()
    forbids = stated & ~frame["status"].isin(WITH_VALUE) & table["value"].notna()
    faults = [(int(line), f"status: {frame.at[line, 'status']}, and there is no value") for line in frame.index[needs]]
    return faults + [
        (int(line), f"status: {frame.at[line, 'status']}, and there is a value") for line in frame.index[forbids]
    ]


def _share_faults(table: pd.DataFrame, series: Series) -> list[tuple[int, str]]:
    shares = {part.code for part in series.indicators if part.count_model == "binomial"}
    own = table[table["indicator_code"].isin(shares) & table["status_code"].eq("observed")]
    wrong = own[(own["numerator"] < 0) | (own["numerator"] > own["denominator"] * (1 + 1e-9))]
    return [
        (int(line), f"numerator: {row.numerator:g} of {row.denominator:g}, and {row.indicator_code} is a share")
        for line, row in zip(wrong.index, wrong.itertuples(), strict=True)
    ]


def _logarithm_faults(table: pd.DataFrame, series: Series) -> list[tuple[int, str]]:
    logs = {
        part.code
        for part, scoring in zip(series.indicators, series.scorings, strict=True)
        if part.transformation == "natural_log" or scoring.function == "logarithmic"
    }
    without = table["indicator_code"].isin(logs) & (table["value"] <= 0)
    return [
        (
            int(line),
            f"value: {table.at[line, 'value']:g} has no logarithm, which {table.at[line, 'indicator_code']} needs",
        )
        for line in table.index[without]
    ]


def _with_parents(table: pd.DataFrame, series: Series) -> pd.DataFrame:
    """``table`` with the rows of parents that have none, where they can be pooled."""
    top = next(place for place, code in enumerate(series.level_codes) if (table["area_level_code"] == code).any())
    highest = table[table["area_level_code"] == series.level_codes[top]]
    if top == 0 or highest["parent_code"].isna().any() or highest["denominator"].isna().all():
        return table
    return pd.concat([parent_rows(series, highest, series.level_codes[top - 1], {}), table], ignore_index=True)
