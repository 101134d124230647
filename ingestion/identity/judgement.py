"""Document numbers judged over a whole column: plainly written resident numbers in numpy, all others by the full rule.

Nine numbers in ten are written as the standard says, and for those, right or wrong, digit arithmetic is enough; it is
several times faster than taking texts apart. All other texts go through ``numbers``, which says what they are worth.

Belongs here: which of the two is asked, and putting the answers together. Does not belong here: digit arithmetic
(``plain_numbers``), the full rule (``numbers``) or pseudonyms (``pseudonyms``).
"""

from __future__ import annotations

import datetime as dt
import functools
from typing import TYPE_CHECKING

from ingestion.identity.numbers import PERMANENT_RESIDENT_CARD, RESIDENT_CARD, number_levels
from ingestion.identity.plain_numbers import MISSING, UNDECIDED, VALID, plain_qualities, without_wrapping
from ingestion.prepared import Asker

if TYPE_CHECKING:
    import pyarrow as pa


def judge_numbers(
    asker: Asker,
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
    is_decided = (is_decided & (quality != UNDECIDED)) | (quality == MISSING)
    is_identified = is_decided & (quality == VALID)
    types = pa.DictionaryArray.from_arrays(
        first_is_nine.astype(np.int8), pa.array([RESIDENT_CARD, PERMANENT_RESIDENT_CARD])
    ).dictionary_decode()
    body = pa.array(bodies)
    others = np.flatnonzero(~is_identified)
    if len(others):
        asked = np.flatnonzero(~is_decided)
        judged = _judged_by_rule(
            asker,
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


def _judged_by_rule(
    asker: Asker,
    numbers: pa.Array,
    declared_types: pa.Array,
    stored_as_number: pa.Array | None,
    period_end: dt.date,
) -> pa.Table:
    import pyarrow as pa

    given = {"number_as_sent": numbers, "declared_type": declared_types}
    if stored_as_number is not None:
        given["stored_as_number"] = stored_as_number
    sql = _rule("false" if stored_as_number is None else "stored_as_number")
    return asker.ask(sql, "numbers_as_sent", pa.table(given), {"period_end": period_end})


@functools.cache
def _rule(stored_as_number: str) -> str:
    """SQL of what the numbers of the table ``numbers_as_sent`` are worth, in its order. Parameter: ``period_end``."""
    source = "numbers_as_sent"
    for level in number_levels("number_as_sent", "declared_type", stored_as_number):
        source = f"(SELECT *, {level} FROM {source})"
    return (
        "SELECT number_quality, number_type, number, "
        f"CASE WHEN number IS NOT NULL THEN number_body END AS number_body FROM {source}"
    )
