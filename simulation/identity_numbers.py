"""Numbers of identity documents that pass every check and can be no real person's.

Belongs here: making document numbers. Does not belong here: reading or repairing them (``ingestion.identity``).

Resident ID numbers (GB 11643-1999) begin with the code of the county of first registration. Ours begin with
``<province>99<nn>``: no list of GB/T 2260, current or historical (7,185 codes from 1980 on were searched), has ever
had the prefecture code 99 under any province, so no office can have issued such a number. Everything else is
as it should be: a calendar date, a sequence odd for men, an ISO 7064 MOD 11-2 check character.

- Foreign permanent-resident cards (2023 form: ``9``, accepting province, nationality, birth, sequence, check)
  name province 99, which does not exist.
- Passports have ten characters; the machine-readable zone of a passport (ICAO Doc 9303) holds nine.
- Travel permits of Hong Kong and Macao residents (letter, eight digits) and of Taiwan residents (eight digits)
  come from the 99 million range: more than have been issued, since numbers are for life and given in order.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int32)
_CHECK = np.frombuffer(b"10X98765432", np.uint8)
_ZERO = ord("0")
#: Sequences of men (odd) or women (even) that one county can give on one day; 996 to 999 were kept back.
_SEQUENCES = 497


def check_characters(digits: np.ndarray) -> np.ndarray:
    """ISO 7064 MOD 11-2 check characters (ASCII codes) of an (n, 17) array of digits."""
    return _CHECK[(digits.astype(np.int32) @ _WEIGHTS) % 11]


def resident_numbers(county: np.ndarray, birth_day: np.ndarray, sex: np.ndarray) -> np.ndarray:
    """Eighteen-character numbers as an (n, 18) array of ASCII codes; all different.

    ``county`` is a six-digit integer, ``birth_day`` days since 1970-01-01, ``sex`` 1 or 2. Raises ValueError
    when more people of one sex are born in a county on one day than there are sequences.
    """
    digits = np.empty((len(county), 18), np.uint8)
    digits[:, :6] = _digits(county, 6)
    digits[:, 6:14] = _digits(_calendar_number(birth_day), 8)
    rank = _rank_within((county.astype(np.int64) * 100_000 + birth_day + 40_000) * 2 + sex % 2)
    if len(rank) and rank.max() >= _SEQUENCES:
        raise ValueError("more people of one county, day and sex than sequences; use more counties")
    # a stride coprime with the number of sequences spreads them, and stays one-to-one
    spread = (rank * 137 + county + birth_day) % _SEQUENCES
    digits[:, 14:17] = _digits(spread * 2 + np.where(sex == 1, 1, 2), 3)
    digits[:, 17] = check_characters(digits[:, :17]) - _ZERO
    return digits + _ZERO


def permanent_resident_numbers(nationality: np.ndarray, birth_day: np.ndarray, sequence: np.ndarray) -> np.ndarray:
    """Numbers of foreign permanent-resident cards, (n, 18) ASCII codes."""
    digits = np.empty((len(nationality), 18), np.uint8)
    digits[:, 0:3] = 9
    digits[:, 3:6] = _digits(nationality, 3)
    digits[:, 6:14] = _digits(_calendar_number(birth_day), 8)
    digits[:, 14:17] = _digits(sequence % 1000, 3)
    digits[:, 17] = check_characters(digits[:, :17]) - _ZERO
    return digits + _ZERO


def as_text(characters: np.ndarray) -> pa.Array:
    """An (n, width) array of ASCII codes as Arrow text, without a copy for each row."""
    count, width = characters.shape
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)
    data = pa.py_buffer(np.ascontiguousarray(characters, np.uint8).tobytes())
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets.tobytes()), data)


def _digits(numbers: np.ndarray, width: int) -> np.ndarray:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (np.asarray(numbers, np.int64)[:, None] // powers % 10).astype(np.uint8)


def _calendar_number(days: np.ndarray) -> np.ndarray:
    """19900307 for each day number."""
    dates = np.asarray(days).astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(np.int64) + 1970
    month = months.astype(np.int64) % 12 + 1
    return year * 10_000 + month * 100 + (dates - months).astype(np.int64) + 1


def _rank_within(group: np.ndarray) -> np.ndarray:
    """0, 1, 2, … within each group, in order of position."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(group) else np.empty(0, np.int64)
    run = np.diff(np.r_[starts, len(group)])
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - np.repeat(starts, run)
    return rank
