"""Does the index follow who lives in an area?

Belongs here: correlations with shares of residents, and their alarm. Does not belong here: which shares there are, or
any figure about a person. An alarm says that a reader could take the index for a statement about people, so that the
indicators behind it deserve a look; it proves nothing about cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.coherence.structure import correlations

Floats = NDArray[np.float64]
#: Correlations larger than this, and surely not nought, raise the alarm.
ALARM = 0.3


class Association(NamedTuple):
    """One correlation of a scored part with a share of residents over ``area_count`` areas, its 90 % interval, and
    whether it is an alarm."""

    subject: str
    companion: str
    correlation: float
    lower: float
    upper: float
    area_count: int
    is_alarm: bool


def associations(
    scores: Floats, subjects: Sequence[str], shares: Mapping[str, Floats], alarm: float = ALARM
) -> list[Association]:
    """Correlations of ``scores`` (areas, subjects) with each of ``shares`` (areas,), by Fisher's z.

    An alarm needs a correlation above ``alarm`` in size whose interval lies on one side of 0: over ten areas chance
    alone exceeds 0.3 in four cases of ten.
    """
    found = []
    for companion, share in shares.items():
        for place, subject in enumerate(subjects):
            both = ~np.isnan(scores[:, place]) & ~np.isnan(share)
            size = int(both.sum())
            value = correlations(np.column_stack([scores[both, place], share[both]]))[0, 1] if size >= 4 else np.nan
            if np.isnan(value):
                found.append(Association(subject, companion, np.nan, np.nan, np.nan, size, False))
                continue
            middle, half = np.arctanh(np.clip(value, -0.999999, 0.999999)), 1.645 / np.sqrt(size - 3)
            lower, upper = np.tanh(middle - half), np.tanh(middle + half)
            is_alarm = abs(value) > alarm and (lower > 0 or upper < 0)
            found.append(
                Association(subject, companion, float(value), float(lower), float(upper), size, bool(is_alarm))
            )
    return found
