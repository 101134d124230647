"""Alternatives to a series's choices, and a series under them.

Belongs here: what is varied and how far. Does not belong here: running them (``scenarios``, ``global_analysis``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from safety_index.method.goalposts import GoalpostArrays
from safety_index.method.plan import Plan
from safety_index.method.transformation import of_constants
from safety_index.series.declaration import Series
from safety_index.series.scoring_settings import Exponential, Linear, Power
from safety_index.series.settings import Aggregation

Floats = NDArray[np.float64]
#: Weights go this share up and down, goalposts this share of the distance between them.
WEIGHT_SHARE, GOALPOST_SHARE = 0.25, 0.10
_T_FUNCTIONS = (Linear, Exponential, Power)


@dataclass(frozen=True)
class Inputs:
    """The uncertain inputs of the joint analysis, each from 0 to 1 in this order: the weight of every top group, then
    the mean, the scoring function and the two goalposts. ``codes`` names them."""

    codes: tuple[str, ...]

    @classmethod
    def of(cls, series: Series) -> Inputs:
        weights = tuple(f"weight_{group.code}" for group in series.dimensions)
        return cls((*weights, "mean", "function", "impermissible", "satisfactory"))


def with_aggregation(series: Series, method: str) -> Series:
    """``series`` with means of this kind at every level."""

    def changed(rule: Aggregation) -> Aggregation:
        return rule.model_copy(update={"method": method})

    def group(part):
        rule = None if part.aggregation is None else changed(part.aggregation)
        return part.model_copy(update={"aggregation": rule, "dimensions": tuple(map(group, part.dimensions))})

    rules = tuple(changed(rule) for rule in series.aggregation)
    return series.model_copy(update={"aggregation": rules, "dimensions": tuple(map(group, series.dimensions))})


def other_function(series: Series) -> Series | None:
    """The series with the exponential coefficient in place of the linear one, or the other way round; None where the
    series's function is of another kind. Indicators with a function of their own keep it."""
    own = series.scoring
    if not isinstance(own, _T_FUNCTIONS):
        return None
    kind = Exponential if isinstance(own, Linear) else Linear
    if kind is Exponential and own.base <= 0:
        return None
    scoring = kind(base=own.base, span=own.span, floor=own.floor, cap=own.cap, decimals=own.decimals)
    return series.model_copy(update={"scoring": scoring})


def with_goalposts_moved(
    values: Floats, series: Series, impermissible: Floats | float, satisfactory: Floats | float
) -> Floats:
    """Values (..., indicators) that score at the series's goalposts what ``values`` would at moved ones.

    Each goalpost is moved by a share of the distance between the two, towards better where the share is positive; the
    shares broadcast against ``values`` and are the same for all indicators. A score over goalposts depends on t alone,
    so moving the posts and moving the values are the same.
    """
    posts = GoalpostArrays.of(series.indicators, of_constants("none"))
    moved = _moved(values, posts.start, posts.end, impermissible, satisfactory)
    if posts.moderate.size:
        at = posts.moderate
        middle, own = (posts.end[at] + posts.fall_end) / 2, values[..., at]
        fall = _moved(own, posts.fall_start, posts.fall_end, impermissible, satisfactory)
        moved[..., at] = np.where(own <= middle, np.minimum(moved[..., at], middle), np.maximum(fall, middle))
    return moved


def _moved(
    values: Floats, bad: Floats, good: Floats, impermissible: Floats | float, satisfactory: Floats | float
) -> Floats:
    span = good - bad
    share = (values - bad - impermissible * span) / (span * (1 + satisfactory - impermissible))
    return bad + span * share


def with_weights(plan: Plan, factors: Floats) -> Plan:
    """``plan`` with the weights of its parts multiplied by ``factors`` (..., parts)."""
    return replace(plan, weight=plan.weight * factors)


def equal_weights(plan: Plan) -> Plan:
    """``plan`` with the same weight for every part of a group, groups' totals kept where weights stand as they are."""
    weight = plan.weight.copy()
    for group in plan.groups:
        weight[..., group.parts] = weight[..., group.parts].mean(axis=-1, keepdims=True)
    return replace(plan, weight=weight)


def top_places(plan: Plan) -> NDArray[np.int64]:
    """The places of the top groups among the parts, in the series's order."""
    codes = [group.code for group in plan.series.groups]
    return np.array([plan.indicator_count + codes.index(group.code) for group in plan.series.dimensions])
