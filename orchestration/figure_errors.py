"""How far figures may be off apart from chance, measured from what the marts hold.

Belongs here: reading revisions, residence and links, and turning them into standard deviations. Does not belong here:
what they do to a score (``safety_index.uncertainty``).

Of residents, the root mean square of two errors. *Links*: a resident whose row is proposed for another resident with
score p is that one's double with chance p, and counts all the same; a row that was linked with score p is somebody
else's with chance 1 − p, who then counts nowhere. What is expected of both and the sum of p·(1 − p) is how far they are
off. Who has no usable document and no proposal may be counted elsewhere too: how likely nobody can say, so all of them
are taken for off. A reviewer's decision is taken as it is. *Residence*: the evidence p that a person lives in an area
leaves p·(1 − p) open; the root of its sum over the area's people.

Of an indicator: how far such figures moved between the age that the figure has now and what is known of them last, over
all earlier quarters: the root of the sum of squared moves by that of the squared figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.quarters import Quarter

if TYPE_CHECKING:
    from safety_index.uncertainty.errors import MeasurementErrors

# Sums of doubles come out differently by which thread is first, and an index that is computed again must have the same
# bytes: shares are added up as decimals, exactly, and figures of any size in their order.

# Who is placed in a sub-district alone makes no area of its own: its total has them, the group of committees that would
# go by the same code is left out.

# How sure a link is meets a person inside this query only; what leaves it are sums of areas. The quarters are spelt
# out, so that residence of no other quarter is read.
_LINKS = """
    with links as (
        select quarter, extract, status_code, score,
            -- a file that an erased person was taken out of has them as text
            record_pseudonym::uuid as record_pseudonym, person_id::uuid as person_id
        from read_parquet($files, union_by_name = true, hive_partitioning = true, hive_types_autocast = false)
        where quarter in ({quarters})
        qualify row_number() over (partition by delivery_id, row_number order by round desc) = 1
    ),
    proposed as (
        select quarter, record_pseudonym, any_value(person_id) as person_id, max(score)::double as score
        from links
        where status_code = 'proposed'
        group by quarter, record_pseudonym
    ),
    linked as (
        select quarter, record_pseudonym, any_value(person_id) as person_id, min(score)::double as score
        from links
        where status_code = 'automatic' and starts_with(extract, 'population.')
        group by quarter, record_pseudonym
    ),
    residents as (
        select quarter, person_id, committee_code, sub_district_code
        from intermediate.int_residence__decided
        where is_resident and quarter in ({quarters}) and person_id in (
            select record_pseudonym from proposed
            union all select person_id from proposed
            union all select person_id from linked
        )
    ),
    -- Whose double is no resident stands for one all the same.
    doubled as (
        select counted.*, case when other.person_id is not null then proposed.score else 0 end as chance
        from proposed
        join residents as counted
            on counted.quarter = proposed.quarter and counted.person_id = proposed.record_pseudonym
        left join residents as other on other.quarter = proposed.quarter and other.person_id = proposed.person_id
    ),
    missed as (
        select counted.*, 1 - linked.score as chance
        from linked
        join residents as counted on counted.quarter = linked.quarter and counted.person_id = linked.person_id
    ),
    off as (
        select *, 1 as is_proposed, chance as expected from doubled
        union all
        select *, 0, -chance from missed
    )
    select
        coalesce(committee_code, sub_district_code) as area_code, quarter,
        sum(is_proposed) as proposed_count,
        sum(expected::decimal(18, 12))::double as expected,
        sum((chance * (1 - chance))::decimal(18, 12))::double as variance
    from off
    where sub_district_code is not null
    group by grouping sets ((quarter, committee_code, sub_district_code), (quarter, sub_district_code))
    having committee_code is not null or grouping(committee_code) = 1
"""
_POPULATION = """
    select area_code, quarter, resident_count, unidentified_count
    from marts.fct_population_quarter
    where resident_count > 0
"""
_DOUBT_OF_RESIDENCE = """
    select
        coalesce(committee_code, sub_district_code) as area_code,
        sqrt(sum((residence_evidence_share * (1 - residence_evidence_share))::decimal(18, 12))::double)
            / nullif(count(case when is_resident then 1 end), 0) as share
    from marts.fct_residence_quarter
    where sub_district_code is not null and residence_evidence_share between 0 and 1
    group by grouping sets ((committee_code, sub_district_code), (sub_district_code))
    having committee_code is not null or grouping(committee_code) = 1
"""
# Ages are rounds since the figure's own quarter.
_REVISIONS = """
    with aged as (
        select *,
            4 * (left(known_round, 4)::int - left(quarter, 4)::int)
                + right(known_round, 1)::int - right(quarter, 1)::int as age
        from marts.fct_indicator_revision
    ),
    figures as (
        select area_level_code, indicator_code,
            arg_max(value, revision_number) filter (age <= $age) as then_value,
            arg_max(status_code, revision_number) filter (age <= $age) as then_status_code,
            arg_max(value, revision_number) as last_value,
            arg_max(status_code, revision_number) as last_status_code
        from aged
        where quarter < $when
        group by area_level_code, indicator_code, area_code, quarter
    )
    select area_level_code, indicator_code,
        sqrt(
            sum((last_value - then_value) ** 2 order by abs(last_value - then_value))
            / nullif(sum(last_value ** 2 order by abs(last_value)), 0)
        ) as spread
    from figures
    where then_status_code = 'observed' and last_status_code = 'observed'
    group by area_level_code, indicator_code
    having spread > 0
"""
_LAST_ROUND = "select max(round) from marts.fct_delivery"
_AREAS = "select distinct area_level_code, area_code from marts.fct_indicator_back_series where quarter = $quarter"


def figure_errors(build: Any, quarter: str, compared: Iterable[str], links: Path) -> MeasurementErrors:
    """The errors of the figures of ``quarter`` and the quarters ``compared`` with it; ``build`` is a connection to the
    build database, ``links`` the folder of decisions on links by round. Evidence of residence is known of the run's
    quarter alone and holds for all of them, as the same people do."""
    from safety_index.uncertainty.errors import MeasurementErrors

    doubt = dict(build.execute(_DOUBT_OF_RESIDENCE).fetchall())
    compared = list(compared)
    of_links = _errors_of_links(build, [quarter, *compared], links)
    exposure = {
        (area, when): hypot(
            _off(unidentified, *of_links.get((area, when), (0, 0.0, 0.0))) / residents, doubt.get(area) or 0.0
        )
        for area, when, residents, unidentified in build.execute(_POPULATION).fetchall()
    }
    known_round = Quarter.parse(max(quarter, build.execute(_LAST_ROUND).fetchone()[0] or quarter))
    value: dict[tuple[str, str, str], float] = {}
    for when in (quarter, *compared):
        bound = {"age": known_round.minus(Quarter.parse(when)), "when": when}
        spreads = build.execute(_REVISIONS, bound).fetchall()
        for level, area in build.execute(_AREAS, {"quarter": when}).fetchall():
            value |= {(area, when, code): spread for at, code, spread in spreads if at == level}
    return MeasurementErrors({key: spread for key, spread in exposure.items() if spread > 0}, value)


def _errors_of_links(build: Any, quarters: list[str], links: Path) -> dict[tuple[str, str], tuple[int, float, float]]:
    """By area and quarter: residents with a proposal, how many the area is expected to count too many, and its
    variance. Nothing where no round of theirs was linked."""
    # What is decided on a row is decided in the round of its quarter or later.
    first = f"round={min(quarters)}"
    files = [str(path) for path in sorted(links.glob("round=*/links.parquet")) if path.parent.name >= first]
    if not files:
        return {}
    query = _LINKS.format(quarters=", ".join(f"'{Quarter.parse(one)}'" for one in quarters))
    return {(area, when): tuple(rest) for area, when, *rest in build.execute(query, {"files": files}).fetchall()}


def _off(unidentified: int, proposed: int, expected: float, variance: float) -> float:
    """How many residents an area's count may be off by, as a root mean square."""
    return hypot(max(unidentified - proposed, 0) + expected, variance**0.5)
