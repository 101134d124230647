"""Training a model: how often each field agrees for one person and for two.

Rows with a valid number say whose they are, so the agreement of everything but the number is counted on them, against
the spine. How numbers agree on rows that are in doubt is estimated by expectation maximisation on the records, all
else being fixed. Agreement by chance is counted on seeded random pairs.

Belongs here: training on a warehouse's own round. Does not belong here: the model's form (``model``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ingestion.identity.candidates import LEFT, RIGHT, make_model_tables
from ingestion.identity.model import settings
from ingestion.identity.sources import RoundSources
from ingestion.identity.spine import name_key
from ingestion.identity.vault import Vault, evidence_sql

if TYPE_CHECKING:
    import duckdb

SEED = 20171001
_NUMBERS = ("valid_number", "number")
_SAMPLE_ROWS = 40_000
_RANDOM_PAIRS = 2e7
#: Neither agreement nor disagreement is ever impossible, however few were seen.
_LEAST, _MOST = 1e-7, 1 - 1e-7


def train(connection: duckdb.DuckDBPyConnection, vault: Vault, sources: RoundSources) -> dict[str, Any]:
    """Splink settings with all probabilities. Needs ``spine`` and ``records``."""
    from splink import DuckDBAPI, Linker

    _make_known(connection, vault, sources)
    make_model_tables(connection, "known_records")
    connection.execute(f"ALTER TABLE {LEFT} ADD COLUMN label VARCHAR; ALTER TABLE {RIGHT} ADD COLUMN label VARCHAR")
    connection.execute(f"UPDATE {RIGHT} SET label = unique_id")
    connection.execute(
        f"UPDATE {LEFT} SET label = CAST(known.person_pseudonym AS VARCHAR) FROM known_records AS known "
        "WHERE known.record_pseudonym = unique_id"
    )
    database = DuckDBAPI(connection)
    tables = [database.register(name, dataset_display_name=name) for name in (LEFT, RIGHT)]
    linker = Linker(tables, settings() | {"additional_columns_to_retain": ["label"]}, log_level=None)
    linker.training.estimate_u_using_random_sampling(_RANDOM_PAIRS, seed=SEED, min_count_per_level=None)
    linker.training.estimate_m_from_label_column("label")
    known = linker.misc.save_model_to_json()
    known.pop("additional_columns_to_retain", None)

    make_model_tables(connection)
    database = DuckDBAPI(connection)
    tables = [database.register(f"{name}", dataset_display_name=name) for name in (LEFT, RIGHT)]
    linker = Linker(tables, _with_numbers_open(known), log_level=None)
    # Born on one day and living in one dwelling are, but for twins, one person, whatever the number looks like.
    linker.training.estimate_parameters_using_expectation_maximisation(
        "l.birth_date = r.birth_date AND l.dwelling_code = r.dwelling_code", record_sample_proportion=1.0
    )
    trained = linker.misc.save_model_to_json()
    return _bounded(known, trained)


def _make_known(connection: duckdb.DuckDBPyConnection, vault: Vault, sources: RoundSources) -> None:
    """A sample of rows with a valid number. Their numbers stand in the forms in which the records' do, in the same
    shares, so that chance agreement of each form is counted too."""
    selects = []
    for delivery in sources.of_round:
        rows = evidence_sql(vault, connection, delivery, "identity_quality_code IN ('valid', 'upgraded_15')")
        selects.append(f"(SELECT * FROM ({rows}) USING SAMPLE reservoir({_SAMPLE_ROWS} ROWS) REPEATABLE ({SEED}))")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE known_records AS
        WITH forms AS (
            SELECT count(*) FILTER (WHERE length(number_prefix) >= 14) / count(*) AS long_share,
                count(*) FILTER (WHERE length(number_prefix) < 14) / count(*) AS short_share
            FROM records WHERE number_prefix IS NOT NULL OR number_text IS NOT NULL
        ),
        drawn AS (
            SELECT *, {name_key("person_name")} AS name_key, uuid() AS record_pseudonym,
                hash(delivery_id || row_number || '{SEED}') / 18446744073709551616 AS draw,
                hash('{SEED}' || row_number || delivery_id) % 2 = 0 AS is_valid
            FROM ({" UNION ALL ".join(selects)})
        )
        SELECT drawn.*,
            CASE WHEN is_valid THEN number END AS valid_number,
            CASE WHEN NOT is_valid AND draw >= long_share + short_share THEN number END AS number_text,
            CASE WHEN NOT is_valid AND draw < long_share THEN left(number, 15)
                WHEN NOT is_valid AND draw < long_share + short_share THEN left(number, 6) END AS number_prefix
        FROM drawn CROSS JOIN forms""")


def _with_numbers_open(known: dict[str, Any]) -> dict[str, Any]:
    """The settings with every probability fixed but those of agreement of the numbers."""
    content = json.loads(json.dumps(known))
    for comparison in content["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                level["fix_u_probability"] = True
                level["fix_m_probability"] = comparison["output_column_name"] not in _NUMBERS
    return content


def _bounded(known: dict[str, Any], trained: dict[str, Any]) -> dict[str, Any]:
    """The known settings with the numbers' probabilities as trained, none of them 0 or 1."""
    numbers = {
        one["output_column_name"]: one for one in trained["comparisons"] if one["output_column_name"] in _NUMBERS
    }
    content = json.loads(json.dumps(known))
    for comparison in content["comparisons"]:
        if comparison["output_column_name"] in numbers:
            comparison["comparison_levels"] = numbers[comparison["output_column_name"]]["comparison_levels"]
        for level in comparison["comparison_levels"]:
            level.pop("fix_u_probability", None)
            level.pop("fix_m_probability", None)
            if not level.get("is_null_level"):
                for side in ("m_probability", "u_probability"):
                    level[side] = min(max(level.get(side) or _LEAST, _LEAST), _MOST)
    content["probability_two_random_records_match"] = trained["probability_two_random_records_match"]
    return content
