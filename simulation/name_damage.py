"""What clerks do to names and birth dates: each kind as a function on a whole column.

Belongs here: damaged forms of a name or a birth date. Does not belong here: which cells are damaged (``damage``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.names import tables
from simulation.text import joined, looked_up

_LOST = "?"


def mistyped(names: pa.Array, rng: np.random.Generator) -> pa.Array:
    """The last character is another one that is used in names."""
    characters = sorted({*tables()["given_male"], *tables()["given_female"]})
    last = pc.utf8_slice_codeunits(names, -1)
    at = pc.fill_null(pc.index_in(last, value_set=pa.array(characters)), 0).to_numpy(zero_copy_only=False)
    other = (at.astype(np.int64) + rng.integers(1, len(characters), len(names))) % len(characters)
    return joined(pc.utf8_slice_codeunits(names, 0, -1), looked_up(characters, other))


def has_rare_character(names: pa.Array) -> pa.Array:
    return pc.fill_null(pc.match_substring_regex(names, f"[{tables()['rare']}]"), False)


def rare_character_lost(names: pa.Array) -> pa.Array:
    """What a code page without the character makes of it."""
    return pc.replace_substring_regex(names, f"[{tables()['rare']}]", _LOST)


def slipped_dates(dates: pa.Array) -> pa.Array:
    """Day and month in the other order where that is a date, else the day before."""
    day, month = pc.day(dates).to_numpy(zero_copy_only=False), pc.month(dates).to_numpy(zero_copy_only=False)
    year = pc.year(dates).to_numpy(zero_copy_only=False)
    swaps = (day <= 12) & (day != month)
    months = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (np.where(swaps, day, month) - 1)
    days = months.astype("datetime64[D]") + np.where(swaps, month - 1, day - 2)
    return pa.array(days)
