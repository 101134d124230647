"""Periods as text: years, quarters and months, and what lies before each.

Belongs here: the calendar of a table. Does not belong here: what happens in a period.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FORM = re.compile(r"(\d{4})(?:Q([1-4])|-(0[1-9]|1[0-2]))?")
#: Periods in a year, by the part of the text that names them.
_IN_YEAR = {None: 1, "quarter": 4, "month": 12}
FORMS = "2017, 2017Q1 or 2017-01"


def ordinal(period: str) -> tuple[int, int]:
    """(periods in a year, count of periods since the year 0). Raises ValueError for another form."""
    match = _FORM.fullmatch(period)
    if match is None:
        raise ValueError(f"{period} is not written like {FORMS}")
    year, quarter, month = match.groups()
    count = _IN_YEAR["quarter" if quarter else "month" if month else None]
    return count, int(year) * count + int(quarter or month or 1) - 1


def places_before(periods: Sequence[str], distance: int | None = 1) -> NDArray[np.int64]:
    """For each period the position of the one ``distance`` periods before, −1 where ``periods`` does not hold it.

    A distance of None is a year.
    """
    known = {ordinal(period): place for place, period in enumerate(periods)}
    steps = [ordinal(period) for period in periods]
    return np.array(
        [known.get((count, number - (count if distance is None else distance)), -1) for count, number in steps]
    )


def between(periods: Sequence[str], span: str) -> list[str]:
    """Those of ``periods`` in ``span``, FIRST..LAST or one period. Raises ValueError when an end is none."""
    first, _, last = span.partition("..")
    low, high = ordinal(first), ordinal(last or first)
    return [period for period in periods if low <= ordinal(period) <= high and ordinal(period)[0] == low[0]]
