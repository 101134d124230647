"""Indicators that rest on the same events: their draws go together.

Belongs here: ordering one indicator's draws by another's. Does not belong here: the draws themselves (``posterior``).
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from safety_index.method.order import in_order

Draws = NDArray[np.float32]


def tie(ours: Draws, theirs: Draws, correlation: float) -> None:
    """Reorder ``ours`` (quarters, draws) in place so that it goes with ``theirs`` with this ``correlation`` of normal
    scores (Iman and Conover, Communications in Statistics B11, 1982).

    Each quarter keeps its own draws, only in another order. The rest of the order is the one that they had, so that
    what two quarters share they still share, and no more. A quarter in which either has no value stays as it is.
    """
    there = ~(np.isnan(ours[:, 0]) | np.isnan(theirs[:, 0]))
    wanted = np.float32(correlation) * normal_scores(theirs[there])
    wanted += np.float32(np.sqrt(1 - correlation**2)) * normal_scores(ours[there])
    ordered = np.empty_like(wanted)
    np.put_along_axis(ordered, in_order(wanted)[0], np.sort(ours[there], axis=-1), axis=-1)
    ours[there] = ordered


def normal_scores(draws: NDArray[np.floating]) -> Draws:
    """The normal quantiles of the draws' places in their order along the last axis (van der Waerden's scores)."""
    scores = np.empty(draws.shape, dtype=np.float32)
    quantiles = np.broadcast_to(_normal_quantiles(draws.shape[-1]), draws.shape)
    np.put_along_axis(scores, in_order(draws)[0], quantiles, axis=-1)
    return scores


@cache
def _normal_quantiles(size: int) -> Draws:
    return np.array([NormalDist().inv_cdf(place / (size + 1)) for place in range(1, size + 1)], dtype=np.float32)
