"""Figures that look better in a way that reporting can bring about without anything having improved.

Belongs here: patterns between two quarters that deserve a question to the department. Does not belong here: a verdict;
each pattern also has honest causes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def jumped_to_full(
    earlier: tuple[Floats, Floats], later: tuple[Floats, Floats], least_gain: float = 0.05, least_size: float = 20
) -> Flags:
    """Whether a coverage rate rose by at least ``least_gain`` to exactly 1. Each quarter is (numerator, denominator),
    any shape; lists shorter than ``least_size`` reach 1 by chance and are passed over."""
    before, after = share_of(*earlier), share_of(*later)
    return (after == 1.0) & (before <= 1.0 - least_gain) & (later[1] >= least_size)


def parted(falling: tuple[Floats, Floats], rising: tuple[Floats, Floats], least_deviation: float = 2.0) -> Flags:
    """Whether one count fell while another that should go with it rose, each (earlier, later) of any shape, and both by
    more than ``least_deviation`` standard deviations of a Poisson difference, (y₁ − y₀)/√(y₁ + y₀)."""
    return (_deviation(*falling) < -least_deviation) & (_deviation(*rising) > least_deviation)


def shrank(earlier: Floats, later: Floats, least_share: float = 0.2, least_deviation: float = 2.0) -> Flags:
    """Whether a list lost at least ``least_share`` of its entries, and more than chance would explain."""
    lost = np.divide(earlier - later, earlier, out=np.zeros(np.shape(earlier)), where=np.nan_to_num(earlier) > 0)
    return (lost >= least_share) & (_deviation(earlier, later) < -least_deviation)


def share_of(numerator: Floats, denominator: Floats) -> Floats:
    """numerator ÷ denominator, NaN where the denominator is 0 or not known."""
    shape = np.full(np.shape(numerator), np.nan)
    return np.divide(numerator, denominator, out=shape, where=np.nan_to_num(denominator) > 0)


def _deviation(earlier: Floats, later: Floats) -> Floats:
    total = np.nan_to_num(earlier) + np.nan_to_num(later)
    return np.divide(later - earlier, np.sqrt(total), out=np.zeros(np.shape(total)), where=total > 0)
