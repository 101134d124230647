"""Rows whose key has come before in the same file. The first one stays, the others are quarantined.

Belongs here: the rule between rows. Does not belong here: rules within a row (``statement``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class KeysSeen:
    """The keys of one delivery, batch by batch."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._batches = 0
        self._last: pa.Table | None = None

    def repeated(self, keys: pa.Table) -> list[int]:
        """Row numbers whose key has come before.

        ``keys`` has ``row_number`` and the key's columns. A row with a NULL in its key is never a repetition: nothing
        tells what it would repeat.
        """
        names = [name for name in keys.column_names if name != "row_number"]
        listed = ", ".join(f'"{name}"' for name in names)
        complete = " AND ".join(f'"{name}" IS NOT NULL' for name in names)
        same = " AND ".join(f'earlier."{name}" = batch_keys."{name}"' for name in names)
        if self._batches == 1:
            self._remember(listed, complete, create=True)
        self._connection.register("batch_keys", keys)
        try:
            found = self._connection.execute(
                f"SELECT row_number FROM batch_keys JOIN (SELECT {listed}, min(row_number) AS first_number "
                f"FROM batch_keys WHERE {complete} GROUP BY {listed} HAVING count(*) > 1) AS earlier ON {same} "
                "WHERE row_number > first_number"
            ).fetchall()
            if self._batches:
                found += self._connection.execute(
                    f"SELECT row_number FROM batch_keys WHERE EXISTS (FROM seen_keys AS earlier WHERE {same})"
                ).fetchall()
        finally:
            self._connection.unregister("batch_keys")
        self._last = keys
        if self._batches:
            self._remember(listed, complete, create=False)
        self._batches += 1
        return sorted({number for (number,) in found})

    def _remember(self, listed: str, complete: str, create: bool) -> None:
        # Most files are one batch, and need no table.
        self._connection.register("last_keys", self._last)
        verb = "CREATE OR REPLACE TEMP TABLE seen_keys AS" if create else "INSERT INTO seen_keys"
        self._connection.execute(f"{verb} SELECT {listed} FROM last_keys WHERE {complete}")
        self._connection.unregister("last_keys")
