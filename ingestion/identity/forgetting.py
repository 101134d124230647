"""Forgetting: links, proposals and their evidence of whom nothing may be held any more.

Belongs here: finding the rows that are linked to such persons, and taking them out of links and the vault's files about
linkage. Does not belong here: orders and the rest of what is held (``ingestion.removal``). The log of reviews stays: it
holds pseudonyms only, like the orders themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.identity.decisions import LINKING
from ingestion.identity.spilling import population_memory, private_connection
from ingestion.identity.vault import open_vault
from ingestion.schema import with_plain_booleans
from warehouse.files import atomic_path
from warehouse.keys import Keys
from warehouse.layout import Layout

if TYPE_CHECKING:
    import duckdb
    import pyarrow.parquet as pq

#: The columns that name persons, and those that name a row of a delivery.
_PERSONS = ("person_id", "record_pseudonym", "person_pseudonym")
_ROWS = ("delivery_id", "row_number")


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


def forget(
    layout: Layout, keys: Keys, persons: Collection[str], extracts: Collection[str], gone: Collection[str] = ()
) -> int:
    """Take out of links and the vault what is about ``persons``, about the deliveries ``gone``, or about rows of
    ``extracts`` that raw no longer has. Returns how many lines went. Doing it again changes nothing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    vault = open_vault(layout, keys, "removal of what may not be held")
    line_count = 0
    evidence = sorted((layout.vault / "identity").glob("*/quarter=*/*.parquet"))
    links = _link_files(layout)
    if not evidence and not links:
        return 0
    vault.log.append(vault.purpose, [path.parent.parent.name + "/" + path.parent.name for path in evidence])
    with private_connection(vault.cipher, population_memory()) as connection:
        for name, values in (("persons", persons), ("extracts", extracts), ("gone", gone)):
            connection.register("given", pa.table({"one": pa.array(list(values), pa.string())}))
            connection.execute(f"CREATE TEMP TABLE {name} AS FROM given")
        _find_held_rows(connection, layout, extracts)
        for path in [*links, *evidence]:
            file = pq.ParquetFile if path in links else vault.cipher.open
            with file(path) as opened:
                may_stay = _may_stay(opened.schema_arrow.names)
                going_count = _count_going(connection, opened, may_stay)
                if not going_count:
                    continue
                connection.register("lines", opened.read())
            kept = connection.execute(f"FROM lines WHERE {may_stay}").to_arrow_table()
            line_count += going_count
            if path in links:
                with atomic_path(path) as unfinished:
                    pq.write_table(with_plain_booleans(kept), unfinished, compression="zstd", write_page_checksum=True)
            else:
                vault.write(path, kept)
    return line_count


def _find_held_rows(connection: duckdb.DuckDBPyConnection, layout: Layout, extracts: Collection[str]) -> None:
    """Create ``held_rows``: the rows that raw has of the extracts."""
    connection.execute("CREATE TEMP TABLE held_rows (delivery_id VARCHAR, row_number INTEGER)")
    files = [path for name in extracts for path in layout.raw.glob(f"{name.replace('.', '/')}/quarter=*/*.parquet")]
    if files:
        connection.execute(
            "INSERT INTO held_rows SELECT delivery_id, row_number FROM read_parquet($files)",
            {"files": [str(path) for path in files]},
        )


def _count_going(connection: duckdb.DuckDBPyConnection, opened: pq.ParquetFile, may_stay: str) -> int:
    """How many lines of the file go. Few files hold such a line, and few columns tell."""
    names = [name for name in opened.schema_arrow.names if name in (*_PERSONS, *_ROWS)]
    connection.register("lines", opened.read(names))
    return connection.execute(f"SELECT count(*) FROM lines WHERE ({may_stay}) IS NOT TRUE").fetchall()[0][0]


def _may_stay(columns: list[str]) -> str:
    conditions = [
        f"coalesce(CAST({name} AS VARCHAR) NOT IN (SELECT one FROM persons), true)"
        for name in _PERSONS
        if name in columns
    ]
    if "delivery_id" in columns:
        conditions.append("delivery_id NOT IN (SELECT one FROM gone)")
        # A delivery's identifier begins with its extract's name.
        conditions.append(
            "(split_part(delivery_id, '-', 1) NOT IN (SELECT one FROM extracts) OR EXISTS (FROM held_rows "
            "WHERE held_rows.delivery_id = lines.delivery_id AND held_rows.row_number = lines.row_number))"
        )
    return " AND ".join(conditions)


def _link_files(layout: Layout) -> list[Path]:
    return sorted([*layout.links.glob("round=*/links.parquet"), *layout.links.glob("kept/*.parquet")])
