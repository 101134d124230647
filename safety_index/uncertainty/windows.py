"""The single quarters inside rolling windows, so that windows that overlap share what they share.

Belongs here: taking window sums apart. Does not belong here: draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TOLERANCE = 1e-6


def single_quarters(sums: Floats, lengths: NDArray[np.int64], ordinal: NDArray[np.int64]) -> Floats:
    """Each quarter's own count from sums over the ``lengths`` quarters up to it; NaN where it does not follow.

    ``sums`` and ``lengths`` have shape (quarters, ...), ``ordinal`` (quarters,) numbers the calendar quarters. Where
    the windows contradict one another (an area was cut anew), the count would be negative, and nothing is said.
    """
    known = np.full(sums.shape, np.nan)
    for place, when in enumerate(ordinal):
        before = np.zeros(sums.shape[1:])
        for back in range(1, int(lengths[place].max(initial=1))):
            earlier = np.flatnonzero(ordinal == when - back)
            part = known[earlier[0]] if len(earlier) else np.full(sums.shape[1:], np.nan)
            before = np.where(lengths[place] > back, before + part, before)
        own = sums[place] - before
        known[place] = np.where(own >= -_TOLERANCE, np.maximum(own, 0.0), np.nan)
    return known


def window_places(ordinal: NDArray[np.int64], longest: int) -> dict[tuple[int, int], list[int]]:
    """For every quarter's place and window length the places of the quarters in the window, the latest first; windows
    that reach beyond the quarters there are left out."""
    places = {int(when): place for place, when in enumerate(ordinal)}
    found = {}
    for place, when in enumerate(ordinal):
        for length in range(1, longest + 1):
            members = [places.get(int(when) - back) for back in range(length)]
            if None not in members:
                found[place, length] = members
    return found
