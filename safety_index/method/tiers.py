"""Graded standards 分档标准: a value's score from the tiers between which it lies.

Belongs here: the tiered function. Does not belong here: functions between two goalposts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from safety_index.series.declaration import Indicator
from safety_index.series.scoring_settings import Tiered

Floats = NDArray[np.float64]


def tiered_scores(
    values: Floats, indicators: Sequence[Indicator], scoring: Tiered, transform: Callable[[Floats], Floats]
) -> Floats:
    """Scores of ``values`` (..., indicators): s_k + (x − x_k) ÷ (x_{k+1} − x_k)·(s_{k+1} − s_k) between two tiers.

    As in the five-grade standards of enterprise-performance rating, where a score is the lower grade's plus the
    achieved share of the step to the next. With ``step`` the score is that of the best tier reached.
    """
    result = np.empty_like(values)
    for place, indicator in enumerate(indicators):
        points = transform(np.array([tier.value for tier in indicator.tiers]))
        scores = np.array([tier.score for tier in indicator.tiers])
        result[..., place] = _one(values[..., place], points, scores, indicator.polarity == "negative", scoring)
    return result


def _one(values: Floats, points: Floats, scores: Floats, is_negative: bool, scoring: Tiered) -> Floats:
    if scoring.between == "step":
        found = _steps(-values, -points[::-1], scores[::-1]) if is_negative else _steps(values, points, scores)
    else:
        found = np.interp(values, points, scores)
    for end, inner, outside in ((0, 1, values < points[0]), (-1, -2, values > points[-1])):
        if scores[end] == scores.max() and scoring.beyond != "extrapolate":
            continue
        if scoring.beyond == "extrapolate" and scoring.between == "linear":
            slope = (scores[inner] - scores[end]) / (points[inner] - points[end])
            found = np.where(outside, scores[end] + slope * (values - points[end]), found)
        elif not isinstance(scoring.beyond, str):
            found = np.where(outside, scoring.beyond, found)
    return np.where(np.isnan(values), np.nan, found)


def _steps(values: Floats, points: Floats, scores: Floats) -> Floats:
    """The score of the highest of rising ``points`` reached, the first one's below it."""
    return scores[np.maximum(np.searchsorted(points, values, side="right") - 1, 0)]
