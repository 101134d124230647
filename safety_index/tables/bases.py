"""The values that benchmark ratios of an area to itself are taken to.

Belongs here: finding them in a cube. Does not belong here: the ratio (``method.scoring``).
"""

from __future__ import annotations

import numpy as np

from safety_index.series.declaration import Series
from safety_index.series.scoring_settings import BenchmarkRatio
from safety_index.tables.cube import IndicatorCube


def base_values(series: Series, cube: IndicatorCube) -> np.ndarray | None:
    """The areas' own values in the base of the series's benchmark ratios, as the cube's values; None without such.

    Raises ValueError when ratios of one series have different bases.
    """
    ratios = [one for one in (*series.scorings, series.combination.companion) if isinstance(one, BenchmarkRatio)]
    own = {(one.base, one.base_period) for one in ratios if one.base != "declared"}
    if not own:
        return None
    ((kind, period),) = own
    return cube.values_of(kind, period)
