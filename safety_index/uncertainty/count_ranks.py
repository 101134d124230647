"""Ranks of raw counts that hold for all areas at once, by exact tests and without any model of how areas differ.

Belongs here: exact tests of pairs, Holm's correction, the sets of ranks. Does not belong here: sets from draws of
scores (``rank_sets``).

Sources: Przyborowski and Wilenski, Homogeneity of results in testing samples from Poisson series, Biometrika 31 (1940);
Fisher, The logic of inductive inference, Journal of the Royal Statistical Society 98 (1935); Holm, A simple
sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979); the sets as in
``rank_sets``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from safety_index.uncertainty.rank_sets import RankSets, sets_of

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
#: Pairs that are tested together, which bounds what the tests hold at once; arrays of all pairs, areas²/2, remain.
_TESTED_TOGETHER = 500_000
#: Terms of a sum below this part of it are left out.
_NEGLIGIBLE = 1e-15


def count_rank_sets(
    count: Counts,
    exposure: Floats,
    error_share: float,
    *,
    model: Literal["poisson", "binomial"] = "poisson",
    is_highest_first: bool = False,
) -> RankSets:
    """Rank sets of raw rates, or of shares where ``exposure`` is how many ``count`` is of (``binomial``), the lowest
    first or the highest.

    Every two areas are compared by an exact two-sided test given their sum, twice the tail on the side of what was
    seen: of events the count of one area is binomial with share n₁/(n₁ + n₂) if the rates are equal, of shares it is
    hypergeometric (Fisher's test). Holm's correction goes over all pairs, so that with a chance of 1 − ``error_share``
    every area's true rank is in its set, if events, or the units that a share is of, are independent of one another:
    where they come in clusters, as residents verified by household or building, sets are too narrow. ``count`` are
    whole numbers, ``exposure`` is above 0, whole and no less than ``count`` for shares; both (areas,). Cost: areas²/2
    tests, and memory for as many pairs.
    """
    first, second = np.triu_indices(len(count), 1)
    is_first_lower = count[first] * exposure[second] < count[second] * exposure[first]
    lower, higher = np.where(is_first_lower, first, second), np.where(is_first_lower, second, first)
    tail = _share_tail if model == "binomial" else _event_tail
    p_value = np.ones(len(first))
    for start in range(0, len(first), _TESTED_TOGETHER):
        part = slice(start, start + _TESTED_TOGETHER)
        below = tail(count[lower[part]], exposure[lower[part]], count[higher[part]], exposure[higher[part]])
        p_value[part] = np.minimum(2 * below, 1.0)
    is_first_better = ~is_first_lower if is_highest_first else is_first_lower
    return sets_of(len(count), first, second, holm(p_value, error_share), is_first_better)


def _event_tail(count: Counts, exposure: Floats, others: Counts, other_exposure: Floats) -> Floats:
    """The chance of at most ``count`` of the events of two areas in the one, where their rates are equal."""
    from scipy.special import bdtr

    return bdtr(count.astype(float), count + others, exposure / (exposure + other_exposure))


def _share_tail(count: Counts, size: Floats, others: Counts, other_size: Floats) -> Floats:
    """The chance of at most ``count`` of the hits of two areas in the one, where their shares are equal.

    The hypergeometric terms from ``count`` down are summed by their ratios. A sum above 1/4 is left as it stands: twice
    that is above any share of errors that can be asked for, so it falls in no test.
    """
    from scipy.special import gammaln

    def log_choices(of: Floats, chosen: Floats) -> Floats:
        return gammaln(of + 1) - gammaln(chosen + 1) - gammaln(of - chosen + 1)

    hits, at = (count + others).astype(float), count.astype(float)
    misses, going = size + other_size - hits, np.arange(len(at))
    term = np.exp(log_choices(hits, at) + log_choices(misses, size - at) - log_choices(size + other_size, size))
    total = term.copy()
    while len(going):
        is_open = (at > 0) & (term > _NEGLIGIBLE * total[going]) & (total[going] < 0.25)
        going, term, at, hits, size, misses = (part[is_open] for part in (going, term, at, hits, size, misses))
        term = term * at * (misses - size + at) / ((hits - at + 1) * (size - at + 1))
        at = at - 1
        total[going] += term
    return total


def holm(p_values: Floats, error_share: float) -> NDArray[np.bool_]:
    """Which hypotheses fall with a chance of at most ``error_share`` that any true one does."""
    order = np.argsort(p_values, kind="stable")
    limit = error_share / (len(p_values) - np.arange(len(p_values)))
    falls = np.logical_and.accumulate(p_values[order] <= limit)
    result = np.zeros(len(p_values), dtype=bool)
    result[order] = falls
    return result


def places(count: Counts, exposure: Floats, is_highest_first: bool) -> NDArray[np.int64]:
    """The place of each area by its raw rate, 1 the best; equal rates share the better place."""
    above = count[:, None] * exposure[None] > count[None] * exposure[:, None]
    return 1 + (above if not is_highest_first else above.T).sum(axis=1)
