"""The simulated quarters as day numbers (days since 1970-01-01).

Belongs here: turning quarters, months and dates into day numbers. Does not belong here: what happens in them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from warehouse.quarters import Quarter

_EPOCH = dt.date(1970, 1, 1).toordinal()
#: Later than any day of a simulation: has not happened.
NEVER = np.int32(2**30)


def day_number(day: dt.date) -> int:
    return day.toordinal() - _EPOCH


def date_of(day: int) -> dt.date:
    return dt.date.fromordinal(int(day) + _EPOCH)


@dataclass(frozen=True)
class Timeline:
    """``count`` quarters from ``first``. Index 0 is the first; -1 is the state before it."""

    first: Quarter
    count: int

    @cached_property
    def quarters(self) -> list[Quarter]:
        return [self.first.plus(step) for step in range(self.count)]

    @cached_property
    def starts(self) -> np.ndarray:
        return np.array([day_number(quarter.start_date) for quarter in self.quarters], np.int32)

    @cached_property
    def ends(self) -> np.ndarray:
        """Last day of every quarter, included."""
        return np.array([day_number(quarter.end_date) for quarter in self.quarters], np.int32)

    @property
    def first_day(self) -> int:
        return int(self.starts[0])

    @property
    def last_day(self) -> int:
        return int(self.ends[-1])

    def index(self, quarter: Quarter) -> int:
        return quarter.minus(self.first)

    def quarter_index(self, days: np.ndarray) -> np.ndarray:
        """Index of the quarter of each day; -1 before the first and ``count`` after the last."""
        return np.searchsorted(self.starts, days, side="right") - 1 + (np.asarray(days) > self.last_day)

    def days_of_period(self, period: str) -> tuple[int, int]:
        """First and last day of ``2017Q1`` or ``201702``."""
        if "Q" in period:
            quarter = Quarter.parse(period)
            return day_number(quarter.start_date), day_number(quarter.end_date)
        first = dt.date(int(period[:4]), int(period[4:]), 1)
        following = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1)
        return day_number(first), day_number(following) - 1
