"""How far unknown numbers may lie from their true ones, by linear programming.

Belongs here: the programs, and answering with as few of them as will do. Does not belong here: which equations and
bounds there are (``attack``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf

import numpy as np

_TOLERANCE = 1e-6
Range = tuple[float, float]


@dataclass
class Freedom:
    """Unknowns are deviations, so that nought for all is a solution. ``matrix`` · unknowns lies within ``slack`` of
    nought, each unknown within its ``bounds``.

    A solution that was found for one unknown shows of all others what they may be, and everything between two solutions
    is one: most unknowns are known to be free enough before their own programs are solved.
    """

    matrix: np.ndarray
    slack: np.ndarray
    bounds: Sequence[Range]
    #: by unknown and direction, how much its bounds' giving way would move the end
    _weights: dict[tuple[int, float], np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._least, self._most = np.zeros((2, len(self.bounds)))

    def is_at_least(self, unknown: int, wanted: float) -> bool:
        """Whether so many whole numbers are open to an unknown."""
        for sign in (-1.0, 1.0):
            if self._known(unknown) >= wanted:
                return True
            self._go_to_the_end(unknown, sign)
        return self._known(unknown) >= wanted

    def whole_numbers(self, unknown: int) -> float:
        """How many whole numbers are open to an unknown."""
        for sign in (-1.0, 1.0):
            self._go_to_the_end(unknown, sign)
        return self._known(unknown)

    def holding(self, unknown: int) -> list[int]:
        """The unknowns whose bounds decide how far this one may lie from nought."""
        self.whole_numbers(unknown)
        weights = self._weights[unknown, 1.0] + self._weights[unknown, -1.0]
        return np.flatnonzero(weights > _TOLERANCE).tolist()

    def _known(self, unknown: int) -> float:
        low, high = self._least[unknown], self._most[unknown]
        return inf if high - low == inf else floor(high + _TOLERANCE) - ceil(low - _TOLERANCE) + 1

    def _go_to_the_end(self, unknown: int, sign: float) -> None:
        """Find the least an unknown may be, or with ``sign`` -1 the most; what has no end, or no solution, is open."""
        from scipy.optimize import linprog

        if (unknown, sign) in self._weights:
            return
        aim = np.zeros(len(self.bounds))
        aim[unknown] = sign
        both, limits = np.vstack([self.matrix, -self.matrix]), np.tile(self.slack, 2)
        result = linprog(aim, both, limits, bounds=self.bounds, method="highs")
        if result.status == 0:
            self._least, self._most = np.minimum(self._least, result.x), np.maximum(self._most, result.x)
            self._weights[unknown, sign] = np.abs(result.lower.marginals) + np.abs(result.upper.marginals)
        else:
            (self._least if sign > 0 else self._most)[unknown] = -sign * inf
            self._weights[unknown, sign] = np.zeros(len(self.bounds))
