"""From a long table of indicator values to arrays of quarters × areas × indicators, one cube for each level.

Belongs here: checking the table and its shape. Does not belong here: any score.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from safety_index.faults import FaultyInput
from safety_index.method.missing import fill
from safety_index.series.declaration import Series
from safety_index.series.settings import MissingRule
from safety_index.tables.periods import ordinal, places_before

#: What a table may say of a value: the first two have one, the others have none.
GIVEN_STATUSES = ("observed", "passed_down", "not_applicable", "missing")
WITH_VALUE = ("observed", "passed_down")
#: What the series's rule for missing values may make of ``missing``.
STATUSES = (*GIVEN_STATUSES, "carried_forward", "group_mean")
COLUMNS = (
    "area_code",
    "quarter",
    "indicator_code",
    "area_level_code",
    "parent_code",
    "numerator",
    "denominator",
    "value",
    "status_code",
    "window_quarter_count",
)
_KEY = ["area_level_code", "quarter", "area_code", "indicator_code"]


class IndicatorTableFaults(FaultyInput):
    """Everything that is wrong with a table of indicator values, at once."""


@dataclass(frozen=True)
class IndicatorCube:
    """One level's values: arrays of shape (quarters, areas, indicators), ``is_present`` and ``parent`` (quarters,
    areas). A quarter may be another period: the year 2017 or the month 2017-01.

    ``status`` holds positions in STATUSES; what the table does not say of a present area is ``missing``. Values are in
    the indicators' units and NaN where the status has none.
    """

    level_code: str
    quarters: tuple[str, ...]
    areas: tuple[str, ...]
    is_present: NDArray[np.bool_]
    parent: NDArray[np.object_]
    status: NDArray[np.int8]
    value: NDArray[np.float64]
    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]
    window: NDArray[np.int64]

    @property
    def is_scored(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.value)

    @property
    def is_applicable(self) -> NDArray[np.bool_]:
        return self.status != STATUSES.index("not_applicable")

    @property
    def previous(self) -> NDArray[np.int64]:
        """For every period the position of the calendar period before it, −1 where the table does not hold it."""
        return places_before(self.quarters)

    def filled(self, rule: MissingRule) -> IndicatorCube:
        """The cube with missing values filled by ``rule``; the status says how."""
        if not (rule.carry_forward or rule.group_mean):
            return self
        is_missing = (self.status == STATUSES.index("missing")) & self.is_present[..., None]
        codes, _ = pd.factorize(self.parent.ravel())
        group = np.where(self.is_present, codes.reshape(self.parent.shape), -1)
        value, carried, averaged = fill(self.value, is_missing, self.previous, group, rule)
        status = np.where(carried, STATUSES.index("carried_forward"), self.status)
        status = np.where(averaged, STATUSES.index("group_mean"), status).astype(self.status.dtype)
        return replace(self, value=value, status=status)

    def values_of(self, base: str, base_period: str | None) -> NDArray[np.float64]:
        """The values in each period's base: a year before, the period before, or ``base_period`` for all."""
        if base == "base_period":
            place = self.quarters.index(base_period) if base_period in self.quarters else -1
            return shifted(self.value, np.full(len(self.quarters), place))
        return shifted(self.value, places_before(self.quarters, None if base == "year_ago" else 1))


def shifted(array: np.ndarray, places: NDArray[np.int64]) -> np.ndarray:
    """``array`` (periods, ...) taken at ``places``; NaN where the place is −1."""
    return np.where((places >= 0).reshape(-1, *[1] * (array.ndim - 1)), array[places], np.nan)


def cubes(series: Series, indicator_values: pd.DataFrame) -> Iterator[IndicatorCube]:
    """One cube for every level of the series that the table has rows of, in the series's order.

    Raises IndicatorTableFaults with every fault of the table.
    """
    faults = table_faults(series, indicator_values)
    if faults:
        raise IndicatorTableFaults("the table of indicator values", faults)
    for level in series.level_codes:
        rows = indicator_values[indicator_values["area_level_code"] == level]
        if len(rows):
            yield _cube(series, level, rows)


def table_faults(series: Series, table: pd.DataFrame) -> list[str]:
    """Every way in which ``table`` is not a table of this series's values, one line each, with an example."""
    absent = [column for column in COLUMNS if column not in table.columns]
    if absent:
        return [f"column {column} is not there" for column in absent]
    if table.empty:
        return ["it has no rows"]
    allowed = {
        "indicator_code": series.indicator_codes,
        "area_level_code": series.level_codes,
        "status_code": GIVEN_STATUSES,
    }
    faults = []
    for column, codes in allowed.items():
        unknown = sorted(map(str, table.loc[~table[column].isin(codes), column].unique()))
        faults += [f"{column}: {code} is none of {', '.join(codes)}" for code in unknown]
    faults += _period_faults(sorted(table["quarter"].astype(str).unique()))
    faults += _row_faults(table, table["area_code"].isna(), "area_code is empty")
    faults += _row_faults(table, table.duplicated(_KEY), "stands there more than once")
    has_value = table["status_code"].isin(WITH_VALUE)
    is_finite = np.isfinite(pd.to_numeric(table["value"], errors="coerce").to_numpy(dtype=float, na_value=np.nan))
    faults += _row_faults(table, has_value & ~is_finite, "has a status with a value, and no finite value")
    shares = [indicator.code for indicator in series.indicators if indicator.count_model == "binomial"]
    top, bottom = (pd.to_numeric(table[column], errors="coerce") for column in ("numerator", "denominator"))
    is_share = table["indicator_code"].isin(shares) & table["status_code"].eq("observed")
    is_wrong = is_share & ((top > bottom * (1 + 1e-9)) | (top < 0))
    faults += _row_faults(table, is_wrong, "is a share, and its numerator does not lie between 0 and its denominator")
    area = table.groupby(["area_level_code", "quarter", "area_code"], observed=True)["parent_code"].nunique()
    faults += [f"{' '.join(map(str, key))}: has {count} parents" for key, count in area[area > 1].items()]
    return faults


def _period_faults(periods: list[str]) -> list[str]:
    faults, kinds = [], set()
    for period in periods:
        try:
            kinds.add(ordinal(period)[0])
        except ValueError as error:
            faults.append(f"quarter: {error}")
    if len(kinds) > 1:
        faults.append("quarter: years, quarters and months stand side by side")
    return faults


def _row_faults(table: pd.DataFrame, is_wrong: pd.Series, what: str) -> list[str]:
    if not is_wrong.any():
        return []
    example = " ".join(map(str, table.loc[is_wrong, _KEY].iloc[0]))
    more = int(is_wrong.sum()) - 1
    return [f"{example}: {what}" + (f" (and {more} more like it)" if more else "")]


def _cube(series: Series, level: str, rows: pd.DataFrame) -> IndicatorCube:
    quarter, quarters = pd.factorize(rows["quarter"].astype(str), sort=True)
    area, areas = pd.factorize(rows["area_code"].astype(str), sort=True)
    indicator = pd.Index(series.indicator_codes).get_indexer(rows["indicator_code"])
    shape = (len(quarters), len(areas), len(series.indicators))
    place = (quarter, area, indicator)

    def spread(column: str, empty: float, dtype: type = float) -> np.ndarray:
        array = np.full(shape, empty, dtype=dtype)
        numbers = pd.to_numeric(rows[column], errors="coerce")
        array[place] = (
            numbers.fillna(empty).to_numpy(dtype=dtype)
            if dtype is not float
            else numbers.to_numpy(dtype=float, na_value=np.nan)
        )
        return array

    status = np.full(shape, STATUSES.index("missing"), dtype=np.int8)
    status[place] = pd.Index(STATUSES).get_indexer(rows["status_code"])
    parent = np.full(shape[:2], None, dtype=object)
    parent[quarter, area] = rows["parent_code"].astype(object).where(rows["parent_code"].notna(), None)
    is_present = np.zeros(shape[:2], dtype=bool)
    is_present[quarter, area] = True
    has_value = np.isin(status, [STATUSES.index(name) for name in WITH_VALUE])
    return IndicatorCube(
        level_code=level,
        quarters=tuple(quarters),
        areas=tuple(areas),
        is_present=is_present,
        parent=parent,
        status=status,
        value=np.where(has_value, spread("value", np.nan), np.nan),
        numerator=spread("numerator", np.nan),
        denominator=spread("denominator", np.nan),
        window=spread("window_quarter_count", 0, np.int64),
    )
