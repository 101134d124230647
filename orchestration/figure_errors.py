"""How far figures may be off apart from chance, measured from what the marts hold.

Belongs here: reading revisions, residence and identification, and turning them into standard deviations. Does not
belong here: what they do to a score (``safety_index.uncertainty``).

Of residents: a resident without a usable document may be counted elsewhere too, or be one of two, so the share of such
people is one part; the evidence p that a person lives in an area leaves p·(1 − p) open, so the root of its sum over the
area's people is the other. Of an indicator: how far such figures moved between the age that the figure has now and what
is known of them last, over all earlier quarters: the root of the sum of squared moves by that of the squared figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from warehouse.quarters import Quarter

if TYPE_CHECKING:
    from safety_index.uncertainty.errors import MeasurementErrors

_UNIDENTIFIED = """
    select area_code, quarter, unidentified_count / resident_count as share
    from marts.fct_population_quarter
    where resident_count > 0
"""
_DOUBT_OF_RESIDENCE = """
    select
        coalesce(committee_code, sub_district_code) as area_code,
        sqrt(sum(residence_evidence_share * (1 - residence_evidence_share)))
            / nullif(count(case when is_resident then 1 end), 0) as share
    from marts.fct_residence_quarter
    where sub_district_code is not null and residence_evidence_share between 0 and 1
    group by grouping sets ((committee_code, sub_district_code), (sub_district_code))
    having area_code is not null
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
        sqrt(sum((last_value - then_value) ** 2) / nullif(sum(last_value ** 2), 0)) as spread
    from figures
    where then_status_code = 'observed' and last_status_code = 'observed'
    group by area_level_code, indicator_code
    having spread > 0
"""
_LAST_ROUND = "select max(round) from marts.fct_delivery"
_AREAS = "select distinct area_level_code, area_code from marts.fct_indicator_back_series where quarter = $quarter"


def figure_errors(build: Any, quarter: str, compared: Iterable[str]) -> MeasurementErrors:
    """The errors of the figures of ``quarter`` and the quarters ``compared`` with it; ``build`` is a connection to the
    build database. Residence is known of the run's quarter alone and holds for all of them, as the same people do."""
    from safety_index.uncertainty.errors import MeasurementErrors

    doubt = dict(build.execute(_DOUBT_OF_RESIDENCE).fetchall())
    exposure = {
        (area, when): (share**2 + (doubt.get(area) or 0.0) ** 2) ** 0.5
        for area, when, share in build.execute(_UNIDENTIFIED).fetchall()
    }
    known_round = Quarter.parse(max(quarter, build.execute(_LAST_ROUND).fetchone()[0] or quarter))
    value: dict[tuple[str, str, str], float] = {}
    for when in (quarter, *compared):
        bound = {"age": known_round.minus(Quarter.parse(when)), "when": when}
        spreads = build.execute(_REVISIONS, bound).fetchall()
        for level, area in build.execute(_AREAS, {"quarter": when}).fetchall():
            value |= {(area, when, code): spread for at, code, spread in spreads if at == level}
    return MeasurementErrors({key: spread for key, spread in exposure.items() if spread > 0}, value)
