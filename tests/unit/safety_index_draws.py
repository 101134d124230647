"""Small levels of areas to draw from, for tests of draws.

Belongs here: tables, and posteriors of them. Does not belong here: series (``safety_index_builders``), or tests.
"""

import numpy as np
import pandas as pd

from safety_index.small_counts.estimates import estimates
from safety_index.tables.cube import cubes
from safety_index.uncertainty.errors import NO_ERRORS
from safety_index.uncertainty.posterior import LevelPosterior, ParentDraws
from tests.unit.safety_index_builders import small_content, small_series

QUARTERS = ("2016Q1", "2016Q2", "2016Q3", "2016Q4", "2017Q1", "2017Q2")


def series_with(p1=None, p2=None, **changes):
    content = small_content()
    for part, more in zip(content["dimensions"][0]["indicators"], (p1, p2), strict=True):
        part |= more or {}
    return small_series(**({"dimensions": content["dimensions"]} | changes))


SHARE_AND_RATE = {"p1": {"count_model": "binomial"}, "p2": {"count_model": "poisson", "window_quarter_count": 4}}


def rows_of(area, counts, level="committee", parent="s1", statuses=None, size=200.0):
    """Rows of six quarters: p1 of one quarter, p2 summed over four; q1 and q2 exact."""
    rows = []
    for place, quarter in enumerate(QUARTERS):
        length = min(place + 1, 4)
        window = counts["p2"][place + 1 - length : place + 1]
        figures = {
            "p1": (counts["p1"][place], size, 1),
            "p2": (sum(window), size * length, length),
            "q1": (60.0, size, 1),
            "q2": (70.0, size, 1),
        }
        for code, (numerator, denominator, span) in figures.items():
            rows.append(
                {"area_code": area, "quarter": quarter, "indicator_code": code, "area_level_code": level,
                 "parent_code": parent, "numerator": float(numerator), "denominator": denominator,
                 "value": numerator / denominator * 100, "status_code": (statuses or {}).get(code, "observed"),
                 "window_quarter_count": span}
            )  # fmt: skip
    return rows


def some_counts(seed):
    rng = np.random.default_rng(seed)
    return {"p1": rng.binomial(200, 0.8, 6), "p2": rng.poisson(3.0, 6)}


def level_of(series, *row_lists):
    return list(cubes(series, pd.DataFrame([row for rows in row_lists for row in rows])))


def posterior_of(series, cube, places=range(6), errors=NO_ERRORS):
    return LevelPosterior(series, cube, estimates(series, cube), places, errors)


def as_parents(series, drawn):
    return {("s1", quarter): ParentDraws.of(series, drawn[line]) for line, quarter in enumerate(QUARTERS)}
