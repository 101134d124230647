"""From areas to the areas that they make up: sums over sums.

Belongs here: rows of a parent from the rows of its children. Does not belong here: scores; a parent's score comes from
its own pooled value, never from the mean of its children's scores.
"""

from __future__ import annotations

import pandas as pd

from safety_index.series.declaration import Series


def parent_rows(series: Series, children: pd.DataFrame, level_code: str, parent_of: dict[str, str]) -> pd.DataFrame:
    """Indicator values of the level above, for a table of values that holds only the level below.

    ``children`` has the columns of ``cube.COLUMNS``; ``parent_of`` gives the parent of each parent, if it has one. A
    parent's numerator and denominator are the sums over its observed children and its value their ratio times the
    indicator's multiplier. Where no child is observed the parent is ``missing`` if one child is, else
    ``not_applicable``.
    """
    observed = children["status_code"].eq("observed")
    rows = children.assign(
        numerator=children["numerator"].where(observed),
        denominator=children["denominator"].where(observed),
        is_missing=children["status_code"].eq("missing"),
        is_observed=observed,
    )
    key = ["parent_code", "quarter", "indicator_code"]
    pooled = rows.groupby(key, as_index=False, observed=True).agg(
        numerator=("numerator", "sum"),
        denominator=("denominator", "sum"),
        is_missing=("is_missing", "any"),
        is_observed=("is_observed", "any"),
        window_quarter_count=("window_quarter_count", "max"),
    )
    has_value = pooled["is_observed"] & (pooled["denominator"] > 0)
    multiplier = pooled["indicator_code"].map({part.code: part.value_multiplier for part in series.indicators})
    status = pooled["is_missing"].map({True: "missing", False: "not_applicable"}).mask(has_value, "observed")
    return pd.DataFrame(
        {
            "area_code": pooled["parent_code"],
            "quarter": pooled["quarter"],
            "indicator_code": pooled["indicator_code"],
            "area_level_code": level_code,
            "parent_code": pooled["parent_code"].map(parent_of),
            "numerator": pooled["numerator"].where(has_value),
            "denominator": pooled["denominator"].where(has_value),
            "value": (pooled["numerator"] / pooled["denominator"] * multiplier).where(has_value),
            "status_code": status,
            "window_quarter_count": pooled["window_quarter_count"],
        }
    )
