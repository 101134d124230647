"""What the signs of people look like who live here and of people who do not: counts by pattern.

Belongs here: the table from which weights are fitted and the least possible error is read. Does not belong here:
fitting (``benchmarks.residence``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.accuracy.people import attach, match_persons
from warehouse.layout import Layout

SIGNS = (
    "registered_and_present", "registered_but_absent", "stay_in_force", "accommodation_in_force", "met_at_home",
    "work", "medical_insurance", "public_service",
)  # fmt: skip


@dataclass(frozen=True)
class Patterns:
    """One entry a pattern: what is left of each sign (patterns × SIGNS), whether something overrides the signs, and
    how many people have it who live here and who do not."""

    strengths: np.ndarray
    is_overridden: np.ndarray
    here_count: np.ndarray
    away_count: np.ndarray


def read_patterns(layout: Layout, quarter: str, *, with_visits: bool) -> Patterns:
    """Patterns of everyone whom the warehouse knows in the quarter; strengths in tenths. Raises NotSimulated."""
    columns = ", ".join(
        f"coalesce(max(round(strength_share / weight, 1)) FILTER (WHERE sign_code = '{sign}'), 0) AS {sign}"
        for sign in SIGNS
    )
    visits = "" if with_visits else "AND source_code <> 'population.household_visits'"
    services = ", ".join(SIGNS[5:])
    with attach(layout) as connection:
        match_persons(connection, layout, quarter, "matched")
        rows = connection.execute(
            f"""
            WITH weights AS (
                SELECT source_code, sign_code, value AS weight
                FROM pingan.intermediate.residence_rules WHERE rule_code = 'weight'
            ),
            signs AS (
                SELECT person_id, source_code, sign_code, strength_share, committee_code, is_explicit, has_died,
                    has_left, finding_code
                FROM pingan.intermediate.int_residence__candidates WHERE quarter = $quarter {visits}
                UNION ALL BY NAME
                SELECT person_id, source_code, sign_code, strength_share, committee_code
                FROM pingan.intermediate.int_residence__evidence WHERE quarter = $quarter
            ),
            people AS (
                SELECT
                    person_id,
                    {columns},
                    coalesce(bool_or(has_died OR finding_code IN ('died', 'left', 'institution')), false)
                        AS is_overridden,
                    coalesce(bool_or(finding_code = 'not_here'), false) AS is_denied,
                    coalesce(bool_or(is_explicit), false) AS is_explicit,
                    coalesce(
                        bool_and(committee_code = registered_committee_code)
                        FILTER (WHERE sign_code IN ('work', 'medical_insurance', 'public_service')), false
                    ) AS repeats_the_registered
                FROM (
                    SELECT signs.*, weight, max(committee_code) FILTER (WHERE sign_code LIKE 'registered%')
                        OVER (PARTITION BY person_id) AS registered_committee_code
                    FROM signs INNER JOIN weights USING (source_code, sign_code)
                )
                GROUP BY person_id
            ),
            judged AS (
                SELECT * REPLACE (
                    if(is_denied, 0, registered_and_present) AS registered_and_present,
                    if(is_denied, 0, stay_in_force) AS stay_in_force,
                    if(is_denied, 0, accommodation_in_force) AS accommodation_in_force,
                    {
                ", ".join(
                    f"if(repeats_the_registered AND (is_denied OR NOT is_explicit), 0, {sign}) AS {sign}"
                    for sign in SIGNS[5:]
                )
            }
                ),
                (repeats_the_registered AND (is_denied OR NOT is_explicit))::INT
                * (({services.replace(", ", " + ")}) > 0)::INT AS mark
                FROM people
            )
            SELECT {", ".join(SIGNS)}, is_overridden, is_denied, mark,
                count(*) FILTER (WHERE truth.person_id IS NOT NULL),
                count(*) FILTER (WHERE truth.person_id IS NULL)
            FROM judged
            LEFT JOIN matched USING (person_id)
            LEFT JOIN read_parquet($truth) AS truth ON matched.true_id = truth.person_id
            GROUP BY ALL
            ORDER BY ALL
            """,
            {"quarter": quarter, "truth": str(layout.truth / "residence" / f"quarter={quarter}.parquet")},
        ).fetchnumpy()
    table = [np.asarray(column) for column in rows.values()]
    return Patterns(np.column_stack(table[: len(SIGNS)]), table[len(SIGNS)].astype(bool), table[-2], table[-1])
