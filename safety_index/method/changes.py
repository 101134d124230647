"""Why a score changed: terms by indicator that add up to the change exactly.

Belongs here: the split of a difference between two quarters. Does not belong here: which quarters are compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safety_index.method.plan import Plan

Floats = NDArray[np.float64]


def change_terms(plan: Plan, scores: tuple[Floats, Floats], weights: tuple[Floats, Floats]) -> Floats:
    """Points by which each indicator moved the index, shape (..., indicators), in points of the index.

    ``scores`` and ``weights`` are (earlier, later), each of shape (..., indicators); weights are those in the index,
    0 where nothing counts, where the score may be NaN.

    An indicator's term has two parts. Its own score moved: the mean weight times the difference of scores. Its weight
    moved, because others stopped or began to apply: the difference of weights times how far its score lies from its
    group's, so that an indicator that drops out at the average changes nothing, and no indicator is charged for
    weight that it was only lent. What a whole group gained or lost in weight, times how far its score lies from that of
    the group around it, is shared among its indicators by their declared weights. The terms add up to the change of an
    index of arithmetic means, up to rounding of the floating point.
    """
    counts = [weight > 0 for weight in weights]
    earlier, later = (np.where(has, score, 0.0) for score, has in zip(scores, counts, strict=True))
    in_both = counts[0] & counts[1]
    difference = weights[1] - weights[0]
    own = np.where(in_both, (weights[0] + weights[1]) / 2 * (later - earlier), 0.0)
    level = np.where(in_both, (earlier + later) / 2, earlier + later)

    inside = np.vstack([plan.ancestry, np.ones(plan.indicator_count, dtype=bool)]).T.astype(float)
    weight_sum = (weights[0] + weights[1]) @ inside
    points_sum = (weights[0] * earlier + weights[1] * later) @ inside
    group_level = np.divide(points_sum, weight_sum, out=np.zeros_like(points_sum), where=weight_sum > 0)
    around = plan.parent - plan.indicator_count
    touched = counts[0] | counts[1]
    lent = np.where(touched, difference * (level - group_level[..., around[: plan.indicator_count]]), 0.0)

    group_term = (difference @ inside)[..., :-1] * (
        group_level[..., :-1] - group_level[..., around[plan.indicator_count :]]
    )
    declared = np.where(touched, plan.declared_share[: plan.indicator_count], 0.0)
    in_group = (declared @ inside)[..., :-1]
    per_weight = np.divide(group_term, in_group, out=np.zeros_like(group_term), where=in_group > 0)
    return own + lent + (per_weight @ inside[:, :-1].T) * declared
