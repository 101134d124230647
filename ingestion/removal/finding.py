"""Finding the rows of a delivery that may not be held: by tombstone, and by the rule for minors (``minors``).

Belongs here: looking into raw and quarantine of one delivery. Does not belong here: taking the rows out (``carrying``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.contracts.models import Contract
from ingestion.identity.judgement import judge_numbers
from ingestion.identity.numbers import (
    HONG_KONG_MACAO_PERMIT,
    PASSPORT,
    PERMANENT_RESIDENT_CARD,
    RESIDENT_CARD,
    TAIWAN_PERMIT,
)
from ingestion.removal.minors import minor_condition, not_plainly_adults
from ingestion.removal.orders import Order
from ingestion.workbench import Bench
from warehouse.keys import Keys
from warehouse.pseudonyms import mark_pads, mark_sql

if TYPE_CHECKING:
    import pyarrow as pa

_TYPES = (RESIDENT_CARD, PASSPORT, TAIWAN_PERMIT, HONG_KONG_MACAO_PERMIT, PERMANENT_RESIDENT_CARD)


class RowFinder:
    """Finds rows of ``contract``'s deliveries. Use for many deliveries of one extract."""

    def __init__(self, bench: Bench, contract: Contract, orders: Sequence[Order], keys: Keys) -> None:
        self._connection, self._askers = bench.connection, bench.askers
        self._contract = contract
        concerned = [order for order in orders if order.concerns(contract)]
        self._persons = [one for order in concerned if order.subject == "person" for one in order.pseudonyms]
        self._records = [one for order in concerned if order.subject == "record" for one in order.marks]
        self._marks = [one for order in concerned for one in order.marks]
        self._pads = mark_pads(keys)

    @property
    def has_work(self) -> bool:
        return bool(self._persons or self._records or minor_condition(self._contract))

    def rows_of(self, raw: Path, quarantine: Path, period_end: dt.date) -> set[int]:
        """Row numbers in the file of what may not be held."""
        found = self._of_raw(raw) if raw.exists() else set()
        return found | (self._of_quarantine(quarantine, period_end) if quarantine.exists() else set())

    def records_of_minors(self, raw: Path) -> list[str]:
        """Marks of the records in ``raw`` that the rule for minors seals."""
        condition = minor_condition(self._contract)
        if not condition:
            return []
        rows = self._connection.execute(
            f"select distinct cast({self._record_mark()} as varchar) from read_parquet($raw) where {condition}",
            self._pads | {"raw": str(raw)},
        ).fetchall()
        return sorted(mark for (mark,) in rows)

    def _record_mark(self) -> str:
        column = self._contract.sealing.record
        return mark_sql(f"'record|{column}|' || \"{column}\"")

    def _of_raw(self, raw: Path) -> set[int]:
        conditions, given = [], {"raw": str(raw)}
        if self._persons:
            conditions.append("person_pseudonym in (select unnest($persons)::uuid)")
            given["persons"] = self._persons
        if self._records:
            conditions.append(f"{self._record_mark()} in (select unnest($records)::uuid)")
            given |= self._pads | {"records": self._records}
        if minor := minor_condition(self._contract):
            conditions.append(minor)
        if not conditions:
            return set()
        rows = self._connection.execute(
            f"select row_number from read_parquet($raw) where {' or '.join(conditions)}", given
        ).fetchall()
        return {number for (number,) in rows}

    def _of_quarantine(self, quarantine: Path, period_end: dt.date) -> set[int]:
        """A quarantined row has no pseudonym, so every cell is tried as a number of a person and of a record."""
        import pyarrow.parquet as pq

        rows = pq.read_table(quarantine, columns=["row_number", "cells"], partitioning=None)
        found = not_plainly_adults(self._connection, self._contract, rows)
        cells = self._cells(rows)
        wanted = self._marks
        if wanted:
            # Of a row that does not fit a file with refused columns no cell is kept, and none can be tried.
            found |= set(rows["row_number"].to_pylist()) - set(cells["row_number"].to_pylist())
        if wanted and cells.num_rows:
            messages = [self._person_messages(cells, kind, period_end) for kind in _TYPES] if self._persons else []
            if self._records:
                messages.append(self._record_messages(cells))
            found |= self._matching(cells["row_number"], messages, wanted)
        return found

    def _cells(self, rows: pa.Table) -> pa.Table:
        self._connection.register("quarantined_rows", rows)
        try:
            return self._connection.execute(
                "select row_number, unnest(map_values(cells)) as cell from quarantined_rows"
            ).to_arrow_table()
        finally:
            self._connection.unregister("quarantined_rows")

    def _person_messages(self, cells: pa.Table, kind: str, period_end: dt.date) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = cells["cell"].combine_chunks()
        with self._askers.lent() as asker:
            judged = judge_numbers(asker, texts, pa.array([kind] * len(texts), pa.string()), None, period_end)
        parts = [judged[name].combine_chunks().cast(pa.string()) for name in ("number_type", "number")]
        return pc.binary_join_element_wise(*parts, "|")

    def _record_messages(self, cells: pa.Table) -> pa.Array:
        import pyarrow.compute as pc

        trimmed = pc.utf8_trim_whitespace(cells["cell"].combine_chunks())
        return pc.binary_join_element_wise("record", self._contract.sealing.record, trimmed, "|")

    def _matching(self, row_numbers: pa.ChunkedArray, messages: list[pa.Array], wanted: list[str]) -> set[int]:
        import pyarrow as pa

        found: set[int] = set()
        for column in messages:
            self._connection.register("cell_messages", pa.table({"row_number": row_numbers, "message": column}))
            try:
                rows = self._connection.execute(
                    f"select distinct row_number from cell_messages where message is not null "
                    f"and {mark_sql('message')} in (select unnest($wanted)::uuid)",
                    self._pads | {"wanted": wanted},
                ).fetchall()
            finally:
                self._connection.unregister("cell_messages")
            found |= {number for (number,) in rows}
        return found
