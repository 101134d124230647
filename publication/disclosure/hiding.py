"""The order of disclosure control: small areas, small cells, what releases hid, windows, complements, ranges.

Belongs here: the steps of a quarter and of all quarters. Does not belong here: any rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from publication.disclosure.cells import Cell, Hidden
from publication.disclosure.choice import FewestParts
from publication.disclosure.figures import figures_by_quarter
from publication.disclosure.kept import Decisions, EarlierQuarters, Given
from publication.disclosure.policy import Policy
from publication.disclosure.quarter import QuarterCells
from publication.disclosure.ranges import ranges_of
from publication.disclosure.scores import complete_scores
from publication.disclosure.totals import complete_totals
from publication.disclosure.windows import window_cells

if TYPE_CHECKING:
    import pyarrow as pa

#: What the rules know of an indicator.
_OF_AN_INDICATOR = ("is_special_group", "published_level_code")


def hidden_by_quarter(
    rows: pa.Table,
    indicators: Mapping[str, Mapping],
    residents: Mapping[tuple[str, str], int],
    policy: Policy,
    released: Mapping[str, Collection[Cell]] | None = None,
    kept: Decisions | None = None,
) -> dict[str, Hidden]:
    """What to hide in every quarter of ``rows``, the earlier ones first, for later ones depend on them.

    rows: indicator values of all areas with quarter, area_code, area_level_code, parent_code, indicator_code,
        dimension_code, numerator, denominator, value, status_code, window_quarter_count, effective_weight,
        unclamped_score, is_clamped; and where values are pulled towards others estimate and own_weight.
    indicators: by code, with is_special_group and published_level_code.
    residents: by (quarter, area_code); an area without a figure counts as too small.
    released: cells that an earlier release of a quarter hid. They stay hidden, or the two could be compared.
    kept: earlier decisions, which change nothing but the time that this takes. The newest quarter is always decided.
    """
    figures = figures_by_quarter(rows)
    known = {code: {name: row[name] for name in _OF_AN_INDICATOR} for code, row in indicators.items()}
    given = {
        quarter: Given(
            figures=found,
            residents={area: residents.get((quarter, area)) for area in found.areas},
            released=(released or {}).get(quarter, ()),
        )
        for quarter, found in figures.items()
    }
    newest, hidden = max(figures, default=None), {}

    def decide(quarter: str) -> Hidden:
        cells = QuarterCells(figures[quarter].rows, known, policy)
        cells.hide_small_areas(given[quarter].residents)
        cells.hide_small_cells()
        cells.hidden.cells.update(cell for cell in given[quarter].released if cell in cells.rows)
        for cell in window_cells(quarter, figures, hidden, cells):
            cells.force(cell)
        complete(cells)
        if quarter == newest:  # figures of earlier quarters stand in their own releases
            cells.hidden.ranges = ranges_of(cells)
        return cells.hidden

    earlier = EarlierQuarters(kept, known, policy)
    for quarter in figures:
        hidden[quarter] = decide(quarter) if quarter == newest else earlier.hidden(quarter, given[quarter], decide)
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
