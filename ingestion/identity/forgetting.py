"""Forgetting: links, proposals and their evidence of whom nothing may be held any more.

Belongs here: finding the rows that are linked to such persons, and taking them out of links and the vault's files about
linkage. Does not belong here: orders and the rest of what is held (``ingestion.removal``). The log of reviews stays: it
holds pseudonyms only, like the orders themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from ingestion.identity.decisions import LINKING
from ingestion.identity.linking import MEMORY_LIMIT
from ingestion.identity.spilling import private_connection
from ingestion.identity.vault import open_vault
from warehouse.files import atomic_path
from warehouse.keys import Keys
from warehouse.layout import Layout


def linked_rows(layout: Layout, persons: Collection[str]) -> dict[str, set[int]]:
    """Rows by delivery that are linked to the ``persons`` (pseudonyms) though their number does not say so."""
    import duckdb

    files = _link_files(layout)
    if not files or not persons:
        return {}
    found: dict[str, set[int]] = {}
    with duckdb.connect() as connection:
        for delivery_id, row_number in connection.execute(
            "SELECT DISTINCT delivery_id, row_number FROM read_parquet($files) "
            "WHERE status_code IN (SELECT unnest($linking)) "
            "AND CAST(person_id AS VARCHAR) IN (SELECT unnest($persons))",
            {"files": [str(path) for path in files], "linking": list(LINKING), "persons": list(persons)},
        ).fetchall():
            found.setdefault(delivery_id, set()).add(row_number)
    return found


def forget(layout: Layout, keys: Keys, persons: Collection[str]) -> int:
    """Take out of links and the vault what is about ``persons`` or about rows that raw no longer has. Returns how many
    lines went. Doing it again changes nothing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    vault = open_vault(layout, keys, "removal of what may not be held")
    gone = 0
    evidence = sorted((layout.vault / "identity").glob("*/quarter=*/*.parquet"))
    links = _link_files(layout)
    if not evidence and not links:
        return 0
    vault.log.append(vault.purpose, [path.parent.parent.name + "/" + path.parent.name for path in evidence])
    with private_connection(vault.cipher, MEMORY_LIMIT) as connection:
        connection.register("sent_persons", pa.table({"person": pa.array(list(persons), pa.string())}))
        connection.execute("CREATE TEMP TABLE persons AS FROM sent_persons")
        rows = f"read_parquet('{layout.raw}/*/*/quarter=*/*.parquet', union_by_name = true)"
        there = list(layout.raw.glob("*/*/quarter=*/*.parquet"))
        none = "(SELECT '' AS delivery_id, 0 AS row_number WHERE false)"
        connection.execute(
            f"CREATE TEMP TABLE held_rows AS SELECT delivery_id, row_number FROM {rows if there else none}"
        )
        for path in [*links, *evidence]:
            sent = pq.ParquetFile(path).read() if path in links else vault.read(path)
            connection.register("sent", sent)
            connection.execute("CREATE OR REPLACE TEMP TABLE lines AS FROM sent")
            kept = connection.execute(f"FROM lines WHERE {_may_stay(sent.column_names)}").to_arrow_table()
            gone += sent.num_rows - kept.num_rows
            if kept.num_rows < sent.num_rows:
                if path in links:
                    with atomic_path(path) as unfinished:
                        pq.write_table(kept, unfinished, compression="zstd", write_page_checksum=True)
                else:
                    vault.write(path, kept)
    return gone


def _may_stay(columns: list[str]) -> str:
    conditions = [
        f"coalesce(CAST({name} AS VARCHAR) NOT IN (SELECT person FROM persons), true)"
        for name in ("person_id", "record_pseudonym", "person_pseudonym")
        if name in columns
    ]
    if "delivery_id" in columns:
        conditions.append(
            "EXISTS (FROM held_rows WHERE held_rows.delivery_id = lines.delivery_id "
            "AND held_rows.row_number = lines.row_number)"
        )
    return " AND ".join(conditions)


def _link_files(layout: Layout) -> list[Path]:
    return sorted([*layout.links.glob("round=*/links.parquet"), *layout.links.glob("kept/*.parquet")])
