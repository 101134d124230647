"""The values that are scored: every cell's own figure, or what small counts make of it.

Belongs here: applying a series's settings to one level's cube. Does not belong here: the formulas (``priors``,
``shrinkage``), scores, or draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safety_index.series.declaration import Series
from safety_index.small_counts.priors import Prior, beta_prior, gamma_prior
from safety_index.small_counts.shrinkage import shrunken
from safety_index.tables.cube import STATUSES, IndicatorCube

Floats = NDArray[np.float64]
OBSERVED = STATUSES.index("observed")


@dataclass(frozen=True)
class Estimates:
    """Arrays of shape (quarters, areas, indicators), aligned with a cube.

    ``value`` is what is scored, in the indicator's unit; ``weight`` the share in it of the area's own figure (1 where
    nothing is pulled); ``prior_mean`` (in events per unit of exposure) and ``prior_strength`` (in units of exposure)
    are what it is pulled towards, strength 0 where nothing is; ``factor`` is the rescaling to the parent's count.
    """

    value: Floats
    weight: Floats
    prior_mean: Floats
    prior_strength: Floats
    factor: Floats


def estimates(series: Series, cube: IndicatorCube) -> Estimates:
    """What each cell of ``cube`` is taken to be under the series's settings. The cube itself stays as it is."""
    value, weight = cube.value.copy(), np.where(np.isnan(cube.value), np.nan, 1.0)
    mean, strength, factor = np.full_like(value, np.nan), np.zeros_like(value), np.ones_like(value)
    target = series.small_counts.target.get(cube.level_code, "none")
    if target != "none":
        for quarter in range(len(cube.quarters)):
            parents = _codes(cube.parent[quarter])
            for place, indicator in enumerate(series.indicators):
                if indicator.count_model == "exact":
                    continue
                cell = (quarter, slice(None), place)
                known = (cube.status[cell] == OBSERVED) & (cube.denominator[cell] > 0)
                if not known.any():
                    continue
                learn = gamma_prior if indicator.count_model == "poisson" else beta_prior
                count, exposure = cube.numerator[cell][known], cube.denominator[cell][known]
                prior = learn(count, exposure, parents[known] if target == "parent" else None)
                pulled = shrunken(count, exposure, prior, parents[known] if series.small_counts.adds_up else None)
                at = (quarter, np.flatnonzero(known), place)
                value[at] = pulled.estimate * indicator.value_multiplier
                weight[at], factor[at] = pulled.weight, pulled.factor
                mean[at], strength[at] = prior.mean, prior.strength
    return Estimates(value, weight, mean, strength, factor)


def prior_of(found: Estimates, quarter: int, place: int) -> Prior:
    """The prior of one indicator in one quarter, (areas,)."""
    return Prior(found.prior_mean[quarter, :, place], found.prior_strength[quarter, :, place])


def _codes(parents: NDArray[np.object_]) -> NDArray[np.int64]:
    """Parents as numbers; areas without one share a number."""
    return np.unique([parent or "" for parent in parents], return_inverse=True)[1]
