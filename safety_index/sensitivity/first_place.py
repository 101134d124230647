"""The smallest change of weights that puts another area first.

Belongs here: that question alone. Does not belong here: other changes of the method.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class WeightShift(NamedTuple):
    """``rival`` would draw level with the first area if weights changed from the old ones to ``weights``.

    ``moved`` is the weight taken from some indicators and given to another, in the units of the weights; infinite, and
    ``rival`` −1, where no change of weights does it.
    """

    rival: int
    moved: float
    weights: Floats


def smallest_weight_shift(scores: Floats, weights: Floats, leader: int | None = None) -> WeightShift:
    """The least weight that must be moved for an index of arithmetic means to lose its first area.

    ``scores`` (areas, indicators) without gaps, ``weights`` (indicators,) not below 0. The sum of the weights stays and
    none falls below 0. Moving a unit from indicator s to t closes the gap by g_s − g_t, where g is the leader's score
    less the rival's; so the receiver is the indicator on which the rival stands best, and the givers those on which it
    stands worst, each until it has nothing left: the optimum of this linear programme, by exchange.
    """
    totals = scores @ weights
    leader = int(np.argmax(totals)) if leader is None else leader
    best = WeightShift(-1, np.inf, weights.astype(float))
    for rival in range(len(scores)):
        if rival == leader:
            continue
        shift = _shift_for(scores[leader] - scores[rival], weights.astype(float), rival)
        best = shift if shift.moved < best.moved else best
    return best


def _shift_for(advantage: Floats, weights: Floats, rival: int) -> WeightShift:
    gap, receiver = float(advantage @ weights), int(np.argmin(advantage))
    changed, moved = weights.copy(), 0.0
    for giver in np.argsort(-advantage, kind="stable"):
        gain = advantage[giver] - advantage[receiver]
        if gap <= 1e-12:
            return WeightShift(rival, moved, changed)
        if gain <= 0:
            break
        amount = min(weights[giver], gap / gain)
        changed[giver] -= amount
        changed[receiver] += amount
        moved, gap = moved + amount, gap - amount * gain
    return WeightShift(rival, moved, changed) if gap <= 1e-12 else WeightShift(-1, np.inf, weights)
