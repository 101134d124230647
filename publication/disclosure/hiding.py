"""The order of disclosure control: small areas, small cells, what releases hid, windows, complements, ranges.

Belongs here: the steps of a quarter and of all quarters. Does not belong here: any rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from publication.disclosure.cells import Cell, Hidden
from publication.disclosure.choice import FewestParts
from publication.disclosure.policy import Policy
from publication.disclosure.quarter import QuarterCells
from publication.disclosure.ranges import ranges_of
from publication.disclosure.scores import complete_scores
from publication.disclosure.totals import complete_totals
from publication.disclosure.windows import window_cells


def hidden_by_quarter(
    rows: Iterable[Mapping],
    indicators: Mapping[str, Mapping],
    residents: Mapping[tuple[str, str], int],
    policy: Policy,
    released: Mapping[str, Collection[Cell]] | None = None,
) -> dict[str, Hidden]:
    """What to hide in every quarter of ``rows``, the earlier ones first, for later ones depend on them.

    rows: indicator values of all areas with quarter, area_code, area_level_code, parent_code, indicator_code,
        dimension_code, numerator, denominator, value, status_code, window_quarter_count, effective_weight,
        unclamped_score, is_clamped; and where values are pulled towards others estimate and own_weight.
    indicators: by code, with is_special_group and published_level_code.
    residents: by (quarter, area_code); an area without a figure counts as too small.
    released: cells that an earlier release of a quarter hid. They stay hidden, or the two could be compared.
    """
    by_quarter: dict[str, dict[Cell, Mapping]] = defaultdict(dict)
    for row in rows:
        by_quarter[row["quarter"]][row["area_code"], row["indicator_code"]] = row
    hidden: dict[str, Hidden] = {}
    for quarter in sorted(by_quarter):
        cells = QuarterCells(by_quarter[quarter], indicators, policy)
        cells.hide_small_areas({area: residents.get((quarter, area)) for area, _ in cells.rows})
        cells.hide_small_cells()
        cells.hidden.cells.update(cell for cell in (released or {}).get(quarter, ()) if cell in cells.rows)
        past = [earlier for earlier in sorted(by_quarter) if earlier < quarter]
        for cell in window_cells(quarter, past, by_quarter, hidden, cells):
            cells.force(cell)
        complete(cells)
        hidden[quarter] = cells.hidden
    if hidden:  # figures of earlier quarters stand in their own releases
        cells.hidden.ranges = ranges_of(cells)
    return hidden


def complete(cells: QuarterCells) -> None:
    """Hide what is needed beside, until every total and every score keeps its secret; passed-down cells last."""
    parts, changed = FewestParts(cells), True
    while changed:
        changed = parts.hide()
        changed |= complete_totals(cells)
        changed |= complete_scores(cells)
    for (area, indicator), row in cells.rows.items():
        if row["status_code"] == "passed_down" and (row["parent_code"], indicator) in cells.hidden.cells:
            cells.hidden.cells.add((area, indicator))
