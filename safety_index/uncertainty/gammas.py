"""The gamma totals that rates and shares are made of, window by window.

Belongs here: putting a window's total together from the prior's part and the parts of its quarters. Does not belong
here: what the totals mean (``posterior``).

A gamma of shape p + q is the sum of independent ones of shapes p and q, so each total is put together from a part for
the prior and one for each quarter of the window. Windows that share quarters share those parts, and the prior's part is
the same unknown in every quarter, so neither counts as a change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np
from numpy.typing import NDArray

from safety_index.uncertainty.streams import Names, Streams

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]
#: The shape of what a rate, or either side of a share, is drawn from beside its own events where nothing is known
#: beforehand. With a third the median of the draws is the plain ratio, as nearly as any shape makes it (Kerman, Neutral
#: noninformative and informative conjugate beta and gamma prior distributions, Electronic Journal of Statistics 5,
#: 2011). Jeffreys's half leaves them above it, which is little for one figure, and adds up over the figures of an
#: index.
NEUTRAL = 1 / 3
#: Up to this ratio of shapes the prior's part is stretched from one quarter to another, which is faster; beyond, each
#: quarter's is made of the same numbers.
_STRETCH = 4.0
#: A draw may be so small that single precision has only 0 for it; a logarithm needs more.
LEAST = np.float32(1e-30)


class GammaTotals:
    """The totals of one kind of event, hits or misses, of a level.

    ``prior`` (quarters, areas, indicators) has the prior's shapes, NaN where nothing is drawn, ``whole`` the events of
    the windows, ``single`` those of the quarter alone, NaN where they are not known, ``length`` how many quarters each
    window sums up. ``windows`` has the members of a window by (place of its quarter, length), ``quarters`` the names.
    """

    def __init__(
        self, kind: str, prior: Floats, whole: Floats, single: Floats, length: NDArray[np.int64],
        windows: Mapping[tuple[int, int], list[int]], quarters: Sequence[str],
    ) -> None:  # fmt: skip
        self.kind, self.prior, self.whole, self.single = kind, prior, whole, single
        self.length, self.windows, self.quarters = length, windows, quarters
        self.least = np.where(np.isnan(prior), np.inf, prior).min(axis=0)
        self.is_near = ~(prior > _STRETCH * self.least).any(axis=0)
        # a stretched part has the mean and variance of a gamma of its own shape, and is never below nought
        self.scale = np.sqrt(prior / self.least)
        self.offset = prior - self.least * self.scale

    def draw(
        self, places: Sequence[int], area: int, indicators: Sequence[int], names: Sequence[Names], streams: Streams,
        moved: Sequence[Draws | None] = (),
    ) -> Draws:  # fmt: skip
        """Draws of the totals at ``places`` of one area, (places, indicators, draws); NaN where nothing is drawn.

        ``names`` name each indicator's cell apart from its quarter. ``moved``, (indicators, draws) with mean 1 for each
        of the places, is what the prior's mean is multiplied by, None where by nothing.
        """
        names = [(*cell, self.kind) for cell in names]
        total = self._prior_parts(places, area, indicators, names, streams)
        for line, factors in enumerate(moved):
            if factors is not None:
                part = total[line]
                part *= factors
        self._add_quarters(total, places, area, indicators, names, streams)
        return total.clip(LEAST, np.inf, out=total)  # twice as fast as the maximum with a scalar

    def _prior_parts(
        self, places: Sequence[int], area: int, indicators: Sequence[int], names: Sequence[Names], streams: Streams
    ) -> Draws:
        total = np.empty((len(places), len(indicators), streams.size), dtype=np.float32)
        least, is_near = (table[area, indicators].tolist() for table in (self.least, self.is_near))
        scale, offset = (table[places, area][:, indicators].astype(np.float32) for table in (self.scale, self.offset))
        names = [(*cell, "prior") for cell in names]
        shared = streams.gammas({name: shape for name, shape, near in zip(names, least, is_near, strict=True) if near})
        for column, (indicator, name) in enumerate(zip(indicators, names, strict=True)):
            if name in shared:
                part = total[:, column]
                np.multiply(shared[name], scale[:, column, None], out=part)
                part += offset[:, column, None]
            else:
                shapes = self.prior[places, area, indicator]
                lines = np.flatnonzero(~np.isnan(shapes))
                total[:, column] = np.nan
                total[lines, column] = streams.like_gammas(shapes[lines].tolist(), least[column], *name)
        return total

    def _add_quarters(
        self, total: Draws, places: Sequence[int], area: int, indicators: Sequence[int], names: Sequence[Names],
        streams: Streams,
    ) -> None:  # fmt: skip
        """Add to each total its window's events, quarter by quarter, or as one where a quarter's are not known."""
        prior, whole, single, length = (
            table[:, area].tolist() for table in (self.prior, self.whole, self.single, self.length)
        )
        shapes: dict[Names, float] = {}
        parts: list[tuple[int, int, Names]] = []
        for line, place in enumerate(places):
            for column, indicator in enumerate(indicators):
                if isnan(prior[place][indicator]):
                    continue
                members = self.windows.get((place, length[place][indicator]), ())
                window = {(*names[column], self.quarters[member]): single[member][indicator] for member in members}
                if not window or any(isnan(shape) for shape in window.values()):
                    window = {(*names[column], self.quarters[place], "window"): whole[place][indicator]}
                with_events = {name: shape for name, shape in window.items() if shape != 0}
                shapes |= with_events
                parts += [(line, column, name) for name in with_events]
        drawn = streams.gammas(shapes)
        for line, column, name in parts:
            row = total[line, column]
            row += drawn[name]
