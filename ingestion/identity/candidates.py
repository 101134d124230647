"""Candidates: persons of the spine that a record may be about, compared field by field and weighed by the model.

Belongs here: the tables that Splink compares, and its result. Does not belong here: which candidate is right
(``scores``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.identity.model import FIELDS, MODEL_COLUMNS, Model
from ingestion.identity.namesakes import make_name_counts, make_namesakes
from ingestion.identity.records import NEWEST_ROW

if TYPE_CHECKING:
    import duckdb
    from splink import DuckDBAPI

#: Names of the tables that Splink sees; it takes the first in the alphabet for the left one.
LEFT, RIGHT = "a_records", "b_spine"
#: Parts of a number that a slip in the other part leaves as they are, whichever place it is in.
NUMBER_PARTS = "left(number_15, 9) AS number_start, right(number_end, 8) AS number_tail"
#: Of some numbers a spreadsheet has left the first digits only.
_HEAD = 5


def make_model_tables(connection: duckdb.DuckDBPyConnection, records: str = "records") -> None:
    """Create the tables LEFT and RIGHT from ``records`` and ``spine``. Names are counted on the whole spine."""
    columns = ", ".join(MODEL_COLUMNS)
    # A name's frequency counts where it agrees, so names of no record need none.
    make_name_counts(connection, records)
    connection.execute("""
        CREATE OR REPLACE TABLE name_frequencies AS
        SELECT name_key, person_count / (SELECT count(*) FROM spine) AS tf_name_key FROM name_counts""")
    derived = f"""*, {NUMBER_PARTS}, year(birth_date) AS birth_year, left(committee_code, 9) AS sub_district_code,
                CASE WHEN name_key NOT IN (FROM common_names) THEN name_key END AS telling_name"""
    connection.execute(f"""
        CREATE OR REPLACE TABLE {LEFT} AS
        SELECT record_pseudonym AS unique_id, '{LEFT}' AS source_dataset, {columns} FROM (SELECT {derived} FROM (
            SELECT * EXCLUDE (name_key), nullif(name_key, '') AS name_key,
                left(coalesce(valid_number, number_prefix, number_text), 15) AS number_15,
                right(number_text, 9) AS number_end,
                CASE WHEN length(number_prefix) BETWEEN {_HEAD} AND 8
                    THEN left(number_prefix, {_HEAD}) END AS number_head
            FROM {records}
            {NEWEST_ROW}
        ))""")
    # Only who shares a key with some record is compared, so the tables that Splink sorts and joins stay small.
    connection.execute(f"""
        CREATE OR REPLACE TABLE {RIGHT} AS
        SELECT person_id AS unique_id, '{RIGHT}' AS source_dataset, {columns} FROM (SELECT {derived} FROM (
            SELECT * EXCLUDE (name_key), nullif(name_key, '') AS name_key,
                number AS number_text, number AS valid_number,
                CAST(NULL AS VARCHAR) AS number_prefix, left(number, 15) AS number_15, right(number, 9) AS number_end,
                left(number, {_HEAD}) AS number_head
            FROM spine
            WHERE name_key IN (SELECT name_key FROM {LEFT}) OR left(number, 15) IN (SELECT number_15 FROM {LEFT})
                OR right(number, 9) IN (SELECT number_end FROM {LEFT}) OR phone IN (SELECT phone FROM {LEFT})
                OR dwelling_code IN (SELECT dwelling_code FROM {LEFT})
                OR (birth_date, committee_code) IN (SELECT (birth_date, committee_code) FROM {LEFT})))""")


def make_candidates(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Create ``candidates``: record_pseudonym, person_id, weight (in bits, without the prior), match_probability
    (Splink's own), and gamma_/mw_ of every field; and ``namesakes``. Needs LEFT and RIGHT."""
    from splink import Linker

    database = _of_each_pair(_columns_of_a_pair())(connection)
    tables = [database.register(name, dataset_display_name=name) for name in (LEFT, RIGHT)]
    linker = Linker(tables, model.settings, log_level=None, validate_settings=False)
    linker.table_management.register_term_frequency_lookup(database.register("name_frequencies"), "name_key")
    # Asked to link two data sets, Splink names the set in every key, joins by that text, and then looks once more that
    # no pair is of one set. A record is never a person of the spine, so the UUIDs are enough.
    predicted = linker.inference.predict_between(*tables, link_type="dedupe_only", warning_mode="never")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE candidates AS FROM {predicted.physical_name}")
    predicted.drop_table_from_database_and_remove_from_cache()
    make_namesakes(connection, model, LEFT)
    connection.execute(f"DROP TABLE {LEFT}; DROP TABLE {RIGHT}; DROP TABLE name_frequencies")


def _columns_of_a_pair() -> str:
    """SQL of the columns of ``candidates`` from Splink's."""
    weights = " + ".join(f"mw_{field}" for field in FIELDS)
    shown = ", ".join(f"gamma_{field}, mw_{field}" for field in FIELDS if field != "name")
    return f"""unique_id_l AS record_pseudonym, unique_id_r AS person_id, {weights} + mw_tf_adj_name AS weight,
        match_probability, {shown}, gamma_name, mw_name + mw_tf_adj_name AS mw_name"""


def _of_each_pair(columns: str) -> type[DuckDBAPI]:
    """Splink's database, in which of each pair only ``columns`` are kept. Splink gives the levels only beside all that
    it compared, some forty columns of text, and to write them down would take as long as to compare."""
    from splink import DuckDBAPI

    class OfEachPair(DuckDBAPI):
        def _setup_for_execute_sql(self, sql: str, physical_name: str) -> str:
            if physical_name.startswith("__splink__df_predict"):
                sql = f"SELECT {columns} FROM ({sql})"
            return super()._setup_for_execute_sql(sql, physical_name)

    return OfEachPair
