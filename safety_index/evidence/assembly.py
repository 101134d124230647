"""All tables of evidence for one quarter.

Belongs here: which quarters are compared, which levels are varied, and the order of the work. Does not belong here:
what a table holds (``areas``, ``method``), or where it is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from safety_index.evidence.areas import (
    PREVIOUS_VERSION,
    alarm_rows,
    comparison_rows,
    context_rows,
    interval_rows,
    term_rows,
    version_rows,
)
from safety_index.evidence.columns import as_evidence
from safety_index.evidence.method import coherence_rows, sensitivity_rows
from safety_index.evidence.standings import indicator_rank_rows, nearest_of, peer_rows
from safety_index.explanation.waterfall import change_terms_by_cause
from safety_index.levels import ScoredLevel, scored_levels
from safety_index.method.plan import Plan
from safety_index.sensitivity.global_analysis import method_sensitivity
from safety_index.series.declaration import Series
from safety_index.tables.periods import places_before
from safety_index.uncertainty.errors import NO_ERRORS, MeasurementErrors
from safety_index.uncertainty.imputation import imputation_errors
from safety_index.uncertainty.simulation import simulate

#: Levels with more areas than this are not put through the joint analysis of the method, only through the scenarios.
SMALL_LEVEL = 30


@dataclass(frozen=True)
class EarlierVersion:
    """What an earlier run of the same quarter knew: its table of indicator values, and the series that it used."""

    series: Series
    indicator_values: pd.DataFrame


@dataclass(frozen=True)
class Surroundings:
    """What is known beside the indicators. ``sizes`` of areas for peers; ``shares`` of residents by kind and area, for
    peers and for the audit of fairness; ``errors`` of measurement; ``earlier``, the version of the quarter that was out
    before."""

    sizes: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    errors: MeasurementErrors = NO_ERRORS
    earlier: EarlierVersion | None = None


NOTHING_KNOWN = Surroundings()


def evidence(
    series: Series, indicator_values: pd.DataFrame, quarter: str, around: Surroundings = NOTHING_KNOWN, *,
    draw_count: int | None = None, thread_count: int = 1,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """The tables of ``columns.EVIDENCE_COLUMNS`` for ``quarter``, from a long table as ``engine.score`` takes it.

    Changes are since the period before and the same period of the year before, where the table holds them, and since
    the earlier version of the quarter itself (``previous_version``). Draws are made of these periods alone. Raises
    IndicatorTableFaults, and ValueError when no level has the quarter, or when shares are known but not those that the
    series's peers are to be alike in.
    """
    levels = scored_levels(series, indicator_values)
    return level_evidence(series, levels, quarter, around, draw_count=draw_count, thread_count=thread_count)


def level_evidence(
    series: Series, levels: Iterable[ScoredLevel], quarter: str, around: Surroundings = NOTHING_KNOWN, *,
    draw_count: int | None = None, thread_count: int = 1,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """The same of levels that are scored already."""
    _refuse_unknown_shares(series, around)
    plan, frames = Plan.of(series), {}
    levels = [level for level in levels if quarter in level.cube.quarters]
    if not levels:
        raise ValueError(f"the table of indicator values has no rows of {quarter}")
    level_cubes = [level.cube for level in levels]
    compared, errors = _compared(level_cubes[0].quarters, quarter), around.errors
    for cube in level_cubes:
        errors = errors.and_values(imputation_errors(cube, series.indicator_codes))
    drawn = simulate(
        plan, level_cubes, [quarter, *compared.values()], found=[level.found for level in levels], errors=errors,
        draw_count=draw_count, thread_count=thread_count,
    )  # fmt: skip
    for position, (level, draws) in enumerate(zip(levels, drawn, strict=True)):
        place, is_ranked = level.cube.quarters.index(quarter), bool((level.scored.rank == level.scored.rank).any())
        below = levels[position + 1] if position + 1 < len(levels) else None
        whole = None
        if is_ranked and 1 < len(level.cube.areas) <= SMALL_LEVEL:
            whole = method_sensitivity(plan, level.cube, place)
        method_ranks = None if whole is None else (whole.rank_lower, whole.rank_upper)
        parts = {"intervals": [interval_rows(level, draws, quarter, method_ranks)]}
        peers = nearest_of(level, quarter, around.sizes, around.shares)
        parts["peers"] = [peer_rows(level, quarter, peers)]
        parts["indicator_context"] = [context_rows(plan, level, quarter, below, peers.area)]
        parts["indicator_rank_sets"] = [indicator_rank_rows(level, quarter)]
        for code, before in compared.items():
            if before in level.cube.quarters:
                parts.setdefault("comparisons", []).append(comparison_rows(level, draws, quarter, before, code))
                terms = change_terms_by_cause(plan, level, before, level, quarter)
                parts.setdefault("change_terms", []).append(term_rows(level, quarter, *terms, code))
        if (before := compared.get("previous_period")) in level.cube.quarters:
            parts["alarms"] = [alarm_rows(level, quarter, before)]
        if is_ranked:
            parts["sensitivity"] = [sensitivity_rows(plan, level, quarter, whole)]
            parts["coherence"] = [coherence_rows(plan, level, quarter, around.shares)]
        for name, made in parts.items():
            frames.setdefault(name, []).extend(made)
    if around.earlier is not None:
        for name, made in _since_version(plan, levels, around.earlier, quarter).items():
            frames.setdefault(name, []).extend(made)
    return as_evidence({name: _joined(made) for name, made in frames.items()})


def _refuse_unknown_shares(series: Series, around: Surroundings) -> None:
    unknown = series.peers.unknown_shares(around.shares)
    if around.shares and unknown:
        known = ", ".join(around.shares)
        raise ValueError(f"the series's peers are to be alike in {', '.join(unknown)}, but what is known is {known}")


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """``parts`` one below the other; those without rows would blur the columns' types."""
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _compared(quarters: tuple[str, ...], quarter: str) -> dict[str, str]:
    """The periods that ``quarter`` is compared with, by the comparison's code."""
    at = quarters.index(quarter)
    found = {"previous_period": places_before(quarters)[at], "year_before": places_before(quarters, None)[at]}
    return {code: quarters[place] for code, place in found.items() if place >= 0}


def _since_version(
    plan: Plan, levels: list[ScoredLevel], earlier: EarlierVersion, quarter: str
) -> dict[str, list[pd.DataFrame]]:
    """What the quarter has become since its earlier version; nothing where that measured other indicators."""
    found: dict[str, list[pd.DataFrame]] = {"comparisons": [], "change_terms": []}
    if earlier.series.indicator_codes != plan.series.indicator_codes:
        return found
    theirs = {level.cube.level_code: level for level in scored_levels(earlier.series, earlier.indicator_values)}
    for level in levels:
        then = theirs.get(level.cube.level_code)
        if then is not None and quarter in then.cube.quarters:
            terms = change_terms_by_cause(plan, then, quarter, level, quarter, is_revision=True)
            found["comparisons"].append(version_rows(level, then, quarter))
            found["change_terms"].append(term_rows(level, quarter, *terms, PREVIOUS_VERSION))
    return found
