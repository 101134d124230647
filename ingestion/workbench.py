"""What intakes of one process share: a database connection in memory and the pseudonyms already made.

Belongs here: opening and closing them. Does not belong here: any rule.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from ingestion.archive import private_folder
from ingestion.identity.pseudonyms import KnownPseudonyms, Pseudonyms
from warehouse.files import UNFINISHED
from warehouse.keys import Keys
from warehouse.layout import Layout

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class Pseudonymiser(Protocol):
    """Gives each row of persons its pseudonym."""

    def of(self, rows: pa.Table) -> pa.ChunkedArray: ...


class Bench(Protocol):
    """What reading a file works with, whether or not its rows are kept."""

    connection: duckdb.DuckDBPyConnection
    pseudonyms: Pseudonymiser


class Workbench:
    """Use as a context manager. What does not fit into memory is spilled inside the vault, which may hold it.

    ``known`` are pseudonyms under the same keys that other benches have made.
    """

    def __init__(
        self, layout: Layout, keys: Keys, memory_limit: str = "2GB", known: KnownPseudonyms | None = None
    ) -> None:
        import duckdb

        private_folder(layout.vault, layout.vault)
        own = f"{UNFINISHED}spill-{os.getpid()}-"
        for left in layout.vault.glob(f"{UNFINISHED}spill-*"):
            if not left.name.startswith(own):  # of a process that was killed: one process writes at a time
                shutil.rmtree(left, ignore_errors=True)
        self._spill = Path(tempfile.mkdtemp(prefix=own, dir=layout.vault))
        self.key_id = keys.key_id
        self.connection = duckdb.connect(
            config={"memory_limit": memory_limit, "temp_directory": str(self._spill), "preserve_insertion_order": True}
        )
        self.connection.execute("SET arrow_lossless_conversion = true")
        self.pseudonyms = Pseudonyms(self.connection, keys.by_purpose["identity"], known)

    def __enter__(self) -> Workbench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        shutil.rmtree(self._spill, ignore_errors=True)
