"""One level of areas with all that is scored of it, in all quarters: what results and evidence are laid out from.

Belongs here: putting the steps from a table of values to scores together, once for both. Does not belong here: a
formula (``method``, ``small_counts``), or a table of results (``engine``, ``evidence``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from safety_index.explanation.causes import ScoredCounts
from safety_index.method.changes import Result
from safety_index.method.plan import Plan
from safety_index.method.scores import IndexScores, score_values
from safety_index.method.scoring import indicator_scores
from safety_index.series.declaration import Series
from safety_index.small_counts.estimates import Estimates, estimates
from safety_index.tables.bases import base_values
from safety_index.tables.cube import IndicatorCube, cubes

Floats = NDArray[np.float64]


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


def scored_levels(series: Series, indicator_values: pd.DataFrame) -> list[ScoredLevel]:
    """Every level of a long table of indicator values, in the series's order, missing values filled by its rule.

    Raises IndicatorTableFaults with every fault of the table.
    """
    plan = Plan.of(series)
    return [ScoredLevel.of(plan, cube.filled(series.missing)) for cube in cubes(series, indicator_values)]
