"""Statements that are asked of one table after the other, planned once.

To plan a statement often takes DuckDB longer than to run it over a batch. A prepared statement keeps its plan, and
reads through a holder whichever table that holds at the moment.

Belongs here: keeping statements and asking them. Does not belong here: what they say, or anything that a key goes into
(``warehouse.pseudonyms``): whatever a statement here is given stands in its text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

#: Statements that an asker keeps; with more, all are given up, so that memory stays flat (50 to 80 kB each).
_KEPT_LIMIT = 400
#: Rows of a chunk of an answer, where nobody says how many: DuckDB's own number.
_CHUNK_ROWS = 1_000_000


class Asker:
    """Asks statements of tables in memory, each of which is planned the first time only. For one thread at a time.

    It asks in the database of ``connection``, by its settings, but beside it: no name of the one is in the way of
    the other's, and all that is kept can be given up at once.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._kept: dict[tuple[Any, ...], _Statement] = {}

    def ask(
        self,
        sql: str,
        name: str,
        rows: pa.Table,
        days: Mapping[str, date] | None = None,
        chunk_rows: int = _CHUNK_ROWS,
    ) -> pa.Table:
        """What the query ``sql`` yields, which reads ``rows`` under ``name`` and nothing else.

        ``days`` are its parameters. Raises duckdb.Error when it cannot be planned or fails; it can be asked again.
        """
        statement = self._statement(sql, name, rows.schema, days or {})
        statement.rows = rows
        try:
            return self._cursor.execute(f"EXECUTE {statement.name}").to_arrow_table(chunk_rows)
        finally:
            statement.rows = statement.no_rows

    def close(self) -> None:
        """Give up all statements. It may be asked afterwards, and plans anew."""
        self._kept.clear()
        if self._cursor:
            self._cursor.close()
        self._cursor = None

    def _statement(self, sql: str, name: str, schema: pa.Schema, days: Mapping[str, date]) -> _Statement:
        key = sql, name, schema, tuple(days.items())
        if key not in self._kept:
            if len(self._kept) >= _KEPT_LIMIT:
                self.close()
            self._kept[key] = self._planned(sql, name, schema, days)
        return self._kept[key]

    def _planned(self, sql: str, name: str, schema: pa.Schema, days: Mapping[str, date]) -> _Statement:
        if self._cursor is None:
            self._cursor = self._connection.cursor()
        statement = _Statement(f"statement_{len(self._kept)}", schema)
        # A parameter in the midst of an expression would be planned anew with every value.
        for parameter, day in days.items():
            sql = re.sub(rf"\${parameter}\b", f"DATE '{day.isoformat()}'", sql)
        held = f"rows_of_{statement.name}"
        self._cursor.register(held, statement)
        try:
            self._cursor.execute(
                f"PREPARE {statement.name} AS WITH {name} AS NOT MATERIALIZED (FROM {held}) SELECT * FROM ({sql})"
            )
        except BaseException:
            self._cursor.unregister(held)
            raise
        return statement


class _Statement:
    """A statement's name, and the table that it reads: an empty one, unless it is being asked."""

    def __init__(self, name: str, schema: pa.Schema) -> None:
        self.name = name
        self.rows = self.no_rows = schema.empty_table()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.rows.__arrow_c_stream__(requested_schema)


class Askers:
    """Askers of one database, lent to as many threads as want one; what one of them has planned stays with it."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._free: list[Asker] = []

    @contextmanager
    def lent(self) -> Iterator[Asker]:
        """An asker that nobody else has meanwhile."""
        try:
            # The last one that came back has planned the most.
            asker = self._free.pop()
        except IndexError:
            asker = Asker(self._connection)
        try:
            yield asker
        finally:
            self._free.append(asker)

    def close(self) -> None:
        """Close those that are not lent."""
        while self._free:
            self._free.pop().close()
