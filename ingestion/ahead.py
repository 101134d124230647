"""A file of a coming round, read before its turn: all that reading it takes, and nothing that shows.

The round before may still be built and released, and must find ledger and zones as they would be without this: no
record is written, and the rows keep their temporary names. At its turn the file is taken in as any other; what was
read is used if everything that it was read by still holds, and dropped otherwise. A fault is not told here: it is met
again at the file's turn.

Belongs here: reading one file and whether that still holds. Does not belong here: when it is done, and beside what
(``orchestration.reading_ahead``), or taking in (``intake``).
"""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from ingestion import archive, ledger
from ingestion.archive import ArchivedFile, StillBeingWritten
from ingestion.contracts.models import Contract
from ingestion.deciding import already_done, placed, received
from ingestion.discovery import arrivals, check_period
from ingestion.ledger import Delivery
from ingestion.loading import Loaded, load
from ingestion.reasons import FileRefused
from ingestion.settling import is_finished
from ingestion.workbench import Workbench
from warehouse.files import reading
from warehouse.layout import Layout
from warehouse.quarters import Quarter


@dataclass
class FileAhead:
    """A landed file as it was copied and loaded in so many seconds, and what that rests on: the record that it was to
    get, and the extract's other ones. The copy has a temporary name in the archive, as its rows have in their zones."""

    landed: Path
    state: tuple[int, ...]
    copied: ArchivedFile
    wanted: Delivery
    records: list[Delivery]
    loaded: Loaded
    seconds: float

    def holds(self, wanted: Delivery, records: list[Delivery]) -> bool:
        """Whether reading the file now would come to the same."""
        return (wanted, records) == (self.wanted, self.records)

    def is_of(self, landed: Path) -> bool:
        """Whether ``landed`` is the file that was read, and unchanged."""
        return landed == self.landed and _state(landed) == self.state

    def drop(self) -> None:
        """Remove what is left of it, once it was used or is not to be."""
        self.loaded.files.drop()
        self.copied.path.unlink(missing_ok=True)


def read_ahead(
    layout: Layout, contract: Contract, round_quarter: Quarter, key_id: str, bench: Workbench
) -> FileAhead | None:
    """Read the first file of the extract in a coming round, or return None when it is nothing to be loaded.

    Later files may have to be compared with the first one, so they wait for their turn. Raises OSError when the file
    or a zone cannot be used.
    """
    started = time.monotonic()
    arrival = next(iter(arrivals(layout, contract, round_quarter)), None)
    records = ledger.list_records(layout, contract.extract)
    if (
        arrival is None
        or any(record.key_id not in (None, key_id) for record in records)
        or already_done(arrival, contract, round_quarter, records)
        or not is_finished(arrival.path)
    ):
        return None
    with ExitStack() as undoing, suppress(FileRefused, StillBeingWritten):
        state = _state(arrival.path)
        copied = archive.copy_in(layout, arrival.path)
        undoing.callback(copied.path.unlink, missing_ok=True)
        if archive.is_replaced(layout, copied.sha256):
            # Nothing of what may not be held is kept before a record says so.
            return None
        base = received(arrival, contract, round_quarter, records, copied)
        base = base.changed(quarter=str(check_period(arrival, contract, round_quarter)))
        wanted, manifest = placed(base, arrival, round_quarter, records)
        if wanted.verdict != "accepted":
            return None
        loaded = load(layout, wanted, contract, copied.path, records, manifest, bench)
        undoing.pop_all()
        return FileAhead(arrival.path, state, copied, wanted, records, loaded, time.monotonic() - started)
    return None


def _state(path: Path) -> tuple[int, ...]:
    """What differs when a file was written to or another one took its place, whatever times a transfer sets."""
    with reading():
        status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
