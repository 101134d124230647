"""How much areas truly differ: gamma and beta priors by the method of moments.

Belongs here: estimating a prior from counts and exposures. Does not belong here: what the prior does to an area
(``shrinkage``).

Sources: Marshall, Mapping disease and mortality rates using empirical Bayes estimators, Applied Statistics 40 (1991),
for rates; Kleinman, Proportions with extraneous variance, JASA 68 (1973), for shares; Morris, Parametric empirical
Bayes inference, JASA 78 (1983), for allowing for what is estimated.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]
#: Where the counts vary less than chance would make them, Marshall's rule has no variance; this share of the mean is
#: then taken for the standard deviation between areas.
LEAST_VARIATION = 0.05


class Prior(NamedTuple):
    """A prior for every area. ``mean`` (areas,) in events per unit of exposure; ``strength`` (areas,) is how much
    exposure the prior is worth: an area with as much exposure of its own counts for one half.
    """

    mean: Floats
    strength: Floats


def gamma_prior(count: Floats, exposure: Floats, group: Groups | None = None, *, is_corrected: bool = True) -> Prior:
    """The gamma prior of Poisson rates, shape ``mean·strength`` and rate ``strength``.

    ``count`` and ``exposure`` have shape (areas,); an area without exposure takes no part and gets its group's prior.
    ``group`` (areas,) numbers each area's group, towards whose mean it is pulled; without it all areas are one. The
    variance between areas is Marshall's A = Σn(r − m)²/Σn − m/n̄, taken within the groups and pooled over them as
    a squared coefficient of variation.

    ``is_corrected`` allows for what is estimated from the same counts: the degrees of freedom of the means, and the
    variance (the mean of what it may be, given that it is above 0, so that a small one is never taken for none).
    Without it the formula is Marshall's as it stands, and ``mean`` the plain ratio. Raises ValueError when no area
    has exposure.
    """
    count, exposure, group = _checked(count, exposure, group)
    ratio = _ratios(count, exposure, group)
    rate = np.divide(count, exposure, out=np.zeros_like(count), where=exposure > 0)
    spread = np.sum(exposure * (rate - ratio) ** 2)
    free = _free(exposure, group) if is_corrected else (exposure > 0).astype(float)
    chance, scale = np.sum(ratio * free), np.sum(exposure * free * ratio**2)
    variation = (spread - chance) / scale if scale > 0 else 0.0
    if not is_corrected:
        variation = variation if variation > 0 else LEAST_VARIATION**2
        mean = np.where(ratio > 0, ratio, 0.5 / exposure.sum())
        return Prior(mean, 1.0 / (variation * mean))
    mean = _steadied(count, exposure, group, pseudo=0.5)
    expected = np.maximum(mean * exposure, 1e-9)
    kurtosis = np.sum(free * ratio**2 * (2 + np.minimum(1 / expected, 1e3)))
    variation = _above_zero(variation, np.sqrt(kurtosis) * max(spread / chance, 1.0) / scale if scale > 0 else 1.0)
    return Prior(mean, 1.0 / (variation * mean))


def beta_prior(count: Floats, exposure: Floats, group: Groups | None = None, *, is_corrected: bool = True) -> Prior:
    """The beta prior of binomial shares, parameters ``mean·strength`` and ``(1 − mean)·strength``.

    As ``gamma_prior``; ``count`` lies between 0 and ``exposure``. With v = m(1 − m) the part of the variance that is
    between areas is ρ = (Σn(p − m)² − Σv)/Σ(n − 1)v, pooled over the groups, and the strength 1/ρ − 1. Raises
    ValueError when no area has exposure or a count exceeds it.
    """
    count, exposure, group = _checked(count, exposure, group)
    if np.any(count > exposure * (1 + 1e-9)):
        raise ValueError("a share's count exceeds its exposure: declare the indicator's count_model as poisson")
    ratio = _ratios(count, exposure, group)
    share = np.divide(count, exposure, out=np.zeros_like(count), where=exposure > 0)
    within = ratio * (1 - ratio)
    spread = np.sum(exposure * (share - ratio) ** 2)
    free = _free(exposure, group) if is_corrected else (exposure > 0).astype(float)
    chance, scale = np.sum(within * free), np.sum(np.maximum(exposure - 1, 0) * free * within)
    part = (spread - chance) / scale if scale > 0 else 0.0
    mean = _steadied(count, exposure, group, pseudo=1.0)
    if not is_corrected:
        part = np.full_like(mean, part) if part > 0 else LEAST_VARIATION**2 * mean / (1 - mean)
        return Prior(mean, 1.0 / np.clip(part, 1e-9, 0.99) - 1.0)
    steady = mean * (1 - mean)
    excess = np.divide(1 - 6 * steady, np.maximum(exposure, 1) * steady)
    kurtosis = np.sum(free * within**2 * (2 + np.clip(excess, -1.9, 1e3)))
    part = _above_zero(part, np.sqrt(kurtosis) * max(spread / chance, 1.0) / scale if scale > 0 else 1.0)
    return Prior(mean, np.full_like(mean, 1.0 / min(part, 0.9) - 1.0))


def _checked(count: Floats, exposure: Floats, group: Groups | None) -> tuple[Floats, Floats, Groups]:
    count, exposure = np.asarray(count, dtype=float), np.asarray(exposure, dtype=float)
    usable = (exposure > 0) & np.isfinite(count)
    if not usable.any():
        raise ValueError("no area has any exposure: there is nothing to learn a prior from")
    group = np.zeros(len(count), dtype=np.int64) if group is None else np.asarray(group, dtype=np.int64)
    return np.where(usable, count, 0.0), np.where(usable, exposure, 0.0), group


def _sums(values: Floats, group: Groups) -> Floats:
    """The sum over each area's group, at every area."""
    return np.bincount(group, values)[group]


def _ratios(count: Floats, exposure: Floats, group: Groups) -> Floats:
    """Each group's count per exposure, at every area."""
    total = _sums(exposure, group)
    return np.divide(_sums(count, group), total, out=np.zeros_like(total), where=total > 0)


def _steadied(count: Floats, exposure: Floats, group: Groups, pseudo: float) -> Floats:
    """Each group's ratio with ``pseudo`` events' worth of the mean of all added, so that none is 0 or all."""
    everything = exposure.sum()
    overall = (count.sum() + pseudo / 2) / (everything + (pseudo if pseudo == 1.0 else 0.0))
    weight = pseudo if pseudo == 1.0 else pseudo / overall
    return (_sums(count, group) + weight * overall) / (_sums(exposure, group) + weight)


def _free(exposure: Floats, group: Groups) -> Floats:
    """Each area's part of the degrees of freedom: 1 less its part of what its group's mean used up."""
    used = np.divide(exposure, _sums(exposure, group), out=np.zeros_like(exposure), where=exposure > 0)
    return (exposure > 0) - used


def _above_zero(estimate: float, error: float) -> float:
    """The mean of a normal with this mean and standard error above 0: hardly more than a clear estimate, and a little
    above 0 where the estimate says none."""
    from math import erfc, exp, pi, sqrt

    z = estimate / error
    if z < -20:
        return error / -z
    return estimate + error * exp(-z * z / 2) / sqrt(2 * pi) / (0.5 * erfc(-z / sqrt(2)))
