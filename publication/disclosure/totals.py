"""Totals and their parts: what else to hide so that no hidden part follows from its total, and no hidden total from
its parts.

Belongs here: walking over the totals of a quarter. Does not belong here: the search among parts (``suppression``).
"""

from __future__ import annotations

from collections.abc import Mapping

from publication.disclosure.cells import Cell, rest
from publication.disclosure.quarter import QuarterCells
from publication.disclosure.suppression import parts_to_hide


def complete_totals(cells: QuarterCells) -> bool:
    """One round over all totals; True if anything more is hidden now."""
    changed = False
    for total, parts in cells.parts.items():
        if total in cells.hidden.cells:
            changed |= _hide_a_part(cells, total, parts)
        elif not cells.hidden.cells.isdisjoint(parts):
            changed |= _complete_total(cells, total, parts)
    return changed


def _hide_a_part(cells: QuarterCells, total: Cell, parts: list[Cell]) -> bool:
    """A hidden total that is not small must not be the sum of parts that are all shown."""
    row = cells.rows[total]
    if not parts or not row["numerator"] or not cells.hidden.cells.isdisjoint(parts):
        return False
    return cells.force(max(parts, key=lambda part: (cells.rows[part]["numerator"], part)))


def _complete_total(cells: QuarterCells, total: Cell, parts: list[Cell]) -> bool:
    changed = False
    for table, value in (("count", lambda row: row["numerator"]), ("rest", rest)):
        if not any(part in cells.needs[table] and part in cells.hidden.cells for part in parts):
            continue
        values = {part: value(cells.rows[part]) for part in parts}
        values = {part: count for part, count in values.items() if count is not None}
        chosen = parts_to_hide(values, cells.hidden.cells, cells.needs[table])
        if chosen is None:
            chosen = _all_parts(cells, total, values, table)
        if chosen is None:
            return cells.force(total, table)
        cells.hidden.cells |= chosen
        changed |= bool(chosen)
    return changed


def _all_parts(cells: QuarterCells, total: Cell, values: Mapping[Cell, float], table: str) -> set[Cell] | None:
    """All parts of a total that is worth more to a reader than they are; None where it is not, or where even that is
    not enough.

    With zeros hidden too, a hidden part may be anything up to the total.
    """
    shown = {part for part in values if part not in cells.hidden.cells}
    if cells.worth(total) <= sum(cells.worth(part) for part in shown):
        return None
    whole = sum(values.values())
    needs = cells.needs[table]
    return None if any(whole - values[part] < needs[part] for part in values if part in needs) else shown
