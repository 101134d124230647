"""Weights and sums: from indicators' scores to groups and to the index, when some indicators don't apply.

Belongs here: the weighted composite (综合指数) and what it does about absent values. Does not belong here: how a single
value is scored, and comparing areas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safety_index.method.plan import GroupPlan, Plan
from safety_index.method.ranking import rounded_if
from safety_index.series.settings import Aggregation

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
#: Shares of weight that differ by less are the same.
_TOLERANCE = 1e-12


@dataclass(frozen=True)
class WeightsInForce:
    """The weights that hold for each area once its absent indicators are taken out.

    ``in_group`` (..., areas, parts) is the weight of each part, indicators then groups, in its own group, ``in_index``
    (..., areas, indicators) that of each indicator in the index: both 0 where nothing counts. Normalised weights add up
    to 1 wherever there is a score; weights taken as they stand to what they add up to in the series. ``has_score``
    (..., areas, groups and the index) says which groups have one, ``has_enough_data`` (..., areas) whether the area may
    be ranked.
    """

    in_group: Floats
    in_index: Floats
    has_score: Flags
    has_enough_data: Flags


def weights_in_force(plan: Plan, is_scored: Flags, is_applicable: Flags) -> WeightsInForce:
    """Spread the weight of absent parts over the others of their group, in proportion to their weights.

    ``is_scored`` and ``is_applicable`` have the shape (..., areas, indicators). An indicator that does not apply (an
    empty list) simply drops out. One that applies and is missing drops out too, but counts against the thresholds: a
    group with less than ``dimension_weight_share`` of its applicable weight has no score and leaves its weight to
    the others of its own group, and an area with less than ``index_weight_share`` of its applicable weight in scored
    groups has no claim to a rank.
    """
    count, weight = plan.indicator_count, plan.weight[..., None, :]
    shape = np.broadcast_shapes(is_scored.shape, is_applicable.shape, (*weight.shape[:-1], count))[:-1]
    declared = plan.declared_share[..., None, :count]
    size = count + len(plan.groups)
    has, in_group = np.zeros((*shape, size), dtype=bool), np.zeros((*shape, size - 1))
    applicable, available = np.zeros((*shape, size)), np.zeros((*shape, size))
    has[..., :count] = is_scored
    applicable[..., :count] = np.where(is_applicable | is_scored, declared, 0.0)
    available[..., :count] = np.where(is_scored, declared, 0.0)
    for group in plan.groups:
        there = available[..., group.parts].sum(axis=-1)
        could_be = applicable[..., group.parts].sum(axis=-1)
        has[..., group.place] = (there > 0) & (there >= group.data_threshold * could_be - _TOLERANCE)
        applicable[..., group.place] = could_be
        available[..., group.place] = np.where(has[..., group.place], there, 0.0)
        in_group[..., group.parts] = _weights_of_parts(group, plan.weight, has)
    in_all = np.ones((*shape, size))
    for group in reversed(plan.groups):
        in_all[..., group.parts] = in_all[..., [group.place]] * in_group[..., group.parts]
    share = _divide(available[..., -1], applicable[..., -1])
    enough = plan.series.data_thresholds.index_weight_share - _TOLERANCE
    return WeightsInForce(in_group, in_all[..., :count], has[..., count:], (share >= enough) & (share > 0))


def _weights_of_parts(group: GroupPlan, weight: Floats, has: Flags) -> Floats:
    """The weights of one group's parts, shape (..., areas, parts of the group)."""
    declared = weight[..., None, group.parts]
    total = 1.0
    if group.aggregation.weights == "as_they_stand":
        total = declared.sum(axis=-1, keepdims=True) / group.aggregation.weight_unit
    counts = np.where(has[..., group.parts] & has[..., [group.place]], declared, 0.0)
    return total * _divide(counts, counts.sum(axis=-1, keepdims=True))


def _divide(numerator: Floats, denominator: Floats) -> Floats:
    """Numerator ÷ denominator, 0 where the denominator is 0."""
    shape = np.broadcast_shapes(np.shape(numerator), np.shape(denominator))
    return np.divide(numerator, denominator, out=np.zeros(shape), where=np.broadcast_to(denominator, shape) > 0)


def aggregate(plan: Plan, scores: Floats, weights: WeightsInForce) -> tuple[Floats, Floats]:
    """Scores of the groups, shape (..., areas, groups), and the index, shape (..., areas); NaN where there is none.

    ``scores`` (..., areas, indicators) may have more leading axes than the weights: many draws of the values share one
    set of weights.
    """
    count = plan.indicator_count
    scores = scores if np.issubdtype(scores.dtype, np.floating) else scores.astype(float)
    groups = np.empty((*scores.shape[:-1], len(plan.groups)), dtype=scores.dtype)
    for group in plan.groups:
        inner = group.parts >= count
        parts = scores if not inner.any() else groups
        if inner.all() or not inner.any():
            parts = parts[..., _span(group.parts - count * inner)]
        else:
            parts = np.concatenate([scores[..., group.parts[~inner]], groups[..., group.parts[inner] - count]], axis=-1)
        has = weights.has_score[..., group.place - count]
        joined = _join(parts, weights.in_group[..., group.parts].astype(scores.dtype), group.aggregation)
        joined = rounded_if(joined, group.aggregation.decimals)
        groups[..., group.place - count] = joined if has.all() else np.where(has, joined, np.nan)
    return groups[..., :-1], groups[..., -1]


def _span(places: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """``places`` as a slice where they follow one another, which costs no copy."""
    return slice(places[0], places[-1] + 1) if np.all(np.diff(places) == 1) else places


def _join(parts: Floats, weights: Floats, rule: Aggregation) -> Floats:
    """One group's score, shape (..., areas), of ``parts`` and ``weights`` of shape (..., areas, parts).

    Arithmetic Σ w·s, geometric Π s^w, harmonic 1 ÷ Σ (w ÷ s). Geometric and harmonic scores are 0 where a part that
    counts is 0, and NaN where one is below 0.
    """
    if rule.method == "arithmetic":
        counts = weights > 0
        parts = parts if counts.all() else np.where(counts, parts, 0.0)
        return np.einsum("...k,...k->...", parts, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(weights > 0, parts, 1.0)
        if rule.method == "geometric":
            return np.exp(np.einsum("...k,...k->...", np.log(parts), weights))
        parts = np.where(parts < 0, np.nan, parts)
        return 1.0 / np.einsum("...k,...k->...", 1.0 / parts, weights)
