"""What intakes of one process share: a database connection in memory and the pseudonyms already made.

Belongs here: opening and closing them. Does not belong here: any rule.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from ingestion.identity.pseudonyms import KnownPseudonyms, Pseudonyms
from ingestion.identity.spilling import private_connection
from ingestion.identity.vault import open_vault
from ingestion.prepared import Askers
from warehouse.keys import Keys
from warehouse.layout import Layout

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class Pseudonymiser(Protocol):
    """Gives each row of persons its pseudonym."""

    def of(self, connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> pa.ExtensionArray: ...


class Bench(Protocol):
    """What reading a file works with, whether or not its rows are kept.

    askers: ask statements of batches in the connection's database, file after file.
    temporary_folder: where the digests of a large file's keys are put aside; None for the machine's own.
    """

    connection: duckdb.DuckDBPyConnection
    askers: Askers
    pseudonyms: Pseudonymiser
    temporary_folder: Path | None


class Workbench:
    """Use as a context manager. Raises CannotEncrypt when the vault is not as it should be, before anything is read.

    ``known`` are pseudonyms under the same keys that other benches have made.
    """

    def __init__(
        self, layout: Layout, keys: Keys, memory_limit: str = "1GB", known: KnownPseudonyms | None = None
    ) -> None:
        self.key_id = keys.key_id
        self.temporary_folder: Path | None = layout.vault
        self.vault = open_vault(layout, keys, "intake: compare a delivery with the one before")
        self._closing = ExitStack()
        self.connection = self._closing.enter_context(private_connection(self.vault.cipher, memory_limit))
        # Batches and extracts run beside one another already; a second thread inside a statement would wait for them,
        # and the one that asks would wait for it by asking again and again.
        self.connection.execute("SET threads = 1")
        self.askers = Askers(self.connection)
        self._closing.callback(self.askers.close)
        self.pseudonyms = Pseudonyms(keys, known)

    def __enter__(self) -> Workbench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()
