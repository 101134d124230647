"""What disclosure control speaks of: cells, small counts, and what is not published of a quarter.

Belongs here: these words and no rule. Does not belong here: deciding what to hide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: (area_code, indicator_code) within a quarter
Cell = tuple[str, str]


@dataclass
class Hidden:
    """What is not published of one quarter."""

    areas: set[str] = field(default_factory=set)
    dimensions: set[tuple[str, str]] = field(default_factory=set)
    cells: set[Cell] = field(default_factory=set)
    #: of hidden cells, between which two values of the indicator they may be said to lie
    ranges: dict[Cell, tuple[float, float]] = field(default_factory=dict)


def is_small(count: float | None, threshold: int) -> bool:
    """True for a count from one up to ``threshold``, which is not included."""
    return count is not None and 0 < count < threshold


def rest(row: Mapping) -> float | None:
    """What the denominator holds beside the numerator; None where the numerator is no part of it."""
    if row["numerator"] is None or row["denominator"] is None:
        return None
    remainder = row["denominator"] - row["numerator"]
    return remainder if remainder >= 0 else None
