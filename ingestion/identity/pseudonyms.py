"""The pseudonyms of rows. Numbers that have been seen in this process are looked up, not hashed again: the same
residents come in half a dozen extracts a quarter.

Belongs here: which rows are hashed. Does not belong here: how (``warehouse.pseudonyms``), or which number a pseudonym
is made from (``numbers``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.pseudonyms import hmac_pads, hmac_sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: Beyond this many numbers the memory of known ones is emptied, so that it stays flat.
_KNOWN_LIMIT = 4_000_000


class Pseudonyms:
    """Pseudonyms under one key, with a memory of those already made in a temporary table of ``connection``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
        self._connection = connection
        self._pads = hmac_pads(key)
        # The first 17 digits of a resident number say all: its check character and type follow from them.
        connection.execute("CREATE OR REPLACE TEMP TABLE known_pseudonyms (number_body BIGINT, pseudonym UUID)")
        self._known = 0

    def of(self, rows: pa.Table) -> pa.ChunkedArray:
        """The pseudonym of each row, in order.

        ``rows`` has ``number_type`` and ``number`` (NULL unless identified), ``number_body`` (the first
        17 digits of an identified resident number) and ``unidentified`` (the message of a row that is not identified).
        """
        import numpy as np
        import pyarrow as pa

        if self._known > _KNOWN_LIMIT:
            self._connection.execute("DELETE FROM known_pseudonyms")
            self._known = 0
        place = pa.array(np.arange(rows.num_rows, dtype=np.int32))
        columns = ["number_type", "number", "number_body", "unidentified"]
        self._connection.register("rows_to_name", rows.select(columns).append_column("place", place))
        try:
            message = "CASE WHEN number IS NULL THEN unidentified ELSE number_type || '|' || number END"
            named = self._connection.execute(
                f"SELECT coalesce(known.pseudonym, {hmac_sql(message)}) AS pseudonym, "
                "CASE WHEN known.pseudonym IS NULL THEN sent.number_body END AS new_body "
                "FROM rows_to_name AS sent LEFT JOIN known_pseudonyms AS known "
                "ON known.number_body = sent.number_body ORDER BY place",
                self._pads,
            ).to_arrow_table()
        finally:
            self._connection.unregister("rows_to_name")
        self._remember(named)
        return named["pseudonym"]

    def _remember(self, named: pa.Table) -> None:
        if named["new_body"].null_count == named.num_rows:
            return
        self._connection.register("named_rows", named)
        try:
            (added,) = self._connection.execute(
                "INSERT INTO known_pseudonyms SELECT DISTINCT new_body, pseudonym FROM named_rows "
                "WHERE new_body IS NOT NULL"
            ).fetchone()
        finally:
            self._connection.unregister("named_rows")
        self._known += added
