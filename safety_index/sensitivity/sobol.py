"""Sobol indices: how much of a result's variance each uncertain input accounts for, alone and in all.

Belongs here: the design and the estimators, for any model. Does not belong here: what is varied (``choices``).

Sources: Saltelli and others, Variance based sensitivity analysis of model output, Computer Physics Communications 181
(2010), for the design and the first-order estimator (b of its table 2); Jansen, Computer Physics Communications 117
(1999), for the total effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class SobolIndices(NamedTuple):
    """``first`` and ``total`` (inputs,) as shares of the variance, with half-widths of their 90 % intervals by
    bootstrap; ``mean`` and ``variance`` of the result; ``run_count`` runs of the model."""

    first: Floats
    total: Floats
    first_half_width: Floats
    total_half_width: Floats
    mean: float
    variance: float
    run_count: int


def design(sample_count: int, input_count: int, seed: int) -> Floats:
    """Points in the unit cube, shape (sample_count·(input_count + 2), input_count): the blocks A, B, then for each
    input A with that input's column of B. A and B are Latin hypercubes: each column has one point in each of
    ``sample_count`` equal parts."""
    rng = np.random.Generator(np.random.Philox(key=seed))
    places = rng.permuted(np.tile(np.arange(sample_count), (2 * input_count, 1)), axis=1).T
    both = (places + rng.random(places.shape)) / sample_count
    a, b = both[:, :input_count], both[:, input_count:]
    mixed = np.repeat(a[None], input_count, axis=0)
    for column in range(input_count):
        mixed[column, :, column] = b[:, column]
    return np.concatenate([a, b, mixed.reshape(-1, input_count)])


def sobol_indices(results: Floats, input_count: int, seed: int, bootstrap_count: int = 500) -> SobolIndices:
    """Indices from the model's ``results`` at the points of ``design``, in their order. A result that never varies
    has indices of 0."""
    a, b, *mixed = results.reshape(input_count + 2, -1)
    mixed = np.array(mixed)
    first, total = _estimate(a, b, mixed)
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(a), (bootstrap_count, len(a)))
    again = [_estimate(a[pick], b[pick], mixed[:, pick]) for pick in picks]
    spread = 1.645 * np.std(np.array(again), axis=0)
    both = np.concatenate([a, b])
    return SobolIndices(first, total, spread[0], spread[1], float(both.mean()), float(both.var()), results.size)


def _estimate(a: Floats, b: Floats, mixed: Floats) -> tuple[Floats, Floats]:
    variance = np.concatenate([a, b]).var()
    if variance <= 0:
        return np.zeros(len(mixed)), np.zeros(len(mixed))
    first = np.mean(b * (mixed - a), axis=1) / variance
    total = np.mean((a - mixed) ** 2, axis=1) / (2 * variance)
    return first, total


def analyse(model: Callable[[Floats], Floats], sample_count: int, input_count: int, seed: int) -> SobolIndices:
    """Run ``model`` on the whole design, points (runs, inputs) to results (runs,), and estimate the indices."""
    return sobol_indices(model(design(sample_count, input_count, seed)), input_count, seed)
