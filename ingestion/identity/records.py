"""Records: rows of a round that do not say by themselves whose they are, each with a pseudonym of its own.

These are rows without a usable number, and rows whose number belongs to somebody with another name (or sex, or birth
date), which are held. All other rows are linked by their number alone and are not touched.

Belongs here: the table ``records``. Does not belong here: who they may be (``candidates``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.contracts.registry import registry
from ingestion.identity.sources import RoundSources
from ingestion.identity.spine import name_key
from ingestion.identity.vault import EVIDENCE, Vault, evidence_sql, is_one_row_a_person
from warehouse.pseudonyms import hmac_pads, hmac_sql

if TYPE_CHECKING:
    import duckdb

#: Keeps of ``records`` one row a record, the newest.
NEWEST_ROW = (
    "QUALIFY row_number() OVER (PARTITION BY record_pseudonym ORDER BY quarter DESC, delivery_id, row_number) = 1"
)
_UNIDENTIFIED = "identity_quality_code NOT IN ('valid', 'upgraded_15')"
#: The number as written, without blanks and signs; a power of ten keeps the digits in front of it.
_DIGITS = "upper(regexp_replace(coalesce(number_as_sent, ''), '[^0-9A-Za-z.+]', '', 'g'))"


def make_records(connection: duckdb.DuckDBPyConnection, vault: Vault, sources: RoundSources, key: bytes) -> None:
    """Create ``records``: the columns of EVIDENCE and record_pseudonym, evidence_id, is_held, is_of_round, name_key,
    valid_number, number_text, number_prefix. Needs ``held``."""
    connection.execute("CREATE OR REPLACE TEMP TABLE sent_records AS " + _rows(connection, vault, sources))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE records AS SELECT *, true AS is_of_round FROM ({records_sql('sent_records')})",
        hmac_pads(key),
    )
    connection.execute("DROP TABLE sent_records")


def records_sql(rows: str) -> str:
    """SQL of all that is made of the ``rows`` of a round, which have EVIDENCE, is_held and is_one_row_a_person.
    Parameters: those of ``hmac_sql`` with the identity key."""
    message = (
        "concat_ws('|', 'record', extract, person_pseudonym, name_key, coalesce(CAST(birth_date AS VARCHAR), ''), "
        "coalesce(number_as_sent, ''), coalesce(committee_code, ''), place)"
    )
    evidence = (
        "concat_ws('|', 'evidence', name_key, coalesce(CAST(birth_date AS VARCHAR), ''), coalesce(number_as_sent, ''), "
        "coalesce(committee_code, ''), coalesce(dwelling_code, ''), coalesce(phone, ''))"
    )
    # An unidentified row's pseudonym stands for its name, birth date and number: alone in its delivery, for one person.
    return f"""
        WITH counted AS (
            SELECT {", ".join(EVIDENCE)}, is_held, is_one_row_a_person,
                {name_key("person_name")} AS name_key, {_DIGITS} AS digits,
                count(*) OVER (PARTITION BY delivery_id, person_pseudonym) AS rows_like_it,
                row_number() OVER (
                    PARTITION BY delivery_id, person_pseudonym, committee_code ORDER BY row_number
                ) AS place
            FROM {rows}
        )
        SELECT * EXCLUDE (digits, rows_like_it, place),
            CASE WHEN is_held OR (rows_like_it > 1 AND is_one_row_a_person) THEN {hmac_sql(message)}
                ELSE person_pseudonym END AS record_pseudonym,
            {hmac_sql(evidence)} AS evidence_id,
            number AS valid_number,
            CASE WHEN number IS NULL AND identity_quality_code <> 'rounded_by_spreadsheet'
                THEN nullif(digits, '') END AS number_text,
            CASE WHEN identity_quality_code = 'rounded_by_spreadsheet' THEN CASE
                WHEN contains(digits, 'E') THEN rtrim(replace(split_part(digits, 'E', 1), '.', ''), '0')
                ELSE left(digits, 15) END END AS number_prefix
        FROM counted"""


def _rows(connection: duckdb.DuckDBPyConnection, vault: Vault, sources: RoundSources) -> str:
    """SQL of the unidentified and held rows of the round's deliveries."""
    held = {identifier for (identifier,) in connection.execute("SELECT DISTINCT delivery_id FROM held").fetchall()}
    selects = []
    for delivery in sources.of_round:
        one_row = str(is_one_row_a_person(registry().contract(delivery.extract))).lower()
        numbers = f"(SELECT row_number FROM held WHERE delivery_id = '{delivery.delivery_id}')"
        chosen = f"{_UNIDENTIFIED} OR row_number IN {numbers}" if delivery.delivery_id in held else _UNIDENTIFIED
        selects.append(
            f"SELECT *, NOT ({_UNIDENTIFIED}) AS is_held, {one_row} AS is_one_row_a_person "
            f"FROM ({evidence_sql(vault, connection, delivery, chosen)})"
        )
    return " UNION ALL ".join(selects)
