"""What is said of draws: intervals, chances and the words for a change.

Belongs here: from draws to figures, on arrays. Does not belong here: making the draws (``simulation``), or tables.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from safety_index.uncertainty.settings import Uncertainty

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


def rank_interval(ranks: Floats, coverage: float) -> tuple[Floats, Floats]:
    """Whole ranks that hold at least ``coverage`` of ``ranks`` (draws, ...), with at most half of the rest outside at
    either end; NaN where any rank is."""
    tail = (1 - coverage) / 2
    lower = np.quantile(ranks, tail, axis=0, method="inverted_cdf")
    upper = np.quantile(ranks, 1 - tail, axis=0, method="inverted_cdf")
    return lower, upper


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
