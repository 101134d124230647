"""All public tables of a quarter.

Belongs here: disclosure control first, then the rows of every table in the order of its columns. Does not belong here:
the rows themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from publication.disclosure.cells import Cell, Hidden
from publication.disclosure.hiding import hidden_by_quarter
from publication.disclosure.kept import Decisions
from publication.disclosure.policy import Policy
from publication.snapshot import Snapshot
from publication.tables.columns import COLUMNS, PublicTable
from publication.tables.deliveries import delivery_rows, quarantined_rows
from publication.tables.evidence import evidence_rows
from publication.tables.highlights import highlight_row
from publication.tables.indicators import change_rows, indicator_value_rows
from publication.tables.population import population_rows
from publication.tables.scores import SeriesLike, dimension_score_rows, score_rows
from publication.tables.standings import standing_rows


def hidden_in(
    snapshot: Snapshot,
    policy: Policy,
    released: Mapping[str, Collection[Cell]] | None = None,
    kept: Decisions | None = None,
) -> dict[str, Hidden]:
    """What disclosure control hides, by quarter, for all quarters of the index; ``released`` and ``kept`` are as in
    ``hidden_by_quarter``."""
    residents = {(row["quarter"], row["area_code"]): row["resident_count"] for row in snapshot.population}
    return hidden_by_quarter(snapshot.indicator_scores, snapshot.indicators, residents, policy, released, kept)


def public_tables(
    snapshot: Snapshot,
    series: SeriesLike,
    policy: Policy,
    released: Mapping[str, Collection[Cell]] | None = None,
    kept: Decisions | None = None,
) -> dict[str, PublicTable]:
    """All public tables of a quarter by name.

    released: indicator cells that releases before this one hid, by quarter.
    kept: decisions on earlier quarters, which change no table.
    """
    hidden = hidden_in(snapshot, policy, released, kept)
    scores, population = score_rows(snapshot, series, policy, hidden), population_rows(snapshot, policy)
    rows = {
        "scores_district": [row for row in scores if row["area_level_code"] == "district"],
        "scores_sub_district": [row for row in scores if row["area_level_code"] == "sub_district"],
        "scores_committee": [row for row in scores if row["area_level_code"] == "committee"],
        "dimension_scores": dimension_score_rows(snapshot, policy, hidden),
        "indicator_values": indicator_value_rows(snapshot, policy, hidden),
        "changes_by_indicator": change_rows(snapshot, policy, hidden),
        **evidence_rows(snapshot, policy, hidden),
        **standing_rows(snapshot, series, policy, hidden, population),
        "highlights": [highlight_row(row, policy) for row in snapshot.highlights],
        "population": population,
        "deliveries": delivery_rows(snapshot),
        "quarantined_rows": quarantined_rows(snapshot),
        "checks": snapshot.checks,
    }
    return {
        name: PublicTable(name, columns, [{column: row[column] for column in columns} for row in rows[name]])
        for name, columns in COLUMNS.items()
    }
