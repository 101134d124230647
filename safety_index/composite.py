"""Weights and sums: from indicators' scores to dimensions and to the index, when some indicators don't apply.

Belongs here: the weighted composite (综合指数) and what it does about absent values. Does not belong here: how a single
value is scored, and comparing areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safety_index.declaration import DataThresholds, Series

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class WeightArrays:
    """The weights of a series: ``weight`` and ``dimension_of`` of shape (indicators,), ``dimension_weight``
    (dimensions,).
    """

    weight: Floats
    dimension_of: NDArray[np.int64]
    dimension_weight: Floats

    @classmethod
    def of(cls, series: Series) -> WeightArrays:
        return cls(
            np.array([indicator.weight for indicator in series.indicators], dtype=float),
            np.array(series.dimension_positions),
            np.array([dimension.weight for dimension in series.dimensions], dtype=float),
        )

    @property
    def membership(self) -> Floats:
        """Shape (indicators, dimensions): 1 where the indicator belongs to the dimension."""
        return (self.dimension_of[:, None] == np.arange(len(self.dimension_weight))).astype(float)


@dataclass(frozen=True)
class EffectiveWeights:
    """The weights that hold for each area once its absent indicators are taken out.

    ``within_dimension`` (..., areas, indicators) adds up to 1 in every dimension that has a score; ``in_index`` (...,
    areas, indicators) adds up to 1 in every area that has one; ``of_dimension`` (..., areas, dimensions) likewise.
    All are 0 where nothing counts. ``has_enough_data`` (..., areas) says whether the area may be ranked.
    """

    within_dimension: Floats
    of_dimension: Floats
    in_index: Floats
    has_enough_data: Flags


def effective_weights(
    weights: WeightArrays, is_scored: Flags, is_applicable: Flags, thresholds: DataThresholds
) -> EffectiveWeights:
    """Spread the weight of absent indicators over the others of their dimension, in proportion to their weights.

    ``is_scored`` and ``is_applicable`` have the shape (..., areas, indicators). An indicator that does not apply (an
    empty list) simply drops out. One that applies and is missing drops out too, but counts against the thresholds: a
    dimension with less than ``dimension_weight_share`` of its applicable weight has no score and leaves its weight to
    the other dimensions, and an area with less than ``index_weight_share`` of its applicable weight in scored
    dimensions has no claim to a rank.
    """
    membership = weights.membership
    applicable = np.where(is_applicable | is_scored, weights.weight, 0.0)
    present = np.where(is_scored, weights.weight, 0.0)
    applicable_sum, present_sum = applicable @ membership, present @ membership
    enough = present_sum >= thresholds.dimension_weight_share * applicable_sum - 1e-12
    has_dimension = (present_sum > 0) & enough
    scored_sum = np.where(has_dimension, present_sum, 0.0)
    within = _divide(present, (scored_sum @ membership.T))
    dimension_weight = np.where(has_dimension, weights.dimension_weight, 0.0)
    of_dimension = _divide(dimension_weight, dimension_weight.sum(axis=-1, keepdims=True))
    share = _divide(scored_sum.sum(axis=-1), applicable_sum.sum(axis=-1))
    return EffectiveWeights(
        within_dimension=within,
        of_dimension=of_dimension,
        in_index=within * (of_dimension @ membership.T),
        has_enough_data=(share >= thresholds.index_weight_share - 1e-12) & (share > 0),
    )


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    """Numerator ÷ denominator, 0 where the denominator is 0."""
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    return np.divide(numerator, denominator, out=np.zeros(shape), where=np.broadcast_to(denominator, shape) > 0)


def index_scores(scores: Floats, effective: EffectiveWeights) -> Floats:
    """The index, shape (..., areas): the weighted arithmetic mean of ``scores`` (..., areas, indicators).

    ``scores`` may have more leading axes than the weights: many draws of the values share one set of weights.
    NaN where no dimension has a score.
    """
    total = np.einsum("...i,...i->...", np.nan_to_num(scores), effective.in_index)
    return np.where(effective.in_index.sum(axis=-1) > 0, total, np.nan)


def dimension_scores(scores: Floats, effective: EffectiveWeights, weights: WeightArrays) -> Floats:
    """Scores of the dimensions, shape (..., areas, dimensions); NaN where a dimension has none."""
    sums = (np.nan_to_num(scores) * effective.within_dimension) @ weights.membership
    return np.where(effective.within_dimension @ weights.membership > 0, sums, np.nan)
