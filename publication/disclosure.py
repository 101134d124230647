"""Disclosure control of indicator values: which cells of which area and quarter are not published.

Belongs here: which cells are small, and carrying the hiding through totals, scores and time until nothing hidden can
be worked out. Pure: rows in, sets of cells out. Does not belong here: writing tables (``tables``), or the numbers of
the policy (``policy.yml``).

What a reader is assumed to know: all published cells, the method with its weights and goalposts, which cells are
hidden, and earlier releases. What the rules see to:

- a cell is small when its count, or the rest of its denominator, lies from one up to the threshold; zero is shown;
- a hidden cell does not follow from a parent's total and its siblings, nor from a published dimension score;
- overlapping windows, read one after the other, do not give away a single quarter;
- an area below the minimum of residents shows nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from publication.policy import Policy
from publication.suppression import parts_to_hide, terms_to_hide
from publication.windows import gives_away_a_small_count

#: (area_code, indicator_code) within a quarter
Cell = tuple[str, str]


@dataclass
class Hidden:
    """What is not published of one quarter."""

    areas: set[str] = field(default_factory=set)
    dimensions: set[tuple[str, str]] = field(default_factory=set)
    cells: set[Cell] = field(default_factory=set)


def is_small(count: float | None, threshold: int) -> bool:
    """True for a count from one up to ``threshold``, which is not included."""
    return count is not None and 0 < count < threshold


def rest(row: Mapping) -> float | None:
    """What the denominator holds beside the numerator; None where the numerator is no part of it."""
    if row["numerator"] is None or row["denominator"] is None:
        return None
    remainder = row["denominator"] - row["numerator"]
    return remainder if remainder >= 0 else None


def hidden_by_quarter(
    rows: Iterable[Mapping],
    indicators: Mapping[str, Mapping],
    residents: Mapping[tuple[str, str], int],
    policy: Policy,
    released: Mapping[str, Collection[Cell]] | None = None,
) -> dict[str, Hidden]:
    """What to hide in every quarter of ``rows``, the earlier ones first, for later ones depend on them.

    rows: indicator values of all areas with quarter, area_code, area_level_code, parent_code, indicator_code,
        dimension_code, numerator, denominator, status_code, window_quarter_count, effective_weight, score.
    indicators: by code, with is_special_group and published_level_code.
    residents: by (quarter, area_code); an area without a figure counts as too small.
    released: cells that an earlier release of a quarter hid. They stay hidden, or the two could be compared.
    """
    by_quarter: dict[str, dict[Cell, Mapping]] = defaultdict(dict)
    for row in rows:
        by_quarter[row["quarter"]][row["area_code"], row["indicator_code"]] = row
    hidden: dict[str, Hidden] = {}
    for quarter in sorted(by_quarter):
        step = _Quarter(by_quarter[quarter], indicators, policy)
        step.hide_small_areas({area: residents.get((quarter, area)) for area, _ in step.rows})
        step.hide_small_cells()
        for cell in (released or {}).get(quarter, ()):
            if cell in step.rows:
                step.force(cell)
        past = [earlier for earlier in sorted(by_quarter) if earlier < quarter]
        for cell in _window_cells(quarter, past, by_quarter, hidden, step):
            step.force(cell)
        step.complete()
        hidden[quarter] = step.hidden
    return hidden


class _Quarter:
    """The cells of one quarter while hiding spreads. Cells only ever become hidden, so it comes to an end."""

    def __init__(self, rows: Mapping[Cell, Mapping], indicators: Mapping[str, Mapping], policy: Policy):
        self.rows, self.indicators, self.policy = rows, indicators, policy
        self.hidden = Hidden()
        #: room that a hidden cell needs above its true value, in the table of counts and in that of rests
        self.needs: dict[str, dict[Cell, float]] = {"count": {}, "rest": {}}
        self.parents = {area: row["parent_code"] for (area, _), row in rows.items()}
        self.children: dict[str, list[str]] = defaultdict(list)
        for area, parent in sorted(self.parents.items()):
            if parent in self.parents:
                self.children[parent].append(area)

    def threshold(self, indicator: str) -> int:
        return self.policy.threshold(self.indicators[indicator]["is_special_group"])

    def is_own(self, cell: Cell) -> bool:
        """An observed figure of the area itself at a level at which the indicator is published."""
        row = self.rows.get(cell)
        if row is None or row["status_code"] != "observed" or row["numerator"] is None:
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
            if self.is_own(cell):
                threshold = self.threshold(cell[1])
                for table, count in (("count", row["numerator"]), ("rest", rest(row))):
                    if is_small(count, threshold):
                        self.hidden.cells.add(cell)
                        self.needs[table][cell] = max(threshold - count, self.needs[table].get(cell, 0.0))

    def complete(self) -> None:
        """Hide what is needed beside, until every total and every score keeps its secret; passed-down cells last."""
        changed = True
        while changed:
            changed = self._complete_totals()
            changed |= self._complete_scores()
        for (area, indicator), row in self.rows.items():
            if row["status_code"] == "passed_down" and (row["parent_code"], indicator) in self.hidden.cells:
                self.hidden.cells.add((area, indicator))

    def _complete_totals(self) -> bool:
        changed = False
        # lower parents first: a parent that must be hidden is then seen among its own siblings
        parents = sorted(self.children, key=lambda area: (self.parents[area] not in self.parents, area))
        for parent in parents:
            for indicator in self.indicators:
                if self.is_own((parent, indicator)) and (parent, indicator) not in self.hidden.cells:
                    changed |= self._complete_total(parent, indicator)
        return changed

    def _complete_total(self, parent: str, indicator: str) -> bool:
        cells = [(child, indicator) for child in self.children[parent] if self.is_own((child, indicator))]
        if self.hidden.cells.isdisjoint(cells):
            return False
        changed = False
        for table, value in (("count", lambda row: row["numerator"]), ("rest", rest)):
            values = {cell: value(self.rows[cell]) for cell in cells}
            values = {cell: count for cell, count in values.items() if count is not None}
            chosen = parts_to_hide(values, self.hidden.cells, self.needs[table])
            if chosen is None:
                return self.force((parent, indicator), table)
            self.hidden.cells |= chosen
            changed |= bool(chosen)
        return changed

    def _complete_scores(self) -> bool:
        changed = False
        terms: dict[tuple[str, str], dict[Cell, float]] = defaultdict(dict)
        inner: set[Cell] = set()
        for cell, row in self.rows.items():
            if self.is_own(cell) and row["effective_weight"]:
                terms[cell[0], row["dimension_code"]][cell] = row["effective_weight"]
                if row["score"] is not None and not row["is_clamped"]:
                    inner.add(cell)
        for (area, dimension), weights in terms.items():
            if (area, dimension) in self.hidden.dimensions or self.hidden.cells.isdisjoint(weights):
                continue
            chosen = terms_to_hide(weights, self.hidden.cells, inner, self.policy.equation_slack_share)
            if chosen is None:
                changed |= self._hide_dimension(area, dimension, terms)
                continue
            # a term that shields another must itself be safe from its total
            changed |= any([self.force(cell) for cell in chosen])
        return changed

    def _hide_dimension(self, area: str, dimension: str, terms: Mapping[tuple[str, str], Mapping]) -> bool:
        """Hide a dimension score, and a second one, for the total would give a single one away."""
        self.hidden.dimensions.add((area, dimension))
        others = [other for place, other in terms if place == area and (area, other) not in self.hidden.dimensions]
        if sum(place == area for place, _ in self.hidden.dimensions) < 2 and others:
            lightest = min(others, key=lambda other: (sum(terms[area, other].values()), other))
            self.hidden.dimensions.add((area, lightest))
        return True


def _window_cells(
    quarter: str, past: list[str], by_quarter: Mapping[str, Mapping[Cell, Mapping]], hidden: Mapping[str, Hidden], step: _Quarter
) -> list[Cell]:
    """Cells of rolling windows that, published after the earlier quarters, would give away a single small quarter."""
    quarters = [*past, quarter]
    found: list[Cell] = []
    windowed = {row["indicator_code"] for row in step.rows.values() if (row["window_quarter_count"] or 1) > 1}
    for indicator in sorted(windowed):
        cells = [cell for cell in step.rows if cell[1] == indicator and step.is_own(cell)]
        sums, lengths = np.zeros((2, len(cells), len(quarters)))
        lengths += 1
        shown = np.zeros(sums.shape, dtype=bool)
        for column, when in enumerate(quarters):
            unseen = step.hidden.cells if when == quarter else hidden[when].cells
            for line, cell in enumerate(cells):
                row = by_quarter[when].get(cell)
                if row is not None and row["status_code"] == "observed" and row["numerator"] is not None:
                    sums[line, column] = row["numerator"]
                    lengths[line, column] = row["window_quarter_count"] or 1
                    shown[line, column] = cell not in unseen
        given_away = gives_away_a_small_count(sums, lengths, shown, step.threshold(indicator))
        found += [cell for cell, is_bare in zip(cells, given_away, strict=True) if is_bare and cell not in step.hidden.cells]
    return found
