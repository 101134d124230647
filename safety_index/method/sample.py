"""Statistics over the areas of a period, or over the areas of all periods.

Belongs here: which axes make the sample, its moments, extremes and ranks. Does not belong here: a score.
"""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from safety_index.method.ranking import ranks
from safety_index.series.settings import RankRule

Floats = NDArray[np.float64]
Sample = Literal["each_period", "all_periods"]
#: Values that agree to so many digits of the sample's largest are equal: two correct programs must rank alike.
_DIGITS = 12


def sample_axes(values: Floats, sample: Sample) -> tuple[int, ...]:
    """The axes of ``values`` (..., [periods,] areas, indicators) that make up a sample."""
    return (-3, -2) if sample == "all_periods" and values.ndim >= 3 else (-2,)


def extremes(values: Floats, sample: Sample) -> tuple[Floats, Floats]:
    """The smallest and largest value of each sample, broadcasting against ``values``; NaN where there is none."""
    axes = sample_axes(values, sample)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a sample without values
        return np.nanmin(values, axis=axes, keepdims=True), np.nanmax(values, axis=axes, keepdims=True)


def moments(values: Floats, sample: Sample, lost_degrees: int) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each sample, broadcasting against ``values``."""
    axes = sample_axes(values, sample)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = np.nanmean(values, axis=axes, keepdims=True)
        return mean, np.nanstd(values, axis=axes, keepdims=True, ddof=lost_degrees)


def sample_ranks(values: Floats, sample: Sample, ties: Literal["mean", "min", "max"]) -> tuple[Floats, Floats]:
    """Ranks from the smallest, 1, and the count of values of each sample, broadcasting against ``values``."""
    axes = sample_axes(values, sample)
    last = np.moveaxis(values, -1, -1 - len(axes))
    flat = last.reshape(*last.shape[: -len(axes)], -1)
    with np.errstate(divide="ignore"):
        largest = np.nanmax(np.abs(np.nan_to_num(flat)), axis=-1, keepdims=True)
        unit = 10.0 ** (np.ceil(np.log10(np.where(largest > 0, largest, 1.0))) - _DIGITS)
    rank = ranks(np.round(flat / unit), RankRule(decimals=None, ties=ties, order="lowest_first"))
    count = np.broadcast_to((~np.isnan(flat)).sum(axis=-1, keepdims=True), rank.shape)
    return tuple(np.moveaxis(part.reshape(last.shape), -1 - len(axes), -1) for part in (rank, count))
