"""Published dimension scores: what else to hide so that no hidden term follows from one.

Belongs here: walking over the dimension scores of a quarter. Does not belong here: the search among terms
(``suppression``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from numpy import ceil

from publication.disclosure.cells import Cell
from publication.disclosure.quarter import QuarterCells
from publication.disclosure.suppression import terms_to_hide


def complete_scores(cells: QuarterCells) -> bool:
    changed = False
    for (area, dimension), (own, passed_down) in published_terms(cells).items():
        if (area, dimension) in cells.hidden.dimensions or cells.hidden.cells.isdisjoint((*own, *passed_down)):
            continue
        movable = {cell for cell in own if not cells.rows[cell]["is_clamped"]}
        # a figure passed down is the same in every committee, so it can't be what shields a committee's own
        for weights in (own, own | passed_down) if passed_down else (own,):
            if cells.hidden.cells.isdisjoint(weights):
                continue
            chosen = terms_to_hide(
                weights, cells.hidden.cells, movable, cells.policy.equation_slack_share, fixed=passed_down
            )
            if chosen is None:
                changed |= _hide_dimension(cells, area, dimension)
                break
            # a term that shields another must itself be safe from its total
            changed |= any([cells.force(cell) for cell in sorted(chosen)])
        else:
            changed |= _give_room(cells, [cell for cell in own if cell in cells.hidden.cells], movable)
    return changed


def published_terms(cells: QuarterCells) -> dict[tuple[str, str], tuple[dict[Cell, float], dict[Cell, float]]]:
    """The terms of each published dimension score with their weights: the area's own figures, and those hidden
    figures of the parent that were passed down to it."""
    terms: dict[tuple[str, str], tuple[dict, dict]] = defaultdict(lambda: ({}, {}))
    for cell, row in cells.rows.items():
        if row["effective_weight"] and row["area_code"] not in cells.hidden.areas:
            own, passed_down = terms[cell[0], row["dimension_code"]]
            if cell in cells.own:
                own[cell] = row["effective_weight"]
            elif row["status_code"] == "passed_down" and (row["parent_code"], cell[1]) in cells.hidden.cells:
                cells.hidden.cells.add(cell)
                passed_down[cell] = row["effective_weight"]
    return terms


def _give_room(cells: QuarterCells, terms: list[Cell], movable: Collection[Cell]) -> bool:
    """Let one other hidden term move far enough to hide a whole count of each: else steps of a small denominator
    stand out although there is another term."""
    changed = False
    steps = {cell: cells.step(cell) for cell in terms}
    for cell in terms:
        if not steps[cell] or not (cell in cells.needs["count"] or cell in cells.needs["rest"]):
            continue
        needed = {
            other: ceil(steps[cell] / steps[other]) + 1
            for other in terms
            if other != cell and other in movable and steps[other] > 0
        }
        if needed:
            other = min(needed, key=lambda term: (needed[term] / (1 + cells.rows[term]["numerator"]), term))
            if needed[other] > cells.needs["count"].get(other, 0.0):
                cells.needs["count"][other] = float(needed[other])
                changed = True
    return changed


def _hide_dimension(cells: QuarterCells, area: str, dimension: str) -> bool:
    """Hide a dimension score, and a second one, for the total would give a single one away."""
    weights: dict[str, float] = defaultdict(float)
    for (place, _), row in cells.rows.items():
        if place == area:
            weights[row["dimension_code"]] += row["effective_weight"] or 0.0
    cells.hidden.dimensions.add((area, dimension))
    others = [other for other in weights if weights[other] and (area, other) not in cells.hidden.dimensions]
    if sum(place == area for place, _ in cells.hidden.dimensions) < 2 and others:
        cells.hidden.dimensions.add((area, min(others, key=lambda other: (weights[other], other))))
    return True
