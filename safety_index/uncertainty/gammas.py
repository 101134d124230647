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

from safety_index.uncertainty.streams import Streams

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
        self, places: NDArray[np.int64], area: int, indicator: int, names: Sequence[str], streams: Streams,
        moved: Draws | None = None,
    ) -> Draws:  # fmt: skip
        """Draws of the totals at ``places`` of one area and indicator, (places, draws).

        ``names`` name the cell apart from its quarter. ``moved`` (places, draws), with mean 1, is what the prior's mean
        is multiplied by.
        """
        names = (*names, self.kind)
        total = self._prior_parts(places, area, indicator, names, streams)
        if moved is not None:
            total *= moved
        self._add_quarters(total, places, area, indicator, names, streams)
        return np.maximum(total, LEAST, out=total)

    def _prior_parts(
        self, places: NDArray[np.int64], area: int, indicator: int, names: tuple[str, ...], streams: Streams
    ) -> Draws:
        cell, least = (places, area, indicator), float(self.least[area, indicator])
        if not self.is_near[area, indicator]:
            return streams.like_gammas(self.prior[cell].tolist(), least, *names, "prior")
        drawn = streams.gamma(least, *names, "prior") * _column(self.scale[cell])
        drawn += _column(self.offset[cell])
        return drawn

    def _add_quarters(
        self, total: Draws, places: NDArray[np.int64], area: int, indicator: int, names: tuple[str, ...],
        streams: Streams,
    ) -> None:  # fmt: skip
        single = self.single[:, area, indicator].tolist()
        parts: dict[int, Draws] = {}
        for line, place in enumerate(places.tolist()):
            members = self.windows.get((place, int(self.length[place, area, indicator])), [])
            if not members or any(isnan(single[member]) for member in members):
                whole = float(self.whole[place, area, indicator])
                total[line] += streams.gamma(whole, *names, self.quarters[place], "window")
                continue
            for member in members:
                if single[member] > 0:
                    if member not in parts:
                        parts[member] = streams.gamma(single[member], *names, self.quarters[member])
                    total[line] += parts[member]


def _column(values: Floats) -> Draws:
    return values.astype(np.float32)[:, None]
