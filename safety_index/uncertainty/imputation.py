"""How far a value that was filled in may be off: what the same rule would have made of values that are known.

Belongs here: measuring the rules for missing values on the table itself. Does not belong here: the rules
(``method.missing``), or what an error does to draws (``errors``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from safety_index.tables.cube import STATUSES, IndicatorCube, shifted

Floats = NDArray[np.float64]
_OBSERVED = STATUSES.index("observed")


def imputation_errors(cube: IndicatorCube, codes: Sequence[str]) -> dict[tuple[str, str, str], float]:
    """The relative error of every value of ``cube`` that was carried forward or is its group's mean, by area, quarter
    and indicator, of which ``codes`` are the names.

    Of an indicator: the root of the sum of squared differences between what is known and what the rule would have put
    in its place, divided by that of the squared values; a group's mean without the area itself. Nothing is said where
    no known value can be tried.
    """
    known = np.where(cube.status == _OBSERVED, cube.value, np.nan)
    guesses = {"carried_forward": shifted(known, cube.previous), "group_mean": _means_of_others(cube, known)}
    found = {}
    for status, guess in guesses.items():
        filled = np.argwhere(cube.status == STATUSES.index(status))
        spread = _relative_errors(known, guess) if len(filled) else None
        for quarter, area, place in filled:
            if np.isfinite(spread[place]) and spread[place] > 0:
                found[cube.areas[area], cube.quarters[quarter], codes[place]] = float(spread[place])
    return found


def _relative_errors(known: Floats, guess: Floats) -> Floats:
    """By indicator; NaN where there is nothing to compare, or all that is known is 0."""
    both = ~np.isnan(known) & ~np.isnan(guess)
    squares, wrong = (np.where(both, part**2, 0.0).sum(axis=(0, 1)) for part in (known, known - guess))
    return np.sqrt(np.divide(wrong, squares, out=np.full(len(squares), np.nan), where=squares > 0))


def _means_of_others(cube: IndicatorCube, known: Floats) -> Floats:
    """The mean of the other areas of the same parent and quarter, (quarters, areas, indicators); NaN without any."""
    means = np.full(known.shape, np.nan)
    there = ~np.isnan(known)
    for quarter in range(len(cube.quarters)):
        for parent in {parent for parent in cube.parent[quarter] if parent is not None}:
            family = cube.parent[quarter] == parent
            values, is_known = np.where(there[quarter, family], known[quarter, family], 0.0), there[quarter, family]
            others = is_known.sum(axis=0) - is_known
            total = values.sum(axis=0) - values
            means[quarter, family] = np.divide(total, others, out=np.full(total.shape, np.nan), where=others > 0)
    return means
