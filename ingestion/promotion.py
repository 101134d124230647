"""The files of one delivery: raw, vault and quarantine, written batch by batch and shown only when all are whole.

Belongs here: how they are written. Does not belong here: what is in them (``parsing``) or the ledger.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ingestion import archive
from ingestion.archive import private_folder
from ingestion.comparison import StoredRows
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import Registry
from ingestion.identity.encryption import VaultCipher
from ingestion.parsing.batches import DividedBatch
from ingestion.schema import arrow_schema, raw_columns
from warehouse.files import PART, UNFINISHED, AtomicFiles, atomic_path, own_unfinished
from warehouse.layout import Layout

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

#: Of this many rows, more than half the values differ in a column that a dictionary would not make smaller.
_SAMPLE_ROWS = 2000
_ROW_GROUP_ROWS = 1 << 18
#: The quarter under which an extract's columns are declared when it has no delivery yet.
NO_QUARTER = "none"
COLUMNS_FILE = "columns.parquet"


def parquet_writer(path: Path, sample: pa.Table, **options: Any) -> pq.ParquetWriter:
    """A writer for tables like ``sample``; as ``rows_writer``."""
    coded = [name for name in sample.column_names if _repeats(sample[name].slice(0, _SAMPLE_ROWS))]
    return rows_writer(path, sample.schema, coded, **options)


def rows_writer(path: Path, schema: pa.Schema, coded: list[str], **options: Any) -> pq.ParquetWriter:
    """A writer that makes a dictionary of the columns ``coded``. Its bytes depend on the rows alone, unless ``options``
    have them encrypted; every page has a checksum."""
    import pyarrow.parquet as pq

    counted = [field.name for field in schema if _is_counted(field.type) and field.name not in coded]
    return pq.ParquetWriter(
        path,
        schema,
        # A fifth less time than the fastest zstd; that numbers are kept as differences makes up for half of the size.
        compression="snappy",
        use_dictionary=coded,
        column_encoding=dict.fromkeys(counted, "DELTA_BINARY_PACKED"),
        write_page_checksum=True,
        store_schema=False,
        **options,
    )


def _repeats(column: pa.ChunkedArray) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        return True
    if pa.types.is_nested(column.type) or isinstance(column.type, pa.BaseExtensionType):
        return False
    return 2 * pc.count_distinct(column).as_py() <= len(column)


def _is_counted(kind: pa.DataType) -> bool:
    """Whether values of the type are whole numbers to Parquet, as rows and days are."""
    import pyarrow as pa

    return pa.types.is_integer(kind) or pa.types.is_temporal(kind)


def _like(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """``rows`` with text as a dictionary where the file's first rows had it so, and plain where they had not."""
    import pyarrow as pa

    for place, (field, wanted) in enumerate(zip(rows.schema, schema, strict=True)):
        if field.type != wanted.type:
            column = rows.column(place)
            as_wanted = column.dictionary_encode() if pa.types.is_dictionary(wanted.type) else column.cast(wanted.type)
            rows = rows.set_column(place, wanted, as_wanted)
    return rows


class DeliveryFiles(AbstractContextManager):
    """Writes a delivery's three files. They appear together on a clean exit or when they are shown, and not at all on
    an error; what an earlier, broken run left of the delivery is replaced."""

    def __init__(self, layout: Layout, contract: Contract, quarter: str, delivery_id: str, cipher: VaultCipher) -> None:
        name = f"{delivery_id}.parquet"
        inside = Path(contract.department) / contract.name / f"quarter={quarter}" / name
        self.raw_path = layout.raw / inside
        self._paths = {"raw": self.raw_path, "vault": layout.vault / inside, "quarantine": layout.quarantine / inside}
        self._zones = {"vault": layout.vault, "quarantine": layout.quarantine}
        self._cipher = cipher
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._files = AtomicFiles(PART)
        self._unfinished: dict[str, Path] = {}
        self._pool: ThreadPoolExecutor | None = ThreadPoolExecutor(max_workers=1, thread_name_prefix="vault")
        self._pending: list[Future] = []

    def write(self, batch: DividedBatch) -> None:
        """Write a batch; the vault's part in a thread of its own."""
        self._settle()
        if batch.vault is not None:
            self._open("vault", batch.vault)
            self._pending.append(self._pool.submit(self._append, "vault", batch.vault))
        self.write_quarantined(batch.quarantined)
        self._open("raw", batch.raw)
        self._append("raw", batch.raw)

    def write_quarantined(self, rows: pa.Table) -> None:
        if rows.num_rows:
            self._open("quarantine", rows)
            self._append("quarantine", rows)

    def _append(self, zone: str, rows: pa.Table) -> None:
        writer = self._writers[zone]
        writer.write_table(_like(rows, writer.schema), row_group_size=_ROW_GROUP_ROWS)

    def _open(self, zone: str, first: pa.Table) -> None:
        if zone in self._writers:
            return
        target = self._paths[zone]
        if zone in self._zones:
            private_folder(target.parent, self._zones[zone])
        unfinished = self._unfinished[zone] = self._files.path_for(target)
        options = self._cipher.writer_options(target) if zone == "vault" else {}
        self._writers[zone] = parquet_writer(unfinished, first, **options)
        if zone in self._zones:
            os.chmod(unfinished, 0o600)

    @property
    def unfinished_raw(self) -> Path:
        """The raw file under its temporary name."""
        return self._unfinished["raw"]

    def _settle(self) -> None:
        while self._pending:
            self._pending.pop().result()

    def finish(self) -> StoredRows | None:
        """Close the files, still under their temporary names, and say where the accepted rows can be read.

        Another process may then show or drop them.
        """
        try:
            if self._pool:
                self._pool.shutdown(wait=True)
            self._settle()
        finally:
            self._pool = None
            while self._writers:
                self._writers.popitem()[1].close()
        raw = self._unfinished.get("raw")
        return StoredRows(raw, self._unfinished.get("vault")) if raw else None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.show()
        else:
            self.drop()

    def show(self) -> None:
        """Give the files their names, which readers know. Raises what stands in the way, and then they are gone."""
        try:
            self.finish()
            for zone, path in self._paths.items():
                if zone not in self._unfinished:
                    path.unlink(missing_ok=True)
        except BaseException:
            self._files.drop()
            raise
        self._files.show()

    def drop(self) -> None:
        """Remove what was written."""
        try:
            with suppress(Exception):
                self.finish()
        finally:
            self._files.drop()


def declare_columns(layout: Layout, registry: Registry, contract: Contract) -> Path:
    """Write a raw file without rows, so that dbt finds the extract's columns even before its first delivery.

    It is rewritten only when the contract's columns have changed.
    """
    import pyarrow.parquet as pq

    path = layout.raw_folder(contract.department, contract.name, NO_QUARTER) / COLUMNS_FILE
    schema = arrow_schema(raw_columns(registry, contract))
    if path.exists() and pq.read_schema(path).names == schema.names:
        return path
    empty = schema.empty_table()
    with atomic_path(path) as unfinished, parquet_writer(unfinished, empty) as writer:
        writer.write_table(empty)
    return path


def remove_leftovers(layout: Layout, contract: Contract, accepted: set[str]) -> None:
    """Remove what a broken run left of an extract: half files, and files of deliveries that the ledger does not know.

    What this process, or one that works for it, has not finished is kept: it may have been read ahead of its turn.
    """
    own = own_unfinished()
    for zone in (layout.raw, layout.vault, layout.quarantine):
        for path in (zone / contract.department / contract.name).glob("quarter=*/*"):
            if path.stem not in accepted and path.name != COLUMNS_FILE and not path.name.startswith(own):
                path.unlink()
    for path in layout.ledger.glob(f"*/{UNFINISHED}*{contract.extract}-*"):
        path.unlink()
    archive.remove_unfinished(layout)
