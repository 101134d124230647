"""What clerks and spreadsheets do to resident ID numbers: each kind as a function on a whole column.

Belongs here: damaged forms of a number. Does not belong here: which cells are damaged (``damage``).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.identity_numbers import as_text
from simulation.text import joined

_CHECK_CHARACTERS = pa.array(list("0123456789X"))


def resident_cards(numbers: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions of 18-character numbers; of those that end in X; and the birth years of the first.

    Reads the column's bytes: numbers are ASCII, so offsets are lengths.
    """
    offsets = np.frombuffer(numbers.buffers()[1], np.int32)[numbers.offset : numbers.offset + len(numbers) + 1]
    content = np.frombuffer(numbers.buffers()[2] or b"", np.uint8)
    cards = np.flatnonzero(np.diff(offsets) == 18)
    start = offsets[cards]
    year = sum((content[start + 6 + place].astype(np.int32) - 48) * 10 ** (3 - place) for place in range(4))
    return cards, cards[content[start + 17] == ord("X")], year


def full_width_digits(numbers: pa.Array) -> pa.Array:
    for character in "0123456789X":
        numbers = pc.replace_substring(numbers, character, chr(ord(character) + 0xFEE0))
    return numbers


def fifteen_digits(numbers: pa.Array) -> pa.Array:
    """The form before 1999: no century, no check character."""
    return joined(pc.utf8_slice_codeunits(numbers, 0, 6), pc.utf8_slice_codeunits(numbers, 8, 17))


def wrong_check_digit(numbers: pa.Array, rng: np.random.Generator) -> pa.Array:
    last = pc.index_in(pc.utf8_slice_codeunits(numbers, 17, 18), value_set=_CHECK_CHARACTERS)
    wrong = (last.to_numpy(zero_copy_only=False).astype(np.int64) + rng.integers(1, 11, len(numbers))) % 11
    return joined(pc.utf8_slice_codeunits(numbers, 0, 17), _CHECK_CHARACTERS.take(pa.array(wrong)))


def mistyped_digit(numbers: pa.Array, rng: np.random.Generator) -> pa.Array:
    """One of the first 17 digits is another; the check character stays, so that it fails."""
    characters, row = _characters(numbers), np.arange(len(numbers))
    place = rng.integers(0, 17, len(numbers))
    moved = (characters[row, place] - ord("0") + rng.integers(1, 10, len(numbers))) % 10 + ord("0")
    characters[row, place] = moved
    return as_text(characters)


def transposed_digits(numbers: pa.Array, rng: np.random.Generator) -> pa.Array:
    """Two different neighbours of the last 12 characters change places; equal ones from there on look further left."""
    characters, row = _characters(numbers), np.arange(len(numbers))
    place = rng.integers(6, 17, len(numbers))
    for _ in range(17):
        same = characters[row, place] == characters[row, place + 1]
        place[same] = (place[same] - 1) % 17
    left, right = characters[row, place].copy(), characters[row, place + 1].copy()
    characters[row, place], characters[row, place + 1] = right, left
    return as_text(characters)


def _characters(numbers: pa.Array) -> np.ndarray:
    """An (n, 18) array of ASCII codes, which may be changed."""
    return np.frombuffer("".join(numbers.to_pylist()).encode(), np.uint8).reshape(-1, 18).copy()


def spreadsheet_rounded(numbers: pa.Array, as_shown: np.ndarray) -> pa.Array:
    """The 15 digits that a spreadsheet keeps, with zeros; or, ``as_shown`` in a cell, six and a power of ten."""
    zeros = joined(pc.utf8_slice_codeunits(numbers, 0, 15), "000")
    first, others = pc.utf8_slice_codeunits(numbers, 0, 1), pc.utf8_slice_codeunits(numbers, 1, 6)
    return pc.if_else(pa.array(as_shown), joined(first, ".", others, "E+17"), zeros)


def leading_apostrophe(numbers: pa.Array) -> pa.Array:
    return joined("'", numbers)
