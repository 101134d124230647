"""Namesakes that are not compared: how many there are of each record, and what each would weigh.

A name that many persons bear is no reason to compare by itself: pairs of namesakes grow with the square of the
population. Of a common name only those are compared who agree in something else, too: year of birth, sub-district,
dwelling, telephone or a part of the number. All others differ there, so they weigh the same, and are counted instead:
left out, they would make the best candidate look surer than it is.

Belongs here: which names are common, and the weight of who is not compared. Does not belong here: candidates
(``candidates``) and their scores (``scores``).
"""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

from ingestion.identity.model import Model

if TYPE_CHECKING:
    import duckdb

#: More persons than this on the spine make a name common.
COMMON_FROM = 50
#: Where a record has a field, so that it can differ.
_KNOWN = {
    "valid_number": "valid_number IS NOT NULL",
    "number": "coalesce(number_text, number_prefix) IS NOT NULL",
    "birth_date": "birth_date IS NOT NULL",
    "place": "committee_code IS NOT NULL",
    "phone": "phone IS NOT NULL",
}


def make_name_counts(connection: duckdb.DuckDBPyConnection, records: str) -> None:
    """Create ``name_counts`` (name_key, person_count) of the names of ``records`` that stand on the ``spine``, and
    ``common_names`` (name_key)."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE name_counts AS
        SELECT name_key, count(*) AS person_count FROM spine SEMI JOIN {records} AS records USING (name_key)
        WHERE name_key <> '' GROUP BY name_key""")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE common_names AS
        SELECT name_key FROM name_counts WHERE person_count > {COMMON_FROM}""")


def make_namesakes(connection: duckdb.DuckDBPyConnection, model: Model, records: str) -> None:
    """Create ``namesakes``: record_pseudonym, uncompared_count (persons of the same, common name who are no candidate)
    and uncompared_weight (bits of each, as in ``candidates``). ``records`` is the table that was compared. Needs
    ``candidates``."""
    weight = " + ".join(
        [
            f"log2({_probabilities(model, 'name', 1)[0]} * spine_count / person_count)",
            # The sex is not asked: it counts as agreeing, which is the more careful.
            f"CASE WHEN sex_code IS NULL THEN 0 ELSE {_bits(model, 'sex', 1)} END",
            *(f"CASE WHEN {known} THEN {_bits(model, field, -1)} ELSE 0 END" for field, known in _KNOWN.items()),
        ]
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE namesakes AS
        WITH compared AS (
            SELECT record_pseudonym, count(*) AS person_count FROM candidates
            WHERE gamma_name = {len(model.levels("name")) - 2} GROUP BY record_pseudonym
        ),
        spine_size AS (SELECT count(*) AS spine_count FROM spine)
        SELECT unique_id AS record_pseudonym,
            name_counts.person_count - coalesce(compared.person_count, 0) AS uncompared_count,
            {weight.replace("person_count", "name_counts.person_count")} AS uncompared_weight
        FROM {records} AS records
        INNER JOIN name_counts USING (name_key)
        INNER JOIN common_names USING (name_key)
        CROSS JOIN spine_size
        LEFT JOIN compared ON compared.record_pseudonym = unique_id""")


def _probabilities(model: Model, field: str, place: int) -> tuple[float, float]:
    """Of one person and of two: how often they stand on a level of the field, counted from the first known one."""
    (comparison,) = (one for one in model.settings["comparisons"] if one["output_column_name"] == field)
    level = comparison["comparison_levels"][place]
    return level["m_probability"], level["u_probability"]


def _bits(model: Model, field: str, place: int) -> float:
    same_person, other_person = _probabilities(model, field, place)
    return log2(same_person / other_person)
