"""Rolling windows against differencing: does a run of published window sums give away one quarter's count?

Belongs here: the bounds that published sums of overlapping quarters put on each quarter. Pure numpy.
Does not belong here: what is done about it (``disclosure``).
"""

from __future__ import annotations

import numpy as np

_TOLERANCE = 1e-6


def quarter_bounds(sums: np.ndarray, lengths: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The tightest bounds on each quarter's count that follow from the shown window sums.

    sums, lengths, shown: areas × quarters; ``sums[a, q]`` is the count over the ``lengths[a, q]`` quarters up to q.
    Returns lower and upper bounds, areas × (lead + quarters); lead, the longest window less one, stands for the
    quarters before the first that a window may reach.

    With running totals as unknowns every window sum is a difference of two of them, and so is "no count is
    negative". Bounds under such constraints are shortest paths, found here by Floyd and Warshall's algorithm.
    """
    area_count, quarter_count = sums.shape
    lead = int(lengths.max(initial=1)) - 1
    point_count = lead + quarter_count + 1
    # at_most[a, i, j]: how far the running total may rise from point i to point j
    at_most = np.full((area_count, point_count, point_count), np.inf)
    for point in range(point_count):
        at_most[:, point:, point] = 0.0
    for quarter in range(quarter_count):
        rows = np.flatnonzero(shown[:, quarter])
        end = lead + quarter + 1
        start = end - lengths[rows, quarter].astype(int)
        at_most[rows, start, end] = np.minimum(at_most[rows, start, end], sums[rows, quarter])
        at_most[rows, end, start] = np.minimum(at_most[rows, end, start], -sums[rows, quarter])
    for through in range(point_count):
        np.minimum(at_most, at_most[:, :, through, None] + at_most[:, None, through, :], out=at_most)
    points = np.arange(point_count - 1)
    return -at_most[:, points + 1, points], at_most[:, points, points + 1]


def gives_away_a_small_count(sums: np.ndarray, lengths: np.ndarray, shown: np.ndarray, threshold: float) -> np.ndarray:
    """True for each area in which some quarter's count is pinned to a value from 1 up to ``threshold``, excluded."""
    lower, upper = quarter_bounds(sums, lengths, shown)
    pinned = np.isfinite(upper) & (np.ceil(lower - _TOLERANCE) == np.floor(upper + _TOLERANCE))
    small = (upper > 1 - _TOLERANCE) & (upper < threshold - _TOLERANCE)
    return (pinned & small).any(axis=1)
