"""Reading what experts wrote: a matrix of comparisons, or points by expert.

Belongs here: the two forms of CSV file, and all their faults at once, by line and column. Does not belong here: what
makes a comparison or an expert's points faulty, and what follows from them (``ahp``, ``budget``).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from safety_index.faults import FaultyInput
from safety_index.weighting.ahp import pair_fault, size_faults
from safety_index.weighting.budget import expert_fault

Floats = NDArray[np.float64]
#: A fault and its line; line 0 is the file as a whole.
Fault = tuple[int, str]


class JudgementFaults(FaultyInput):
    """Everything that is wrong with a file of judgements, at once."""

    def __init__(self, where: str, found: list[Fault]) -> None:
        super().__init__(where, [f"line {line}{text}" if line else text for line, text in sorted(found)])


@dataclass(frozen=True)
class _Cells:
    """``values`` (rows, columns), NaN where a cell is empty or no number; ``is_odd`` the rows that are not to be judged
    further; ``lines`` of the rows in the file."""

    names: list[str]
    labels: list[str]
    lines: list[int]
    values: Floats
    is_odd: NDArray[np.bool_]
    is_unreadable: NDArray[np.bool_]
    faults: list[Fault]


def read_comparisons(path: Path) -> tuple[list[str], Floats]:
    """The parts' codes and the matrix: a header of codes after a first cell, then for each code a row. Entries are
    numbers or fractions such as 1/3; an empty cell below the diagonal is the reciprocal of its mirror.

    Raises JudgementFaults with every fault: cells that are no numbers, and those comparisons that can be read but are
    not positive and reciprocal.
    """
    cells = _read(path)
    names, faults = cells.names, list(cells.faults)
    if cells.labels != names and (names or cells.labels):
        rows, columns = ", ".join(cells.labels), ", ".join(names)
        faults.append((0, f"the rows are {rows}, and not the columns {columns} in their order"))
    else:
        faults += _comparison_faults(cells)
    faults += [(0, fault) for fault in size_faults(len(names))]
    if faults:
        raise JudgementFaults(path.name, faults)
    return names, cells.values


def _comparison_faults(cells: _Cells) -> list[Fault]:
    """Fill in the mirrors that are empty, and tell what is empty or no reciprocal among the rows that can be read."""
    values, names, faults = cells.values, cells.names, []
    is_unknown = cells.is_unreadable | cells.is_odd[:, None] | cells.is_odd
    for row in range(len(names)):
        for column in range(row, len(names)):
            value, mirror = values[row, column], values[column, row]
            if np.isnan(mirror) and not np.isnan(value) and not is_unknown[column, row]:
                values[column, row] = mirror = 1 / value if value else np.inf
            if is_unknown[row, column] or is_unknown[column, row]:
                continue
            empty = [(at, name) for at, name, number in (
                (row, names[column], value), (column, names[row], mirror)) if np.isnan(number)]  # fmt: skip
            faults += [(cells.lines[at], f", {name}: is empty") for at, name in dict.fromkeys(empty)]
            fault = None if empty else pair_fault(value, mirror, is_diagonal=row == column)
            faults += [(cells.lines[row], f", {names[column]}: {fault}")] if fault else []
    return faults


def read_points(path: Path, total: float) -> tuple[list[str], Floats]:
    """The parts' codes and the points (experts, parts): a header of codes after a first cell, then for each expert a
    row that begins with a name or number. An empty cell is 0. Raises JudgementFaults with every fault: cells that are
    no numbers, and of the rows that can be read those with points below 0 or that do not add up to ``total``."""
    cells = _read(path)
    points, faults = np.nan_to_num(cells.values), list(cells.faults)
    for line, row, is_odd in zip(cells.lines, points, cells.is_odd | cells.is_unreadable.any(axis=-1), strict=True):
        fault = None if is_odd else expert_fault(row, total)
        faults += [(line, f": {fault}")] if fault else []
    if faults:
        raise JudgementFaults(path.name, faults)
    return cells.names, points


def _read(path: Path) -> _Cells:
    reader = csv.reader(path.read_text(encoding="utf-8-sig").splitlines())
    rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    if len(rows) < 2:
        nothing = np.zeros((0, 0), dtype=bool)
        fault = (0, "a header of codes and a row below it are needed")
        return _Cells([], [], [], np.empty((0, 0)), np.zeros(0, dtype=bool), nothing, [fault])
    names = rows[0][1][1:]
    lines, labels = [line for line, _ in rows[1:]], [row[0] for _, row in rows[1:]]
    values, is_unreadable = np.full((len(labels), len(names)), np.nan), np.zeros((len(labels), len(names)), dtype=bool)
    is_odd = np.array([len(row) != len(names) + 1 for _, row in rows[1:]])
    faults = []
    for place, (line, row) in enumerate(rows[1:]):
        if is_odd[place]:
            faults.append((line, f": {len(row) - 1} entries where the header has {len(names)}"))
            continue
        for column, text in enumerate(row[1:]):
            try:
                values[place, column] = float(Fraction(text.replace(" ", ""))) if text else np.nan
            except (ValueError, ZeroDivisionError):
                is_unreadable[place, column] = True
                faults.append((line, f", {names[column]}: {text!r} is neither a number nor a fraction"))
    return _Cells(names, labels, lines, values, is_odd, is_unreadable, faults)
