"""Assertions: that a document exists, as each source has it: since when, until when, how well written.

A number is evidence about a person, and who weighs a link asks how old and how steady that evidence is. An assertion
stands in no file of its own: it is what the deliveries in force say of one pseudonym of a document (its type and
number).

Belongs here: reading them. Does not belong here: whose they are (``decisions``). Registers that are linked by exact
numbers only are left out, for they would tell a reviewer who stands there.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ingestion.contracts.registry import registry
from ingestion.identity.policy import Policy, load_policy
from ingestion.ledger import current_deliveries, list_records
from warehouse.layout import Layout


@dataclass(frozen=True)
class Assertion:
    """What one source says of a document: first and last quarter that have it, rows, and quality class."""

    document: str
    extract: str
    quality_code: str
    first_seen_quarter: str
    last_seen_quarter: str
    row_count: int


def assertions_of(layout: Layout, documents: Collection[str], policy: Policy | None = None) -> list[Assertion]:
    """What the deliveries in force assert of the ``documents`` (pseudonyms), by document, source and quality class."""
    import duckdb

    policy = policy or load_policy()
    wanted = {
        name for name, contract in registry().contracts.items() if contract.person and not policy.is_exact_only(name)
    }
    rows = []
    for one in current_deliveries(list_records(layout)).values():
        path = layout.raw_folder(*one.extract.split("."), one.quarter) / f"{one.delivery_id}.parquet"
        if one.extract in wanted and path.exists():
            rows.append(
                f"SELECT '{one.extract}' AS extract, '{one.quarter}' AS quarter, person_pseudonym, "
                f"identity_quality_code FROM read_parquet('{path}', hive_partitioning = false)"
            )
    if not rows:
        return []
    with duckdb.connect(config={"temp_directory": ""}) as connection:
        found = connection.execute(
            f"""
            SELECT CAST(person_pseudonym AS VARCHAR), extract, identity_quality_code, min(quarter), max(quarter),
                count(*)
            FROM ({" UNION ALL ".join(rows)})
            WHERE person_pseudonym IN (SELECT CAST(unnest($documents) AS UUID))
            GROUP BY ALL ORDER BY ALL""",
            {"documents": list(documents)},
        ).fetchall()
    return [Assertion(*row) for row in found]
