"""One call from values to scores of indicators, groups and the index, and ranks, on arrays of any leading shape.

Belongs here: putting the formulas together. Does not belong here: a formula, or a table.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.method.aggregation import WeightsInForce, aggregate, weights_in_force
from safety_index.method.outliers import fit_treatments
from safety_index.method.plan import Plan
from safety_index.method.ranking import ranks
from safety_index.method.scoring import IndicatorScores, indicator_scores
from safety_index.series.declaration import Series
from safety_index.series.scoring_settings import BenchmarkRatio, Scoring

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Composite(NamedTuple):
    """The composite index 综合指数 of benchmark ratios: ``ratio`` (..., areas, indicators), ``groups`` (..., areas,
    groups), ``index`` (..., areas), and the weights that made it."""

    ratio: Floats
    weights: WeightsInForce
    groups: Floats
    index: Floats


class IndexScores(NamedTuple):
    """What one set of values comes to. ``indicator`` has arrays of shape (..., areas, indicators), ``groups`` (...,
    areas, groups) in the order of ``Series.groups``, ``index`` and ``rank`` (..., areas). ``level_groups`` and
    ``level`` are groups and index before a trend enters them, and the same where none does; ``composite`` is None
    without a companion."""

    indicator: IndicatorScores
    weights: WeightsInForce
    groups: Floats
    index: Floats
    rank: Floats
    level_groups: Floats
    level: Floats
    composite: Composite | None


def score_values(
    series: Series | Plan,
    values: Floats,
    is_scored: Flags,
    is_applicable: Flags,
    *,
    is_ranked: bool = True,
    base: Floats | None = None,
    with_unclamped: bool = True,
) -> IndexScores:
    """Score ``values`` of shape (..., areas, indicators), in the indicators' units.

    Leading axes are free: periods, draws from a distribution, or draws × periods; ranks are taken along the areas.
    ``is_scored`` (the value counts) and ``is_applicable`` broadcast against ``values``; the weights keep their shape,
    so that many draws over the same gaps cost one set of weights. Values that don't count may be NaN or anything. A
    Plan in place of the series saves making it and may hold altered weights. ``base`` broadcasts against ``values``:
    the base values of benchmark ratios that are not declared. Scores have the type of ``values``: float32 halves
    memory and time. Without ``with_unclamped`` the unclamped scores and flags are left out.

    Where the series treats outliers the plan must be fitted (``fitted``), unless ``values`` is one table, ([periods,]
    areas, indicators), on which the treatment is then fitted. Raises ValueError otherwise, and when a score needs a
    base that is not given; a companion that is only shown beside the index is then left out.
    """
    plan = series if isinstance(series, Plan) else Plan.of(series)
    series = plan.series
    values = values if np.issubdtype(values.dtype, np.floating) else values.astype(float)
    counted = values if is_scored.all() else np.where(is_scored, values, np.nan).astype(values.dtype, copy=False)
    if series.outliers:
        if plan.treatments is None and values.ndim > 3:
            raise ValueError("draws need a plan whose treatment of outliers was fitted on the values themselves")
        plan = plan if plan.treatments else fitted(plan, values, is_scored)
        counted = plan.treatments.apply(counted)
    indicator = indicator_scores(counted, series.indicators, series.scorings, base, with_unclamped=with_unclamped)
    weights = weights_in_force(plan, _with_score(indicator.score, is_scored, series.scorings), is_applicable)
    groups, index = aggregate(plan, indicator.score, weights)
    level_groups, level, composite, companion = groups, index, None, series.combination.companion
    is_trend = series.combination.mode == "level_trend"
    if companion and (is_trend or companion.base == "declared" or base is not None):
        composite = composite_index(plan, companion, counted, is_scored, is_applicable, base)
        if is_trend:
            alpha = series.combination.alpha
            index = alpha * level + (1 - alpha) * composite.index
            groups = alpha * level_groups + (1 - alpha) * composite.groups
    rankable = np.where(weights.has_enough_data & is_ranked, index, np.nan)
    rank = ranks(rankable, series.rank) if is_ranked else rankable
    return IndexScores(indicator, weights, groups, index, rank, level_groups, level, composite)


def fitted(plan: Plan, values: Floats, is_scored: Flags) -> Plan:
    """``plan`` with the treatment of outliers fitted on ``values`` ([periods,] areas, indicators)."""
    if plan.series.outliers is None:
        return plan
    return replace(plan, treatments=fit_treatments(np.where(is_scored, values, np.nan), plan.series.outliers))


def composite_index(
    plan: Plan, companion: BenchmarkRatio, values: Floats, is_scored: Flags, is_applicable: Flags, base: Floats | None
) -> Composite:
    """The composite index of the indicators' ratios to their benchmarks, with the series's weights and means.

    An indicator without a ratio, because its base is 0 or not known, counts as missing.
    """
    every = [companion] * plan.indicator_count
    ratio = indicator_scores(values, plan.series.indicators, every, base, with_unclamped=False).score
    weights = weights_in_force(plan, is_scored & ~np.isnan(ratio), is_applicable)
    return Composite(ratio, weights, *aggregate(plan, ratio, weights))


def _with_score(scores: Floats, is_scored: Flags, scorings: tuple[Scoring, ...]) -> Flags:
    """Which values have a score: a ratio to a base of 0 has none. Looked up only where it can happen."""
    if any(isinstance(scoring, BenchmarkRatio) for scoring in scorings):
        return is_scored & ~np.isnan(scores)
    return is_scored
