"""Scores: how likely a record is about each of its candidates, given that it is about at most one person.

Splink weighs pairs one by one. But a record has one person or none on the spine, so its candidates compete: the score
of a candidate is its posterior share among all of them and "nobody on the spine" (as in bipartite record linkage:
Sadinle, Bayesian Estimation of Bipartite Matchings for Record Linkage, JASA 2017, with the prior share of records that
are on the spine counted from rows whose number is valid). Of two namesakes in one house neither gets a high score.

Who has a row of his own in a delivery that lists every person once is no candidate of another row there.

Belongs here: scores, margins and the rule that fires first. Does not belong here: what a score is enough for
(``policy``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingestion.identity.records import NEWEST_ROW

if TYPE_CHECKING:
    import duckdb

#: Rules of a proposal in their order; the first that fires is recorded. ``exact`` and ``upgraded_15`` link by number
#: alone and make no proposal.
RULES = ("held_number", "rounded_number", "one_edit", "model")
#: Candidates that are kept for a reviewer to compare.
_KEPT = 3
#: Shares of records on the spine are kept inside these, however few rows they are counted on.
_LEAST_SHARE, _MOST_SHARE = 0.02, 0.995


def make_scores(connection: duckdb.DuckDBPyConnection) -> None:
    """Create ``scored``: the best candidates of each record with place (1 is the best), score (0–1), margin_bits
    (weight above the next; null for a single candidate), rule_code and the columns of ``candidates``. Needs
    ``candidates``, ``namesakes``, ``records``, ``spine`` and ``owners``."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE delivery_shares AS
        SELECT delivery_id, bool_or(is_one_row_a_person) AS is_one_row_a_person,
            greatest(least(avg(CAST(is_known AS INTEGER)), {_MOST_SHARE}), {_LEAST_SHARE}) AS known_share,
            count(*) FILTER (WHERE is_on_spine) AS on_spine_count
        FROM owners INNER JOIN owning_deliveries USING (place) GROUP BY delivery_id""")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE subjects AS
        SELECT record_pseudonym, delivery_id, extract, is_held FROM records
        {NEWEST_ROW}""")
    # Candidates are few beside owners, so the owners are cut down to theirs, in the record's own delivery, first.
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE own AS
        WITH wanted AS (
            SELECT DISTINCT place, candidates.person_id
            FROM candidates
            INNER JOIN subjects USING (record_pseudonym)
            INNER JOIN owning_deliveries USING (delivery_id)
            WHERE is_one_row_a_person
        )
        SELECT DISTINCT delivery_id, person_id
        FROM (SELECT place, person_id FROM owners SEMI JOIN wanted USING (place, person_id) WHERE is_on_spine)
        INNER JOIN owning_deliveries USING (place)""")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE competing AS
        WITH spine_size AS (SELECT count(*) AS person_count FROM spine)
        SELECT candidates.*, subjects.delivery_id, subjects.extract, subjects.is_held,
            coalesce(shares.known_share, 0.5) AS known_share,
            person_count - CASE WHEN coalesce(shares.is_one_row_a_person, false) THEN shares.on_spine_count ELSE 0 END
                + 1 AS open_count,
            -- Who has a row of his own there is no namesake to reckon with; how many these are is not asked one by one.
            coalesce(namesakes.uncompared_count * open_count / person_count, 0) AS namesake_count,
            namesakes.uncompared_weight
        FROM candidates
        INNER JOIN subjects USING (record_pseudonym)
        CROSS JOIN spine_size
        LEFT JOIN namesakes USING (record_pseudonym)
        LEFT JOIN delivery_shares AS shares ON shares.delivery_id = subjects.delivery_id
        ANTI JOIN own ON own.delivery_id = subjects.delivery_id AND own.person_id = candidates.person_id""")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE scored AS
        WITH weighed AS (
            SELECT *, known_share / open_count * power(2.0, weight) AS odds,
                CASE WHEN namesake_count > 0
                    THEN known_share / open_count * namesake_count * power(2.0, uncompared_weight) ELSE 0 END
                    AS other_odds
            FROM competing
        ),
        -- Added up in one order, for the last digit depends on it: else the file would depend on the number of threads.
        totals AS (
            SELECT record_pseudonym, list_sum(list_reverse_sort(list(odds))) AS total_odds,
                count(*) FILTER (WHERE gamma_number = 3 AND gamma_name = 3) AS rounded_alike,
                count(*) FILTER (WHERE gamma_number = 2 AND gamma_name = 3) AS edited_alike
            FROM weighed GROUP BY record_pseudonym
        ),
        beside AS (
            SELECT *, lead(weight) OVER best_first AS next_weight, row_number() OVER best_first AS place
            FROM weighed
            WINDOW best_first AS (PARTITION BY record_pseudonym ORDER BY weight DESC, person_id)
        ),
        compared AS (
            SELECT beside.*, totals.* EXCLUDE (record_pseudonym),
                odds / (1 - known_share + other_odds + total_odds) AS score,
                weight - CASE WHEN namesake_count >= 1
                    THEN greatest(next_weight, uncompared_weight) ELSE next_weight END AS margin_bits
            FROM beside INNER JOIN totals USING (record_pseudonym)
            WHERE place <= {_KEPT}
        )
        SELECT * EXCLUDE (odds, other_odds, next_weight, namesake_count, uncompared_weight, total_odds, rounded_alike,
                edited_alike, known_share, open_count, place, margin_bits),
            place, margin_bits,
            CASE WHEN is_held THEN 'held_number'
                WHEN gamma_number = 3 AND gamma_name = 3 AND rounded_alike = 1 THEN 'rounded_number'
                WHEN gamma_number = 2 AND gamma_name = 3 AND edited_alike = 1 THEN 'one_edit'
                ELSE 'model' END AS rule_code
        FROM compared""")
