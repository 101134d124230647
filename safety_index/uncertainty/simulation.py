"""Draws of scores and ranks: the posterior's values through the whole method.

Belongs here: going over areas in blocks, on as many threads as wanted, with the same results. Does not belong here:
the posterior itself, or what is said of the draws (``summaries``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from safety_index.method.plan import Plan
from safety_index.method.ranking import ranks
from safety_index.method.scores import fitted, score_values
from safety_index.small_counts.estimates import Estimates, estimates
from safety_index.tables.bases import base_values
from safety_index.tables.cube import IndicatorCube
from safety_index.uncertainty.errors import NO_ERRORS, MeasurementErrors
from safety_index.uncertainty.posterior import PASSED_DOWN, LevelPosterior, ParentDraws, Parents
from safety_index.uncertainty.streams import Streams

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]
#: Where the posteriors of the areas of higher levels are.
Above = Mapping[str, tuple[LevelPosterior, int]]
#: Areas that are drawn and scored together, at most: few enough for memory to stay low whatever the number of areas.
_BLOCK = 24
#: Scores that are ranked together, about.
_RANKED_TOGETHER = 400_000


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
    found: Sequence[Estimates] | None = None,
    errors: MeasurementErrors = NO_ERRORS,
    seed: int | None = None,
    draw_count: int | None = None,
    has_groups: bool = False,
    thread_count: int = 1,
) -> Iterator[LevelDraws]:
    """Draw scores and ranks of ``quarters`` for every level of ``level_cubes``, which stand from the top down.

    ``found`` is what small counts made of each cube, where it is known already. ``seed`` and ``draw_count`` are the
    series's own by default. A quarter that a level does not have is left out of it. The same seed gives the same draws
    whatever the blocks, the threads, or the other areas. An area's draws are small arrays, between which threads wait
    for Python's lock, so that two may take longer than one.
    """
    rule = plan.series.uncertainty
    seed, size = rule.seed if seed is None else seed, draw_count or rule.draw_count
    ranked = {level.code: level.is_ranked for level in plan.series.levels}
    above: dict[str, tuple[LevelPosterior, int]] = {}
    if found is None:
        found = [estimates(plan.series, cube) for cube in level_cubes]
    for cube, known in zip(level_cubes, found, strict=True):
        places = [cube.quarters.index(quarter) for quarter in quarters if quarter in cube.quarters]
        posterior = LevelPosterior(plan.series, cube, known, places, errors)
        _refuse_unknown_parents(posterior, above)
        work = _LevelWork(plan, posterior, dict(above), seed, size)
        yield work.draws(ranked[cube.level_code], has_groups, thread_count)
        above |= {area: (posterior, place) for place, area in enumerate(cube.areas)}


def _refuse_unknown_parents(posterior: LevelPosterior, above: Above) -> None:
    """Raise KeyError when a figure is passed down from an area that is in no level above."""
    cube, places = posterior.cube, posterior.places
    is_taken = (cube.status[places] == PASSED_DOWN).any(axis=-1)
    missing = sorted({str(parent) for parent in cube.parent[places][is_taken]} - above.keys())
    if missing:
        raise KeyError(f"figures are passed down from {', '.join(missing)}, in no level above {cube.level_code}")


def _parents(posterior: LevelPosterior, areas: Sequence[int], above: Above, streams: Streams) -> Parents:
    """Draws of the figures of the parents of ``areas``, each as its own level draws it."""
    cube, places, found = posterior.cube, posterior.places, {}
    if not (posterior.is_pulled_to_parent or (cube.status[np.ix_(places, areas)] == PASSED_DOWN).any()):
        return found
    named = {parent for parent in cube.parent[np.ix_(places, areas)].ravel() if parent is not None}
    for parent in sorted(named & above.keys()):
        theirs, place = above[parent]
        drawn = theirs.draw(place, streams, _parents(theirs, [place], above, streams))
        found |= {
            (parent, quarter): ParentDraws.of(posterior.series, drawn[line])
            for line, quarter in enumerate(theirs.quarters)
        }
    return found


class _LevelWork:
    """The draws of one level, block by block: areas of the same parent together, whose figures are drawn once."""

    def __init__(self, plan: Plan, posterior: LevelPosterior, above: Above, seed: int, size: int) -> None:
        cube = posterior.cube
        self.plan = fitted(without_companion(plan), posterior.found.value, cube.is_scored)
        self.posterior, self.above, self.seed, self.size = posterior, above, seed, size
        self.base = base_values(plan.series, cube)
        self.shape = (len(posterior.places), size, len(cube.areas))

    def draws(self, is_ranked: bool, has_groups: bool, thread_count: int) -> LevelDraws:
        cube = self.posterior.cube
        index, rank = (np.full(self.shape, np.nan, dtype=np.float32) for _ in range(2))
        groups = np.empty((*self.shape, self.plan.group_count), dtype=np.float32) if has_groups else None
        enough = np.zeros((self.shape[0], self.shape[2]), dtype=bool)
        with ThreadPoolExecutor(thread_count, thread_name_prefix="draws") as pool:
            list(pool.map(lambda areas: self._score(areas, index, groups, enough), self._blocks()))
            if is_ranked:
                list(pool.map(lambda at: self._rank(at, index, rank, enough), self._rows()))
        return LevelDraws(cube.level_code, tuple(self.posterior.quarters), cube.areas, index, rank, groups)

    def _blocks(self) -> list[NDArray[np.int64]]:
        cube = self.posterior.cube
        if _looks_at_a_sample(self.plan):
            return [np.arange(len(cube.areas))]
        families: dict[str, list[int]] = {}
        for area, parent in enumerate(cube.parent[self.posterior.places[0]] if self.posterior.places else ()):
            families.setdefault(parent or "", []).append(area)
        return [
            np.array(family[first : first + _BLOCK])
            for family in families.values()
            for first in range(0, len(family), _BLOCK)
        ]

    def _score(self, areas: NDArray[np.int64], index: Draws, groups: Draws | None, enough: NDArray[np.bool_]) -> None:
        posterior, cube, streams = self.posterior, self.posterior.cube, Streams(self.seed, self.size)
        parents = _parents(posterior, areas, self.above, streams)
        shape = (len(areas), self.shape[0], self.plan.indicator_count, self.size)
        values = np.empty(shape, dtype=np.float32)
        for row, area in enumerate(areas):
            posterior.draw(area, streams, parents, out=values[row])
        for line, quarter in enumerate(posterior.places):
            at = (quarter, areas)
            scored = score_values(
                self.plan,
                np.moveaxis(values[:, line], -1, 0),  # draws, areas, indicators
                cube.is_scored[at],
                cube.is_applicable[at],
                is_ranked=False,
                base=None if self.base is None else self.base[at],
                with_unclamped=False,
            )
            index[line][:, areas] = scored.index
            enough[line, areas] = scored.weights.has_enough_data
            if groups is not None:
                groups[line][:, areas] = scored.groups

    def _rows(self) -> list[tuple[int, slice]]:
        rows = max(_RANKED_TOGETHER // max(self.shape[2], 1), 1)
        return [(line, slice(at, at + rows)) for line in range(self.shape[0]) for at in range(0, self.size, rows)]

    def _rank(self, at: tuple[int, slice], index: Draws, rank: Draws, enough: NDArray[np.bool_]) -> None:
        rank[at] = ranks(np.where(enough[at[0]], index[at], np.float32(np.nan)), self.plan.series.rank)


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
