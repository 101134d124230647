"""Intervals of a single count without any prior: Wilson for shares, exact and Byar for Poisson counts.

Belongs here: classical intervals. Does not belong here: anything that looks at other areas.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def wilson_interval(count: ArrayLike, size: ArrayLike, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share (JASA 22, 1927), lower and upper, between 0 and 1; NaN where size is 0.

    (p + z²/2n ± z√(p(1 − p)/n + z²/4n²)) / (1 + z²/n). Raises ValueError on a coverage outside 0 to 1.
    """
    z = _normal_quantile(coverage)
    count, size = np.broadcast_arrays(np.asarray(count, float), np.asarray(size, float))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = count / size
        middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
        half = z * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def exact_poisson_interval(count: ArrayLike, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """Garwood's exact interval of a Poisson mean (Biometrika 28, 1936): χ²(2y)/2 and χ²(2y + 2)/2, as events.

    The lower end of no event is 0. Raises ValueError on a coverage outside 0 to 1.
    """
    from scipy.special import gammaincinv

    tail = _tail(coverage)
    count = np.asarray(count, float)
    lower = np.where(count > 0, gammaincinv(np.maximum(count, 1e-300), tail), 0.0)
    return lower, gammaincinv(count + 1, 1 - tail)


def byar_interval(count: ArrayLike, coverage: float = 0.95) -> tuple[Floats, Floats]:
    """Byar's approximation of the exact Poisson interval (Breslow and Day, Statistical Methods in Cancer Research II,
    1987): y(1 − 1/9y − z/3√y)³ and (y + 1)(1 − 1/9(y + 1) + z/3√(y + 1))³, as events.
    """
    z = _normal_quantile(coverage)
    count = np.asarray(count, float)
    above, safe = count + 1, np.where(count > 0, count, 1.0)
    lower = np.where(count > 0, safe * (1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe))) ** 3, 0.0)
    return np.maximum(lower, 0.0), above * (1 - 1 / (9 * above) + z / (3 * np.sqrt(above))) ** 3


def _tail(coverage: float) -> float:
    if not 0 < coverage < 1:
        raise ValueError(f"coverage {coverage} does not lie between 0 and 1; 0.9 is usual")
    return (1 - coverage) / 2


def _normal_quantile(coverage: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(1 - _tail(coverage))
