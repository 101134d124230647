"""The pseudonyms of rows. Numbers that have been seen in this process are looked up, not hashed again: the same
residents come in half a dozen extracts a quarter.

Belongs here: which rows are hashed. Does not belong here: how (``warehouse.pseudonyms``), or which number a pseudonym
is made from (``numbers``).
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from warehouse.keys import Keys
from warehouse.pseudonyms import mark_pads, mark_sql, pseudonyms_of_marks

if TYPE_CHECKING:
    import duckdb
    import numpy as np
    import pyarrow as pa

#: Beyond this many numbers the memory of known ones begins anew, so that it stays flat (24 bytes each).
_KNOWN_LIMIT = 2_000_000
_BYTES = 16


class KnownPseudonyms:
    """Pseudonyms already made under one key, by the first 17 digits of the resident number, from which its check
    character and type follow. Threads may share it."""

    def __init__(self) -> None:
        import numpy as np

        self._lock = Lock()
        self._known = np.empty(0, np.int64), np.empty(0, f"V{_BYTES}")

    def look_up(self, bodies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of ``bodies`` (int64) are known, and the pseudonyms of those, in order."""
        import numpy as np

        known, pseudonyms = self._known
        if not len(known):
            return np.zeros(len(bodies), bool), pseudonyms
        # In their order they are found in half the time: each begins where memory was read for the one before.
        order = np.argsort(bodies)
        places = np.empty(len(bodies), np.int64)
        places[order] = np.searchsorted(known, bodies[order])
        places[places == len(known)] = 0
        found = known[places] == bodies
        return found, pseudonyms[places[found]]

    def add(self, bodies: np.ndarray, pseudonyms: np.ndarray) -> None:
        import numpy as np

        with self._lock:
            known, names = self._known
            if len(known) > _KNOWN_LIMIT:
                known, names = known[:0], names[:0]
            new, first = np.unique(bodies, return_index=True)
            places = np.searchsorted(known, new)
            # Another thread may have met some of them since they were looked up.
            unmet = np.append(known, -1)[places] != new
            new, places = new[unmet], places[unmet]
            # Both at once, so that no thread sees the one without the other.
            self._known = np.insert(known, places, new), np.insert(names, places, pseudonyms[first][unmet])


class Pseudonyms:
    """Pseudonyms under one set of keys. ``known`` shares what others have made. Threads may share it."""

    def __init__(self, keys: Keys, known: KnownPseudonyms | None = None) -> None:
        self._keys, self._pads = keys, mark_pads(keys)
        self._known = known or KnownPseudonyms()

    def of(self, connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> pa.ExtensionArray:
        """The pseudonym of each row, in order; ``connection`` makes those that are not known.

        ``rows`` has ``number_type`` and ``number`` (NULL unless identified), ``number_body`` (the first
        17 digits of an identified resident number) and ``unidentified`` (the message of a row that is not identified).
        """
        import numpy as np
        import pyarrow as pa

        bodies = rows["number_body"].fill_null(-1).to_numpy()
        found, looked_up = self._known.look_up(bodies)
        unknown = np.flatnonzero(~found)
        pseudonyms = np.empty(len(bodies), f"V{_BYTES}")
        pseudonyms[found] = looked_up
        if len(unknown):
            made = self._make(connection, rows.select(["number_type", "number", "unidentified"]).take(unknown))
            pseudonyms[unknown] = made
            of_residents = bodies[unknown] >= 0
            self._known.add(bodies[unknown][of_residents], made[of_residents])
        stored = pa.FixedSizeBinaryArray.from_buffers(pa.binary(_BYTES), len(bodies), [None, pa.py_buffer(pseudonyms)])
        return pa.ExtensionArray.from_storage(pa.uuid(), stored)

    def _make(self, connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> np.ndarray:
        import numpy as np

        message = "CASE WHEN number IS NULL THEN unidentified ELSE number_type || '|' || number END"
        connection.register("rows_to_name", rows)
        try:
            marks = connection.execute(f"SELECT {mark_sql(message)} AS mark FROM rows_to_name", self._pads)
            made = pseudonyms_of_marks(marks.to_arrow_table()["mark"], self._keys)
        finally:
            connection.unregister("rows_to_name")
        return np.frombuffer(made.storage.buffers()[1], f"V{_BYTES}", len(made))
