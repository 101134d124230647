"""All choices of the method varied together: ranks under each combination, and what each choice accounts for.

Belongs here: running the design of ``sobol`` on one level and quarter. Does not belong here: the estimators (``sobol``)
or what is varied (``choices``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.method.plan import Plan
from safety_index.method.scores import fitted, score_values
from safety_index.sensitivity.choices import (
    GOALPOST_SHARE,
    WEIGHT_SHARE,
    Inputs,
    other_function,
    top_places,
    with_aggregation,
    with_goalposts_moved,
    with_weights,
)
from safety_index.sensitivity.sobol import SobolIndices, design, sobol_indices
from safety_index.small_counts.estimates import estimates
from safety_index.tables.bases import base_values
from safety_index.tables.cube import IndicatorCube
from safety_index.uncertainty.simulation import without_companion

Floats = NDArray[np.float64]
#: Cells of values scored at once, so that memory stays small.
_CELLS = 1_000_000


class MethodSensitivity(NamedTuple):
    """``indices`` of the mean absolute shift of ranks, by input in the order of ``inputs``; ``rank_lower`` and
    ``rank_upper`` (areas,) hold the middle ``coverage`` of each area's ranks over independent combinations."""

    inputs: tuple[str, ...]
    indices: SobolIndices
    rank_lower: Floats
    rank_upper: Floats


def method_sensitivity(
    plan: Plan, cube: IndicatorCube, quarter: int, sample_count: int = 512, seed: int | None = None
) -> MethodSensitivity:
    """Vary the weights of the top groups ±25 %, the mean (arithmetic, geometric), the function (linear, exponential)
    and both goalposts ±10 %, uniformly and together, in sample_count·(inputs + 2) runs.

    The result analysed is the mean over areas of how many places their rank lies from the series's own, as in
    COINr (Becker and others, 2022). A choice that the series does not offer changes nothing and has indices of 0.
    """
    inputs, seed = Inputs.of(plan.series), plan.series.uncertainty.seed if seed is None else seed
    points = design(sample_count, len(inputs.codes), seed)
    rank = ranks_at(plan, cube, quarter, points)
    ours = ranks_at(plan, cube, quarter, np.full((1, len(inputs.codes)), 0.5), is_nominal=True)[0]
    shift = np.nan_to_num(np.abs(rank - ours))
    ranked = max(int((~np.isnan(ours)).sum()), 1)
    indices = sobol_indices(shift.sum(axis=-1) / ranked, len(inputs.codes), seed)
    tail = (1 - plan.series.uncertainty.coverage) / 2
    independent = rank[: 2 * sample_count]
    lower, upper = (np.quantile(independent, at, axis=0, method="inverted_cdf") for at in (tail, 1 - tail))
    return MethodSensitivity(inputs.codes, indices, lower, upper)


def ranks_at(
    plan: Plan, cube: IndicatorCube, quarter: int, points: Floats, *, is_nominal: bool = False
) -> NDArray[np.float32]:
    """Ranks (runs, areas) at ``points`` (runs, inputs) of the unit cube; ``is_nominal`` keeps the series's own mean and
    function whatever the points say."""
    series, every = plan.series, estimates(plan.series, cube).value
    value, base = every[quarter].astype(np.float32), base_values(plan.series, cube)
    fit = fitted(plan, every, cube.is_scored).treatments
    has_posts = all(indicator.goalposts is not None for indicator in series.indicators)
    group_count = len(series.dimensions)
    mean, function, low, high = points[:, group_count:].T
    other = other_function(series)
    result = np.empty((len(points), len(cube.areas)), dtype=np.float32)
    for is_geometric in (False, True):
        for is_other in (False, True):
            rows = np.flatnonzero(((mean >= 0.5) == is_geometric) & ((function >= 0.5) == is_other))
            rows = np.arange(len(points)) * (not is_geometric and not is_other) if is_nominal else rows
            if is_nominal and (is_geometric or is_other):
                continue
            method = with_aggregation(series, "geometric") if is_geometric else series
            if is_other and other is not None:
                method = method.model_copy(update={"scoring": other.scoring})
            part = without_companion(Plan.of(method))
            for run in np.array_split(rows, max(len(rows) * value.size // _CELLS, 1)):
                factors = np.ones((len(run), plan.weight.shape[-1]))
                factors[:, top_places(plan)] = 1 + WEIGHT_SHARE * (2 * points[run, :group_count] - 1)
                moved = value[None]
                if has_posts:
                    shares = (GOALPOST_SHARE * (2 * end[run, None, None] - 1) for end in (low, high))
                    moved = with_goalposts_moved(value[None], series, *shares).astype(np.float32)
                moved = np.broadcast_to(moved, (len(run), *value.shape))
                scored = score_values(
                    replace(with_weights(part, factors), treatments=fit), moved,
                    cube.is_scored[quarter], cube.is_applicable[quarter],
                    base=None if base is None else base[quarter], with_unclamped=False,
                )  # fmt: skip
                result[run] = scored.rank
    return result
