"""The gamma totals that rates and shares are made of, window by window.

Belongs here: putting a window's total together from the prior's part and the parts of its quarters. Does not belong
here: what the totals mean (``posterior``).

A gamma of shape p + q is the sum of independent ones of shapes p and q, so the total of a window whose prior has
shape α and whose quarters have y events, gamma of shape α + y, is drawn in parts: one for each quarter, which windows
that share quarters share, and the rest, the same unknown in every quarter and no change. A quarter's part has the shape
that is usual for a quarter, and not its own events: a count's chance error is that of the expected count, and by its
own events one that has none would be known for sure. What its events differ from the usual moves the rest.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from safety_index.uncertainty.streams import Streams

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]
#: Jeffreys's prior of a rate is a gamma of this shape.
JEFFREYS = 0.5
#: The rest is stretched from one quarter to another up to this ratio of shapes, beyond it is drawn in pieces.
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
        windows: Mapping[tuple[int, int], NDArray[np.int64]], quarters: Sequence[str],
    ) -> None:  # fmt: skip
        self.kind, self.single, self.length, self.windows, self.quarters = kind, single, length, windows, quarters
        events = prior + whole
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a cell in which nothing is ever drawn
            usual = np.nanmean(np.where(np.isnan(events), np.nan, single), axis=0)
            self.own = np.fmin(usual, np.nanmin(events / length, axis=0))
            rest = np.maximum(events - self.own * length, 0.0)
            self.least = np.nanmin(rest, axis=0)
        self.prior_share = np.divide(prior, events, out=np.zeros_like(prior), where=events > 0)
        self.is_near = rest <= _STRETCH * self.least
        # a stretched part has the mean and variance of a gamma of its own shape, and is never below nought
        scale = np.sqrt(np.divide(rest, self.least, out=np.ones_like(rest), where=self.is_near & (self.least > 0)))
        self.scale, self.offset = scale, np.where(self.is_near, rest - self.least * scale, 0.0)
        self.beyond = rest - self.least

    def draw(
        self, places: NDArray[np.int64], area: int, indicator: int, names: Sequence[str], streams: Streams,
        moved: Draws | None = None,
    ) -> Draws:  # fmt: skip
        """Draws of the totals at ``places`` of one area and indicator, (places, draws).

        ``names`` name the cell apart from its quarter. ``moved`` (places, draws), with mean 1, is what the prior's mean
        is multiplied by.
        """
        names = (*names, self.kind)
        total = self._parts_of_quarters(places, area, indicator, names, streams)
        total += self._rest(places, area, indicator, names, streams)
        if moved is not None:
            total *= 1 + _column(self.prior_share[places, area, indicator]) * (moved - 1)
        return np.maximum(total, LEAST, out=total)

    def _parts_of_quarters(
        self, places: NDArray[np.int64], area: int, indicator: int, names: tuple[str, ...], streams: Streams
    ) -> Draws:
        total = np.empty((len(places), streams.size), dtype=np.float32)
        own, is_known = float(self.own[area, indicator]), ~np.isnan(self.single[:, area, indicator])
        parts: dict[int, Draws] = {}
        for line, place in enumerate(places):
            length = int(self.length[place, area, indicator])
            members = self.windows.get((int(place), length), ())
            if not (len(members) and is_known[members].all()):
                total[line] = streams.gamma(own * length, *names, self.quarters[place], "window")
                continue
            for member in members:
                if member not in parts:
                    parts[member] = streams.gamma(own, *names, self.quarters[member])
            total[line] = parts[members[0]]
            for member in members[1:]:
                total[line] += parts[member]
        return total

    def _rest(
        self, places: NDArray[np.int64], area: int, indicator: int, names: tuple[str, ...], streams: Streams
    ) -> Draws:
        cell = (places, area, indicator)
        base = streams.gamma(float(self.least[area, indicator]), *names, "rest")
        drawn = base * _column(self.scale[cell])
        drawn += _column(self.offset[cell])
        for line in np.flatnonzero(~self.is_near[cell]):
            shape = float(self.beyond[places[line], area, indicator])
            drawn[line] += streams.gamma(shape, *names, "rest", self.quarters[places[line]])
        return drawn


def _column(values: Floats) -> Draws:
    return values.astype(np.float32)[:, None]
