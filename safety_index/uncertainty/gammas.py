"""The gamma totals that rates and shares are made of, window by window.

Belongs here: putting a window's total together from the prior's part and the parts of its quarters. Does not belong
here: what the totals mean (``posterior``).

A gamma of shape p + q is the sum of independent ones of shapes p and q, so the total of a window whose prior has
shape α and whose quarters have y events is drawn in parts. Windows that share quarters share these parts. Of the
prior's shape each quarter has up to ``JEFFREYS`` of its own: that much says what a quarter's rate may be apart from
its count, so that a quarter with one event is not for sure above one with none. The rest is what is known of the area
beforehand, the same unknown in every quarter, and no change.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from math import isnan

import numpy as np
from numpy.typing import NDArray

from safety_index.uncertainty.streams import Streams

Floats = NDArray[np.float64]
Draws = NDArray[np.float32]
#: Jeffreys's prior of a rate is a gamma of this shape.
JEFFREYS = 0.5
#: A prior's part is stretched from one quarter to another up to this ratio of shapes, beyond it is drawn in pieces.
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a cell in which nothing is ever drawn
            self.own = np.minimum(JEFFREYS, np.nanmin(prior / length, axis=0))
            of_quarters = self.own * length
            shared = np.maximum(prior - of_quarters, 0.0)
            self.least = np.nanmin(shared, axis=0)
        self.whole = whole + of_quarters
        self.own_share = np.divide(of_quarters, self.whole, out=np.zeros_like(prior), where=self.whole > 0)
        self.is_near = shared <= _STRETCH * self.least
        # a stretched part has the mean and variance of a gamma of its own shape, and is never below nought
        scale = np.sqrt(np.divide(shared, self.least, out=np.ones_like(shared), where=self.is_near & (self.least > 0)))
        self.scale, self.offset = scale, np.where(self.is_near, shared - self.least * scale, 0.0)
        self.beyond = shared - self.least

    def draw(
        self, places: NDArray[np.int64], area: int, indicator: int, names: Sequence[str], streams: Streams,
        moved: Draws | None = None,
    ) -> Draws:  # fmt: skip
        """Draws of the totals at ``places`` of one area and indicator, (places, draws).

        ``names`` name the cell apart from its quarter. ``moved`` (places, draws), with mean 1, is what the prior's mean
        is multiplied by.
        """
        cell, names = (places, area, indicator), (*names, self.kind)
        total = self._parts_of_quarters(places, area, indicator, names, streams)
        prior = self._prior_parts(places, area, indicator, names, streams)
        if moved is not None:
            prior *= moved
            total *= 1 + _column(self.own_share[cell]) * (moved - 1)
        total += prior
        return np.maximum(total, LEAST, out=total)

    def _parts_of_quarters(
        self, places: NDArray[np.int64], area: int, indicator: int, names: tuple[str, ...], streams: Streams
    ) -> Draws:
        total = np.empty((len(places), streams.size), dtype=np.float32)
        own, single = float(self.own[area, indicator]), self.single[:, area, indicator].tolist()
        parts: dict[int, Draws] = {}
        for line, place in enumerate(places):
            members = self.windows.get((int(place), int(self.length[place, area, indicator])), ())
            shapes = [single[member] for member in members]
            if not shapes or any(isnan(shape) for shape in shapes):
                whole = float(self.whole[place, area, indicator])
                total[line] = streams.gamma(whole, *names, self.quarters[place], "window")
                continue
            for member, shape in zip(members, shapes, strict=True):
                if member not in parts:
                    parts[member] = streams.gamma(shape + own, *names, self.quarters[member])
            total[line] = parts[members[0]]
            for member in members[1:]:
                total[line] += parts[member]
        return total

    def _prior_parts(
        self, places: NDArray[np.int64], area: int, indicator: int, names: tuple[str, ...], streams: Streams
    ) -> Draws:
        cell = (places, area, indicator)
        base = streams.gamma(float(self.least[area, indicator]), *names, "prior")
        drawn = base * _column(self.scale[cell])
        drawn += _column(self.offset[cell])
        for line in np.flatnonzero(~self.is_near[cell]):
            shape = float(self.beyond[places[line], area, indicator])
            drawn[line] += streams.gamma(shape, *names, "prior", self.quarters[places[line]])
        return drawn


def _column(values: Floats) -> Draws:
    return values.astype(np.float32)[:, None]
