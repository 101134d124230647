"""Document numbers judged over a whole column: plainly written resident numbers in numpy, all others by the full rule.

Nine numbers in ten are written as the standard says, and for those, right or wrong, digit arithmetic is enough; it is
several times faster than taking texts apart. All other texts go through ``numbers``, which says what they are worth.

Belongs here: which of the two is asked, and putting the answers together. Does not belong here: the full rule
(``numbers``) or pseudonyms (``pseudonyms``).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ingestion.identity.numbers import (
    ASCII_WRAPPING,
    CHECK_CHARACTERS,
    CHECK_WEIGHTS,
    OLDEST_AGE,
    PERMANENT_RESIDENT_CARD,
    QUALITY_CODES,
    RESIDENT_CARD,
    number_levels,
)

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

_LENGTH = 18
_VALID, _WRONG_CHECK_DIGIT, _IMPOSSIBLE_DATE, _ROUNDED, _MISSING = (
    QUALITY_CODES.index(code)
    for code in ("valid", "wrong_check_digit", "impossible_date", "rounded_by_spreadsheet", "missing")
)
#: In place of a quality: the full rule has to be asked.
UNDECIDED = 255


def judge_numbers(
    connection: duckdb.DuckDBPyConnection,
    numbers: pa.Array,
    declared_types: pa.Array,
    stored_as_number: pa.Array | None,
    period_end: dt.date,
) -> pa.Table:
    """What each of ``numbers`` (text as sent) is worth, in order.

    ``declared_types`` has the document type of each (text, never NULL), ``stored_as_number`` whether a workbook held
    it as a number; nobody was born after ``period_end``. The result has ``number_quality`` (uint8, place in
    QUALITY_CODES), ``number_type`` and ``number`` (NULL unless identified) and ``number_body`` (int64, the first 17
    digits of an identified resident number).
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    bodies, quality = plain_qualities(numbers, period_end)
    wrapped = np.flatnonzero(quality == UNDECIDED)
    if len(wrapped):
        unwrapped = without_wrapping(numbers.take(wrapped))
        numbers = pc.replace_with_mask(numbers, pa.array(quality == UNDECIDED), unwrapped)
        bodies[wrapped], quality[wrapped] = plain_qualities(unwrapped, period_end)
    first_is_nine = bodies // 10**16 == 9
    is_resident_card = pc.equal(declared_types, RESIDENT_CARD).to_numpy(zero_copy_only=False)
    is_permanent_card = pc.equal(declared_types, PERMANENT_RESIDENT_CARD).to_numpy(zero_copy_only=False)
    is_decided = is_resident_card | (is_permanent_card & first_is_nine)
    if stored_as_number is not None:
        is_decided &= ~stored_as_number.to_numpy(zero_copy_only=False)
    is_decided = (is_decided & (quality != UNDECIDED)) | (quality == _MISSING)
    is_identified = is_decided & (quality == _VALID)
    types = pa.DictionaryArray.from_arrays(
        first_is_nine.astype(np.int8), pa.array([RESIDENT_CARD, PERMANENT_RESIDENT_CARD])
    ).dictionary_decode()
    body = pa.array(bodies)
    others = np.flatnonzero(~is_identified)
    if len(others):
        asked = np.flatnonzero(~is_decided)
        judged = _judged_by_rule(
            connection,
            numbers.take(asked),
            declared_types.take(asked),
            stored_as_number.take(asked) if stored_as_number is not None else None,
            period_end,
        )
        quality[asked] = judged["number_quality"].to_numpy()
        # Of the others those that the rule was not asked about are decided, and name nobody.
        judged = judged.take(pa.array(np.searchsorted(asked, others), mask=is_decided[others]))
        is_other = pa.array(~is_identified)
        types = pc.replace_with_mask(types, is_other, judged["number_type"].combine_chunks())
        numbers = pc.replace_with_mask(numbers, is_other, judged["number"].combine_chunks())
        body = pc.replace_with_mask(body, is_other, judged["number_body"].combine_chunks())
    return pa.table({"number_quality": quality, "number_type": types, "number": numbers, "number_body": body})


def plain_qualities(numbers: pa.Array, period_end: dt.date) -> tuple[np.ndarray, np.ndarray]:
    """What resident numbers are worth that are written as 17 digits and a check character: the first 17 digits (int64)
    of each, -1 for every other text, and its place in QUALITY_CODES (uint8), UNDECIDED for every other text but the
    empty one. Nobody was born after ``period_end``."""
    import numpy as np

    bodies = np.full(len(numbers), -1, dtype=np.int64)
    offsets = np.frombuffer(numbers.buffers()[1], np.int32)[numbers.offset : numbers.offset + len(numbers) + 1]
    lengths = np.diff(offsets)
    qualities = np.where(lengths == 0, np.uint8(_MISSING), np.uint8(UNDECIDED))
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
    quality = np.where(_are_birth_dates(body // 1000 % 10**8, period_end), _VALID, _IMPOSSIBLE_DATE)
    is_right = np.frombuffer(CHECK_CHARACTERS.encode(), np.uint8)[weighted % 11] == last
    is_rounded = (characters[15:] == ord("0")).all(axis=0)
    quality = np.where(is_right, quality, np.where(is_rounded, _ROUNDED, _WRONG_CHECK_DIGIT))
    bodies[rows[is_plain]] = body[is_plain]
    qualities[rows[is_plain]] = quality[is_plain]
    return bodies, qualities


def without_wrapping(texts: pa.Array) -> pa.Array:
    """``texts`` that are ASCII in capitals and without ASCII_WRAPPING, as the full rule has them; others unchanged."""
    import numpy as np
    import pyarrow as pa

    validity, offsets, data = texts.buffers()
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
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
    if validity is not None and texts.offset:
        texts = pa.concat_arrays([texts])
        validity = texts.buffers()[0]
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


def _judged_by_rule(
    connection: duckdb.DuckDBPyConnection,
    numbers: pa.Array,
    declared_types: pa.Array,
    stored_as_number: pa.Array | None,
    period_end: dt.date,
) -> pa.Table:
    import pyarrow as pa

    given = {"number_as_sent": numbers, "declared_type": declared_types}
    if stored_as_number is not None:
        given["stored_as_number"] = stored_as_number
    levels = number_levels(
        "number_as_sent", "declared_type", "false" if stored_as_number is None else "stored_as_number"
    )
    sql = "numbers_as_sent"
    for level in levels:
        sql = f"(SELECT *, {level} FROM {sql})"
    connection.register("numbers_as_sent", pa.table(given))
    try:
        return connection.execute(
            "SELECT number_quality, number_type, number, "
            f"CASE WHEN number IS NOT NULL THEN number_body END AS number_body FROM {sql}",
            {"period_end": period_end},
        ).to_arrow_table()
    finally:
        connection.unregister("numbers_as_sent")
