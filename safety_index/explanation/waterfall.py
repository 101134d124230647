"""From a change of the index to terms by indicator and cause that add up to it within rounding of the floating point.

Belongs here: comparing two places in two cubes under one or two series. Does not belong here: the split inside an
indicator (``causes``), the arithmetic of means (``method.changes``), or which periods are compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safety_index.explanation.causes import CAUSES, change_causes
from safety_index.levels import ScoredLevel
from safety_index.method.changes import change_parts
from safety_index.method.plan import Plan

Floats = NDArray[np.float64]
#: What moved a score. ``weighting``: others stopped or began to apply. ``revision``: the same quarter, known better.
TERMS = (*CAUSES, "weighting", "revision")


def change_terms_by_cause(
    plan: Plan, earlier: ScoredLevel, earlier_quarter: str, later: ScoredLevel, later_quarter: str, *,
    is_revision: bool = False,
) -> tuple[tuple[str, ...], Floats]:  # fmt: skip
    """The areas of ``later`` that have an index in both, and the terms of their change, (areas, indicators, TERMS), in
    points of the index: they add up to the later score less the earlier one.

    ``plan`` is the later series's. With ``is_revision`` the two are the same quarter as known at two times, and all
    that the data did is one term. Quarters that are not there give no areas. A trend's part of the index is not split.
    """
    areas = later.cube.areas
    places = earlier.places(earlier_quarter, areas), later.places(later_quarter, areas)
    if places[0] is None or places[1] is None:
        return (), np.zeros((0, plan.indicator_count, len(TERMS)))
    (first, before), (second, after) = places
    there = (before >= 0) & (after >= 0)
    there[there] &= np.isfinite(earlier.scored.level[first, before[there]])
    there[there] &= np.isfinite(later.scored.level[second, after[there]])
    before, after = before[there], after[there]
    multiplier = np.array([indicator.value_multiplier for indicator in plan.series.indicators])
    causes = change_causes(earlier.counts(first, before), later.counts(second, after), multiplier)
    worth, weighting = change_parts(plan, earlier.result(first, before), later.result(second, after))
    points = np.where(worth[..., None] != 0, worth[..., None] * causes, 0.0)
    terms = np.concatenate([points, weighting[..., None], np.zeros_like(weighting)[..., None]], axis=-1)
    if is_revision:
        data = [TERMS.index(cause) for cause in ("events", "exposure", "shrinkage", "clamp", "weighting")]
        terms[..., -1] = terms[..., data].sum(axis=-1)
        terms[..., data] = 0.0
    return tuple(np.array(areas, dtype=object)[there]), terms
