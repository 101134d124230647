"""Scoring a whole table of indicator values: the four tables of results.

Belongs here: putting the steps together and laying the arrays out as tables. Does not belong here: a formula
(``method``), the layout of the tables or a file (``tables``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from safety_index.levels import ScoredLevel, scored_levels
from safety_index.method.changes import Result, change_terms, points
from safety_index.method.plan import Plan
from safety_index.method.ranking import bands, ranks
from safety_index.method.scores import IndexScores
from safety_index.series.declaration import Series
from safety_index.tables.cube import STATUSES, IndicatorCube, shifted
from safety_index.tables.results import IndexTables, as_tables


def score(series: Series, indicator_values: pd.DataFrame) -> IndexTables:
    """Score every quarter, level and area of a long table of indicator values.

    ``indicator_values`` has a row for each area, quarter and indicator with the columns ``cube.COLUMNS``. ``value`` is
    numerator ÷ denominator × the indicator's multiplier, in its unit; ``estimate`` is what is scored, the value or what
    the series's treatment of small counts makes of it. A sub-district's row holds the sums over its
    committees, so that its value is the ratio of sums; scores of areas are never averaged. Levels are ranked apart, and
    a sample that a function or an outlier treatment looks at is a level's areas. Missing values are filled by the
    series's rule, and the status says how. ``previous_score`` and the changes compare with the period before, in the
    same table. Raises IndicatorTableFaults with every fault of the table.
    """
    return index_tables(series, scored_levels(series, indicator_values))


def index_tables(series: Series, levels: Iterable[ScoredLevel]) -> IndexTables:
    """The four tables of levels that are scored already."""
    parts: dict[str, list[pd.DataFrame]] = {}
    plan = Plan.of(series)
    for level in levels:
        for name, frame in _level_tables(plan, level).items():
            parts.setdefault(name, []).append(frame)
    return as_tables({name: pd.concat(frames, ignore_index=True) for name, frames in parts.items()}, series)


def _earlier(cube: IndicatorCube, array: np.ndarray) -> np.ndarray:
    """``array`` (quarters, ...) moved to the quarter after; NaN where there is no quarter before."""
    return shifted(array, cube.previous)


def _level_tables(plan: Plan, level: ScoredLevel) -> dict[str, pd.DataFrame]:
    cube, found, scored = level.cube, level.found, level.scored
    series, in_index = plan.series, scored.weights.in_index
    effective = in_index * (series.weight_total or 1.0)
    points_held, terms = _contributions(plan, cube, scored)
    earlier_score, earlier_rank = _earlier(cube, scored.index), _earlier(cube, scored.rank)
    area_count = np.broadcast_to((~np.isnan(scored.rank)).sum(axis=-1, keepdims=True), scored.rank.shape)
    dimension_rank = ranks(
        np.where(np.isnan(scored.rank)[..., None], np.nan, scored.groups).swapaxes(-1, -2), series.rank
    ).swapaxes(-1, -2)
    composite = scored.composite
    none = np.full(scored.index.shape, np.nan)
    by_area = {
        "score": scored.index,
        "rank": scored.rank,
        "area_count": area_count,
        "previous_score": earlier_score,
        "score_change": scored.index - earlier_score,
        "previous_rank": earlier_rank,
        "rank_change": earlier_rank - scored.rank,
        "band_code": bands(scored.index, series.bands, series.rank.decimals),
        "composite_index": composite.index if composite else none,
    }
    by_dimension = {
        "score": scored.groups,
        "rank": dimension_rank,
        "score_change": scored.groups - _earlier(cube, scored.groups),
    }
    by_indicator = {
        "numerator": cube.numerator,
        "denominator": cube.denominator,
        "value": cube.value,
        "status_code": np.array(STATUSES, dtype=object)[cube.status],
        "window_quarter_count": cube.window,
        "estimate": found.value,
        "own_weight": found.weight,
        "score": scored.indicator.score,
        "unclamped_score": scored.indicator.unclamped,
        "is_clamped": scored.indicator.is_clamped,
        "weight": np.broadcast_to(plan.weight[: plan.indicator_count], in_index.shape),
        "effective_weight": effective,
        "points": points_held,
        "individual_index": composite.ratio if composite else np.full(in_index.shape, np.nan),
    }
    present = cube.is_present
    has_change = present & ~np.isnan(scored.index) & ~np.isnan(earlier_score)
    indicator_codes = {"indicator_code": np.array(series.indicator_codes, dtype=object)}
    dimension_codes = np.array(series.dimension_codes, dtype=object)
    indicator_labels = indicator_codes | {"dimension_code": dimension_codes[list(series.dimension_positions)]}
    return {
        "scores": _long(cube, present, {}, by_area),
        "dimension_scores": _long(cube, present, {"dimension_code": dimension_codes}, by_dimension),
        "indicator_scores": _long(cube, present, indicator_labels, by_indicator),
        "changes": _long(cube, has_change, indicator_codes, {"points_change": terms}),
    }


def _contributions(plan: Plan, cube: IndicatorCube, scored: IndexScores) -> tuple[np.ndarray, np.ndarray]:
    """Points by indicator, of the index and of its change; a trend adds its own."""
    combination, composite = plan.series.combination, scored.composite
    level = Result.of(scored.indicator.score, scored.level_groups, scored.level, scored.weights)
    results = [(1.0, level)]
    if combination.mode == "level_trend" and composite:
        trend = Result.of(composite.ratio, composite.groups, composite.index, composite.weights)
        results = [(combination.alpha, level), (1 - combination.alpha, trend)]
    held = sum(share * points(plan, result) for share, result in results)
    moved = 0.0
    for share, result in results:
        earlier = Result(*(_earlier(cube, array) for array in result))
        earlier = earlier._replace(in_group=np.nan_to_num(earlier.in_group), in_index=np.nan_to_num(earlier.in_index))
        moved = moved + share * change_terms(plan, earlier, result)
    return held, moved


def _long(
    cube: IndicatorCube, keep: NDArray[np.bool_], labels: dict[str, np.ndarray], columns: dict[str, np.ndarray]
) -> pd.DataFrame:
    """Arrays of shape (quarters, areas[, parts]) as rows: one for each kept area, and part, in the arrays' order."""
    quarter, area = np.nonzero(keep)
    parts = len(next(iter(labels.values()))) if labels else 1
    table: dict[str, Any] = {
        "quarter": np.repeat(np.array(cube.quarters, dtype=object)[quarter], parts),
        "area_level_code": np.full(len(quarter) * parts, cube.level_code, dtype=object),
        "area_code": np.repeat(np.array(cube.areas, dtype=object)[area], parts),
        "parent_code": np.repeat(cube.parent[quarter, area], parts),
    }
    table |= {name: np.tile(codes, len(quarter)) for name, codes in labels.items()}
    return pd.DataFrame(table | {name: array[quarter, area].reshape(-1) for name, array in columns.items()})
