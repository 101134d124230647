"""Ranks that hold for all areas at once, and which areas can be told apart.

Belongs here: simultaneous confidence sets of ranks. Does not belong here: the chance of a single area's rank
(``summaries``).

Source: Mogstad, Romano, Shaikh and Wilhelm, Inference for ranks with applications to mobility across neighbourhoods,
Review of Economic Studies 91 (2024): test every pair, count for each area those that are surely better and surely
worse. That of raw counts, by exact tests, is in ``count_ranks``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_STEPS = 20


class RankSets(NamedTuple):
    """For each area the best and the worst rank that it may truly have, with one error share for all together, and
    ``is_above`` (areas, areas): whether the row's area is surely better than the column's."""

    best: NDArray[np.int64]
    worst: NDArray[np.int64]
    is_above: Flags


def rank_sets(scores: Floats, draws: Floats, error_share: float) -> RankSets:
    """Rank sets from ``scores`` (areas,), higher is better, and ``draws`` of them (draws, areas).

    Every difference of two areas is divided by the standard deviation of its draws and compared with the ``1 −
    error_share`` quantile of the largest such deviation from the draws' mean; what is rejected is left out and the
    rest compared again with the smaller quantile of what remains (step-down), until nothing more is. Cost: draws ×
    areas²/2, in single precision.
    """
    first, second = np.triu_indices(len(scores), 1)
    centred = (draws - draws.mean(axis=0)).astype(np.float32)
    covariance = np.cov(centred.T.astype(float)).reshape(len(scores), len(scores))
    variance = np.diag(covariance)
    spread = np.sqrt(np.maximum(variance[first] + variance[second] - 2 * covariance[first, second], 0.0))
    gap = (scores[first] - scores[second]).astype(float)
    is_fixed = spread <= 1e-12
    statistic = np.divide(np.abs(gap), spread, out=np.where(np.abs(gap) > 1e-12, np.inf, 0.0), where=~is_fixed)
    open_pairs = np.flatnonzero(~is_fixed)
    rejected = is_fixed & (statistic > 0)
    for _ in range(_STEPS):
        if not len(open_pairs):
            break
        critical = _largest_quantile(centred, first, second, spread, open_pairs, 1 - error_share)
        falls = statistic[open_pairs] > critical
        if not falls.any():
            break
        rejected[open_pairs[falls]] = True
        open_pairs = open_pairs[~falls]
    return sets_of(len(scores), first, second, rejected, gap > 0)


def _largest_quantile(
    centred: NDArray[np.float32], first: NDArray, second: NDArray, spread: Floats, pairs: NDArray, level: float
) -> float:
    """The ``level`` quantile over the draws of the largest standardised deviation among ``pairs``."""
    largest = np.zeros(len(centred), dtype=np.float32)
    inverse = (1.0 / spread[pairs]).astype(np.float32)
    size = max(4_000_000 // len(pairs), 1)
    for start in range(0, len(centred), size):
        rows = centred[start : start + size]
        deviation = rows[:, first[pairs]]
        deviation -= rows[:, second[pairs]]
        deviation *= inverse
        np.abs(deviation, out=deviation)
        largest[start : start + size] = deviation.max(axis=1)
    return float(np.quantile(largest, level))


def sets_of(count: int, first: NDArray, second: NDArray, rejected: Flags, is_first_higher: Flags) -> RankSets:
    """The sets of ``count`` areas from what the tests of the pairs ``first`` and ``second`` say."""
    is_above = np.zeros((count, count), dtype=bool)
    is_above[first, second] = rejected & is_first_higher
    is_above[second, first] = rejected & ~is_first_higher
    return RankSets(1 + is_above.sum(axis=0), count - is_above.sum(axis=1), is_above)


def tiers(scores: Floats, sets: RankSets) -> NDArray[np.int64]:
    """Tiers from 1, the best: a new one begins with the first area, by score, that is surely worse than the tier's
    own first. Areas of one tier can't be told from its leader; neighbours across a border may still be alike."""
    result = np.zeros(len(scores), dtype=np.int64)
    leader, tier = None, 0
    for area in np.argsort(-scores, kind="stable"):
        if leader is None or sets.is_above[leader, area]:
            leader, tier = area, tier + 1
        result[area] = tier
    return result
