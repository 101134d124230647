"""The fewest cells of the upper level to hide: chosen all at once, since each is worth much to a reader.

Belongs here: the choice among a district's parts as an integer program. Every cell stands in two relations, its
indicator's total and its area's dimension score, so that cells taken one by one for the one drag in more for the other.
Does not belong here: the many cells of the lower level (``suppression`` takes those one by one).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from publication.disclosure.cells import Cell
from publication.disclosure.quarter import QuarterCells

#: A cell whose parts would have to be hidden with it is taken only if it saves another of its level.
_COST_OF_PARTS = 0.3


class FewestParts:
    """The choice for one quarter, made anew while hiding spreads: 0–1 unknowns, one a cell, hidden or not."""

    def __init__(self, cells: QuarterCells) -> None:
        self.cells, self.parts = cells, cells.upper_parts()
        self.place = {cell: column for column, cell in enumerate(self.parts)}
        self._lines: list[tuple[dict[Cell, float], float]] = []
        for members in self._groups(lambda cell: cell[1]).values():
            self._ask_of_total(members)
        for members in self._groups(lambda cell: (cell[0], cells.rows[cell]["dimension_code"])).values():
            self._ask_of_score(members)
        self.matrix, self.least = np.zeros((len(self._lines), len(self.parts))), [least for _, least in self._lines]
        for line, (terms, _) in enumerate(self._lines):
            for cell, value in terms.items():
                self.matrix[line, self.place[cell]] = value
        self._settled: tuple[list[bool], list[float]] | None = None

    def hide(self) -> bool:
        """Hide what the top totals and the dimension scores of their parts ask for beside the hidden parts; True if
        that is anything new.

        Where nothing satisfies all of it, nothing is chosen here, and each relation is completed by itself.
        """
        is_hidden, costs = self._is_hidden(), [self._cost(cell) for cell in self.parts]
        # every further cell costs something, so nothing is added to a choice while its costs stay
        if not any(is_hidden) or (is_hidden, costs) == self._settled:
            return False
        is_new = any([self.cells.force(cell) for cell in self._solve(np.array(is_hidden, dtype=float), costs)])
        self._settled = self._is_hidden(), costs
        return is_new

    def _is_hidden(self) -> list[bool]:
        return [cell in self.cells.hidden.cells for cell in self.parts]

    def _solve(self, is_hidden: np.ndarray, costs: list[float]) -> list[Cell]:
        from scipy.optimize import Bounds, LinearConstraint, milp

        may_hide = np.array([(self.cells.rows[cell]["numerator"] or 0) > 1 for cell in self.parts], dtype=float)
        result = milp(
            costs,
            constraints=LinearConstraint(self.matrix, self.least, np.inf),
            integrality=np.ones(len(self.parts)),
            bounds=Bounds(is_hidden, np.maximum(is_hidden, may_hide)),
        )
        if result.x is None:
            return []
        chosen = {cell for cell, y in zip(self.parts, result.x, strict=True) if y > 0.5}
        return sorted(chosen - self.cells.hidden.cells)

    def _groups(self, key) -> dict[object, list[Cell]]:
        found: dict[object, list[Cell]] = defaultdict(list)
        for cell in self.parts:
            found[key(cell)].append(cell)
        return found

    def _cost(self, cell: Cell) -> float:
        own_parts = self.cells.parts.get(cell, [])
        has_shown_parts = bool(own_parts) and self.cells.hidden.cells.isdisjoint(own_parts)
        # the place in the list decides between equals, so that the same figures hide the same cells
        return 1.0 + _COST_OF_PARTS * has_shown_parts + 1e-4 * self.place[cell] / len(self.parts)

    def _ask_of_total(self, members: list[Cell]) -> None:
        """A hidden part needs others that can take up whatever it may be: one that is not small, or two that are."""
        give = {cell: 0.5 if self.cells.is_small(cell) else 1.0 for cell in members}
        for cell in members:
            self._lines.append(({other: give[other] for other in members if other != cell} | {cell: -1.0}, 0.0))

    def _ask_of_score(self, members: list[Cell]) -> None:
        """A hidden term needs others that carry the share of its weight which the policy asks for; a small one needs
        among them what can take up its whole threshold, which another small one can do only as far as it is small."""
        rows, scale = self.cells.rows, 40.0
        weight = {cell: rows[cell]["effective_weight"] or 0.0 for cell in members}
        steps = {cell: self.cells.step(cell) for cell in members}
        gives: Mapping[Cell, float] = {
            cell: 0.0
            if rows[cell]["is_clamped"]
            else (self.cells.threshold(cell[1]) - 2) * steps[cell]
            if self.cells.is_small(cell)
            else weight[cell] * scale
            for cell in members
        }
        for cell in members:
            if not weight[cell]:
                continue
            others = [other for other in members if other != cell]
            asked = self.cells.policy.equation_slack_share * weight[cell]
            self._lines.append(
                ({other: weight[other] for other in others if not rows[other]["is_clamped"]} | {cell: -asked}, 0.0)
            )
            if self.cells.is_small(cell):
                whole = min(self.cells.threshold(cell[1]) * steps[cell], weight[cell] * scale)
                self._lines.append(({other: gives[other] for other in others} | {cell: -whole}, 0.0))
