"""Rows whose key has come before in the same file. The first one stays, the others are quarantined.

Keys are compared by digests under a salt that lives as long as the process, so that what is put on a disk of a large
file says nothing of anyone. Two different keys of a city's file have the same 128 bits once in 10^23 files.

Belongs here: the rule between rows. Does not belong here: rules within a row (``statement``), where the digests are
kept (``digests``).
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion.parsing.digests import Digests, SeenDigests
from ingestion.prepared import Askers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

#: One for all deliveries, so that the statement with which it digests their keys is planned once.
_SALT = secrets.token_hex(16)


class KeysSeen:
    """The keys of one delivery, batch by batch. ``folder`` is where the digests of a large one are put aside; None for
    the machine's own folder for temporary files."""

    def __init__(self, askers: Askers, folder: Path | None = None) -> None:
        self._askers = askers
        self._seen = SeenDigests(folder)

    def repeated(self, keys: pa.Table) -> list[int]:
        """Row numbers whose key has come before, in order.

        ``keys`` has ``row_number`` and the key's columns. A row with a NULL in its key is never a repetition: nothing
        tells what it would repeat.
        """
        numbers, digests = self._digests(keys)
        order = digests.order()
        numbers, digests = numbers[order], digests.take(order)
        is_repeated = digests.follow_their_like() | self._seen.contain(digests)
        self._seen.add(digests.take(~is_repeated))
        return sorted(numbers[is_repeated].tolist())

    def _digests(self, keys: pa.Table) -> tuple[np.ndarray, Digests]:
        """Row numbers and digests of the keys that are complete, in the order of ``keys``."""
        import numpy as np

        names = [f'CAST("{name}" AS VARCHAR)' for name in keys.column_names if name != "row_number"]
        complete = " AND ".join(f"{name} IS NOT NULL" for name in names)
        # With its length in front of each, no two keys are the same text.
        text = names[0] if len(names) == 1 else " || ".join(f"strlen({name}) || ':' || {name}" for name in names)
        sql = f"SELECT row_number, md5_number('{_SALT}' || {text}) AS digest FROM batch_keys WHERE {complete}"
        with self._askers.lent() as asker:
            found = asker.ask(sql, "batch_keys", keys)
        column = found["digest"].combine_chunks().storage
        bits = np.frombuffer(column.buffers()[1], np.uint64)[2 * column.offset : 2 * (column.offset + len(column))]
        return found["row_number"].to_numpy(), Digests(bits[0::2], bits[1::2])
