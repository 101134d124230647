"""A bench for judging files of which nothing is kept.

Belongs here: judging without keys and without a disk. Does not belong here: what is judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingestion.prepared import Askers

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@dataclass(frozen=True)
class KeylessBench:
    """A bench that gives rows no pseudonym: nothing of a checked file is kept, so nobody need be named."""

    connection: Any
    askers: Askers
    temporary_folder: None = None

    @property
    def pseudonyms(self) -> KeylessBench:
        return self

    def of(self, connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> pa.ChunkedArray:
        import pyarrow as pa

        empty = pa.nulls(rows.num_rows, pa.binary(16))
        return pa.chunked_array([pa.ExtensionArray.from_storage(pa.uuid(), empty)])


@contextmanager
def keyless_bench() -> Iterator[KeylessBench]:
    """A database in memory that spills nowhere: the checked rows must not come to lie on a disk.

    It holds one batch at a time; of the batches before only digests of their keys are kept, and put aside if need be.
    """
    import duckdb

    with duckdb.connect(config={"temp_directory": "", "preserve_insertion_order": True}) as connection:
        connection.execute("SET arrow_lossless_conversion = true")
        with closing(Askers(connection)) as askers:
            yield KeylessBench(connection, askers)
