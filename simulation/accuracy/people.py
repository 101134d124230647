"""Who is who: the persons of the warehouse beside the true people, and the groups that are watched.

Belongs here: matching by what the simulator knows. Does not belong here: measures (``residence``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulation.names import tables
from warehouse.keys import load_keys
from warehouse.layout import Layout
from warehouse.pseudonyms import mark_pads, mark_sql, pseudonyms_of_marks

if TYPE_CHECKING:
    import duckdb

#: Groups that are watched, with a condition on the table ``true_people`` on the day ``$day``.
GROUPS = {
    "registered": ("户籍", "category = 1"),
    "migrants": ("来沪", "category = 2"),
    "overseas": ("境外", "category = 3"),
    "elderly": ("60岁及以上", "birth_date <= $day - INTERVAL 60 YEAR"),
    "children": ("18岁以下", "birth_date > $day - INTERVAL 18 YEAR"),
    "rare_character_names": ("生僻字姓名", "has_rare_character"),
    "minority_style_names": ("少数民族式姓名", "has_middle_dot"),
}


class NotSimulated(RuntimeError):
    """The home has no truth to compare with, or nothing was built there."""


def attach(layout: Layout) -> duckdb.DuckDBPyConnection:
    """A connection of its own with the build database attached read-only as ``pingan``, and ``true_people``.

    ``true_people``: true_id, category, birth_date, name, has_rare_character, has_middle_dot, pseudonym. Raises
    NotSimulated.
    """
    import duckdb

    if not (layout.truth / "persons.parquet").is_file():
        raise NotSimulated(f"{layout.home} has no truth; only a simulated home has: pingan simulate")
    if not layout.build_database.is_file():
        raise NotSimulated(f"{layout.home} has no build database; run: pingan run")
    connection = duckdb.connect(config={"arrow_lossless_conversion": True})
    path = str(layout.build_database).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS pingan (READ_ONLY)")
    rare = tables()["rare"]
    keys = load_keys(layout.keys)
    connection.execute(
        f"""
        CREATE TEMP TABLE marked AS
        SELECT
            person_id AS true_id,
            household_id,
            category_code AS category,
            birth_date,
            coalesce(person_name, foreign_name) AS name,
            regexp_matches(coalesce(person_name, ''), $rare) AS has_rare_character,
            coalesce(person_name, '') LIKE '%·%' AS has_middle_dot,
            document_number,
            {mark_sql("document_type_code || '|' || document_number")} AS mark
        FROM read_parquet($persons)
        """,
        {"rare": f"[{''.join(rare)}]", "persons": str(layout.truth / "persons.parquet")} | mark_pads(keys),
    )
    people = connection.execute("SELECT * FROM marked").to_arrow_table()
    connection.register("named", people.append_column("pseudonym", pseudonyms_of_marks(people["mark"], keys)))
    connection.execute("CREATE TABLE true_people AS SELECT * EXCLUDE (mark) FROM named")
    connection.unregister("named")
    return connection


def match_persons(connection: duckdb.DuckDBPyConnection, layout: Layout, quarter: str, table: str) -> None:
    """Make ``table``: person_id, true_id of everyone whom the warehouse knows in the quarter and the simulator made.

    A person with a number of his own is whose number it is; of a record that is nobody's the simulator's ledger says
    it.
    """
    damage = layout.truth / "damage" / f"{quarter}.parquet"
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE {table} AS
        WITH resolved AS (
            SELECT DISTINCT person_pseudonym, person_id, is_identified, source_code, delivery_id, row_number
            FROM pingan.intermediate.int_persons__resolved
            WHERE quarter = $quarter
        ),
        whole AS (
            SELECT resolved.person_id, true_people.true_id
            FROM (SELECT DISTINCT person_id FROM resolved) AS resolved
            INNER JOIN true_people ON resolved.person_id = true_people.pseudonym
        ),
        damaged AS (
            SELECT resolved.person_id, true_people.true_id
            FROM read_parquet($damage) AS damage
            INNER JOIN pingan.staging.stg_ledger__deliveries AS deliveries
                ON damage.extract = deliveries.extract AND damage.file_name = deliveries.file_name
                AND damage.round = deliveries.round
            INNER JOIN resolved
                ON deliveries.delivery_id = resolved.delivery_id AND damage.row_number = resolved.row_number
            INNER JOIN true_people ON damage.true_value = true_people.document_number
            WHERE damage.column = 'document_number'
                AND resolved.person_id NOT IN (SELECT pseudonym FROM true_people)
        )
        SELECT person_id, min(true_id) AS true_id
        FROM (SELECT * FROM whole UNION ALL SELECT * FROM damaged)
        GROUP BY person_id
        """,
        {"quarter": quarter, "damage": str(damage)},
    )
