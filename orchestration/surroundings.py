"""What the index's evidence takes from the marts beside the indicators.

Belongs here: reading it from the build database. Does not belong here: what is made of it (``safety_index.evidence``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.layout import Layout

if TYPE_CHECKING:
    from safety_index.evidence.assembly import Surroundings

_POPULATION = """
    select
        area_code, quarter, resident_count, unidentified_count,
        aged_60_plus_count / nullif(resident_count, 0) as elderly,
        migrant_count / nullif(resident_count, 0) as migrants
    from marts.fct_population_quarter
"""
_SPECIAL_GROUPS = """
    select people.area_code, sum(people.person_count) / nullif(any_value(population.resident_count), 0) as share
    from marts.fct_special_group_quarter as people
    join marts.fct_population_quarter as population using (area_code, quarter)
    where people.quarter = $quarter
    group by people.area_code
"""


def read_surroundings(layout: Layout, quarter: str) -> Surroundings:
    """Sizes of areas, shares of residents for the audit of fairness, and how far exposures may be off.

    A resident without a usable document may be one who is counted elsewhere too, or one of two: the residents, and all
    rates per resident or household, are taken to be off by a standard deviation of the share of such people.
    """
    import duckdb

    from safety_index.evidence.assembly import Surroundings
    from safety_index.uncertainty.errors import MeasurementErrors

    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        population = connection.execute(_POPULATION).fetchall()
        special = connection.execute(_SPECIAL_GROUPS, {"quarter": quarter}).fetchall()
    now = [row for row in population if row[1] == quarter]
    shares = {
        "elderly": {row[0]: float(row[4]) for row in now if row[4] is not None},
        "migrants": {row[0]: float(row[5]) for row in now if row[5] is not None},
        "special_groups": {area: float(share) for area, share in special if share is not None},
    }
    exposure = {(row[0], row[1]): row[3] / row[2] for row in population if row[2] and row[3]}
    return Surroundings(
        sizes={row[0]: float(row[2]) for row in now if row[2]},
        shares=shares,
        errors=MeasurementErrors(exposure=exposure),
    )
