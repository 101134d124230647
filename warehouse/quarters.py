"""Quarters of the year as people write them: ``2017Q1``.

Belongs here: arithmetic on quarters and months. Does not belong here: which quarters a run covers
(``orchestration.partitions``) or what a delivery's period is (``ingestion.discovery``).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_QUARTER = re.compile(r"(\d{4})Q([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter. Ordered, hashable, and written ``2017Q1``."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 4:
            raise ValueError(f"a quarter's number is 1 to 4, not {self.number}")

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read ``2017Q1``. Raises ValueError, naming the form expected, for anything else."""
        found = _QUARTER.fullmatch(text.strip().upper())
        if not found:
            raise ValueError(f"{text!r} is not a quarter; write it like 2017Q1")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def containing(cls, day: dt.date) -> Quarter:
        return cls(day.year, (day.month - 1) // 3 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def start_date(self) -> dt.date:
        return dt.date(self.year, 3 * self.number - 2, 1)

    @property
    def end_date(self) -> dt.date:
        """The last day of the quarter, included."""
        return self.plus(1).start_date - dt.timedelta(days=1)

    @property
    def months(self) -> tuple[str, str, str]:
        """The quarter's months as ``201701``, ``201702``, ``201703``."""
        first = 3 * self.number - 2
        return tuple(f"{self.year}{month:02d}" for month in range(first, first + 3))

    def plus(self, quarters: int) -> Quarter:
        index = self.year * 4 + self.number - 1 + quarters
        return Quarter(index // 4, index % 4 + 1)

    def minus(self, other: Quarter) -> int:
        """How many quarters lie from ``other`` to this one."""
        return (self.year - other.year) * 4 + self.number - other.number


def quarter_range(first: Quarter, last: Quarter) -> list[Quarter]:
    """All quarters from ``first`` to ``last``, both included. Empty when ``last`` is earlier."""
    return [first.plus(step) for step in range(last.minus(first) + 1)]


def quarter_of_period(period: str) -> Quarter:
    """The quarter that a period belongs to: ``2017Q1`` itself, or the month ``201702``."""
    if re.fullmatch(r"\d{6}", period):
        return Quarter.containing(dt.date(int(period[:4]), int(period[4:]), 1))
    return Quarter.parse(period)
