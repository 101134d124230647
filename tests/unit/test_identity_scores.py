"""Scores of candidates: the same on every machine."""

from __future__ import annotations

import duckdb
import pytest

from ingestion.identity.scores import make_scores

#: So many pairs that threads share them.
_RECORDS, _CANDIDATES = 4000, 60


def _scored(threads: int) -> list[tuple]:
    """Place and score of each candidate of records whose odds are of very different size."""
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.execute(f"""
            CREATE TABLE candidates AS
            SELECT md5(concat('record', record)) AS record_pseudonym, md5(concat('person', person)) AS person_id,
                20 * sin(record * 7 + person) AS weight, 0 AS gamma_number, 0 AS gamma_name
            FROM range({_RECORDS}) AS records(record), range({_CANDIDATES}) AS persons(person);
            CREATE TABLE records AS
            SELECT DISTINCT record_pseudonym, '2015Q3' AS quarter, 'delivery' AS delivery_id, 1 AS row_number,
                'labour.employment' AS extract, false AS is_held
            FROM candidates;
            CREATE TABLE spine AS SELECT DISTINCT person_id FROM candidates;
            CREATE TABLE namesakes (record_pseudonym VARCHAR, uncompared_count BIGINT, uncompared_weight DOUBLE);
            CREATE TABLE owning_deliveries (place UTINYINT, delivery_id VARCHAR, is_one_row_a_person BOOLEAN);
            CREATE TABLE owners (place UTINYINT, person_id VARCHAR, is_on_spine BOOLEAN, is_known BOOLEAN)""")
        make_scores(connection)
        return connection.execute(
            "SELECT record_pseudonym, place, person_id, score, margin_bits FROM scored ORDER BY ALL"
        ).fetchall()


@pytest.mark.parametrize("threads", [2, 4])
def test_no_digit_of_a_score_depends_on_the_number_of_threads(threads):
    scored = _scored(threads)
    assert len(scored) == 3 * _RECORDS
    assert scored == _scored(1)
