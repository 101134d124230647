"""Tables about the index as a whole: what it hangs on, and whether its parts go together.

Belongs here: rows of figures about the method. Does not belong here: any area's row.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from safety_index.coherence.fairness import associations
from safety_index.coherence.structure import (
    correlations,
    cronbach_alpha,
    influence,
    principal_components,
    redundant_pairs,
)
from safety_index.levels import ScoredLevel
from safety_index.method.changes import is_weighted_mean
from safety_index.method.plan import Plan
from safety_index.sensitivity.first_place import smallest_weight_shift
from safety_index.sensitivity.global_analysis import MethodSensitivity
from safety_index.sensitivity.scenarios import scenarios, shifts

Floats = NDArray[np.float64]


def sensitivity_rows(plan: Plan, level: ScoredLevel, quarter: str, whole: MethodSensitivity | None) -> pd.DataFrame:
    """``mean_shift``, ``largest_shift`` (places) and ``first_changes`` (0, 1) of each scenario; ``sobol_first`` and
    ``sobol_total`` of each input; ``weight_to_first``: weight points to be moved for another area to be first, and to
    which area (``choice_code``)."""
    place, rows = level.cube.quarters.index(quarter), []
    for shift in shifts(list(scenarios(plan, level.cube, place))):
        rows += [
            ("mean_shift", shift.code, shift.mean, np.nan),
            ("largest_shift", shift.code, shift.largest, np.nan),
            ("first_changes", shift.code, float(shift.is_first_another), np.nan),
        ]
    if whole is not None:
        indices = whole.indices
        for at, code in enumerate(whole.inputs):
            rows.append(("sobol_first", code, indices.first[at], indices.first_half_width[at]))
            rows.append(("sobol_total", code, indices.total[at], indices.total_half_width[at]))
    complete = ~np.isnan(level.scored.indicator.score[place]).any(axis=-1) & np.isfinite(level.scored.rank[place])
    if is_weighted_mean(plan) and complete.sum() > 1:
        share, areas = plan.declared_share[: plan.indicator_count], np.flatnonzero(complete)
        found = smallest_weight_shift(
            level.scored.indicator.score[place, areas], share * (plan.series.weight_total or 1)
        )
        if found.rival >= 0:
            rows.append(("weight_to_first", level.cube.areas[areas[found.rival]], found.moved, np.nan))
    table = pd.DataFrame(rows, columns=["measure_code", "choice_code", "figure", "half_width"])
    return table.assign(quarter=quarter, area_level_code=level.cube.level_code)


def coherence_rows(
    plan: Plan, level: ScoredLevel, quarter: str, shares: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """``correlation`` of every two indicators, flagged where redundant; ``influence`` of each indicator and group;
    ``alpha`` of each group and of the index; ``component`` shares of variance; ``association`` with shares of
    residents, flagged where it is an alarm."""
    place = level.cube.quarters.index(quarter)
    areas = np.flatnonzero(np.isfinite(level.scored.index[place]))
    scores, index = level.scored.indicator.score[place, areas], level.scored.index[place, areas]
    codes, groups = list(plan.series.indicator_codes), list(plan.series.dimension_codes)
    matrix, nothing = correlations(scores), (np.nan, np.nan)
    redundant = set(redundant_pairs(matrix))
    rows = [
        ("correlation", codes[first], codes[second], matrix[first, second], *nothing, (first, second) in redundant)
        for first in range(len(codes))
        for second in range(first + 1, len(codes))
    ]
    by_group = level.scored.groups[place, areas]
    for names, parts in ((codes, scores), (groups, by_group)):
        rows += [
            ("influence", name, "", figure, *nothing, False)
            for name, figure in zip(names, influence(parts, index), strict=True)
        ]
    for name, inside in zip(groups, plan.ancestry, strict=True):
        rows.append(("alpha", name, "", cronbach_alpha(scores[:, inside]), *nothing, False))
    rows.append(("alpha", "", "", cronbach_alpha(by_group), *nothing, False))
    for number, share in enumerate(principal_components(scores).explained, 1):
        rows.append(("component", str(number), "", float(share), *nothing, False))
    names = np.array(level.cube.areas, dtype=object)[areas]
    known = {what: np.array([of.get(name, np.nan) for name in names]) for what, of in shares.items()}
    for found in associations(np.column_stack([index, scores]), ["", *codes], known, plan.series.alarms.association):
        rows.append(
            ("association", found.subject, found.companion, found.correlation, found.lower, found.upper, found.is_alarm)
        )
    columns = ["measure_code", "first_code", "second_code", "figure", "low", "high", "is_flagged"]
    table = pd.DataFrame(rows, columns=columns).dropna(subset=["figure"])
    return table.assign(quarter=quarter, area_level_code=level.cube.level_code)
