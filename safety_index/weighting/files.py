"""Reading what experts wrote: a matrix of comparisons, or points by expert.

Belongs here: the two forms of CSV file and their faults by line and column. Does not belong here: what follows from
them (``ahp``, ``budget``).
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from safety_index.faults import FaultyInput

Floats = NDArray[np.float64]


class JudgementFaults(FaultyInput):
    """Everything that is wrong with a file of judgements, at once."""


def read_comparisons(path: Path) -> tuple[list[str], Floats]:
    """The parts' codes and the matrix: a header of codes after a first cell, then for each code a row. Entries are
    numbers or fractions such as 1/3; an empty cell below the diagonal is the reciprocal of its mirror."""
    names, labels, cells, faults = _read(path)
    if not faults and labels != names:
        faults.append(f"the rows are {', '.join(labels)}, and not the columns {', '.join(names)} in their order")
    if faults:
        raise JudgementFaults(path.name, faults)
    for row in range(len(names)):
        for column in range(row):
            if np.isnan(cells[row, column]) and cells[column, row] > 0:
                cells[row, column] = 1 / cells[column, row]
    empty = [f"line {row + 2}, {names[column]}: is empty" for row, column in np.argwhere(np.isnan(cells))]
    if empty:
        raise JudgementFaults(path.name, empty)
    return names, cells


def read_points(path: Path) -> tuple[list[str], Floats]:
    """The parts' codes and the points (experts, parts): a header of codes after a first cell, then for each expert a
    row that begins with a name or number. An empty cell is 0."""
    names, _, cells, faults = _read(path)
    if faults:
        raise JudgementFaults(path.name, faults)
    return names, np.nan_to_num(cells)


def _read(path: Path) -> tuple[list[str], list[str], Floats, list[str]]:
    rows = [row for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()) if any(map(str.strip, row))]
    if len(rows) < 2:
        return [], [], np.empty((0, 0)), ["a header of codes and a row below it are needed"]
    names = [name.strip() for name in rows[0][1:]]
    labels = [row[0].strip() for row in rows[1:]]
    cells, faults = np.full((len(labels), len(names)), np.nan), []
    for place, row in enumerate(rows[1:]):
        if len(row) != len(names) + 1:
            faults.append(f"line {place + 2}: {len(row) - 1} entries where the header has {len(names)}")
            continue
        for column, text in enumerate(cell.strip() for cell in row[1:]):
            if text:
                try:
                    cells[place, column] = float(Fraction(text.replace(" ", "")))
                except (ValueError, ZeroDivisionError):
                    faults.append(f"line {place + 2}, {names[column]}: {text!r} is neither a number nor a fraction")
    return names, labels, cells, faults
