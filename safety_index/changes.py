"""Why a score changed: terms by indicator that add up to the change exactly.

Belongs here: the split of a difference between two quarters. Does not belong here: which quarters are compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def change_terms(
    scores: tuple[Floats, Floats], weights: tuple[Floats, Floats], dimension_of: NDArray[np.int64], base_weight: Floats
) -> Floats:
    """Points by which each indicator moved the index, shape (..., indicators), in points of the index.

    ``scores`` and ``weights`` are (earlier, later), each of shape (..., indicators); weights are shares of the index
    that add up to 1 over the indicators that count and are 0 elsewhere, where the score may be NaN. ``base_weight``
    (indicators,) are the declared weights.

    An indicator's term has two parts. Its own score moved: the mean weight times the difference of scores. Its weight
    moved, because others stopped or began to apply: the difference of weights times how far its score lies from its
    dimension's, so that an indicator that drops out at the average changes nothing, and no indicator is charged for
    weight that it was only lent. What a whole dimension gained or lost in weight is shared among its indicators by
    their declared weights. The terms add up to the change of the index up to rounding of the floating point.
    """
    counts = [weight > 0 for weight in weights]
    earlier, later = (np.where(has, score, 0.0) for score, has in zip(scores, counts, strict=True))
    in_both = counts[0] & counts[1]
    difference = weights[1] - weights[0]
    own = np.where(in_both, (weights[0] + weights[1]) / 2 * (later - earlier), 0.0)
    level = np.where(in_both, (earlier + later) / 2, earlier + later)

    membership = (dimension_of[:, None] == np.arange(dimension_of.max() + 1)).astype(float)
    weight_sum = (weights[0] + weights[1]) @ membership
    points_sum = (weights[0] * earlier + weights[1] * later) @ membership
    dimension_level = np.divide(points_sum, weight_sum, out=np.zeros_like(points_sum), where=weight_sum > 0)
    index_level = points_sum.sum(axis=-1, keepdims=True) / 2
    lent = np.where(counts[0] | counts[1], difference * (level - dimension_level @ membership.T), 0.0)

    dimension_term = (difference @ membership) * (dimension_level - index_level)
    touched = np.where(counts[0] | counts[1], base_weight, 0.0)
    touched_sum = (touched @ membership) @ membership.T
    portion = np.divide(touched, touched_sum, out=np.zeros_like(touched), where=touched_sum > 0)
    return own + lent + (dimension_term @ membership.T) * portion
