"""What stands in for a missing value: the area's own value of the period before, or the mean of its neighbours.

Belongs here: filling gaps of a table of values, openly. Does not belong here: what happens to a gap that stays (the
weights of ``aggregation``), and values that do not apply, which are no gaps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safety_index.series.settings import MissingRule

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def carried_forward(values: Floats, is_missing: Flags, previous: NDArray[np.int64]) -> tuple[Floats, Flags]:
    """Fill missing values (periods, areas, indicators) with the same area's of the period before, and say which.

    ``previous`` (periods,) is the position of the period before, −1 where there is none. Only values that were really
    there are carried, so that none is carried twice.
    """
    earlier = np.where((previous >= 0)[:, None, None], values[previous], np.nan)
    filled = is_missing & ~np.isnan(earlier)
    return np.where(filled, earlier, values), filled


def group_means(values: Floats, is_missing: Flags, group: NDArray[np.int64]) -> tuple[Floats, Flags]:
    """Fill missing values (periods, areas, indicators) with the mean of the areas of the same group, and say which.

    ``group`` (periods, areas) numbers the group of each area in each period, −1 for none.
    """
    there = ~np.isnan(values) & (group >= 0)[..., None]
    size = (values.shape[0], group.max(initial=-1) + 1, values.shape[2])
    sums, counts = np.zeros(size), np.zeros(size)
    period, area = np.nonzero(group >= 0)
    place = (period, group[period, area])
    np.add.at(sums, place, np.where(there, values, 0.0)[period, area])
    np.add.at(counts, place, there[period, area])
    means = np.full(values.shape, np.nan)
    means[period, area] = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)[place]
    filled = is_missing & ~np.isnan(means)
    return np.where(filled, means, values), filled


def fill(
    values: Floats, is_missing: Flags, previous: NDArray[np.int64], group: NDArray[np.int64], rule: MissingRule
) -> tuple[Floats, Flags, Flags]:
    """Apply ``rule``: the values, which were carried forward, and which are means of their group."""
    carried = averaged = np.zeros(values.shape, dtype=bool)
    if rule.carry_forward:
        values, carried = carried_forward(values, is_missing, previous)
    if rule.group_mean:
        values, averaged = group_means(values, is_missing & ~carried, group)
    return values, carried, averaged
