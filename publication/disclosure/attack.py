"""What a reader can work out about the small cells of the upper level by linear programming, before it is published.

Belongs here: the equations that totals and scores put on hidden counts, and the ends of what they leave open. Does not
belong here: what is done about it (``ranges``).

The reader is given more than will be printed: every denominator, and which hidden cells are small.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cached_property
from math import copysign, inf

import numpy as np

from publication.disclosure.cells import Cell, is_small
from publication.disclosure.freedom import Freedom, Range
from publication.disclosure.quarter import QuarterCells


def meet(cells: QuarterCells, one: Cell, other: Cell) -> bool:
    """True for two cells of one total or of one dimension score."""
    dimension = cells.rows[one]["dimension_code"]
    return one[1] == other[1] or (one[0] == other[0] and dimension == cells.rows[other]["dimension_code"])


class UpperLevel:
    """The hidden cells below the top area, with the equations that hold between them.

    Unknowns are how far each count lies from its true one, so that every equation says that a sum is nought.
    """

    def __init__(self, cells: QuarterCells):
        self.cells = cells
        self.hidden = [part for part in cells.upper_parts() if part in cells.hidden.cells]
        self.small = [cell for cell in self.hidden if cells.is_small(cell)]
        self.is_small_cell = set(self.small)
        self.matrix, self.slack = self._equations()

    @cached_property
    def unranged(self) -> Freedom:
        """What the small counts may be by what is known without any range."""
        return Freedom(self.matrix, self.slack, [self._bounds(cell, None) for cell in self.hidden])

    def _equations(self) -> tuple[np.ndarray, np.ndarray]:
        """Sums of deviations, a line each, and how far from nought a sum may lie: totals are exact, scores rounded."""
        cells, sums = self.cells, defaultdict(dict)
        weights: dict[tuple, float] = defaultdict(float)
        for (area, _), row in cells.rows.items():
            for line in (("index", area), ("dimension", area, row["dimension_code"])):
                weights[line] += row["effective_weight"] or 0.0
        for cell in self.hidden:
            row = cells.rows[cell]
            if (row["parent_code"], cell[1]) not in cells.hidden.cells:
                sums["total", cell[1]][cell] = 1.0
            step = 0.0 if row["is_clamped"] else copysign(cells.step(cell), cells.slopes.get(cell[1], 0.0))
            if step:
                sums["index", cell[0]][cell] = step
                if (cell[0], row["dimension_code"]) not in cells.hidden.dimensions:
                    sums["dimension", cell[0], row["dimension_code"]][cell] = step
        matrix, slack = np.zeros((len(sums), len(self.hidden))), np.zeros(len(sums))
        place = {cell: column for column, cell in enumerate(self.hidden)}
        half = 0.5 * 10.0**-cells.policy.score_decimals
        for line, (name, terms) in enumerate(sums.items()):
            largest = max(map(abs, terms.values()))
            slack[line] = weights[name] * half / largest
            for cell, value in terms.items():
                matrix[line, place[cell]] = value / largest
        return matrix, slack

    def narrowed(self, ranges: Mapping[Cell, Range], among: Collection[Cell] | None = None) -> dict[Cell, set[Cell]]:
        """The small cells of which these ranges of counts leave open less than half of the whole numbers below the
        threshold, and less than is left open without them; each with the cells whose ranges hold it.

        among: the small cells to look at, if not all. Wider ranges, and fewer, narrow no cell that was not narrowed
            before.
        """
        bounds = [self._bounds(cell, ranges.get(cell), self._shows_as_small(cell, ranges)) for cell in self.hidden]
        freedom, found = Freedom(self.matrix, self.slack, bounds), {}
        for place, cell in enumerate(self.hidden):
            if cell not in (self.is_small_cell if among is None else among):
                continue
            if freedom.is_at_least(place, self.cells.threshold(cell[1]) // 2):
                continue
            if self.unranged.is_at_least(place, freedom.whole_numbers(place) + 1):
                found[cell] = {self.hidden[held] for held in freedom.holding(place)} & ranges.keys()
        return found

    def _shows_as_small(self, cell: Cell, ranges: Mapping[Cell, Range]) -> bool:
        """Whether a reader can tell a small cell by its having no range: where others that it meets have none either,
        any of them may be the small one."""
        others = (one for one in self.hidden if one not in self.is_small_cell and meet(self.cells, one, cell))
        return cell in self.is_small_cell and all(one in ranges for one in others)

    def _bounds(self, cell: Cell, counts: Range | None, knows_small: bool = False) -> Range:
        """How far a count may lie from its true one before any equation is looked at."""
        row, threshold = self.cells.rows[cell], self.cells.threshold(cell[1])
        count, denominator = row["numerator"], row["denominator"]
        is_share = denominator is not None and denominator >= count
        if counts:
            return counts[0] - count, min(counts[1], denominator if is_share else inf) - count
        if knows_small and is_small(count, threshold):
            return 1 - count, threshold - 1 - count
        if knows_small and is_share and is_small(denominator - count, threshold):
            return denominator - threshold + 1 - count, denominator - 1 - count
        return -count, denominator - count if is_share else inf
