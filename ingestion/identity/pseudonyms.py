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
        connection.execute("CREATE OR REPLACE TEMP TABLE known_pseudonyms (message VARCHAR, pseudonym UUID)")
        self._known = 0

    def of(self, rows: pa.Table) -> pa.ChunkedArray:
        """The pseudonym of each row, in order.

        ``rows`` has ``number_type`` and ``number`` (NULL unless identified) and ``unidentified`` (the message of a
        row that is not).
        """
        import numpy as np
        import pyarrow as pa

        if self._known > _KNOWN_LIMIT:
            self._connection.execute("DELETE FROM known_pseudonyms")
            self._known = 0
        place = pa.array(np.arange(rows.num_rows, dtype=np.int64))
        sent = rows.select(["number_type", "number", "unidentified"]).append_column("place", place)
        self._connection.register("rows_to_name", sent)
        try:
            message = "number_type || '|' || number"
            (added,) = self._connection.execute(
                f"INSERT INTO known_pseudonyms SELECT message, {hmac_sql('message')} FROM ("
                f"SELECT DISTINCT {message} AS message FROM rows_to_name WHERE number IS NOT NULL"
                ") AS numbers WHERE NOT EXISTS (FROM known_pseudonyms AS known WHERE known.message = numbers.message)",
                self._pads,
            ).fetchone()
            self._known += added
            named = self._connection.execute(
                f"SELECT pseudonym FROM (SELECT place, pseudonym FROM (SELECT place, {message} AS message "
                "FROM rows_to_name WHERE number IS NOT NULL) AS numbers JOIN known_pseudonyms USING (message) "
                f"UNION ALL SELECT place, {hmac_sql('unidentified')} FROM rows_to_name WHERE number IS NULL) "
                "ORDER BY place",
                self._pads,
            ).to_arrow_table()
        finally:
            self._connection.unregister("rows_to_name")
        return named["pseudonym"]
