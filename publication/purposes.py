"""Pseudonyms of the purposes for which persons are released.

A purpose's pseudonym is one block of AES-256 of the person, under the key of the purpose, as a UUID: no two persons
share one, and nobody joins two purposes without both keys. They are made anew for every release, a column at a time, in
memory; no file ever joins them to the persons.

Belongs here: making them, and the database in memory that has them. Does not belong here: which tables they stand in
(``analysts``), or the cipher (``warehouse.pseudonyms``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from warehouse.files import UNFINISHED
from warehouse.layout import Layout
from warehouse.memory import half_of_memory
from warehouse.pseudonyms import pseudonyms_of_persons
from warehouse.threads import statement_threads

if TYPE_CHECKING:
    import duckdb

#: The purposes for which persons are released; each is a schema of the analysts' database.
PERSON_PURPOSES = ("population", "special_groups")
#: How they are made. A release says so: whoever takes persons out of it must make the same.
SCHEME = "aes-256"
#: Persons are sorted beside scoring and the reading of files; a city of five million needs about so much.
_MOST_GIGABYTES = 8


@contextmanager
def database_in_memory(layout: Layout) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to an empty database; what does not fit into memory is spilled beside the build database."""
    import duckdb

    spill = layout.build_database.parent / f"{UNFINISHED}spill-purposes"
    limit = half_of_memory(_MOST_GIGABYTES)
    config = {"temp_directory": str(spill), "memory_limit": limit, "threads": statement_threads()}
    with duckdb.connect(config=config) as connection:
        # UUIDs leave it as 16 bytes and not as text.
        connection.execute("set arrow_lossless_conversion = true")
        yield connection


def pseudonym_table(purpose: str) -> str:
    return f"memory.main.pseudonyms_{purpose}"


def make_pseudonyms(connection: duckdb.DuckDBPyConnection, purpose: str, key: bytes, relations: Sequence[str]) -> None:
    """Create ``pseudonym_table(purpose)``, columns person_id and pseudonym: one row for everyone in ``relations``. One
    alone must have everyone once."""
    everyone = " union ".join(f"select person_id from {name} where person_id is not null" for name in relations)
    persons = connection.execute(everyone).to_arrow_table()
    made = persons.append_column("pseudonym", pseudonyms_of_persons(persons["person_id"], key))
    connection.register("made", made)
    connection.execute(f"create table {pseudonym_table(purpose)} as select * from made")
    connection.unregister("made")
