"""A parent's score beside those of its areas: what their means say, and what their mix adds.

Belongs here: the mix term. Does not belong here: a parent's value, which is the ratio of sums (``tables.pooling``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def mix_terms(parent: Floats, children: Floats, exposure: Floats) -> tuple[Floats, Floats]:
    """The exposure-weighted mean of the children's scores and the mix term, (indicators,): together the parent's score.

    ``parent`` (indicators,), ``children`` and ``exposure`` (children, indicators). A score that is linear in its value
    has a mix term of 0; what floor, cap and curved scoring cut off makes it, and so does pulling small counts unless
    they are made to add up. NaN where no child has a score.
    """
    counts = ~np.isnan(children) & (np.nan_to_num(exposure) > 0)
    weight = np.where(counts, exposure, 0.0)
    total = weight.sum(axis=0)
    sums = np.where(counts, children, 0.0) * weight
    mean = np.divide(sums.sum(axis=0), total, out=np.full(total.shape, np.nan), where=total > 0)
    return mean, parent - mean
