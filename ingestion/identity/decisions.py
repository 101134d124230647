"""Decisions: which person each record is linked to, by which rule, with what score, decided by whom.

Belongs here: putting scores, policy and reviews together into the table ``decided``. Does not belong here: writing it
(``linking``).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from ingestion.identity.policy import Policy
from ingestion.identity.records import NEWEST_ROW
from ingestion.identity.reviews import Review

if TYPE_CHECKING:
    import duckdb

#: ``automatic`` and ``accepted`` link; ``proposed`` waits for a reviewer; the others stand for themselves.
STATUSES = ("automatic", "accepted", "proposed", "rejected", "unlinked")
LINKING = ("automatic", "accepted")
_REVIEW_COLUMNS = (
    "record_pseudonym UUID, person_id UUID, verdict VARCHAR, evidence_id UUID, decided_by VARCHAR, decided_at VARCHAR, "
    "reason VARCHAR, known_quarter VARCHAR"
)


def make_decisions(connection: duckdb.DuckDBPyConnection, policy: Policy, reviews: list[Review]) -> None:
    """Create ``decided``, one row a record of ``records`` or of a review: record_pseudonym, evidence_id, person_id
    (null unless linked or proposed), rule_code, score, margin_bits, status_code, decided_by, decided_at, reason,
    is_audit_sample. Needs ``records`` and ``scored``."""
    _make_reviews(connection, reviews)
    sensitive = " OR ".join(f"starts_with(extract, '{one}.')" for one in policy.exact_only_departments) or "false"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE decided AS
        WITH subjects AS (
            SELECT record_pseudonym, evidence_id, extract, delivery_id, is_one_row_a_person, is_of_round,
                {sensitive} AS is_exact_only
            FROM records
            {NEWEST_ROW}
        ),
        open_pairs AS (
            SELECT scored.*, subjects.evidence_id, subjects.is_one_row_a_person, subjects.is_of_round
            FROM scored
            INNER JOIN subjects USING (record_pseudonym)
            ANTI JOIN (FROM reviews WHERE verdict = 'rejected') AS rejected
                ON rejected.record_pseudonym = scored.record_pseudonym AND rejected.person_id = scored.person_id
                AND rejected.evidence_id = subjects.evidence_id
            WHERE NOT subjects.is_exact_only AND scored.score >= {policy.proposed_from_score}
        ),
        best AS (
            FROM open_pairs QUALIFY row_number() OVER (PARTITION BY record_pseudonym ORDER BY open_pairs.place) = 1
        ),
        -- Of two rows of a list that names everybody once, only the likelier can be the person's.
        alone AS (
            SELECT *, NOT is_one_row_a_person OR row_number() OVER (
                    PARTITION BY delivery_id, person_id ORDER BY score DESC, weight DESC, record_pseudonym
                ) = 1 AS is_likeliest
            FROM best
        ),
        by_policy AS (
            SELECT record_pseudonym, evidence_id, person_id, rule_code, score, margin_bits,
                is_of_round AND is_likeliest AND place = 1 AND {policy.accepts_sql()} AS is_accepted,
                hash(CAST(record_pseudonym AS VARCHAR)) / 18446744073709551616 < {policy.audit_sample_share} AS is_drawn
            FROM alone
        ),
        accepted AS (
            SELECT DISTINCT ON (record_pseudonym) * FROM reviews WHERE verdict = 'accepted'
            ORDER BY record_pseudonym, place DESC
        ),
        rejected AS (
            SELECT DISTINCT ON (record_pseudonym) * FROM reviews WHERE verdict = 'rejected'
            ORDER BY record_pseudonym, place DESC
        ),
        everyone AS (SELECT record_pseudonym FROM subjects UNION SELECT record_pseudonym FROM reviews)
        SELECT everyone.record_pseudonym,
            coalesce(subjects.evidence_id, accepted.evidence_id, rejected.evidence_id) AS evidence_id,
            coalesce(accepted.person_id, by_policy.person_id) AS person_id,
            by_policy.rule_code, by_policy.score, by_policy.margin_bits,
            CASE WHEN accepted.person_id IS NOT NULL THEN 'accepted'
                WHEN by_policy.is_accepted THEN 'automatic'
                WHEN by_policy.person_id IS NOT NULL THEN 'proposed'
                WHEN rejected.person_id IS NOT NULL THEN 'rejected'
                ELSE 'unlinked' END AS status_code,
            coalesce(accepted.decided_by,
                CASE WHEN by_policy.is_accepted THEN 'policy {policy.version}'
                    WHEN by_policy.person_id IS NULL THEN rejected.decided_by END) AS decided_by,
            coalesce(accepted.decided_at, CASE WHEN by_policy.person_id IS NULL THEN rejected.decided_at END)
                AS decided_at,
            coalesce(accepted.reason, CASE WHEN by_policy.person_id IS NULL THEN rejected.reason END) AS reason,
            coalesce(accepted.person_id IS NULL AND by_policy.is_accepted AND by_policy.is_drawn, false)
                AS is_audit_sample
        FROM everyone
        LEFT JOIN subjects USING (record_pseudonym)
        LEFT JOIN by_policy USING (record_pseudonym)
        LEFT JOIN accepted USING (record_pseudonym)
        LEFT JOIN rejected USING (record_pseudonym)""")


def _make_reviews(connection: duckdb.DuckDBPyConnection, reviews: list[Review]) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE reviews (place INTEGER, {_REVIEW_COLUMNS})")
    if reviews:
        rows = [(place, *asdict(review).values()) for place, review in enumerate(reviews)]
        connection.executemany(f"INSERT INTO reviews VALUES ({', '.join('?' * 9)})", rows)
