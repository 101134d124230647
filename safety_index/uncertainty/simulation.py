"""Draws of scores and ranks: the posterior's values through the whole method.

Belongs here: going over areas in portions, on as many threads as wanted, with the same results. Does not belong here:
the posterior itself, or what is said of the draws (``summaries``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from safety_index.method.plan import Plan
from safety_index.method.ranking import ranks
from safety_index.method.scores import fitted, score_values
from safety_index.small_counts.estimates import estimates
from safety_index.tables.bases import base_values
from safety_index.tables.cube import STATUSES, IndicatorCube
from safety_index.uncertainty.posterior import NO_ERRORS, LevelPosterior, MeasurementErrors
from safety_index.uncertainty.streams import Streams

Floats = NDArray[np.float64]
_PASSED_DOWN = STATUSES.index("passed_down")
#: Areas that are scored together; small, so that their draws stay in the processor's cache and memory stays low.
_PORTION = 8


@dataclass(frozen=True)
class LevelDraws:
    """Draws of one level: ``index`` and ``rank`` (quarters, draws, areas), ``groups`` (quarters, draws, areas, groups)
    if they were asked for. NaN where an area has no score or rank. ``quarters`` and ``areas`` name the axes."""

    level_code: str
    quarters: tuple[str, ...]
    areas: tuple[str, ...]
    index: NDArray[np.floating]
    rank: NDArray[np.floating]
    groups: NDArray[np.floating] | None


def simulate(
    plan: Plan,
    level_cubes: Sequence[IndicatorCube],
    quarters: Sequence[str],
    *,
    errors: MeasurementErrors = NO_ERRORS,
    seed: int | None = None,
    draw_count: int | None = None,
    has_groups: bool = False,
    thread_count: int = 2,
) -> Iterator[LevelDraws]:
    """Draw scores and ranks of ``quarters`` for every level of ``level_cubes``, which stand from the top down.

    ``seed`` and ``draw_count`` are the series's own by default. A quarter that a level does not have is left out of it.
    The same seed gives the same draws whatever the portions, the threads, or the other areas.
    """
    rule = plan.series.uncertainty
    seed, size = rule.seed if seed is None else seed, draw_count or rule.draw_count
    ranked = {level.code: level.is_ranked for level in plan.series.levels}
    above: dict[str, tuple[LevelPosterior, int]] = {}
    for cube in level_cubes:
        places = [cube.quarters.index(quarter) for quarter in quarters if quarter in cube.quarters]
        posterior = LevelPosterior(plan.series, cube, estimates(plan.series, cube), places, errors)
        parents = _parents_draws(cube, places, above, Streams(seed, size))
        yield _level(plan, posterior, parents, seed, size, ranked[cube.level_code], has_groups, thread_count)
        above |= {area: (posterior, place) for place, area in enumerate(cube.areas)}


def _parents_draws(
    cube: IndicatorCube, places: list[int], above: dict[str, tuple[LevelPosterior, int]], streams: Streams
) -> dict[tuple[str, str], NDArray[np.float32]]:
    """Draws of the values of the areas' parents, (indicators, draws) by (parent, quarter).

    Raises KeyError when a figure is passed down from an area that is in no level above.
    """
    named = {parent for parent in cube.parent[places].ravel() if parent is not None}
    is_taken = (cube.status[places] == _PASSED_DOWN).any(axis=-1)
    missing = sorted({str(parent) for parent in cube.parent[places][is_taken]} - above.keys())
    if missing:
        raise KeyError(f"figures are passed down from {', '.join(missing)}, in no level above {cube.level_code}")
    found = {}
    for parent in sorted(named & above.keys()):
        posterior, place = above[parent]
        drawn = posterior.draw(place, streams)
        found |= {
            (parent, posterior.cube.quarters[at]): drawn[line].astype(np.float32)
            for line, at in enumerate(posterior.places)
        }
    return found


def _level(
    plan: Plan, posterior: LevelPosterior, parents: dict, seed: int, size: int, is_ranked: bool, has_groups: bool,
    thread_count: int,
) -> LevelDraws:  # fmt: skip
    cube, places, found = posterior.cube, posterior.places, posterior.found
    shape = (len(places), size, len(cube.areas))
    index = np.empty(shape, dtype=np.float32)
    groups = np.empty((*shape, plan.group_count), dtype=np.float32) if has_groups else None
    enough = np.zeros((len(places), len(cube.areas)), dtype=bool)
    plan = fitted(without_companion(plan), found.value, cube.is_scored)
    base = base_values(plan.series, cube)
    portion = len(cube.areas) if _looks_at_a_sample(plan) else _PORTION

    def work(first: int) -> None:
        streams = Streams(seed, size)
        areas = range(first, min(first + portion, len(cube.areas)))
        values = np.stack([posterior.draw(area, streams, parents).astype(np.float32) for area in areas])
        for line, quarter in enumerate(places):
            at = (quarter, slice(first, first + portion))
            scored = score_values(
                plan,
                np.moveaxis(values[:, line], -1, 0),  # draws, areas, indicators
                cube.is_scored[at],
                cube.is_applicable[at],
                is_ranked=False,
                base=None if base is None else base[at],
                with_unclamped=False,
            )
            index[line, :, first : first + portion] = scored.index
            enough[line, first : first + portion] = scored.weights.has_enough_data
            if groups is not None:
                groups[line, :, first : first + portion] = scored.groups

    with ThreadPoolExecutor(thread_count, thread_name_prefix="draws") as pool:
        list(pool.map(work, range(0, len(cube.areas), portion)))
    rankable = np.where(enough[:, None] & is_ranked, index, np.nan)
    quarters = tuple(cube.quarters[place] for place in places)
    return LevelDraws(cube.level_code, quarters, cube.areas, index, ranks(rankable, plan.series.rank), groups)


def without_companion(plan: Plan) -> Plan:
    """``plan`` without the composite index that is only shown beside the score, which nobody asks of draws."""
    combination = plan.series.combination
    if combination.mode == "level_trend" or combination.companion is None:
        return plan
    alone = combination.model_copy(update={"companion": None})
    return replace(plan, series=plan.series.model_copy(update={"combination": alone}))


def _looks_at_a_sample(plan: Plan) -> bool:
    """Whether a score depends on the other areas' values, so that all must be scored at once."""
    scorings = plan.series.scorings
    return any(indicator.transformation == "rank" for indicator in plan.series.indicators) or any(
        hasattr(scoring, "sample") or getattr(scoring, "bounds", "goalposts") != "goalposts" for scoring in scorings
    )
