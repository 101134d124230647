"""Pulling an area's rate towards its like, as far as its own events leave it uncertain.

Belongs here: posterior means, their weights, and adding up to the parent's count. Does not belong here: the prior
(``priors``), or the uncertainty that stays (``uncertainty``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.small_counts.priors import Prior

Floats = NDArray[np.float64]


class Shrunken(NamedTuple):
    """Estimates of shape (areas,), in events per unit of exposure.

    ``weight`` is the share of an area's own figure in its estimate: 1 is untouched, 0 is all prior. ``factor`` is
    what the estimate was multiplied by so that the areas of a parent add up to the parent's count.
    """

    estimate: Floats
    weight: Floats
    factor: Floats


def shrunken(count: Floats, exposure: Floats, prior: Prior, adds_up_in: NDArray[np.int64] | None = None) -> Shrunken:
    """The posterior mean (m·s + y)/(s + n) of a Poisson rate under a gamma prior, or a share under a beta prior.

    ``count`` and ``exposure`` (areas,); an area without exposure gets the prior's mean and weight 0. With
    ``adds_up_in`` (areas,), the parent of each area, the estimates of a parent are rescaled so that Σ n·θ is the
    parent's count; a parent without any event is left as it is, for no factor can make it 0.
    """
    count, exposure = np.nan_to_num(np.asarray(count, float)), np.nan_to_num(np.asarray(exposure, float))
    estimate = (prior.mean * prior.strength + count) / (prior.strength + exposure)
    weight = exposure / (prior.strength + exposure)
    factor = np.ones_like(estimate)
    if adds_up_in is not None:
        wanted, found = (np.bincount(adds_up_in, part)[adds_up_in] for part in (count, exposure * estimate))
        factor = np.divide(wanted, found, out=factor, where=(wanted > 0) & (found > 0))
    return Shrunken(estimate * factor, weight, factor)
