"""A batch of text rows, parsed and divided: accepted rows for raw and the vault, the others for quarantine.

Belongs here: putting the statement, the pseudonyms and the key rule together. Does not belong here: files.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.discovery import period_days
from ingestion.identity.numbers import QUALITY_CODES
from ingestion.parsing.cells import OPEN_END, code_values
from ingestion.parsing.columns import ParsedColumn, is_valued, parse_columns
from ingestion.parsing.duplicates import KeysSeen
from ingestion.parsing.kinds import KINDS, row_kinds
from ingestion.parsing.persons import person_columns
from ingestion.parsing.quarantine import quarantined_rows
from ingestion.parsing.statement import Plan, plan
from ingestion.prepared import Asker
from ingestion.readers.rows import SentRows
from ingestion.schema import StoredColumn, arrow_schema, raw_columns, vault_columns
from ingestion.workbench import Bench

if TYPE_CHECKING:
    import pyarrow as pa

_PSEUDONYM = "person_pseudonym"
#: Rows of a chunk of what is parsed. Later queries over it run in parallel only over several chunks.
_CHUNK_ROWS = 1 << 14


@dataclass(frozen=True)
class DividedBatch:
    """What becomes of a batch. ``quarantined`` has ``row_number, reasons, cells``."""

    raw: pa.Table
    vault: pa.Table | None
    quarantined: pa.Table
    accounted: Counter[str]
    outside_period_count: int


class BatchParser:
    """Parses and divides the batches of one delivery."""

    def __init__(self, contract: Contract, delivery_id: str, period: str, sent: SentRows, bench: Bench) -> None:
        self._contract = contract
        self._delivery_id = delivery_id
        self._bench = bench
        self._headers = sent.header.sent
        self.plan: Plan = plan(contract.extract, tuple(sent.header.loaded))
        start, self._period_end = period_days(period)
        given = {"period_start": start, "period_end": self._period_end}
        self._days = {name: value for name, value in given.items() if f"${name}" in self.plan.sql}
        self._keys = KeysSeen(bench.askers, bench.temporary_folder)
        number = contract.person.number if contract.person else None
        # Of two rows without a usable number nobody knows whether they are about one person: `number` is NULL there.
        self._key_sources = ["row_number", *("number" if name == number else name for name in contract.key)]
        declared = registry()
        self._fields = declared.fields
        self._loaded = list(sent.header.loaded)
        self._sent_sources = [
            name
            for name in sent.header.loaded
            if declared.fields[name].sensitivity == "direct" and declared.fields[name].type != "date"
        ]
        self._raw_columns = raw_columns(declared, contract)
        self._vault_columns = vault_columns(declared, contract)
        self._codes = {
            name: code_values(declared.code_lists[declared.fields[name].codes])
            for name in contract.columns
            if declared.fields[name].codes
        }

    def parse(self, sent: pa.Table) -> pa.Table:
        """The values of the batch's rows under their columns' names, with their ``row_number``, ``defects``, ``kind``
        (place in KINDS, NULL for data), ``person_columns`` and ``person_pseudonym``, in order.

        May run beside another batch's, in a thread of its own.
        """
        with self._bench.askers.lent() as asker:
            columns = parse_columns(asker, self.plan.parsed, sent)
            parsed = asker.ask(self.plan.sql, "columns", _side_by_side(columns), self._days, _CHUNK_ROWS)
            parsed = parsed.append_column("kind", self._kinds(asker, sent, parsed["defects"]))
            if self._contract.person:
                persons = person_columns(asker, self._contract, sent, columns, self._period_end)
        if self._contract.person:
            for name in persons.column_names:
                parsed = parsed.append_column(name, persons[name])
            with closing(self._bench.connection.cursor()) as cursor:
                parsed = parsed.append_column(_PSEUDONYM, self._bench.pseudonyms.of(cursor, persons))
        parsed = parsed.append_column("row_number", sent["row_number"])
        for name, column in columns.items():
            if is_valued(self._fields[name]):
                parsed = parsed.append_column(name, self._value(name, column.values))
        return parsed

    def _kinds(self, asker: Asker, sent: pa.Table, defects: pa.ChunkedArray) -> pa.Array:
        """The place in KINDS of each row, NULL for data."""
        import pyarrow as pa
        import pyarrow.compute as pc

        defective = pc.indices_nonzero(defects)
        if not len(defective):
            return pa.nulls(len(defects), pa.uint8())
        kinds = row_kinds(asker, self._contract, sent.select(self._loaded).take(defective))
        return _scattered(kinds, defective, len(defects))

    def _value(self, name: str, values: pa.Array) -> pa.Array:
        """A column's values as they are stored."""
        import pyarrow as pa
        import pyarrow.compute as pc

        if self._fields[name].type == "boolean":
            return values.cast(pa.bool_())
        if self._fields[name].open_end == "empty":
            end = pa.scalar(date.fromisoformat(OPEN_END), pa.date32())
            return pc.if_else(pc.equal(values, end), pa.scalar(None, pa.date32()), values)
        return values

    def divide(self, sent: pa.Table, parsed: pa.Table) -> DividedBatch:
        """Batches are divided in their order in the file."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kinds = parsed["kind"]
        accounted = Counter(
            {KINDS[pair["values"]]: pair["counts"] for pair in pc.value_counts(kinds.drop_null()).to_pylist()}
        )
        is_data = pc.is_null(kinds)
        defects = parsed["defects"]
        outside = pc.not_equal(pc.bit_wise_and(defects, pa.scalar(self.plan.outside_period_mask, pa.int64())), 0)
        outside_count = pc.sum(pc.and_(is_data, outside)).as_py() or 0
        accepted = pc.and_(is_data, pc.equal(defects, 0))
        repeated = self._keys.repeated(_filtered(accepted, parsed.select(self._key_sources)))
        if repeated:
            again = pc.is_in(parsed["row_number"], pa.array(repeated, pa.int32()))
            accepted = pc.and_not(accepted, again)
            bit = pa.scalar(1 << (len(self.plan.places) - 1), pa.int64())
            defects = pc.bit_wise_or(defects, pc.if_else(again, bit, pa.scalar(0, pa.int64())))
        rejected = pc.and_not(is_data, accepted)
        kept = _filtered(accepted, parsed.drop_columns(["kind", "defects"]))
        kept_sent = _filtered(accepted, sent.select(self._sent_sources)) if self._sent_sources else sent
        return DividedBatch(
            raw=self._stored(self._raw_columns, kept, kept_sent),
            vault=self._stored(self._vault_columns, kept, kept_sent) if self._vault_columns else None,
            quarantined=quarantined_rows(
                self._delivery_id,
                sent.filter(rejected),
                defects.filter(rejected),
                self.plan.places,
                self._headers,
            ),
            accounted=accounted,
            outside_period_count=outside_count,
        )

    def _stored(self, columns: list[StoredColumn], kept: pa.Table, kept_sent: pa.Table) -> pa.Table:
        import pyarrow as pa

        schema = arrow_schema(columns)
        arrays = [self._array(field, kept, kept_sent) for field in schema]
        return pa.table(arrays, names=schema.names)

    def _array(self, field: pa.Field, kept: pa.Table, kept_sent: pa.Table) -> pa.Array | pa.ChunkedArray:
        import pyarrow as pa

        person = self._contract.person
        match field.name:
            case "delivery_id":
                return pa.DictionaryArray.from_arrays(_zeros(kept.num_rows), pa.array([self._delivery_id]))
            case "identity_quality_code":
                return _decoded(kept["number_quality"], list(QUALITY_CODES))
            case "document_number_as_sent":
                return _sent_or_null(kept_sent[person.number])
            case "document_number" if person:
                return kept["number"]
            case "document_type_code" if person and "document_type_code" not in self._contract.columns:
                return kept["number_type"]
            case name if name in self._codes and name in kept.column_names:
                return _decoded(kept[name], self._codes[name])
            case name if name in kept.column_names:
                return kept[name]
            case name if name in kept_sent.column_names:
                return _sent_or_null(kept_sent[name])
        return pa.nulls(kept.num_rows, field.type)


def _side_by_side(columns: dict[str, ParsedColumn]) -> pa.Table:
    import pyarrow as pa

    values = {f"value_{name}": column.values for name, column in columns.items()}
    return pa.table(values | {f"absent_{name}": column.absent for name, column in columns.items()})


def _filtered(mask: Any, table: pa.Table) -> pa.Table:
    import pyarrow.compute as pc

    return table if pc.all(mask).as_py() else table.filter(mask)


def _scattered(values: pa.ChunkedArray, places: pa.Array, count: int) -> pa.Array:
    """``values`` at their ``places`` among ``count``, NULL elsewhere."""
    import numpy as np
    import pyarrow as pa

    found = np.zeros(count, dtype=np.uint8)
    is_null = np.ones(count, dtype=bool)
    found[places.to_numpy()] = values.fill_null(0).to_numpy()
    is_null[places.to_numpy()] = values.is_null().to_numpy()
    return pa.array(found, pa.uint8(), mask=is_null)


def _zeros(count: int) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    return pa.array(np.zeros(count, dtype=np.int8))


def _decoded(index: pa.ChunkedArray, words: list[str]) -> pa.ChunkedArray:
    """Places in ``words`` as a dictionary column, which Parquet stores and reads as text."""
    import pyarrow as pa

    dictionary = pa.array(words, pa.string())
    chunks = [pa.DictionaryArray.from_arrays(chunk, dictionary) for chunk in index.chunks]
    return pa.chunked_array(chunks, pa.dictionary(pa.uint8(), pa.string()))


def _sent_or_null(text: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
