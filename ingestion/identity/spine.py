"""The spine: everyone who stands in a register of the real population with a usable number, one row a person.

A row whose number, name, sex or birth date contradict one another does not say who somebody is: it is held for review
and makes no one. Who has no row in the latest register (it may be the damaged one) keeps the row of the one before.

Belongs here: making the table ``spine`` and finding held rows. Does not belong here: scoring (``candidates``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.identity.numbers import RESIDENT_CARD
from ingestion.identity.sources import SPINE_EXTRACTS, RoundSources
from ingestion.identity.vault import Vault, evidence_sql, names_sql
from ingestion.ledger import Delivery
from ingestion.parsing.cells import comparable_name

if TYPE_CHECKING:
    import duckdb

#: Where a resident number says the birth date: first character and how many.
_NUMBER_PARTS = {"year": (7, 4), "month": (11, 2), "day": (13, 2)}
#: The columns of EVIDENCE that the spine has, without a row.
_NO_ROW = (
    "SELECT '' AS extract, '' AS delivery_id, 0 AS row_number, CAST(NULL AS UUID) AS person_pseudonym, "
    "'' AS document_type_code, '' AS number, '' AS person_name, CAST(NULL AS DATE) AS birth_date, '' AS sex_code, "
    "'' AS committee_code, '' AS dwelling_code, '' AS phone WHERE false"
)
_PLAIN = r"[\x{4E00}-\x{9FFF}]+"
_IDENTIFIED = "identity_quality_code IN ('valid', 'upgraded_15')"


def name_key(column: str) -> str:
    """SQL of a name as it is compared: without blanks, dots and letters' case. Plain Chinese names are so already."""
    cleaned = comparable_name(f"coalesce({column}, '')")
    return f"CASE WHEN regexp_full_match({column}, '{_PLAIN}') THEN {column} ELSE {cleaned} END"


def is_slip(one: str, other: str) -> str:
    """SQL: two different dates of which one may be a slip of the other: day and month exchanged, or a day apart."""
    return (
        f"(abs(date_diff('day', {one}, {other})) <= 1 OR (year({one}) = year({other}) "
        f"AND month({one}) = day({other}) AND day({one}) = month({other})))"
    )


def make_spine(connection: duckdb.DuckDBPyConnection, vault: Vault, sources: RoundSources) -> None:
    """Create the tables ``spine`` and ``held`` (delivery_id, row_number).

    ``spine`` has person_id, extract, number, name_key, person_name, birth_date, sex_code, committee_code,
    dwelling_code, phone.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE held (delivery_id VARCHAR, row_number INTEGER)")
    connection.execute("CREATE OR REPLACE TEMP TABLE spine AS " + _register_rows(_NO_ROW))
    names = [names_sql(vault, connection, one) for one in sources.registers_before]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known_names AS "
        + (" UNION ALL ".join(names) or "SELECT person_id AS person_pseudonym, person_name FROM spine")
    )
    for delivery in _in_order(sources.registers):
        _add_register(connection, evidence_sql(vault, connection, delivery, _IDENTIFIED))
    for delivery in _in_order(sources.registers_before):
        missing = f"{_IDENTIFIED} AND NOT EXISTS (FROM spine WHERE spine.person_id = person_pseudonym)"
        _add_register(connection, evidence_sql(vault, connection, delivery, missing), "false")


def _in_order(deliveries: list[Delivery]) -> list[Delivery]:
    return sorted(deliveries, key=lambda one: SPINE_EXTRACTS.index(one.extract))


def _register_rows(rows: str) -> str:
    return f"""
        SELECT extract, delivery_id, row_number, person_pseudonym AS person_id, document_type_code, number,
            {name_key("person_name")} AS name_key, birth_date, sex_code, committee_code, dwelling_code, phone,
            person_name
        FROM ({rows})"""


def _add_register(connection: duckdb.DuckDBPyConnection, rows: str, is_compared: str = "true") -> None:
    """Add who is not on the spine yet; hold rows that contradict themselves or, if they are compared with it, what was
    known of the number."""
    connection.execute("CREATE OR REPLACE TEMP TABLE register_rows AS " + _register_rows(rows))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE doubtful AS
        SELECT delivery_id, row_number FROM register_rows
        WHERE document_type_code = '{RESIDENT_CARD}' AND ({_contradicts_itself()})
        UNION
        SELECT rows.delivery_id, rows.row_number
        FROM register_rows AS rows
        INNER JOIN (FROM known_names WHERE {is_compared}) AS known
            ON known.person_pseudonym = rows.person_id AND known.person_name <> rows.person_name
        WHERE {name_key("known.person_name")} <> rows.name_key
        UNION
        SELECT rows.delivery_id, rows.row_number
        FROM register_rows AS rows
        INNER JOIN spine ON spine.person_id = rows.person_id AND spine.name_key <> rows.name_key""")
    connection.execute("INSERT INTO held FROM doubtful")
    connection.execute("""
        INSERT INTO spine
        SELECT rows.* FROM register_rows AS rows
        ANTI JOIN spine ON spine.person_id = rows.person_id
        ANTI JOIN doubtful ON doubtful.row_number = rows.row_number AND doubtful.delivery_id = rows.delivery_id""")
    connection.execute("DROP TABLE register_rows")


def _contradicts_itself() -> str:
    """SQL: the resident number says another sex than the row, or a birth date that is no slip of the row's."""
    digits = {name: f"CAST(substr(number, {at}, {width}) AS INTEGER)" for name, (at, width) in _NUMBER_PARTS.items()}
    said = "make_date({year}, {month}, {day})".format(**digits)
    written = "strftime(birth_date, '%Y%m%d')"
    return f"""
        CASE WHEN ascii(substr(number, 17, 1)) % 2 <> ascii(sex_code) % 2 THEN true
            WHEN substr(number, 7, 8) <> {written} THEN NOT {is_slip("birth_date", said)} END"""
