"""What is done to a value before it is scored.

Belongs here: the transformations that an indicator may name. Does not belong here: outliers, scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safety_index.method.sample import sample_ranks

Floats = NDArray[np.float64]


def natural_log(values: Floats) -> Floats:
    """ln x; NaN for 0 and below, which have none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0, np.log(values), np.nan).astype(np.asarray(values).dtype)


def same(values: Floats) -> Floats:
    """The values as they are."""
    return values


def transformed(values: Floats, name: str) -> Floats:
    """``values`` of shape (..., areas, indicators) transformed; ``rank`` is within each period, the smallest 1, ties
    sharing the mean of their places."""
    if name == "rank":
        return sample_ranks(values, "each_period", "mean")[0]
    return of_constants(name)(values)


def of_constants(name: str):
    """The transformation of goalposts and benchmarks; with ``rank`` they are stated as ranks."""
    return natural_log if name == "natural_log" else same
