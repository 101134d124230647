"""Draws of an area's values from what its counts and the prior leave open.

Belongs here: from counts to draws of values, one area at a time. Does not belong here: the prior (``small_counts``),
the parts that a draw is made of (``gammas``), scores (``simulation``), or summaries.

A rate's posterior under a gamma prior is gamma with shape m·s + Σy and rate s + Σn, a share's under a beta prior is
G₁/(G₁ + G₂) of two such gammas. A prior towards the parent moves with the draws of the parent's own figure, for its
mean is no better known than that. Without a prior the draws are from a neutral one (shape ⅓).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.series.declaration import Series
from safety_index.small_counts.estimates import Estimates
from safety_index.tables.cube import STATUSES, IndicatorCube
from safety_index.tables.periods import ordinal
from safety_index.uncertainty.errors import MeasurementErrors
from safety_index.uncertainty.gammas import LEAST, NEUTRAL, GammaTotals
from safety_index.uncertainty.overlaps import tie
from safety_index.uncertainty.streams import Streams
from safety_index.uncertainty.windows import single_quarters, window_places

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]
OBSERVED, PASSED_DOWN = STATUSES.index("observed"), STATUSES.index("passed_down")


class ParentDraws(NamedTuple):
    """A parent's figures in one quarter, (indicators, draws) each: ``value`` in the indicators' units, ``hit`` and
    ``miss`` the rate, or share, and what is left of the share, as multiples of their means."""

    value: Draws
    hit: Draws
    miss: Draws

    @classmethod
    def of(cls, series: Series, value: Draws) -> ParentDraws:
        multiplier = np.array([[indicator.value_multiplier] for indicator in series.indicators], dtype=np.float32)
        rest = np.maximum(1 - value / multiplier, 0)
        return cls(value, *(part / np.maximum(part.mean(axis=-1, keepdims=True), LEAST) for part in (value, rest)))


#: By (parent, quarter).
Parents = Mapping[tuple[str, str], ParentDraws]
NO_PARENTS: Parents = MappingProxyType({})


class LevelPosterior:
    """The posteriors of one level: ``draw`` gives an area's values. A figure that comes without its counts is taken
    for exact.

    ``places`` are the quarters wanted, as places in the cube.
    """

    def __init__(
        self,
        series: Series,
        cube: IndicatorCube,
        found: Estimates,
        places: Sequence[int],
        errors: MeasurementErrors,
    ) -> None:
        self.series, self.cube, self.found, self.places, self.errors = series, cube, found, list(places), errors
        self.indicators, self.quarters = series.indicators, [cube.quarters[place] for place in places]
        self.is_pulled_to_parent = series.small_counts.target.get(cube.level_code) == "parent"
        when = np.array([ordinal(quarter)[1] for quarter in cube.quarters])
        lengths = np.maximum(cube.window, 1)
        self.windows = window_places(when, int(lengths.max(initial=1)))
        is_sum = np.array([indicator.window_is_sum for indicator in self.indicators])
        length = np.where(is_sum, lengths, 1)  # what is no sum stands for itself
        counted = np.isfinite(cube.numerator) & (cube.denominator > 0) & (cube.status == OBSERVED)
        self.is_counted = counted & [indicator.count_model != "exact" for indicator in self.indicators]
        is_pulled, rest = found.prior_strength > 0, cube.denominator - cube.numerator
        self.hits, self.misses = (
            GammaTotals(
                kind,
                np.where(self.is_counted, np.where(is_pulled, mean * found.prior_strength, NEUTRAL), np.nan),
                np.maximum(amount, 0.0), single_quarters(amount, length, when), length, self.windows, cube.quarters,
            )
            for kind, mean, amount in (("hit", found.prior_mean, cube.numerator), ("miss", 1 - found.prior_mean, rest))
        )  # fmt: skip

    def draw(self, area: int, streams: Streams, parents: Parents = NO_PARENTS, out: Draws | None = None) -> Draws:
        """Draws of an area's values, (quarters wanted, indicators, draws), in the indicators' units; NaN where the
        cell has no value. Written into ``out`` if it is given.

        ``parents`` is for figures that are passed down and for priors towards the parent. Raises KeyError where a
        passed-down figure has none.
        """
        shape = (len(self.places), len(self.indicators), streams.size)
        drawn = np.empty(shape, dtype=np.float32) if out is None else out
        drawn[:] = self.cube.value[self.places, area][..., None]
        for place in range(len(self.indicators)):
            lines = np.flatnonzero(self.is_counted[self.places, area, place])
            if len(lines):
                drawn[lines, place] = self._counted(lines, area, place, streams, parents)
        status = self.cube.status[self.places, area]
        for line, place in np.argwhere(status == PASSED_DOWN):
            drawn[line, place] = parents[self._parent(line, area)].value[place]
        self._add_errors(drawn, area, status, streams)
        self._tie_overlaps(drawn, status)
        return drawn

    def _counted(self, lines: NDArray[np.int64], area: int, place: int, streams: Streams, parents: Parents) -> Draws:
        """Draws of one indicator's values at ``lines`` of the quarters wanted, (lines, draws)."""
        indicator, at = self.indicators[place], np.array(self.places)[lines]
        names, cell = (self.cube.areas[area], indicator.code), (at, area, place)
        hit = self.hits.draw(at, area, place, names, streams, self._moved(lines, area, place, "hit", parents))
        if indicator.count_model == "binomial":
            total = self.misses.draw(at, area, place, names, streams, self._moved(lines, area, place, "miss", parents))
            total += hit
        else:
            total = (self.found.prior_strength[cell] + self.cube.denominator[cell]).astype(np.float32)[:, None]
        hit /= total
        hit *= (self.found.factor[cell] * indicator.value_multiplier).astype(np.float32)[:, None]
        return hit

    def _parent(self, line: int, area: int) -> tuple[str, str]:
        return self.cube.parent[self.places[line], area], self.quarters[line]

    def _moved(self, lines: NDArray[np.int64], area: int, place: int, side: str, parents: Parents) -> Draws | None:
        """What a prior towards the parent is multiplied by, (lines, draws): 1 where the parent has no figure, None
        where that is so in all."""
        if not self.is_pulled_to_parent:
            return None
        found = [parents.get(self._parent(line, area)) for line in lines]
        rows = [None if parent is None else getattr(parent, side)[place] for parent in found]
        known = [row is not None and not np.isnan(row[0]) for row in rows]
        if not any(known):
            return None
        return np.stack([row if is_known else np.ones_like(row) for row, is_known in zip(rows, known, strict=True)])

    def _add_errors(self, drawn: Draws, area: int, status: NDArray[np.int8], streams: Streams) -> None:
        """Let errors of measurement move the draws. A larger population makes rates smaller and figures per officer
        larger; a figure that was filled in is as sure as it is said to be, one passed down as its parent's."""
        population = self.errors.of_population(self.cube.areas[area], self.quarters, streams)
        for place, indicator in enumerate(self.indicators):
            observed = np.flatnonzero(status[:, place] == OBSERVED)
            if population is not None and indicator.count_model == "poisson":
                drawn[observed, place] /= population[observed]
            elif population is not None and indicator.count_model == "exact":
                drawn[observed, place] *= population[observed]
            for line in np.flatnonzero(status[:, place] != PASSED_DOWN):
                own = self.errors.of_value(self.cube.areas[area], self.quarters[line], indicator.code, streams)
                if own is not None:
                    drawn[line, place] *= own

    def _tie_overlaps(self, drawn: Draws, status: NDArray[np.int8]) -> None:
        """Let indicators that rest on the same events go together. What is passed down went together as its parent's,
        and stays the parent's draws."""
        codes = self.series.indicator_codes
        for place, indicator in enumerate(self.indicators):
            if indicator.overlap is not None:
                other, is_ours = codes.index(indicator.overlap.indicator), status[:, place] != PASSED_DOWN
                tie(drawn[:, place], drawn[:, other], indicator.overlap.correlation, is_ours)
