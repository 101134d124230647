"""What each indicator adds to an index, and to its change: terms that add up exactly.

Belongs here: the split of an index, and of a difference between two periods. Does not belong here: which periods are
compared.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.method.aggregation import WeightsInForce
from safety_index.method.plan import GroupPlan, Plan
from safety_index.series.settings import Aggregation

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Stands for 0 in a logarithm or a reciprocal; the terms add up whatever it is.
_NEARLY_ZERO = 1e-9


class Result(NamedTuple):
    """Scores of indicators, groups and the index with the weights that joined them, as the method returns them."""

    scores: Floats
    groups: Floats
    index: Floats
    in_group: Floats
    in_index: Floats

    @classmethod
    def of(cls, scores: Floats, groups: Floats, index: Floats, weights: WeightsInForce) -> Result:
        return cls(scores, groups, index, weights.in_group, weights.in_index)


class ChangeParts(NamedTuple):
    """Shapes (..., areas, indicators): ``worth`` is index points for each point that an indicator's score moved, 0
    where it counts in one of the two only; ``weighting`` index points because weights changed."""

    worth: Floats
    weighting: Floats


def is_weighted_mean(plan: Plan) -> bool:
    """Whether the index is a sum of weights times scores: arithmetic means all the way, and nothing rounded."""
    rules = [group.aggregation for group in plan.groups]
    return all(rule.method == "arithmetic" and rule.decimals is None for rule in rules)


def _adds_up_to_one(plan: Plan) -> bool:
    return all(group.aggregation.weights == "normalised" for group in plan.groups)


def points(plan: Plan, result: Result) -> Floats:
    """What each indicator contributes to the index, shape (..., areas, indicators): the terms add up to it.

    In a weighted mean weight times score. In other means a part's share of its group is w·s ∂/∂s, which by Euler's
    theorem adds up: in a geometric mean its weight, in a harmonic one w ÷ s. 0 where nothing counts.
    """
    scores = np.where(result.in_index > 0, result.scores, 0.0)
    if is_weighted_mean(plan):
        return scores * result.in_index
    parts = np.concatenate([scores, result.groups], axis=-1)
    share = np.ones((*parts.shape[:-1], parts.shape[-1] + 1))
    for group in reversed(plan.groups):
        weight = result.in_group[..., group.parts]
        held = np.where(weight > 0, _weight_in_sum(parts[..., group.parts], group.aggregation) * weight, 0.0)
        total = held.sum(axis=-1, keepdims=True)
        part = np.divide(held, total, out=np.zeros_like(held), where=total != 0)
        share[..., group.parts] = share[..., [group.place]] * part
    return share[..., : plan.indicator_count] * np.nan_to_num(result.index)[..., None]


def _weight_in_sum(scores: Floats, rule: Aggregation) -> Floats:
    if rule.method == "arithmetic":
        return scores
    return np.ones_like(scores) if rule.method == "geometric" else 1 / np.maximum(scores, _NEARLY_ZERO)


def change_terms(plan: Plan, earlier: Result, later: Result) -> Floats:
    """Points by which each indicator moved the index, shape (..., areas, indicators): they add up to its change.

    Meant for areas that have an index both times; of others the terms mean nothing.
    """
    worth, weighting = change_parts(plan, earlier, later)
    return worth * (np.nan_to_num(later.scores) - np.nan_to_num(earlier.scores)) + weighting


def change_parts(plan: Plan, earlier: Result, later: Result) -> ChangeParts:
    """``change_terms`` in two: what a point of each indicator's own score is worth, and what changed weights did."""
    if is_weighted_mean(plan) and _adds_up_to_one(plan):
        return _mean_terms(plan, (earlier.scores, later.scores), (earlier.in_index, later.in_index))
    return _nested_terms(plan, earlier, later)


def _mean_terms(plan: Plan, scores: tuple[Floats, Floats], weights: tuple[Floats, Floats]) -> ChangeParts:
    """The terms of a weighted mean whose weights add up to 1 both times.

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
    worth = np.where(in_both, (weights[0] + weights[1]) / 2, 0.0)
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
    declared = np.where(touched, plan.declared_share[..., : plan.indicator_count], 0.0)
    in_group = (declared @ inside)[..., :-1]
    per_weight = np.divide(group_term, in_group, out=np.zeros_like(group_term), where=in_group > 0)
    return ChangeParts(worth, lent + (per_weight @ inside[:, :-1].T) * declared)


def _nested_terms(plan: Plan, earlier: Result, later: Result) -> ChangeParts:
    """The terms of an index of any means, from the index down.

    A mean is f⁻¹(Σ w·f(s)) with f(s) = s, ln s or 1 ÷ s. Its change is the change of the sum times the slope between
    the two, which for the geometric mean is the logarithmic mean of the two values. The change of the sum is split as
    in a weighted mean; a part's own change goes on to its parts, and what it gained or lost in weight to the
    indicators in it by their declared weights.
    """
    count = plan.indicator_count
    before, after = (
        np.concatenate([one.scores, one.groups, one.index[..., None]], axis=-1) for one in (earlier, later)
    )
    before, after = np.broadcast_arrays(before, after)
    handed_down, terms = np.zeros(before.shape), np.zeros(before.shape)
    handed_down[..., -1] = 1.0
    inside = np.vstack([np.eye(count, dtype=bool), plan.ancestry])
    touched = (earlier.in_index > 0) | (later.in_index > 0)
    declared = np.where(touched, plan.declared_share[..., :count], 0.0)
    for group in reversed(plan.groups):
        weights = earlier.in_group[..., group.parts], later.in_group[..., group.parts]
        own, lent = _group_terms(group, before, after, *weights)
        handed_down[..., group.parts] = handed_down[..., [group.place]] * own
        terms[..., group.parts] = handed_down[..., [group.place]] * lent
    spread = declared @ inside.T.astype(float)
    per_weight = np.divide(terms[..., :-1], spread, out=np.zeros_like(spread), where=spread > 0)
    return ChangeParts(handed_down[..., :count], (per_weight @ inside.astype(float)) * declared)


def _group_terms(
    group: GroupPlan, before: Floats, after: Floats, weight_before: Floats, weight_after: Floats
) -> tuple[Floats, Floats]:
    """What one point of a part's own change moves its group by, and what its change of weight moves it by."""
    rule = group.aggregation
    counts = weight_before > 0, weight_after > 0
    in_both = counts[0] & counts[1]
    scores = [np.where(has, part[..., group.parts], 1.0) for has, part in zip(counts, (before, after), strict=True)]
    inner = [np.where(has, _inner(score, rule), 0.0) for has, score in zip(counts, scores, strict=True)]
    sums = [(w * f).sum(axis=-1, keepdims=True) for w, f in zip((weight_before, weight_after), inner, strict=True)]
    ends = before[..., [group.place]], after[..., [group.place]]
    slope = _slope(np.nan_to_num(ends[1] - ends[0]), sums[1] - sums[0], _outer_derivative(ends[0], rule))
    rise = np.where(in_both, scores[1] - scores[0], 0.0)
    inner_slope = _slope(np.where(in_both, inner[1] - inner[0], 0.0), rise, _inner_derivative(scores[0], rule))
    own = np.where(in_both, slope * inner_slope * (weight_before + weight_after) / 2, 0.0)
    level = np.where(in_both, (inner[0] + inner[1]) / 2, inner[0] + inner[1])
    total = (weight_before + weight_after).sum(axis=-1, keepdims=True)
    middle = np.divide(sums[0] + sums[1], total, out=np.zeros_like(total), where=total > 0)
    lent = np.where(counts[0] | counts[1], slope * (weight_after - weight_before) * (level - middle), 0.0)
    return own, lent


def _slope(rise: Floats, run: Floats, derivative: Floats) -> Floats:
    """rise ÷ run, the derivative where there is no run."""
    moved = np.abs(run) > 1e-13
    return np.where(moved, rise / np.where(moved, run, 1.0), np.nan_to_num(derivative))


def _inner(scores: Floats, rule: Aggregation) -> Floats:
    if rule.method == "arithmetic":
        return scores
    kept = np.maximum(scores, _NEARLY_ZERO)
    return np.log(kept) if rule.method == "geometric" else 1 / kept


def _inner_derivative(scores: Floats, rule: Aggregation) -> Floats:
    if rule.method == "arithmetic":
        return np.ones_like(scores)
    kept = np.maximum(scores, _NEARLY_ZERO)
    return 1 / kept if rule.method == "geometric" else -1 / kept**2


def _outer_derivative(mean: Floats, rule: Aggregation) -> Floats:
    if rule.method == "arithmetic":
        return np.ones_like(mean)
    return mean if rule.method == "geometric" else -(mean**2)
