"""Databases in memory that may see identifiers: what does not fit is spilled inside the vault, or nowhere.

Where the vault is encrypted, a spilled block must be too. DuckDB 1.5 encrypts temporary files only with its extension
httpfs at hand; without it nothing is spilled, and what does not fit into memory is an error.

Belongs here: opening such a connection. Does not belong here: what is asked of it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.archive import private_folder
from ingestion.identity.encryption import VaultCipher
from warehouse.files import UNFINISHED
from warehouse.memory import half_of_memory
from warehouse.processes import writer_id

if TYPE_CHECKING:
    import duckdb


#: A whole population at once: a city of five million needs about 5 GB, and past the limit blocks go to the disk, which
#: costs a multiple. A district takes what it needs, about 1 GB.
_POPULATION_GIGABYTES = 8


def population_memory() -> str:
    """Memory for work over a whole population, as DuckDB reads it: at most half of the machine's."""
    return half_of_memory(_POPULATION_GIGABYTES)


@contextmanager
def private_connection(cipher: VaultCipher, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own. ``memory_limit`` holds where blocks can be spilled; else DuckDB's, most of the memory.

    What a killed process has left is removed: one process writes at a time.
    """
    import duckdb

    private_folder(cipher.vault, cipher.vault)
    own = f"{UNFINISHED}spill-{writer_id()}-"
    for left in cipher.vault.glob(f"{UNFINISHED}spill-*"):
        if not left.name.startswith(own):
            shutil.rmtree(left, ignore_errors=True)
    spill = Path(tempfile.mkdtemp(prefix=own, dir=cipher.vault))
    try:
        with duckdb.connect(config={"temp_directory": "", "preserve_insertion_order": True}) as connection:
            if cipher.key is None or _encrypts_what_it_spills(connection):
                connection.execute("SET temp_directory = $folder", {"folder": str(spill)})
                connection.execute("SET memory_limit = $limit", {"limit": memory_limit})
            connection.execute("SET arrow_lossless_conversion = true")
            connection.execute("SET enable_progress_bar = false")
            yield connection
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _encrypts_what_it_spills(connection: duckdb.DuckDBPyConnection) -> bool:
    import duckdb

    try:
        connection.execute("LOAD httpfs")
    except duckdb.Error:
        return False
    connection.execute("SET temp_file_encryption = true")
    return True
