"""An area's strengths and weaknesses: its indicators beside those of areas of similar size and kind.

Belongs here: choosing peers and comparing with them. Does not belong here: ranks among all areas.

Source: CIPFA, Nearest Neighbours Model: traits are standardised to mean 0 and standard deviation 1, and the Euclidean
distance of every two authorities is taken; NHS England's peer groups of local authorities are made so too. Peers are
nearest neighbours, not clusters: an area at the edge of a cluster would be told against areas unlike it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.explanation.settings import Peers

Floats = NDArray[np.float64]
#: Fewer peers with a score have no median worth the name.
LEAST_PEERS = 3


class Traits(NamedTuple):
    """What is known of areas beside their indicators: ``figures`` (areas, traits), NaN where one has no peers, and
    ``weight`` (traits,)."""

    figures: Floats
    weight: Floats


class Nearest(NamedTuple):
    """Peers of each area, nearest first: ``area`` (areas, peers), −1 where there is none, and their ``distance``."""

    area: NDArray[np.int64]
    distance: Floats


def traits(
    areas: Sequence[str], sizes: Mapping[str, float], shares: Mapping[str, Mapping[str, float]], rule: Peers
) -> Traits:
    """The traits of ``areas`` by ``rule``, from ``sizes`` above 0 and ``shares`` by code and area.

    A trait without weight, or that is known of none of the areas, is left out. The size counts for ``least_size`` in
    any case, where it is known of any area.
    """
    size = np.array([sizes.get(area, np.nan) for area in areas], dtype=float)
    given = [(np.log(np.where(size > 0, size, np.nan)), rule.size_weight)]
    given += [
        (np.array([shares.get(share.code, {}).get(area, np.nan) for area in areas], dtype=float), share.weight)
        for share in rule.shares
    ]
    known = [(figures, weight) for figures, weight in given if weight > 0 and not np.isnan(figures).all()]
    if not known:
        return Traits(np.full((len(areas), 1), np.nan), np.ones(1))
    figures = np.column_stack([figures for figures, _ in known])
    if not np.isnan(size).all():
        figures[~(size >= rule.least_size)] = np.nan
    return Traits(figures, np.array([weight for _, weight in known]))


def nearest(found: Traits, count: int = 10, level_share: float = 1.0) -> Nearest:
    """For each area the ``count`` areas that are nearest to it, or as many as are ``level_share`` of the others.

    The distance is √(Σ w·(z₁ − z₂)² ÷ Σ w) over the traits z, each standardised over the areas of which all traits are
    known; equally near areas stand in their given order. A trait in which no areas differ adds nothing.
    """
    is_known = ~np.isnan(found.figures).any(axis=1)
    known = np.flatnonzero(is_known)
    count = min(count, max(LEAST_PEERS, int(level_share * (len(known) - 1) + 1e-9)))
    area, distance = np.full((len(is_known), count), -1, dtype=np.int64), np.full((len(is_known), count), np.nan)
    if len(known) <= LEAST_PEERS:
        return Nearest(area, distance)
    figures = found.figures[known]
    spread = figures.std(axis=0)
    standard = np.divide(figures - figures.mean(axis=0), spread, out=np.zeros_like(figures), where=spread > 1e-12)
    for row, place in enumerate(known):
        apart = np.sqrt((found.weight * (standard - standard[row]) ** 2).sum(axis=1) / found.weight.sum())
        apart[row] = np.inf
        order = np.argsort(apart, kind="stable")[:count]
        order = order[np.isfinite(apart[order])]
        area[place, : len(order)], distance[place, : len(order)] = known[order], apart[order]
    return Nearest(area, distance)


def against_peers(scores: Floats, chosen: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Each score's difference to the median of its peers, and the share of peers that it is above (ties count half),
    both (areas, indicators); NaN without a score or without at least 3 peers that have one."""
    theirs = np.where((chosen >= 0)[..., None], scores[chosen], np.nan)  # areas, peers, indicators
    is_there = ~np.isnan(theirs)
    enough = (is_there.sum(axis=1) >= LEAST_PEERS) & ~np.isnan(scores)
    with np.errstate(invalid="ignore"):
        above = np.where(is_there, (scores[:, None] > theirs) + (scores[:, None] == theirs) / 2, 0.0).sum(axis=1)
    share = np.divide(above, is_there.sum(axis=1), out=np.full(scores.shape, np.nan), where=enough)
    filled = np.where(enough[:, None], theirs, 0.0)
    return np.where(enough, scores - np.nanmedian(filled, axis=1), np.nan), share
