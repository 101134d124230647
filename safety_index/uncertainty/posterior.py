"""Draws of an area's values from what its counts and the prior leave open.

Belongs here: from counts to draws of values, one area at a time. Does not belong here: the prior (``small_counts``),
scores (``simulation``), or summaries.

A rate's posterior under a gamma prior is gamma with shape m·s + Σy and rate s + Σn, a share's under a beta prior is
G₁/(G₁ + G₂) of two such gammas. A gamma of shape p + q is the sum of independent ones of shapes p and q, so each
draw is put together from a part for the prior and one for each quarter of the window. Windows that share quarters
share those parts, and the prior's part is the same unknown in every quarter, so neither counts as a change. A prior
towards the parent moves with the draws of the parent's own figure, for its mean is no better known than that. Without
a prior the draws are from Jeffreys's (shape ½).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import NormalDist
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from safety_index.series.declaration import Series
from safety_index.small_counts.estimates import Estimates
from safety_index.tables.cube import STATUSES, IndicatorCube
from safety_index.tables.periods import ordinal
from safety_index.uncertainty.streams import Streams
from safety_index.uncertainty.windows import single_quarters, window_places

Floats = NDArray[np.float64]
OBSERVED, PASSED_DOWN = STATUSES.index("observed"), STATUSES.index("passed_down")
_JEFFREYS = 0.5
#: A prior's part is stretched from one quarter to another up to this ratio of shapes, beyond it is drawn in pieces.
_STRETCH = 4.0


@dataclass(frozen=True)
class MeasurementErrors:
    """Errors beside those of counting, as standard deviations of the logarithm; absent keys have none.

    ``exposure`` by (area, quarter): how far the population that rates are taken per may be off, by unlinked or
    doubtful records. It moves all of an area's rates and residents-per-officer figures together, in every quarter
    alike. ``value`` by (area, quarter, indicator): whatever else, such as a figure carried forward or one that is
    known to be revised.
    """

    exposure: Mapping[tuple[str, str], float] = field(default_factory=dict)
    value: Mapping[tuple[str, str, str], float] = field(default_factory=dict)


NO_ERRORS = MeasurementErrors()


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
        self.ordinal = np.array([ordinal(quarter)[1] for quarter in cube.quarters])
        lengths = np.maximum(cube.window, 1)
        self.windows = window_places(self.ordinal, int(lengths.max(initial=1)))
        is_sum = np.array([indicator.window_is_sum for indicator in series.indicators])
        splits = is_sum & (cube.window.max(axis=(0, 1), initial=1) > 1)
        self.hits, self.misses = (
            np.where(splits, single_quarters(amount, lengths, self.ordinal), np.where(lengths > 1, np.nan, amount))
            for amount in (cube.numerator, cube.denominator - cube.numerator)
        )

    def draw(
        self, area: int, streams: Streams, parents: Mapping[tuple[str, str], Floats] = MappingProxyType({})
    ) -> Floats:
        """Draws of an area's values, (quarters wanted, indicators, draws), in the indicators' units; NaN where the
        cell has no value.

        ``parents`` holds the draws of parents' values, (indicators, draws) by (parent, quarter), for figures that are
        passed down and for priors towards the parent. Raises KeyError where a passed-down figure has none.
        """
        drawn = np.full((len(self.places), len(self.series.indicators), streams.size), np.nan)
        for place in range(len(self.series.indicators)):
            status = self.cube.status[self.places, area, place]
            if (status == OBSERVED).any():
                self._draw_indicator(drawn, area, place, streams, parents)
            for line in np.flatnonzero(status != OBSERVED):
                quarter = self.places[line]
                if status[line] == PASSED_DOWN:
                    drawn[line, place] = parents[self.cube.parent[quarter, area], self.cube.quarters[quarter]][place]
                else:  # a figure that was filled in is as sure as it is said to be
                    names, cell = (self.cube.areas[area], self.series.indicators[place].code), (quarter, area, place)
                    drawn[line, place] = self._with_errors(self.cube.value[cell], cell, names, streams, sign=0)
        self._tie_overlaps(drawn, area, streams)
        return drawn

    def _draw_indicator(
        self, drawn: Floats, area: int, place: int, streams: Streams, parents: Mapping[tuple[str, str], Floats]
    ) -> None:
        indicator, names = self.series.indicators[place], (self.cube.areas[area], self.series.indicators[place].code)
        lines = [line for line, quarter in enumerate(self.places) if self.cube.status[quarter, area, place] == OBSERVED]
        at = [(self.places[line], area, place) for line in lines]
        is_counted = [bool(np.isfinite(self.cube.numerator[cell]) and self.cube.denominator[cell] > 0) for cell in at]
        if indicator.count_model == "exact" or not all(is_counted):
            for line, cell in zip(lines, at, strict=True):
                drawn[line, place] = self._with_errors(self.cube.value[cell], cell, names, streams, sign=1)
            return
        quarters = [self.places[line] for line in lines]
        strength, mean = (prior[quarters, area, place] for prior in (self.found.prior_strength, self.found.prior_mean))
        is_share = indicator.count_model == "binomial"
        moved = [self._prior_mean(cell, parents) if strength[line] > 0 else None for line, cell in enumerate(at)]
        shapes = np.where(strength > 0, mean * strength, _JEFFREYS)
        hit = self._gammas(shapes, self.hits, at, names, "hit", [_relative(part) for part in moved], streams)
        if is_share:
            shapes = np.where(strength > 0, (1 - mean) * strength, _JEFFREYS)
            rest = [None if part is None else 1 - part for part in moved]
            miss = self._gammas(shapes, self.misses, at, names, "miss", [_relative(part) for part in rest], streams)
        for line, cell in enumerate(at):
            total = hit[line] + miss[line] if is_share else strength[line] + self.cube.denominator[cell]
            value = hit[line] / total * self.found.factor[cell] * indicator.value_multiplier
            drawn[lines[line], place] = self._with_errors(value, cell, names, streams, sign=0 if is_share else -1)

    def _gammas(
        self, shapes: Floats, singles: Floats, at: list[tuple[int, int, int]], names: tuple[str, str], side: str,
        moved: list[Floats | float], streams: Streams,
    ) -> list[Floats]:  # fmt: skip
        """Gamma draws for each wanted quarter: the prior's part of ``shapes``, ``moved`` with its mean, and the parts
        of the window's quarters."""
        parts: dict[int, Floats | float] = {}
        base = streams.gamma(least := float(shapes.min()), *names, side, "prior")
        drawn = []
        for shape, cell, relative in zip(shapes, at, moved, strict=True):
            quarter, area, place = cell
            total = self._prior_part(base, least, float(shape), names, side, quarter, streams) * relative
            length = int(max(self.cube.window[cell], 1))
            members = self.windows.get((quarter, length))
            if members is None or np.isnan(singles[members, area, place]).any():
                whole = self.cube.numerator[cell] if side == "hit" else self._rest(cell)
                total = total + streams.gamma(float(whole), *names, side, self.cube.quarters[quarter], "window")
            else:
                for member in members:
                    if member not in parts:
                        count = float(singles[member, area, place])
                        parts[member] = streams.gamma(count, *names, side, self.cube.quarters[member])
                    total = total + parts[member]
            drawn.append(total)
        return drawn

    def _prior_mean(self, cell: tuple[int, int, int], parents: Mapping[tuple[str, str], Floats]) -> Floats | None:
        """Draws of the parent's figure as a rate or share, None where the prior is not towards a parent."""
        quarter, area, place = cell
        if self.series.small_counts.target.get(self.cube.level_code) != "parent":
            return None
        drawn = parents.get((self.cube.parent[quarter, area], self.cube.quarters[quarter]))
        if drawn is None or np.isnan(drawn[place, 0]):
            return None
        return drawn[place] / self.series.indicators[place].value_multiplier

    def _prior_part(
        self, base: Floats | float, least: float, shape: float, names: tuple[str, str], side: str, quarter: int,
        streams: Streams,
    ) -> Floats | float:  # fmt: skip
        """The prior's part with ``shape``, from draws ``base`` with the smaller shape ``least``."""
        if shape <= least:
            return base
        if shape <= _STRETCH * least:  # the same mean and variance as a gamma of this shape, and never below nought
            return shape + (base - least) * np.sqrt(shape / least)
        return base + streams.gamma(shape - least, *names, side, "prior", self.cube.quarters[quarter])

    def _rest(self, cell: tuple[int, int, int]) -> float:
        return max(float(self.cube.denominator[cell] - self.cube.numerator[cell]), 0.0)

    def _with_errors(
        self, value: Floats | float, cell: tuple[int, int, int], names: tuple[str, str], streams: Streams, sign: int
    ) -> Floats:
        area, quarter = names[0], self.cube.quarters[cell[0]]
        spread = self.errors.exposure.get((area, quarter), 0.0)
        if spread and sign:
            value = value * np.exp(sign * spread * streams.normal(area, "exposure"))
        if own := self.errors.value.get((area, quarter, names[1]), 0.0):
            value = value * np.exp(own * streams.normal(*names, quarter, "value"))
        return value

    def _tie_overlaps(self, drawn: Floats, area: int, streams: Streams) -> None:
        """Reorder the draws of an indicator that rests on another's events, so that the two go together (Iman and
        Conover, Communications in Statistics B11, 1982). Each keeps its own draws, only in another order."""
        codes = self.series.indicator_codes
        for place, indicator in enumerate(self.series.indicators):
            if indicator.overlap is None:
                continue
            other = codes.index(indicator.overlap.indicator)
            noise = streams.normal(self.cube.areas[area], indicator.code, "overlap")
            share = indicator.overlap.correlation
            for line in range(len(self.places)):
                theirs, ours = drawn[line, other], drawn[line, place]
                if np.isnan(theirs[0]) or np.isnan(ours[0]):
                    continue
                score = share * normal_scores(theirs) + np.sqrt(1 - share**2) * noise
                ours[np.argsort(score, kind="stable")] = np.sort(ours)


def _relative(draws: Floats | None) -> Floats | float:
    """``draws`` as multiples of their mean, 1 where there are none."""
    return 1.0 if draws is None else draws / max(float(draws.mean()), 1e-300)


def normal_scores(draws: Floats) -> Floats:
    """The normal quantiles of the draws' places in their order (van der Waerden's scores), same shape."""
    scores = np.empty(len(draws))
    scores[np.argsort(draws, kind="stable")] = _normal_quantiles(len(draws))
    return scores


@cache
def _normal_quantiles(size: int) -> Floats:
    return np.array([NormalDist().inv_cdf(place / (size + 1)) for place in range(1, size + 1)])
