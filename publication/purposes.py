"""Pseudonyms of the purposes for which persons are released.

A purpose's pseudonym is the first 128 bits of HMAC-SHA-256(key of the purpose, person_id as text), as a UUID. Made once
for a person, it is kept in memory as long as somebody holds this open, since nearly the same persons come again with
the next quarter; no file ever joins it to the person.

Belongs here: making and keeping them. Does not belong here: which tables they stand in (``analysts``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from warehouse.files import UNFINISHED
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.memory import half_of_memory
from warehouse.pseudonyms import hmac_pads, hmac_sql

#: The purposes for which persons are released; each is a schema of the analysts' database.
PERSON_PURPOSES = ("population", "special_groups")
#: Persons are sorted beside scoring and the reading of files; a city of five million needs about so much.
_MOST_GIGABYTES = 8


class PurposePseudonyms:
    """A database in memory with the table ``pseudonyms_<purpose>(person_id, pseudonym)`` of each purpose.

    ``keys``: by purpose. ``spill``: a folder that may hold what does not fit into memory. Use as a context manager.
    """

    def __init__(self, keys: Mapping[str, bytes], spill: Path) -> None:
        import duckdb

        self._keys = keys
        limit = half_of_memory(_MOST_GIGABYTES)
        self.connection = duckdb.connect(config={"temp_directory": str(spill), "memory_limit": limit})
        for purpose in self._keys:
            self.connection.execute(f"create table {self.table(purpose)} (person_id uuid, pseudonym uuid)")

    @staticmethod
    def table(purpose: str) -> str:
        return f"memory.main.pseudonyms_{purpose}"

    def add(self, purpose: str, persons: str) -> None:
        """Make the pseudonyms of who has none yet. ``persons``: a relation with ``person_id``, as SQL."""
        # The key is bound, so that it stands in no statement's text.
        self.connection.execute(
            f"""
            insert into {self.table(purpose)}
            select person_id, {hmac_sql("person_id::varchar")}
            from (
                select distinct person_id from {persons} as source
                where person_id is not null
                and not exists (from {self.table(purpose)} as known where known.person_id = source.person_id)
            )
            """,
            hmac_pads(self._keys[purpose]),
        )

    def __enter__(self) -> PurposePseudonyms:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()


def purpose_pseudonyms(layout: Layout, keys: Keys) -> PurposePseudonyms:
    """Those of every purpose; what does not fit into memory is spilled beside the build database."""
    spill = layout.build_database.parent / f"{UNFINISHED}spill-purposes"
    return PurposePseudonyms({purpose: keys.by_purpose[purpose] for purpose in PERSON_PURPOSES}, spill)
