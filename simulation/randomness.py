"""Random numbers by name, so that one part's draws do not move when another part changes.

Belongs here: making generators. Does not belong here: distributions of anything in the district.
"""

from __future__ import annotations

import zlib

import numpy as np


def generator(seed: int, *names: object) -> np.random.Generator:
    """A generator that depends on the seed and the names alone, not on what was drawn before."""
    return np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])


def cumulative_counts(expected: np.ndarray, noise_share: float, rng: np.random.Generator) -> np.ndarray:
    """Whole numbers whose running total follows that of ``expected``.

    A rare event's yearly total would swing by chance alone; the totals here have ``noise_share`` of the
    Poisson standard deviation, so that a profile's year-on-year changes hold at any seed.
    """
    totals = np.cumsum(expected) + rng.normal(0, 1, len(expected)) * noise_share * np.sqrt(np.maximum(expected, 0))
    steps = np.diff(np.round(np.maximum.accumulate(totals)), prepend=0.0)
    return np.maximum(steps, 0).astype(np.int64)


def spread_evenly(count: int, rng: np.random.Generator) -> np.ndarray:
    """``count`` positions in [0, 1), one in each of ``count`` equal parts, in random order.

    Uniform like independent draws, but never with a long empty stretch: rare events still reach every month.
    """
    return (rng.permutation(count) + rng.random(count)) / max(count, 1)
