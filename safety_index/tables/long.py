"""Reading a long table of values that anyone may have made: one row for each period, area and indicator.

Belongs here: what a series says of the rows, and every fault with its line and field. Does not belong here: the form of
the file (``value_files``), the engine's own table (``cube``), which this makes, and ``pooling``, which it asks for.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd

from safety_index.series.declaration import Series
from safety_index.tables.area_levels import LevelFault, levels_of
from safety_index.tables.cube import COLUMNS, GIVEN_STATUSES, WITH_VALUE
from safety_index.tables.pooling import parent_rows
from safety_index.tables.value_files import Fault, ValueFaults, ValueFile, read_value_file


def read_values(path: Path, series: Series, others: Collection[str] = ()) -> pd.DataFrame:
    """The values in ``path``, a CSV file, as the engine takes them (``cube.COLUMNS``).

    Columns: period, area, indicator; value, or numerator and denominator; if need be level, parent and status
    (observed, passed_down, not_applicable, missing). Without a level, areas whose parent has rows lie one level below
    it. An empty value is missing, a denominator of 0 not applicable. Parents without rows are pooled from numerators
    and denominators where the series has a level for them. Raises ValueFaults with every fault, by line and field.
    Rows of indicators among ``others``, those of another series, are passed over.
    """
    return values_of(read_value_file(path), path.name, series, others)


def values_of(file: ValueFile, where: str, series: Series, others: Collection[str] = ()) -> pd.DataFrame:
    """``file`` as ``read_values`` gives it; ``where`` names it in the faults."""
    is_own = ~file.cells["indicator"].isin(set(others) - set(series.indicator_codes))
    frame, numbers = file.cells[is_own], {field: column[is_own] for field, column in file.numbers.items()}
    if frame.empty:
        nothing = [] if file.cells.empty else [(0, f"no row is of an indicator of series {series.code}")]
        raise ValueFaults(where, [*file.faults, *nothing])
    found = list(file.faults)
    unknown = frame["indicator"][~frame["indicator"].isin(series.indicator_codes) & frame["indicator"].ne("")]
    found += [
        (int(line), f"indicator: {code} is no indicator of series {series.code}") for line, code in unknown.items()
    ]
    table = _engine_table(frame, numbers, series)
    found += _status_faults(frame, table)
    found += _share_faults(table, series)
    found += _logarithm_faults(table, series)
    try:
        table["area_level_code"] = levels_of(frame[frame["area"].ne("")], series)
    except LevelFault as fault:
        found += fault.lines
    if found:
        raise ValueFaults(where, found)
    return _with_parents(table[list(COLUMNS)].reset_index(drop=True), series)


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


def _status_faults(frame: pd.DataFrame, table: pd.DataFrame) -> list[Fault]:
    stated = frame["status"].isin(GIVEN_STATUSES)
    needs = stated & frame["status"].isin(WITH_VALUE) & table["value"].isna()
    forbids = stated & ~frame["status"].isin(WITH_VALUE) & table["value"].notna()
    faults = [(int(line), f"status: {frame.at[line, 'status']}, and there is no value") for line in frame.index[needs]]
    return faults + [
        (int(line), f"status: {frame.at[line, 'status']}, and there is a value") for line in frame.index[forbids]
    ]


def _share_faults(table: pd.DataFrame, series: Series) -> list[Fault]:
    shares = {part.code for part in series.indicators if part.count_model == "binomial"}
    own = table[table["indicator_code"].isin(shares) & table["status_code"].eq("observed")]
    wrong = own[(own["numerator"] < 0) | (own["numerator"] > own["denominator"] * (1 + 1e-9))]
    return [
        (int(line), f"numerator: {row.numerator:g} of {row.denominator:g}, and {row.indicator_code} is a share")
        for line, row in zip(wrong.index, wrong.itertuples(), strict=True)
    ]


def _logarithm_faults(table: pd.DataFrame, series: Series) -> list[Fault]:
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
