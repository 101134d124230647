"""From a change of the index to terms by indicator and cause that add up to it within rounding of the floating point.

Belongs here: comparing two places in two cubes under one or two series. Does not belong here: the split inside an
indicator (``causes``), the arithmetic of means (``method.changes``), or which periods are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safety_index.explanation.causes import CAUSES, ScoredCounts, change_causes
from safety_index.method.changes import Result, change_parts
from safety_index.method.plan import Plan
from safety_index.method.scores import IndexScores, score_values
from safety_index.method.scoring import indicator_scores
from safety_index.series.declaration import Series
from safety_index.small_counts.estimates import Estimates, estimates
from safety_index.tables.bases import base_values
from safety_index.tables.cube import IndicatorCube

Floats = NDArray[np.float64]
#: What moved a score. ``weighting``: others stopped or began to apply. ``revision``: the same quarter, known better.
TERMS = (*CAUSES, "weighting", "revision")


@dataclass(frozen=True)
class ScoredLevel:
    """One level's cube with what small counts made of it and what it scored, all quarters."""

    series: Series
    cube: IndicatorCube
    found: Estimates
    scored: IndexScores

    @classmethod
    def of(cls, plan: Plan, cube: IndicatorCube) -> ScoredLevel:
        found = estimates(plan.series, cube)
        is_ranked = {level.code: level.is_ranked for level in plan.series.levels}[cube.level_code]
        scored = score_values(
            plan, found.value, cube.is_scored, cube.is_applicable, is_ranked=is_ranked,
            base=base_values(plan.series, cube),
        )  # fmt: skip
        return cls(plan.series, cube, found, scored)

    def places(self, quarter: str, areas: Sequence[str]) -> tuple[int, NDArray[np.int64]] | None:
        """The places of a quarter and of areas, −1 for an area that is not there; None without the quarter."""
        if quarter not in self.cube.quarters:
            return None
        known = {code: place for place, code in enumerate(self.cube.areas)}
        return self.cube.quarters.index(quarter), np.array([known.get(code, -1) for code in areas])

    def counts(self, quarter: int, areas: NDArray[np.int64]) -> ScoredCounts:
        at = (quarter, areas)
        found, base = self.found, base_values(self.series, self.cube)

        def unclamped(values: Floats) -> Floats:
            own = None if base is None else base[at]
            return indicator_scores(values, self.series.indicators, self.series.scorings, own).unclamped

        return ScoredCounts(
            self.cube.numerator[at], self.cube.denominator[at],
            found.prior_mean[at], found.prior_strength[at], found.factor[at], found.value[at],
            self.scored.indicator.score[at], unclamped,
        )  # fmt: skip

    def result(self, quarter: int, areas: NDArray[np.int64]) -> Result:
        scored = self.scored
        arrays = (scored.indicator.score, scored.level_groups, scored.level)
        return Result(*(array[quarter, areas] for array in (*arrays, scored.weights.in_group, scored.weights.in_index)))


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
