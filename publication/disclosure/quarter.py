"""The cells of one quarter while hiding spreads, and how they hang together.

Belongs here: which cells are an area's own, which add up to which, and which are small to begin with. Does not belong
here: what else must be hidden (``totals``, ``scores``, ``choice``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from publication.disclosure.cells import Cell, Hidden, is_small, rest
from publication.disclosure.policy import Policy
from publication.disclosure.slopes import slopes


class QuarterCells:
    """The cells of one quarter while hiding spreads. Cells only ever become hidden, so it comes to an end."""

    def __init__(self, rows: Mapping[Cell, Mapping], indicators: Mapping[str, Mapping], policy: Policy):
        self.rows, self.indicators, self.policy = rows, indicators, policy
        self.hidden = Hidden()
        self.slopes = slopes(rows.values())
        #: room that a hidden cell needs above its true value, in the table of counts and in that of rests
        self.needs: dict[str, dict[Cell, float]] = {"count": {}, "rest": {}}
        self.parents = {area: row["parent_code"] for (area, _), row in rows.items()}
        self.children: dict[str, list[str]] = defaultdict(list)
        for area, parent in sorted(self.parents.items()):
            if parent in self.parents:
                self.children[parent].append(area)
        self.own = {cell for cell in rows if self._is_own(cell)}
        #: the parts of every published total
        self.parts = {
            (parent, indicator): [
                (child, indicator) for child in self.children[parent] if (child, indicator) in self.own
            ]
            # lower parents first: one that must be hidden is then seen among its own siblings
            for parent in sorted(self.children, key=lambda area: (self.parents[area] not in self.parents, area))
            for indicator in indicators
            if (parent, indicator) in self.own
        }

    def threshold(self, indicator: str) -> int:
        return self.policy.threshold(self.indicators[indicator]["is_special_group"])

    def _is_own(self, cell: Cell) -> bool:
        """An observed figure of the area itself at a level at which the indicator is published."""
        row = self.rows[cell]
        if row["status_code"] != "observed" or row["numerator"] is None:
            return False
        level = self.indicators[cell[1]]["published_level_code"]
        return row["area_level_code"] != "committee" or level == "committee"

    def force(self, cell: Cell, table: str = "count") -> bool:
        """Hide a cell whatever its size, so that it can't be worked out. True if that is new."""
        wanted = float(self.threshold(cell[1]))
        is_new = cell not in self.hidden.cells or self.needs[table].get(cell, 0.0) < wanted
        self.hidden.cells.add(cell)
        self.needs[table][cell] = max(wanted, self.needs[table].get(cell, 0.0))
        return is_new

    def hide_small_areas(self, residents: Mapping[str, int | None]) -> None:
        small = {area for area, count in residents.items() if (count or 0) < self.policy.minimum_resident_count}
        self.hidden.areas |= small
        for cell in self.rows:
            if cell[0] in small:
                self.force(cell)

    def hide_small_cells(self) -> None:
        for cell, row in self.rows.items():
            if cell in self.own:
                threshold, remainder = self.threshold(cell[1]), rest(row)
                if remainder is not None and row["denominator"] < self.policy.minimum_share_base:
                    self.hidden.cells.add(cell)
                for table, count in (("count", row["numerator"]), ("rest", remainder)):
                    if is_small(count, threshold):
                        self.hidden.cells.add(cell)
                        self.needs[table][cell] = max(threshold - count, self.needs[table].get(cell, 0.0))

    def upper_parts(self) -> list[Cell]:
        """The parts of the totals of the top area: the cells of the level below it."""
        top = [total for total in self.parts if self.parents[total[0]] not in self.parents]
        return [part for total in top for part in self.parts[total]]

    def worth(self, cell: Cell) -> float:
        """What a cell is worth to a reader, by its level."""
        return self.policy.worth_of_a_cell.get(self.rows[cell]["area_level_code"], 1.0)

    def is_small(self, cell: Cell) -> bool:
        """True where the count or its rest is below the threshold."""
        row, threshold = self.rows[cell], self.threshold(cell[1])
        return is_small(row["numerator"], threshold) or is_small(rest(row), threshold)

    def step(self, cell: Cell) -> float:
        """How far one more count moves the dimension's sum of weighted scores."""
        row = self.rows[cell]
        if not row["denominator"] or not row["effective_weight"]:
            return 0.0
        own = row.get("own_weight")
        slope = abs(self.slopes.get(cell[1], 0.0))
        return row["effective_weight"] * slope / row["denominator"] * (1.0 if own is None else own)
