"""What the index's evidence takes from the marts beside the indicators.

Belongs here: reading it from the build database. Does not belong here: what is made of it (``safety_index.evidence``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.figure_errors import figure_errors
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    from safety_index.evidence.assembly import Surroundings
    from safety_index.series.declaration import Series

#: Shares of residents that a series may name, in ``peers``: what ``read_surroundings`` gives.
KNOWN_SHARES = ("elderly", "migrants", "special_groups")

_POPULATION = """
    select
        area_code, resident_count,
        aged_60_plus_count / nullif(resident_count, 0) as elderly,
        migrant_count / nullif(resident_count, 0) as migrants
    from marts.fct_population_quarter
    where quarter = $quarter
"""
_SPECIAL_GROUPS = """
    select people.area_code, sum(people.person_count) / nullif(any_value(population.resident_count), 0) as share
    from marts.fct_special_group_quarter as people
    join marts.fct_population_quarter as population using (area_code, quarter)
    where people.quarter = $quarter
    group by people.area_code
"""


def series_in_use() -> Series:
    """The series by which quarters are scored. Raises SeriesFaults, also where it names a share that no mart has."""
    from safety_index.series.declaration import SeriesFaults, load_series

    series = load_series()
    if unknown := series.peers.unknown_shares(KNOWN_SHARES):
        known = ", ".join(KNOWN_SHARES)
        raise SeriesFaults(
            f"series {series.code}", [f"peers.shares: {one} is no known share; {known} are" for one in unknown]
        )
    return series


def read_surroundings(layout: Layout, quarter: str, series: Series) -> Surroundings:
    """Sizes of the areas of which it may be told who their peers are, shares of residents for peers and for the audit
    of fairness, how far figures may be off, and the version of the quarter that was out before."""
    import duckdb

    from publication.disclosure.policy import load_policy
    from publication.snapshot import read_population
    from publication.tables.standings import of_published_counts
    from publication.versions import previous_version
    from safety_index.evidence.assembly import Surroundings

    year_before, before = (str(Quarter.parse(quarter).plus(-back)) for back in (4, 1))
    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        population = connection.execute(_POPULATION, {"quarter": quarter}).fetchall()
        areas, counts = read_population(connection, Quarter.parse(quarter))
        special = connection.execute(_SPECIAL_GROUPS, {"quarter": quarter}).fetchall()
        errors = figure_errors(connection, quarter, [before, year_before], layout.links)
    elderly = [(area, share) for area, _, share, _ in population]
    migrants = [(area, share) for area, _, _, share in population]
    shares = {
        name: {area: float(share) for area, share in rows if share is not None}
        for name, rows in zip(KNOWN_SHARES, (elderly, migrants, special), strict=True)
    }
    sizes, alike_in = {row[0]: float(row[1]) for row in population if row[1]}, [one.code for one in series.peers.shares]
    return Surroundings(
        sizes=of_published_counts(sizes, alike_in, counts, areas, quarter, load_policy()),
        shares=shares,
        errors=errors,
        earlier=previous_version(layout, quarter, series),
    )
