"""Indicators that rest on the same events: their draws go together.

Belongs here: ordering one indicator's draws by another's. Does not belong here: the draws themselves (``posterior``).
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from safety_index.method.order import Places, places_in_order

Draws = NDArray[np.float32]
#: What two figures do not have in common is rounding, and neither's own, where it is less of the variance of scores.
_ONE_UNKNOWN = 1e-3


def tie(ours: Draws, theirs: Draws, correlation: float, is_ours: NDArray[np.bool_] | None = None) -> None:
    """Reorder ``ours`` (quarters, draws) in place so that it goes with ``theirs`` with this ``correlation`` of normal
    scores (after Iman and Conover, Communications in Statistics B11, 1982).

    The two may go together already, by a parent's draws or an error of the population that both hold. So the rest of
    the order is what their scores leave of ours (the residual of a regression), not our scores: the correlation comes
    out as it is declared, and what has it already stays as it is. Each quarter keeps its own draws, only in another
    order, and quarters share what they shared.

    A quarter stays as it is where ``is_ours`` is false, where either has no value or is exact (places in the order of
    equal draws mean nothing), and where both are one unknown, which leaves no rest.
    """
    there = _varies(ours) & _varies(theirs)
    if is_ours is not None:
        there &= is_ours
    drawn = ours[there]
    order = places_in_order(drawn)
    own, other = _scores_in(order), normal_scores(theirs[there])
    present = np.einsum("qd,qd->q", own, other, dtype=np.float64)
    present /= np.square(_normal_quantiles(ours.shape[-1]), dtype=np.float64).sum()
    rest = 1 - present**2
    is_two = rest > _ONE_UNKNOWN
    there[there] = is_two
    present, rest = present[is_two], rest[is_two]
    share = np.sqrt((1 - correlation**2) / rest)  # makes the rest's spread what the correlation leaves
    wanted = own[is_two] * _column(share)
    wanted += other[is_two] * _column(correlation - share * present)
    ordered = np.take_along_axis(drawn[is_two], order[is_two], axis=-1)
    np.put_along_axis(wanted, places_in_order(wanted), ordered, axis=-1)
    ours[there] = wanted


def _varies(draws: Draws) -> NDArray[np.bool_]:
    """Whether a quarter's draws differ; not where they are NaN."""
    return draws.max(axis=-1) > draws.min(axis=-1)


def _column(values: NDArray[np.float64]) -> Draws:
    return values.astype(np.float32)[:, None]


def normal_scores(draws: NDArray[np.floating]) -> Draws:
    """The normal quantiles of the draws' places in their order along the last axis (van der Waerden's scores)."""
    return _scores_in(places_in_order(draws))


def _scores_in(order: Places) -> Draws:
    scores = np.empty(order.shape, dtype=np.float32)
    np.put_along_axis(scores, order, _normal_quantiles(order.shape[-1])[None], axis=-1)
    return scores


@cache
def _normal_quantiles(size: int) -> Draws:
    return np.array([NormalDist().inv_cdf(place / (size + 1)) for place in range(1, size + 1)], dtype=np.float32)
