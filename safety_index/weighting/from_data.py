"""Weights from the data: entropy, CRITIC, and the neutral baseline of equal weights.

Belongs here: weights that need no judgement. Does not belong here: which periods they are taken on; such weights reward
noise (rare counts spread the most) and would move every period, so they serve to compare with, or are taken once.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from safety_index.method.goalposts import oriented
from safety_index.method.sample import extremes
from safety_index.method.scoring import between
from safety_index.method.transformation import same
from safety_index.series.declaration import Indicator

Floats = NDArray[np.float64]
#: What differs by less does not vary: it is the last bits.
_NOTHING = 1e-12


def scaled(values: Floats, indicators: Sequence[Indicator]) -> Floats:
    """``values`` (areas, indicators) from 0, the worst of the sample, to 1, the best; NaN stays NaN."""
    better = oriented(np.asarray(values, dtype=float), indicators, same)
    return between(better, *extremes(better, "each_period"))


def entropy_weights(scores: Floats) -> Floats:
    """Entropy weights 熵值法 of ``scores`` (areas, parts), 0 or more: w ∝ 1 − e, e = −Σ p·ln p ÷ ln n, p = x ÷ Σx.

    A part that is the same everywhere gets 0. Areas without a score are left out of that part. Equal weights where no
    part varies.
    """
    scores = np.asarray(scores, dtype=float)
    count = (~np.isnan(scores)).sum(axis=0)
    total = np.nansum(scores, axis=0)
    share = np.divide(scores, total, out=np.zeros_like(scores), where=(total > 0) & ~np.isnan(scores))
    terms = share * np.log(np.where(share > 0, share, 1.0))
    entropy = np.where((count > 1) & (total > 0), -terms.sum(axis=0) / np.log(np.maximum(count, 2)), 1.0)
    return _shares(np.where(1 - entropy > _NOTHING, 1 - entropy, 0.0))


def critic_weights(scores: Floats) -> Floats:
    """CRITIC weights (Diakoulaki, Mavrotas and Papayannakis 1995) of ``scores`` (areas, parts): w ∝ σ_j·Σ_k(1 − r_jk).

    σ is the standard deviation with n − 1. Areas that lack any score are left out. A constant part gets 0.
    """
    scores = np.asarray(scores, dtype=float)
    scores = scores[~np.isnan(scores).any(axis=1)]
    deviation = scores.std(axis=0, ddof=1) if len(scores) > 1 else np.zeros(scores.shape[1])
    centred = scores - scores.mean(axis=0) if len(scores) else scores
    length = np.sqrt((centred**2).sum(axis=0))
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > _NOTHING)
    conflict = (1 - unit.T @ unit).sum(axis=1) - (1 - (unit**2).sum(axis=0))
    return _shares(np.where(length > _NOTHING, deviation * conflict, 0.0))


def equal_weights(count: int) -> Floats:
    """The same weight for each of ``count`` parts."""
    return np.full(count, 1 / count)


def _shares(amounts: Floats) -> Floats:
    """``amounts`` divided by their sum; equal shares where the sum is 0."""
    total = amounts.sum()
    return amounts / total if total > _NOTHING else equal_weights(len(amounts))
