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
    ``miss`` the rate, or share, and what is left of the share, as multiples of their means, 1 without a figure."""

    value: Draws
    hit: Draws
    miss: Draws

    @classmethod
    def of(cls, series: Series, value: Draws) -> ParentDraws:
        multiplier = np.array([[indicator.value_multiplier] for indicator in series.indicators], dtype=np.float32)
        rest = np.maximum(1 - value / multiplier, 0)
        sides = [part / np.maximum(part.mean(axis=-1, keepdims=True), LEAST) for part in (value, rest)]
        for part in sides:
            part[np.isnan(part[:, 0])] = 1
        return cls(value, *sides)


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
        self.count_models = np.array([indicator.count_model for indicator in self.indicators])
        self.multipliers = np.array([indicator.value_multiplier for indicator in self.indicators])
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
        is_counted = self.is_counted[self.places, area]
        drawn[~is_counted] = self.cube.value[self.places, area][~is_counted][:, None]
        for model in ("poisson", "binomial"):
            is_drawn = is_counted & (self.count_models == model)
            if is_drawn.any():
                self._draw_counted(drawn, is_drawn, model, area, streams, parents)
        status = self.cube.status[self.places, area]
        for line, place in np.argwhere(status == PASSED_DOWN):
            drawn[line, place] = parents[self._parent(line, area)].value[place]
        self._add_errors(drawn, area, status, streams)
        self._tie_overlaps(drawn, status)
        return drawn

    def _draw_counted(
        self, drawn: Draws, is_drawn: NDArray[np.bool_], model: str, area: int, streams: Streams, parents: Parents
    ) -> None:
        """Write into ``drawn`` the draws of the cells that ``is_drawn`` (quarters wanted, indicators), all of one model
        of counts."""
        chosen = np.flatnonzero(is_drawn.any(axis=0))
        cells = (self.places, area, chosen, [(self.cube.areas[area], self.indicators[place].code) for place in chosen])
        found, at = self.found, (self.places, area)
        hit = self.hits.draw(*cells, streams, self._moved(area, chosen, "hit", parents))
        if model == "binomial":
            total = self.misses.draw(*cells, streams, self._moved(area, chosen, "miss", parents))
            total += hit
        else:
            total = _column((found.prior_strength[at] + self.cube.denominator[at])[:, chosen])
        hit /= total
        hit *= _column((found.factor[at] * self.multipliers)[:, chosen])
        lines, columns = np.nonzero(is_drawn[:, chosen])
        drawn[lines, chosen[columns]] = hit[lines, columns]

    def _parent(self, line: int, area: int) -> tuple[str, str]:
        return self.cube.parent[self.places[line], area], self.quarters[line]

    def _moved(self, area: int, chosen: NDArray[np.int64], side: str, parents: Parents) -> list[Draws | None]:
        """What a prior towards the parent is multiplied by in each quarter, (chosen indicators, draws), None where the
        parent is not among ``parents``."""
        if not self.is_pulled_to_parent:
            return []
        found = [parents.get(self._parent(line, area)) for line in range(len(self.places))]
        return [None if parent is None else getattr(parent, side)[chosen] for parent in found]

    def _add_errors(self, drawn: Draws, area: int, status: NDArray[np.int8], streams: Streams) -> None:
        """Let errors of measurement move the draws. A larger population makes rates smaller and figures per officer
        larger; a figure that was filled in is as sure as it is said to be, one passed down as its parent's."""
        population = self.errors.of_population(self.cube.areas[area], self.quarters, streams)
        if population is not None:
            for model, apply in (("poisson", np.divide), ("exact", np.multiply)):
                for line, place in np.argwhere((status == OBSERVED) & (self.count_models == model)).tolist():
                    apply(drawn[line, place], population[line], out=drawn[line, place])
        for line, place in np.argwhere(status != PASSED_DOWN).tolist():
            code = self.indicators[place].code
            own = self.errors.of_value(self.cube.areas[area], self.quarters[line], code, streams)
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


def _column(values: Floats) -> Draws:
    return values.astype(np.float32)[..., None]
