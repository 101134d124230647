"""What moved an indicator's score: its events, its exposure, the pull of small counts, the goalposts, or the clamp.

Belongs here: the split of one indicator's change. Does not belong here: what it does to the index (``waterfall``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: In the order of substitution; ``clamp`` is what floor and cap add.
CAUSES = ("events", "exposure", "shrinkage", "method", "clamp")


class ScoredCounts(NamedTuple):
    """What an indicator's scores were made from, arrays of shape (..., indicators).

    ``count`` and ``exposure`` as counted; ``prior_mean``, ``prior_strength`` and ``factor`` of ``Estimates``,
    strength 0 and factor 1 where nothing was pulled; ``value`` is what was scored, used where the counts are NaN.
    ``unclamped`` scores an array of values by the method of its time, before floor and cap; ``score`` is after them.
    """

    count: Floats
    exposure: Floats
    prior_mean: Floats
    prior_strength: Floats
    factor: Floats
    value: Floats
    score: Floats
    unclamped: Callable[[Floats], Floats]


def change_causes(earlier: ScoredCounts, later: ScoredCounts, multiplier: Floats) -> Floats:
    """Points of the indicator's own score by cause, shape (..., indicators, causes); they add up to its change.

    The parts are put in one after the other, in the order of CAUSES and in the opposite one, and the two effects of
    each averaged, which treats neither as first. Where a score is NaN in either, all are. A figure without counts is
    all events.
    """
    parts = [np.zeros(np.broadcast_shapes(np.shape(earlier.score), np.shape(later.score))) for _ in range(4)]
    for order in ((0, 1, 2, 3), (3, 2, 1, 0)):
        taken = [False] * 4
        before = _score(earlier, later, taken, multiplier)
        for part in order:
            taken[part] = True
            after = _score(earlier, later, taken, multiplier)
            parts[part] += (after - before) / 2
            before = after
    unclamped = sum(parts)
    clamp = (later.score - earlier.score) - unclamped
    return np.stack([*parts, clamp], axis=-1)


def _score(earlier: ScoredCounts, later: ScoredCounts, taken: list[bool], multiplier: Floats) -> Floats:
    """The unclamped score with the parts that are ``taken`` from the later quarter and the others from the earlier."""
    count, exposure, prior, method = (later if is_later else earlier for is_later in taken)
    strength = prior.prior_strength
    pulled = np.where(strength > 0, np.nan_to_num(prior.prior_mean) * strength, 0.0)
    total = strength + exposure.exposure
    with np.errstate(invalid="ignore", divide="ignore"):
        value = (pulled + count.count) / total * prior.factor * multiplier
    is_counted = [np.isfinite(side.count) & (side.exposure > 0) for side in (earlier, later)]
    return method.unclamped(np.where(is_counted[0] & is_counted[1], value, count.value))
