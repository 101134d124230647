"""What is said of draws: intervals, chances and the words for a change.

Belongs here: from draws to figures, on arrays. Does not belong here: making the draws (``simulation``), or tables.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safety_index.uncertainty.settings import RankInterval, Uncertainty

Floats = NDArray[np.float64]
#: From sure improvement to sure decline; ``no_clear_change`` is what is said of everything in between.
CLASSES = ("clearly_better", "probably_better", "no_clear_change", "probably_worse", "clearly_worse")


def interval(draws: Floats, coverage: float) -> tuple[Floats, Floats]:
    """The middle ``coverage`` of ``draws`` (draws, ...): lower and upper ends, by R's quantiles of type 7.

    NaN where any draw is.
    """
    tail = (1 - coverage) / 2
    lower, upper = np.quantile(draws, [tail, 1 - tail], axis=0)
    return lower, upper


def rank_interval(ranks: Floats, coverage: float, how: RankInterval) -> tuple[Floats, Floats]:
    """The best and the worst rank of an interval of ``ranks`` (draws, ...), both ranks that were drawn; NaN where any
    rank is.

    ``at_least``: the ranks hold at least ``coverage`` of the draws, and at most half of the rest lies outside at either
    end. Where single ranks are likely, as among ten areas, that is much more than ``coverage``.

    ``on_average``: a rank is outside when P(below) + P(at)/2 or P(above) + P(at)/2 is less than half of 1 −
    ``coverage``. These mid-P intervals of whole numbers hold the truth about as often as stated on average, where those
    that do so at least hold it more often (Lancaster, Significance tests in discrete distributions, Journal of the
    American Statistical Association 56, 1961; Berry and Armitage, Mid-P confidence intervals: a brief review, The
    Statistician 44, 1995). Where less than all draws of one rank are to be held, that rank is.
    """
    tail = (1 - coverage) / 2
    if how == "at_least":
        lower = np.quantile(ranks, tail, axis=0, method="inverted_cdf")
        upper = np.quantile(ranks, 1 - tail, axis=0, method="inverted_cdf")
        return lower, upper
    ordered, size = np.sort(ranks, axis=0), len(ranks)
    depth = _depths(ordered)
    is_inside = depth >= np.minimum(2 * tail * size - 1e-6, depth.max(axis=0))
    first, last = is_inside.argmax(axis=0), size - 1 - is_inside[::-1].argmax(axis=0)
    ends = (np.take_along_axis(ordered, at[None], axis=0)[0] for at in (first, last))
    is_unknown = np.isnan(ranks).any(axis=0)
    lower, upper = (np.where(is_unknown, np.nan, end) for end in ends)
    return lower, upper


def _depths(ordered: Floats) -> NDArray[np.int32]:
    """How far each of ``ordered`` draws (draws, ...), which ascend, is from either end: twice the number of draws
    beyond it, counting half of those equal to it, on the side where there are fewer."""
    place = np.arange(len(ordered), dtype=np.int32).reshape(-1, *[1] * (ordered.ndim - 1))
    differs = np.ones((len(ordered) + 1, *ordered.shape[1:]), dtype=bool)
    differs[1:-1] = ordered[1:] != ordered[:-1]
    first = np.maximum.accumulate(np.where(differs[:-1], place, 0), axis=0)
    last = np.minimum.accumulate(np.where(differs[1:], place, len(ordered) - 1)[::-1], axis=0)[::-1]
    below = first + last + 1
    return np.minimum(below, 2 * len(ordered) - below)


def share_at_most(ranks: Floats, place: float) -> Floats:
    """The share of draws in which the rank is ``place`` or better; NaN where there is no rank."""
    return np.where(np.isnan(ranks).any(axis=0), np.nan, (ranks <= place).mean(axis=0))


def share_from(ranks: Floats, share: float) -> Floats:
    """The share of draws in which the area is among the worst ``share`` of those that are ranked (at least one)."""
    count = (~np.isnan(ranks)).sum(axis=-1, keepdims=True)
    first = count - np.maximum(np.floor(share * count + 1e-9), 1) + 1
    return np.where(np.isnan(ranks).any(axis=0), np.nan, (ranks >= first).mean(axis=0))


def share_improved(changes: Floats) -> Floats:
    """The share of ``changes`` (draws, ...) above 0, counting half of those that are 0; NaN where any is NaN."""
    share = (changes > 0).mean(axis=0) + (changes == 0).mean(axis=0) / 2
    return np.where(np.isnan(changes).any(axis=0), np.nan, share)


def change_class(improved: Floats, settings: Uncertainty) -> NDArray[np.object_]:
    """One of CLASSES for each share of draws that improved, None where it is NaN."""
    known = np.where(np.isnan(improved), 0.5, improved)
    worse = 1 - known
    clear, probable = settings.clear_probability - 1e-12, settings.probable_probability - 1e-12
    chosen = np.select(
        [known >= clear, known >= probable, worse >= clear, worse >= probable],
        [CLASSES[0], CLASSES[1], CLASSES[4], CLASSES[3]],
        CLASSES[2],
    ).astype(object)
    return np.where(np.isnan(improved), None, chosen)
