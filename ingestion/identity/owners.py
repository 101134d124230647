"""Owners: who has an identified row in each delivery of a round, and rows whose number is somebody else's.

One pass over the identified rows answers both: a row's person is looked up on the spine once, its name and birth date
are compared there, and what is left are numbers.

Belongs here: the table ``owners``, and holding rows of extracts that are no register. Does not belong here: registers'
own contradictions (``spine``) or what owning a row means for a candidate (``scores``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.contracts.registry import registry
from ingestion.identity.sources import SPINE_EXTRACTS, RoundSources
from ingestion.identity.spine import name_key
from ingestion.identity.vault import Vault, is_one_row_a_person, names_sql
from ingestion.ledger import Delivery

if TYPE_CHECKING:
    import duckdb


def make_owners(connection: duckdb.DuckDBPyConnection, vault: Vault, sources: RoundSources) -> None:
    """Create ``owning_deliveries`` (place, delivery_id, is_one_row_a_person), one row a delivery of the round, and
    ``owners`` (place, person_id, is_on_spine, is_known), one row an identified row that is not held. ``is_known``: the
    person stands on the spine for another reason than this delivery. Adds to ``held``. Needs what ``make_spine`` makes.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE owning_deliveries "
        "(place UTINYINT, delivery_id VARCHAR, is_one_row_a_person BOOLEAN)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE owners (place UTINYINT, person_id UUID, is_on_spine BOOLEAN, is_known BOOLEAN)"
    )
    registers = {one.delivery_id for one in sources.registers}
    others = []
    for place, one in enumerate(sources.of_round):
        is_one_row = is_one_row_a_person(registry().contract(one.extract))
        connection.execute("INSERT INTO owning_deliveries VALUES (?, ?, ?)", [place, one.delivery_id, is_one_row])
        if one.delivery_id not in registers:
            others.append(_compared(connection, vault, one, place))
    _add_rows_of_registers(connection)
    if others:
        _add_other_rows(connection, " UNION ALL ".join(others))


def _add_rows_of_registers(connection: duckdb.DuckDBPyConnection) -> None:
    """A register's rows are on the spine already, by numbers; so are those that a more telling register repeats."""
    connection.execute("""
        INSERT INTO owners
        SELECT place, rows.person_id, true, is_repeated OR known.row_id IS NOT NULL
        FROM (
            SELECT register, person_id, row_id, false AS is_repeated FROM spine
            UNION ALL
            SELECT register, person_id, row_id, true FROM repeated
        ) AS rows
        INNER JOIN (FROM registers WHERE is_latest) AS registers USING (register)
        INNER JOIN owning_deliveries USING (delivery_id)
        LEFT JOIN known ON known.row_id = rows.row_id""")


def _compared(connection: duckdb.DuckDBPyConnection, vault: Vault, delivery: Delivery, place: int) -> str:
    is_register = delivery.extract in SPINE_EXTRACTS
    held = f"(SELECT row_number FROM held WHERE delivery_id = '{delivery.delivery_id}')"
    return (
        f"SELECT {place} AS place, {str(is_register).lower()} AS is_register, row_number, person_pseudonym, "
        f"person_name, birth_date FROM ({names_sql(vault, connection, delivery)})"
        + (f" WHERE row_number NOT IN {held}" if is_register else "")
    )


def _add_other_rows(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    """These rows put nobody on the spine, but for a register before, which is known: who is on the spine is known."""
    # Nearly everybody in the registers before is on the spine; only the others, and who stood there twice, are joined.
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE known_besides AS
        WITH unusual AS (
            SELECT DISTINCT register, row_number, person_id FROM known
            WHERE row_id IS NULL OR row_id IN (SELECT row_id FROM doubtful)
                OR row_id IN (SELECT row_id FROM known GROUP BY row_id HAVING count(*) > 1)
        )
        SELECT person_id FROM unusual
        WHERE person_id NOT IN (SELECT person_id FROM spine SEMI JOIN unusual USING (person_id))
            OR person_id IN (SELECT person_id FROM unusual GROUP BY person_id HAVING count(*) > 1)""")
    # Names are cleaned only where they differ as written.
    is_other_name = (
        "CASE WHEN spine.person_name <> rows.person_name "
        f"THEN {name_key('spine.person_name')} <> {name_key('rows.person_name')} ELSE false END"
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE looked_up AS
        SELECT rows.place, rows.row_number, rows.person_pseudonym AS person_id,
            spine.person_id IS NOT NULL AS is_on_spine,
            spine.person_id IS NOT NULL OR known.person_id IS NOT NULL AS is_known,
            NOT rows.is_register AND coalesce({is_other_name} OR spine.birth_date <> rows.birth_date, false)
                AS is_doubtful
        FROM ({rows}) AS rows
        LEFT JOIN spine ON spine.person_id = rows.person_pseudonym
        LEFT JOIN known_besides AS known ON known.person_id = rows.person_pseudonym""")
    connection.execute("""
        INSERT INTO held SELECT DISTINCT delivery_id, row_number
        FROM looked_up INNER JOIN owning_deliveries USING (place) WHERE is_doubtful""")
    connection.execute("""
        INSERT INTO owners SELECT place, person_id, is_on_spine, is_known FROM looked_up WHERE NOT is_doubtful""")
    connection.execute("DROP TABLE looked_up")
