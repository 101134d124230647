"""Resident numbers that are plainly written, judged over a whole column by their digits in numpy.

Belongs here: what digit arithmetic can tell, and taking out what stands around a number of ASCII. Does not belong here:
the rule itself, from which nothing here may differ (``numbers``), or who is asked (``judgement``).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ingestion.identity.numbers import (
    ASCII_WRAPPING,
    CHECK_CHARACTERS,
    CHECK_WEIGHTS,
    OLDEST_AGE,
    QUALITY_CODES,
)

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_LENGTH = 18
VALID, _WRONG_CHECK_DIGIT, _IMPOSSIBLE_DATE, _ROUNDED, MISSING = (
    QUALITY_CODES.index(code)
    for code in ("valid", "wrong_check_digit", "impossible_date", "rounded_by_spreadsheet", "missing")
)
#: In place of a quality: the full rule has to be asked.
UNDECIDED = 255


def plain_qualities(numbers: pa.Array, period_end: dt.date) -> tuple[np.ndarray, np.ndarray]:
    """What resident numbers are worth that are written as 17 digits and a check character: the first 17 digits (int64)
    of each, -1 for every other text, and its place in QUALITY_CODES (uint8), UNDECIDED for every other text but the
    empty one. Nobody was born after ``period_end``."""
    import numpy as np

    bodies = np.full(len(numbers), -1, dtype=np.int64)
    offsets = np.frombuffer(numbers.buffers()[1], np.int32)[numbers.offset : numbers.offset + len(numbers) + 1]
    lengths = np.diff(offsets)
    qualities = np.where(lengths == 0, np.uint8(MISSING), np.uint8(UNDECIDED))
    rows = np.flatnonzero(lengths == _LENGTH)
    if not len(rows):
        return bodies, qualities
    text = np.frombuffer(numbers.buffers()[2], np.uint8)
    # One row a place: arithmetic then runs over neighbouring bytes.
    characters = np.ascontiguousarray(text[offsets[rows][:, None] + np.arange(_LENGTH, dtype=np.int32)].T)
    digits = characters[:17] - np.uint8(ord("0"))
    weighted = np.zeros(len(rows), dtype=np.uint16)
    body = np.zeros(len(rows), dtype=np.int64)
    for digit, weight in zip(digits, CHECK_WEIGHTS, strict=True):
        weighted += digit * np.uint16(weight)
        body *= 10
        body += digit
    last = characters[17]
    is_plain = (digits <= 9).all(axis=0) & (digits[0] > 0) & ((last - np.uint8(ord("0")) <= 9) | (last == ord("X")))
    # A number of one digit throughout stands for none, which is the rule's to say.
    is_plain &= (characters != last).any(axis=0)
    quality = np.where(_are_birth_dates(body // 1000 % 10**8, period_end), VALID, _IMPOSSIBLE_DATE)
    is_right = np.frombuffer(CHECK_CHARACTERS.encode(), np.uint8)[weighted % 11] == last
    is_rounded = (characters[15:] == ord("0")).all(axis=0)
    quality = np.where(is_right, quality, np.where(is_rounded, _ROUNDED, _WRONG_CHECK_DIGIT))
    bodies[rows[is_plain]] = body[is_plain]
    qualities[rows[is_plain]] = quality[is_plain]
    return bodies, qualities


def without_wrapping(texts: pa.Array) -> pa.Array:
    """``texts`` that are ASCII in capitals and without ASCII_WRAPPING, as the full rule has them; others unchanged.

    ``texts`` are no part of a longer array.
    """
    import numpy as np
    import pyarrow as pa

    validity, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int32)[: len(texts) + 1]
    signs = np.frombuffer(data, np.uint8)[places[0] : places[-1]] if data else np.empty(0, np.uint8)
    starts = places - places[0]
    is_small = (signs >= ord("a")) & (signs <= ord("z"))
    is_wrapping = np.zeros(256, bool)
    is_wrapping[list(ASCII_WRAPPING.encode())] = True
    is_dropped = is_wrapping[signs]
    is_wide = signs >= 128
    if is_wide.any():
        in_wide_text = np.repeat(np.diff(_counted_before(is_wide)[starts]) > 0, np.diff(places))
        is_small &= ~in_wide_text
        is_dropped &= ~in_wide_text
    new_places = starts - _counted_before(is_dropped)[starts]
    capitals = (signs - np.uint8(ord("a") - ord("A")) * is_small)[~is_dropped]
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(new_places), pa.py_buffer(capitals), validity)


def _counted_before(are_counted: np.ndarray) -> np.ndarray:
    """How many of ``are_counted`` stand before each place, the end included."""
    import numpy as np

    counts = np.zeros(len(are_counted) + 1, np.int32)
    np.cumsum(are_counted, dtype=np.int32, out=counts[1:])
    return counts


def _are_birth_dates(days: np.ndarray, period_end: dt.date) -> np.ndarray:
    """Whether each of ``days``, as a number YYYYMMDD, is a day of the calendar in the lifetime of the living."""
    import numpy as np

    year, month, day = days // 10000, days // 100 % 100, days % 100
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, *[0] * 87])
    last = lengths[month] + (is_leap & (month == 2))
    is_leap_day = (period_end.month, period_end.day) == (2, 29)
    first = period_end.replace(year=period_end.year - OLDEST_AGE, day=28 if is_leap_day else period_end.day)
    in_lifetime = (days >= int(f"{first:%Y%m%d}")) & (days <= int(f"{period_end:%Y%m%d}"))
    return in_lifetime & (day >= 1) & (day <= last)
