"""An area's strengths and weaknesses: its indicators beside those of areas of similar size.

Belongs here: choosing peers and comparing with them. Does not belong here: ranks among all areas.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def peers(size: Floats, kind: NDArray, count: int = 10) -> NDArray[np.int64]:
    """For each area the ``count`` areas of its kind that are nearest in size, (areas, count), by the ratio of sizes; −1
    where its kind has no more. ``size`` (areas,) above 0, ``kind`` (areas,) any labels."""
    found = np.full((len(size), count), -1, dtype=np.int64)
    logarithm = np.log(np.asarray(size, float))
    for area in range(len(size)):
        others = np.flatnonzero((kind == kind[area]) & (np.arange(len(size)) != area))
        nearest = others[np.argsort(np.abs(logarithm[others] - logarithm[area]), kind="stable")[:count]]
        found[area, : len(nearest)] = nearest
    return found


def against_peers(scores: Floats, chosen: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Each score's difference to the median of its peers, and the share of peers that it is above (ties count half),
    both (areas, indicators); NaN without a score or without at least 3 peers that have one."""
    theirs = np.where((chosen >= 0)[..., None], scores[chosen], np.nan)  # areas, peers, indicators
    is_there = ~np.isnan(theirs)
    enough = (is_there.sum(axis=1) >= 3) & ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        above = np.where(is_there, (scores[:, None] > theirs) + (scores[:, None] == theirs) / 2, 0.0).sum(axis=1)
    share = np.divide(above, is_there.sum(axis=1), out=np.full(scores.shape, np.nan), where=enough)
    filled = np.where(enough[:, None], theirs, 0.0)
    return np.where(enough, scores - np.nanmedian(filled, axis=1), np.nan), share
