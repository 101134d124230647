"""One call from values to scores of indicators, groups and the index, and ranks, on arrays of any leading shape.

Belongs here: putting the formulas together. Does not belong here: a formula, or a table.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.method.aggregation import WeightsInForce, aggregate, weights_in_force
from safety_index.method.plan import Plan
from safety_index.method.ranking import ranks
from safety_index.method.scoring import GoalpostArrays, IndicatorScores, efficacy_scores
from safety_index.series.declaration import Series

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class IndexScores(NamedTuple):
    """What one set of values comes to. ``indicator`` has arrays of shape (..., areas, indicators), ``groups`` (...,
    areas, groups) in the order of ``Series.groups``, ``index`` and ``rank`` (..., areas)."""

    indicator: IndicatorScores
    weights: WeightsInForce
    groups: Floats
    index: Floats
    rank: Floats


def score_values(
    series: Series | Plan, values: Floats, is_scored: Flags, is_applicable: Flags, *, is_ranked: bool = True
) -> IndexScores:
    """Score ``values`` of shape (..., areas, indicators), in the indicators' units.

    Leading axes are free: periods, draws from a distribution, or draws × periods; ranks are taken along the areas.
    ``is_scored`` (the value counts) and ``is_applicable`` broadcast against ``values``; the weights keep their shape,
    so that many draws over the same gaps cost one set of weights. Values that don't count may be NaN or anything. A
    Plan in place of the series saves making it and may hold altered weights.
    """
    plan = series if isinstance(series, Plan) else Plan.of(series)
    series = plan.series
    counted = values if is_scored.all() else np.where(is_scored, values, np.nan)
    indicator = efficacy_scores(counted, GoalpostArrays.of(series), series.scoring)
    weights = weights_in_force(plan, is_scored, is_applicable)
    groups, index = aggregate(plan, indicator.score, weights)
    rank = ranks(np.where(weights.has_enough_data & is_ranked, index, np.nan), series.rank)
    return IndexScores(indicator, weights, groups, index, rank)
