"""Goalposts from the spread of values over base periods, to be reviewed, rounded by hand if need be, and frozen.

Belongs here: the fit and the proposed series. Does not belong here: deciding; a target set by policy beats any fit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from safety_index.method.ranking import round_half_away
from safety_index.series.declaration import Goalposts, Indicator, Series, parse_series

Floats = NDArray[np.float64]
#: Fewer values tell nothing about their tails.
FEWEST_VALUES = 20


@dataclass(frozen=True)
class FittedGoalposts:
    """What was found for one indicator. ``after`` is None where nothing could be fitted, and ``note`` says why.

    ``beyond_worst`` and ``beyond_best`` are the shares of values outside the goalposts proposed, else those in force.
    """

    indicator_code: str
    before: Goalposts | None
    after: Goalposts | None
    value_count: int
    beyond_worst: float
    beyond_best: float
    note: str = ""


def fit_goalposts(
    series: Series, values: pd.DataFrame, periods: Collection[str], level_code: str, tail: float = 0.05
) -> list[FittedGoalposts]:
    """Fit each indicator that has goalposts on the values of ``level_code`` in ``periods``.

    Impermissible is the value that the worst ``tail`` of values do not reach, satisfactory that which the best ``tail``
    pass (quantiles linear between values, as R's type 7), both rounded to two digits of their distance. A moderate
    indicator keeps its ideal, which is a judgement, and gets the outer values. ``values`` has the columns of
    ``cube.COLUMNS``; counts should have been steadied (shrunken) before.
    """
    chosen = values[values["quarter"].isin(periods) & values["area_level_code"].eq(level_code)]
    found = []
    for indicator in series.indicators:
        if indicator.goalposts is None:
            continue
        column = chosen.loc[chosen["indicator_code"].eq(indicator.code), "value"].astype(float).dropna().to_numpy()
        after, note = _fit(indicator, column, tail)
        worst, best = _outside(indicator, after or indicator.goalposts, column)
        found.append(FittedGoalposts(indicator.code, indicator.goalposts, after, len(column), worst, best, note))
    return found


def _fit(indicator: Indicator, values: Floats, tail: float) -> tuple[Goalposts | None, str]:
    if len(values) < FEWEST_VALUES:
        return None, f"{len(values)} values are too few, {FEWEST_VALUES} are needed"
    low, high = np.quantile(values, (tail, 1 - tail))
    if indicator.polarity == "moderate":
        ideal = indicator.goalposts.satisfactory
        inner = ideal if isinstance(ideal, tuple) else (ideal, ideal)
        outer = tuple(rounded_to_span((low, high), max(high - low, inner[1] - inner[0])))
        if not outer[0] < inner[0] <= inner[1] < outer[1]:
            return None, f"the values from {low:g} to {high:g} do not reach beyond the ideal on both sides"
        return Goalposts(impermissible=outer, satisfactory=ideal), ""
    low, high = rounded_to_span((low, high), high - low)
    if low >= high:
        return None, f"the values hardly differ: {tail:.0%} and {1 - tail:.0%} both lie at {low:g}"
    bad, good = (low, high) if indicator.polarity == "positive" else (high, low)
    return Goalposts(impermissible=bad, satisfactory=good), ""


def rounded_to_span(ends: tuple[float, float], span: float) -> list[float]:
    """``ends`` rounded to the second digit of ``span``: 0.0213 and 0.87, 0.85 apart, become 0.02 and 0.87."""
    if not span > 0:
        return [float(end) for end in ends]
    decimals = 1 - int(np.floor(np.log10(span)))
    return [float(end) for end in round_half_away(np.array(ends), decimals)]


def _outside(indicator: Indicator, goalposts: Goalposts, values: Floats) -> tuple[float, float]:
    bad, good = goalposts.impermissible, goalposts.satisfactory
    if not len(values) or bad is None:
        return 0.0, 0.0
    if indicator.polarity == "moderate":
        return float(np.mean((values < bad[0]) | (values > bad[1]))), 0.0
    sign = 1 if indicator.polarity == "positive" else -1
    return float(np.mean(sign * values < sign * bad)), float(np.mean(sign * values > sign * good))


def proposed_series(series: Series, fitted: list[FittedGoalposts], code: str, valid_from: str) -> Series:
    """A series like ``series`` with the fitted goalposts, a code of its own and a version more. Raises SeriesFaults
    when it would not be one."""
    content = series.model_dump(mode="json", exclude_none=True)
    after = {one.indicator_code: one.after for one in fitted if one.after}
    for dimension in content["dimensions"]:
        _replace(dimension, after)
    content |= {"code": code, "version": series.version + 1, "valid_from": valid_from}
    content.pop("valid_to", None)
    return parse_series(content, code)


def _replace(dimension: dict[str, Any], after: dict[str, Goalposts]) -> None:
    for indicator in dimension["indicators"]:
        if indicator["code"] in after:
            indicator["goalposts"] = after[indicator["code"]].model_dump(mode="json")
    for inner in dimension["dimensions"]:
        _replace(inner, after)
