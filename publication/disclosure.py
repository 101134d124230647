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
        dimension_code, numerator, denominator, status_code, window_quarter_count, effective_weight, unclamped_score,
        is_clamped; and where values are pulled towards others value, estimate and own_weight.
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
        step.hidden.cells.update(cell for cell in (released or {}).get(quarter, ()) if cell in step.rows)
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
        self.steepness = _steepness(rows.values())
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
        for total, cells in self.parts.items():
            if total not in self.hidden.cells and not self.hidden.cells.isdisjoint(cells):
                changed |= self._complete_total(total, cells)
        return changed

    def _complete_total(self, total: Cell, cells: list[Cell]) -> bool:
        changed = False
        for table, value in (("count", lambda row: row["numerator"]), ("rest", rest)):
            values = {cell: value(self.rows[cell]) for cell in cells}
            values = {cell: count for cell, count in values.items() if count is not None}
            chosen = parts_to_hide(values, self.hidden.cells, self.needs[table])
            if chosen is None:
                return self.force(total, table)
            self.hidden.cells |= chosen
            changed |= bool(chosen)
        return changed

    def _complete_scores(self) -> bool:
        changed = False
        for (area, dimension), (own, passed_down) in self._terms().items():
            if (area, dimension) in self.hidden.dimensions:
                continue
            movable = {cell for cell in own if not self.rows[cell]["is_clamped"]}
            # a figure passed down is the same in every committee, so it can't be what shields a committee's own
            for weights in (own, own | passed_down) if passed_down else (own,):
                if self.hidden.cells.isdisjoint(weights):
                    continue
                chosen = terms_to_hide(
                    weights, self.hidden.cells, movable, self.policy.equation_slack_share, fixed=passed_down
                )
                if chosen is None:
                    changed |= self._hide_dimension(area, dimension)
                    break
                # a term that shields another must itself be safe from its total
                changed |= any([self.force(cell) for cell in sorted(chosen)])
            else:
                changed |= self._give_room([cell for cell in own if cell in self.hidden.cells], movable)
        return changed

    def _terms(self) -> dict[tuple[str, str], tuple[dict[Cell, float], dict[Cell, float]]]:
        """The terms of each published dimension score with their weights: the area's own figures, and those hidden
        figures of the parent that were passed down to it."""
        terms: dict[tuple[str, str], tuple[dict, dict]] = defaultdict(lambda: ({}, {}))
        for cell, row in self.rows.items():
            if row["effective_weight"] and row["area_code"] not in self.hidden.areas:
                own, passed_down = terms[cell[0], row["dimension_code"]]
                if cell in self.own:
                    own[cell] = row["effective_weight"]
                elif row["status_code"] == "passed_down" and (row["parent_code"], cell[1]) in self.hidden.cells:
                    self.hidden.cells.add(cell)
                    passed_down[cell] = row["effective_weight"]
        return terms

    def _give_room(self, cells: list[Cell], movable: Collection[Cell]) -> bool:
        """Let one other hidden term move far enough to hide a whole count of each: else steps of a small denominator
        stand out although there is another term."""
        changed = False
        for cell in cells:
            step = self._step(cell)
            needed = {
                other: np.ceil(step / self._step(other)) + 1
                for other in cells
                if other != cell and other in movable and self._step(other) > 0
            }
            if step and needed and (cell in self.needs["count"] or cell in self.needs["rest"]):
                other = min(needed, key=lambda term: (needed[term] / (1 + self.rows[term]["numerator"]), term))
                if needed[other] > self.needs["count"].get(other, 0.0):
                    self.needs["count"][other] = float(needed[other])
                    changed = True
        return changed

    def _step(self, cell: Cell) -> float:
        """How far one more count moves the dimension's sum of weighted scores."""
        row = self.rows[cell]
        if not row["denominator"] or not row["effective_weight"]:
            return 0.0
        own = row.get("own_weight")
        return (
            row["effective_weight"]
            * self.steepness.get(cell[1], 0.0)
            / row["denominator"]
            * (1.0 if own is None else own)
        )

    def _hide_dimension(self, area: str, dimension: str) -> bool:
        """Hide a dimension score, and a second one, for the total would give a single one away."""
        weights: dict[str, float] = defaultdict(float)
        for (place, _), row in self.rows.items():
            if place == area:
                weights[row["dimension_code"]] += row["effective_weight"] or 0.0
        self.hidden.dimensions.add((area, dimension))
        others = [other for other in weights if weights[other] and (area, other) not in self.hidden.dimensions]
        if sum(place == area for place, _ in self.hidden.dimensions) < 2 and others:
            self.hidden.dimensions.add((area, min(others, key=lambda other: (weights[other], other))))
        return True


def _steepness(rows: Iterable[Mapping]) -> dict[str, float]:
    """By indicator, how far its score moves when numerator ÷ denominator moves by one and nothing is pulled towards
    others, from the rows themselves.

    The score is linear in what is scored (piecewise for a moderate indicator: the mean slope over the range that
    occurs), which is the ratio in the indicator's unit.
    """
    ends: dict[tuple, list[tuple[float, float]]] = defaultdict(list)
    unit: dict[tuple, float] = defaultdict(float)
    for row in rows:
        if row["denominator"] and row["numerator"] is not None and row["unclamped_score"] is not None:
            key, ratio = (row["indicator_code"], row["window_quarter_count"]), row["numerator"] / row["denominator"]
            estimate = row.get("estimate")
            ends[key].append((ratio if estimate is None else estimate, row["unclamped_score"]))
            unit[key] = max(unit[key], 1.0 if estimate is None else row["value"] / ratio if ratio else 0.0)
    found: dict[str, float] = {}
    for key, points in ends.items():
        (low, low_score), (high, high_score) = min(points), max(points)
        if high > low:
            slope = abs(high_score - low_score) / (high - low) * unit[key]
            found[key[0]] = max(found.get(key[0], 0.0), slope)
    return found


def _window_cells(
    quarter: str,
    past: list[str],
    by_quarter: Mapping[str, Mapping[Cell, Mapping]],
    hidden: Mapping[str, Hidden],
    step: _Quarter,
) -> list[Cell]:
    """Cells of rolling windows that, published after the earlier quarters, would give away a single small quarter."""
    quarters = [*past, quarter]
    found: list[Cell] = []
    windowed = {row["indicator_code"] for row in step.rows.values() if (row["window_quarter_count"] or 1) > 1}
    for indicator in sorted(windowed):
        cells = [cell for cell in step.rows if cell[1] == indicator and cell in step.own]
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
        found += [
            cell for cell, is_bare in zip(cells, given_away, strict=True) if is_bare and cell not in step.hidden.cells
        ]
    return found
