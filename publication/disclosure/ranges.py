"""Ranges for cells of the upper level that are hidden for another's sake, as narrow as those others can bear.

Belongs here: choosing the ranges, narrow ones first, and widening those beside a small cell that an attack narrows
down. Does not belong here: which cells are hidden (``hiding``), or the attack itself (``attack``).

A range is a class of a fixed grid (0–5, 5–10, …; 0–10, 10–20, …), so that its ends say nothing of where in it the value
lies. No small cell has one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import count
from math import floor

from publication.disclosure.attack import UpperLevel, meet
from publication.disclosure.cells import Cell
from publication.disclosure.quarter import QuarterCells

#: A range narrower than this says no more to a reader.
_NARROWEST_POINTS = 2.0
#: Widths of classes in every power of ten: each class lies within one of the next width.
_DIGITS = (1.0, 5.0)
Range = tuple[float, float]


def ranges_of(cells: QuarterCells) -> dict[Cell, Range]:
    """For hidden cells of the upper level the two values of the indicator between which they lie."""
    hidden = [part for part in cells.upper_parts() if part in cells.hidden.cells and part[0] not in cells.hidden.areas]
    wider = {cell: _classes(cells, cell) for cell in hidden if _has_value(cells, cell)}
    chosen = {cell: found for cell, classes in wider.items() if (found := next(classes, None))}
    upper, bare = UpperLevel(cells), {}
    while chosen and (bare := _narrowed(cells, upper, chosen, bare)):
        for cell in {_narrowest(cells, held or _beside(cells, small, chosen), chosen) for small, held in bare.items()}:
            chosen[cell] = next(wider[cell], None)
        chosen = {cell: found for cell, found in chosen.items() if found}
    return chosen


def _has_value(cells: QuarterCells, cell: Cell) -> bool:
    row = cells.rows[cell]
    return bool(row["denominator"] and row.get("value") and row["numerator"]) and not cells.is_small(cell)


def _classes(cells: QuarterCells, cell: Cell) -> Iterator[Range]:
    """The classes that contain the cell's value, from the narrowest that holds a threshold of counts, each within the
    next; none wider than what the policy still calls a figure, and none where nothing tells how wide that is."""
    row = cells.rows[cell]
    value, per_count = row["value"], row["value"] / row["numerator"]
    points_per_count = abs(cells.slopes.get(cell[1], 0.0)) / row["denominator"]
    if not points_per_count:
        return
    for power in count(-6):
        for digit in _DIGITS:
            width = digit * 10.0**power
            counts = width / per_count
            if counts * points_per_count > cells.policy.widest_range_points:
                return
            if counts >= cells.threshold(cell[1]) and counts * points_per_count >= _NARROWEST_POINTS:
                low = floor(value / width) * width
                yield round(low, 6), round(low + width, 6)


def _in_counts(cells: QuarterCells, cell: Cell, found: Range) -> Range:
    per_count = cells.rows[cell]["value"] / cells.rows[cell]["numerator"]
    return found[0] / per_count, found[1] / per_count


def _narrowed(
    cells: QuarterCells, upper: UpperLevel, chosen: Mapping[Cell, Range], before: Mapping[Cell, set[Cell]]
) -> dict[Cell, set[Cell]]:
    """The small cells that the ``chosen`` ranges narrow down. Wider ranges seldom narrow others than those ``before``,
    so that all are looked at only where none of these is left."""
    counts = {cell: _in_counts(cells, cell, found) for cell, found in chosen.items()}
    return (upper.narrowed(counts, among=before) if before else {}) or upper.narrowed(counts)


def _beside(cells: QuarterCells, small: Cell, chosen: Collection[Cell]) -> set[Cell]:
    """The ranges in one sum with a small cell; failing those, all."""
    return {cell for cell in chosen if meet(cells, cell, small)} or set(chosen)


def _narrowest(cells: QuarterCells, among: Collection[Cell], chosen: Mapping[Cell, Range]) -> Cell:
    """The one whose range spans the fewest points of score."""

    def points(cell: Cell) -> float:
        low, high = _in_counts(cells, cell, chosen[cell])
        return (high - low) * cells.step(cell)

    return min(among, key=lambda cell: (points(cell), cell))
