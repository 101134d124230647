"""The efficacy coefficient 功效系数: an indicator's value becomes a score against fixed goalposts.

Belongs here: scoring one indicator at a time, for arrays of any leading shape. Does not belong here: weights, ranks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.series.declaration import Series
from safety_index.series.settings import Scoring

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GoalpostArrays:
    """The goalposts of a series as arrays of shape (indicators,), in the units of each indicator's value.

    A value earns the share t of the span. On the rising side t goes from 0 at ``rise_start`` to 1 at ``rise_end``, on
    the falling side from 1 at ``fall_start`` to 0 at ``fall_end``. A positive indicator has only the rising side, a
    negative one only the falling, a moderate one both and a plateau of t = 1 between them.
    """

    rise_start: Floats
    rise_end: Floats
    fall_start: Floats
    fall_end: Floats
    has_rise: NDArray[np.bool_]
    has_fall: NDArray[np.bool_]

    @classmethod
    def of(cls, series: Series) -> GoalpostArrays:
        rows = []
        for indicator in series.indicators:
            bad, good = indicator.goalposts.impermissible, indicator.goalposts.satisfactory
            if indicator.polarity == "positive":
                rows.append((bad, good, 0.0, 1.0, True, False))
            elif indicator.polarity == "negative":
                rows.append((0.0, 1.0, good, bad, False, True))
            else:
                rows.append((bad[0], good[0], good[1], bad[1], True, True))
        *sides, has_rise, has_fall = zip(*rows, strict=True)
        return cls(*(np.array(side, dtype=float) for side in sides), np.array(has_rise), np.array(has_fall))


class IndicatorScores(NamedTuple):
    """Scores, shape (..., areas, indicators), NaN where there is no value."""

    score: Floats
    unclamped: Floats
    is_clamped: NDArray[np.bool_]


def achieved_share(values: Floats, goalposts: GoalpostArrays) -> Floats:
    """The share t of the way from the impermissible to the satisfactory value: 0 at the first, 1 at the second.

    ``values`` has shape (..., indicators) and the indicators' own units. t is below 0 beyond the impermissible
    value and, for positive and negative indicators, above 1 beyond the satisfactory one. Never an error: NaN stays NaN.
    """
    rise = (values - goalposts.rise_start) / (goalposts.rise_end - goalposts.rise_start)
    fall = (goalposts.fall_end - values) / (goalposts.fall_end - goalposts.fall_start)
    share = np.minimum(np.where(goalposts.has_rise, rise, np.inf), np.where(goalposts.has_fall, fall, np.inf))
    is_moderate = goalposts.has_rise & goalposts.has_fall
    return np.where(is_moderate, np.minimum(share, 1.0), share)


def efficacy_scores(values: Floats, goalposts: GoalpostArrays, scale: Scoring) -> IndicatorScores:
    """Score ``values`` of shape (..., areas, indicators): d = base + span·t, kept between floor and cap.

    The improved efficacy-coefficient method (改进的功效系数法) with base 60 and span 40; floor and cap are ours, and
    what they cut off is kept in ``unclamped`` and flagged in ``is_clamped``.
    """
    unclamped = scale.base + scale.span * achieved_share(values, goalposts)
    floor, cap = (-np.inf if scale.floor is None else scale.floor), (np.inf if scale.cap is None else scale.cap)
    is_clamped = (unclamped < floor) | (unclamped > cap)
    return IndicatorScores(np.clip(unclamped, floor, cap), unclamped, is_clamped)
