"""Keyed pseudonyms: the first 128 bits of HMAC-SHA-256, as a UUID, computed in SQL with the key as a parameter.

The key never stands in SQL text. Numbers that have been seen in this process are looked up, not hashed again: the
same residents come in half a dozen extracts a quarter.

Belongs here: the pseudonym. Does not belong here: which number it is made from (``numbers``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_BLOCK_BYTES = 64
#: Beyond this many numbers the memory of known ones is emptied, so that it stays flat.
_KNOWN_LIMIT = 4_000_000


def hmac_pads(key: bytes) -> dict[str, bytes]:
    """The parameters ``outer_pad`` and ``inner_pad`` of ``hmac_sql`` (RFC 2104). Raises ValueError for a short key."""
    if not 32 <= len(key) <= _BLOCK_BYTES:
        raise ValueError(f"a pseudonym key has 32 to {_BLOCK_BYTES} bytes, not {len(key)}")
    padded = key.ljust(_BLOCK_BYTES, b"\0")
    return {
        "outer_pad": bytes(byte ^ 0x5C for byte in padded),
        "inner_pad": bytes(byte ^ 0x36 for byte in padded),
    }


def hmac_sql(message: str) -> str:
    """SQL of the pseudonym of the text ``message``. Parameters: ``outer_pad``, ``inner_pad``."""
    inner = f"sha256($inner_pad::BLOB || encode({message}))"
    return f"CAST(left(sha256($outer_pad::BLOB || unhex({inner})), 32) AS UUID)"


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
