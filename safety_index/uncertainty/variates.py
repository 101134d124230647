"""Normal and gamma variates from a generator, fast and the same on every machine.

Belongs here: turning random bits into draws. Does not belong here: whose draws they are (``streams``), or what for.

A normal is one of 65,536 quantiles, chosen by 16 bits, so that no probability is off by more than 1/131,072. A gamma
of shape 2.5 or more is a polynomial of a normal, by the expansion of Cornish and Fisher (Fisher and Cornish, The
percentile points of distributions having known cumulants, Technometrics 2, 1960) up to the power −3/2 of the shape: no
probability is off by more than 0.0008, where the 2,000 draws of a cell leave some 0.01 open. Smaller shapes are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from math import ceil
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float32]
#: From this shape on a gamma is a polynomial of a normal.
POLYNOMIAL_FROM = 2.5
_QUANTILES = 1 << 16


def normals(generators: Iterable[np.random.Generator], size: int) -> Draws:
    """Standard normal draws, (generators, size). A generator is done with before the next is taken."""
    bits = np.stack([generator.bit_generator.random_raw(-(-size // 4)) for generator in generators])
    return _normal_quantiles().take(bits.astype("<u8", copy=False).view("<u2")[:, :size])


def gammas(generator: np.random.Generator, shape: float, size: int) -> Draws:
    """Standard gamma draws of ``shape``, (size,), never below 0; ``shape`` is above 0.

    Below ``POLYNOMIAL_FROM`` a half is half the square of a normal, a half more than whole adds exponentials, and any
    other is drawn by rejection.
    """
    if shape >= POLYNOMIAL_FROM:
        return polynomials(normals([generator], size), [shape])[0]
    if (shape - 0.5) % 1:
        return generator.standard_gamma(shape, size, dtype=np.float32)
    (drawn,) = normals([generator], size)
    drawn *= drawn
    drawn /= 2
    for _ in range(int(shape - 0.5)):
        drawn += generator.standard_exponential(size, dtype=np.float32)
    return drawn


def like_gammas(generator: np.random.Generator, shapes: Sequence[float], least: float, size: int) -> Draws:
    """Draws of gammas of several shapes that rise and fall together, (shapes, size); ``shapes`` are no less than
    ``least``, which is above 0.

    All are made of the same numbers: a normal, and where ``least`` is below ``POLYNOMIAL_FROM`` exponentials, for a
    gamma of shape p is one of shape p + 1 times u^(1/p), u uniform (Marsaglia and Tsang, A simple method for generating
    gamma variables, ACM Transactions on Mathematical Software 26, 2000).
    """
    steps = np.arange(max(ceil(POLYNOMIAL_FROM - least), 0))
    normal = normals([generator], size)
    waits = generator.standard_exponential((len(steps), size), dtype=np.float32)
    drawn = polynomials(normal, [shape + len(steps) for shape in shapes])
    if len(steps):
        for row, shape in zip(drawn, shapes, strict=True):
            row *= np.exp(-((1 / (shape + steps)).astype(np.float32) @ waits))
    return drawn


def polynomials(normal: Draws, shapes: Sequence[float]) -> Draws:
    """Gammas of ``shapes``, (shapes, draws), each made of its own row of ``normal``, or all of the only one; a shape is
    no less than ``POLYNOMIAL_FROM``."""
    first, *coefficients, last = np.array([_coefficients(shape) for shape in shapes], dtype=np.float32).T[..., None]
    drawn = normal * first
    for coefficient in coefficients:
        drawn += coefficient
        drawn *= normal
    drawn += last
    return drawn.clip(0, np.inf, out=drawn)  # twice as fast as the maximum with a scalar


def _coefficients(shape: float) -> tuple[float, ...]:
    """Those of the expansion's powers of a normal, the highest first."""
    root = shape**0.5
    return (
        9 / (38880 * shape * root),
        -3 / (810 * shape),
        1 / (36 * root) + 256 / (38880 * shape * root),
        1 / 3 - 7 / (810 * shape),
        root - 7 / (36 * root) - 433 / (38880 * shape * root),
        shape - 1 / 3 + 16 / (810 * shape),
    )


@cache
def _normal_quantiles() -> Draws:
    half = [NormalDist().inv_cdf((place + 0.5) / _QUANTILES) for place in range(_QUANTILES // 2)]
    lower = np.array(half, dtype=np.float32)
    return np.concatenate([lower, -lower[::-1]])
