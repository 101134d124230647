"""How far a value has come between its goalposts, and how far it lies from what is ideal.

Belongs here: goalposts as arrays, the share t, the direction of a value. Does not belong here: what t is worth
(``scoring``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safety_index.series.declaration import Indicator

Floats = NDArray[np.float64]
Transformation = Callable[[Floats], Floats]


@dataclass(frozen=True)
class GoalpostArrays:
    """The goalposts of some indicators as arrays of shape (indicators,), transformed as the values are.

    A value earns the share t of the span: 0 at ``start``, 1 at ``end``. For moderate indicators, at the positions
    ``moderate``, that is the rising side; on the falling side t goes from 1 at ``fall_end`` to 0 at ``fall_start``, and
    between the sides t is 1.
    """

    start: Floats
    end: Floats
    moderate: NDArray[np.int64]
    fall_start: Floats
    fall_end: Floats

    @classmethod
    def of(cls, indicators: Sequence[Indicator], transform: Transformation) -> GoalpostArrays:
        """The goalposts of ``indicators``, each of which has both values."""
        rising, falling = [], []
        for indicator in indicators:
            bad, good = indicator.goalposts.impermissible, indicator.goalposts.satisfactory
            if indicator.polarity == "moderate":
                lower, upper = ideal_interval(indicator)
                rising.append((bad[0], lower))
                falling.append((bad[1], upper))
            else:
                rising.append((bad, good))
        start, end = transform(np.array(rising, dtype=float)).T
        fall_start, fall_end = transform(np.array(falling, dtype=float).reshape(-1, 2)).T
        moderate = [place for place, part in enumerate(indicators) if part.polarity == "moderate"]
        return cls(start, end, np.array(moderate, dtype=int), fall_start, fall_end)


def ideal_interval(indicator: Indicator) -> tuple[float, float]:
    """The ideal interval of a moderate indicator; its goalposts' satisfactory value, else its benchmark, as a point."""
    ideal = indicator.goalposts.satisfactory if indicator.goalposts else indicator.benchmark
    return ideal if isinstance(ideal, tuple) else (ideal, ideal)


def achieved_share(values: Floats, goalposts: GoalpostArrays) -> Floats:
    """The share t of the way from the impermissible to the satisfactory value: 0 at the first, 1 at the second.

    ``values`` has shape (..., indicators) and the indicators' own units. t is below 0 beyond the impermissible
    value and, for positive and negative indicators, above 1 beyond the satisfactory one. NaN stays NaN.
    """
    kind = values.dtype
    share = values - goalposts.start.astype(kind)
    share /= (goalposts.end - goalposts.start).astype(kind)
    if goalposts.moderate.size:
        fall = values[..., goalposts.moderate] - goalposts.fall_start.astype(kind)
        fall /= (goalposts.fall_end - goalposts.fall_start).astype(kind)
        rise = share[..., goalposts.moderate]
        share[..., goalposts.moderate] = np.minimum(np.minimum(rise, fall), 1.0)
    return share


def oriented(values: Floats, indicators: Sequence[Indicator], transform: Transformation) -> Floats:
    """``values`` (..., indicators) turned so that more is better.

    Negative indicators change their sign; moderate ones become minus the distance from the ideal value or interval.
    """
    sign = np.array([-1.0 if indicator.polarity == "negative" else 1.0 for indicator in indicators])
    turned = values * sign.astype(values.dtype)
    for place, indicator in enumerate(indicators):
        if indicator.polarity == "moderate":
            turned[..., place] = -distance(values[..., place], transform(np.array(ideal_interval(indicator))))
    return turned


def distance(values: Floats, interval: Floats) -> Floats:
    """How far ``values`` lie outside ``interval``, 0 inside it."""
    lower, upper = interval
    return np.maximum(np.maximum(lower - values, values - upper), 0.0)
