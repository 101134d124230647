"""Text columns made at once: numbers with prefixes, joined parts, takes from lookup tables.

Belongs here: small Arrow text helpers. Does not belong here: what a cell means (``cells``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def numbered(prefix: str, numbers: np.ndarray, width: int) -> pa.Array:
    """``prefix`` followed by each number, padded with zeros to ``width`` digits."""
    digits = pc.utf8_lpad(pa.array(np.asarray(numbers, np.int64)).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def joined(*parts: pa.Array | str) -> pa.Array:
    """The parts of every row one after the other; a missing part counts as empty."""
    return pc.binary_join_element_wise(*parts, "", null_handling="replace", null_replacement="")


def looked_up(table: list | np.ndarray | pa.Array, index: np.ndarray) -> pa.Array:
    """``table[index]`` as text; a negative index gives null."""
    index = np.asarray(index)
    values = table if isinstance(table, pa.Array) else pa.array([str(value) for value in table], pa.string())
    return values.take(pa.array(np.where(index < 0, 0, index), pa.int64(), mask=index < 0))


def integers_as_text(values: np.ndarray) -> pa.Array:
    return pa.array(np.asarray(values)).cast(pa.string())
