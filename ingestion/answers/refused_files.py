"""What the sender of a file that was refused whole has to mend, read once more from the archive.

Nothing of such a file is kept but its bytes, so its rows are judged again when the reply is written.

Belongs here: the rows and headers that led to the refusal. Does not belong here: rows of accepted files, which stand in
the quarantine (``reply``), or words.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ingestion.answers.findings import Findings
from ingestion.answers.header_fates import SentHeader, sent_header
from ingestion.answers.keyless import keyless_bench
from ingestion.answers.not_held import MinorsHeldBack
from ingestion.answers.quarantined import RefusedRow, rows_of, some_of_every_reason
from ingestion.archive import archived_path
from ingestion.contracts.models import Contract
from ingestion.discovery import Arrival, check_period
from ingestion.judging import judge
from ingestion.ledger import Delivery
from ingestion.reasons import FileRefused
from ingestion.removal.orders import written_orders
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import pyarrow as pa

    from ingestion.parsing.batches import DividedBatch

#: Refusals that follow from the rows.
_BY_ROWS = frozenset({"no_acceptable_row", "wrong_period"})


class _FirstOfEveryReason:
    """A judgement's receiver that keeps ``listed`` rows that are not accepted, and counts them all."""

    def __init__(self, listed: int) -> None:
        self._listed = listed
        self._kept: pa.Table | None = None
        self.row_count = 0

    def write(self, batch: DividedBatch) -> None:
        self.write_quarantined(batch.quarantined)

    def write_quarantined(self, rows: pa.Table) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        if not rows.num_rows:
            return
        self.row_count += rows.num_rows
        # Later rows of a reason have higher numbers, so what is let go now would not be chosen in the end either.
        kept = rows if self._kept is None else pa.concat_tables([self._kept, rows])
        self._kept = kept.filter(pc.is_in(kept["row_number"], some_of_every_reason(kept, self._listed)))

    def rows(self) -> tuple[RefusedRow, ...]:
        return () if self._kept is None else rows_of(self._kept)


def rows_to_mend(
    layout: Layout, delivery: Delivery, contract: Contract, listed: int
) -> tuple[tuple[RefusedRow, ...], int]:
    """The rows that are not accepted of a file that was refused for them, at most ``listed``, and how many there are.

    A row that would not be held is neither listed nor counted. Once an order concerns the extract, nobody can tell
    whether it is about such a row, and no cell is shown.
    """
    path = archived_path(layout, delivery.file_sha256)
    if delivery.reason_code not in _BY_ROWS or not path.exists():
        return (), 0
    found = _FirstOfEveryReason(listed)
    agreed = contract.as_of(delivery.quarter, delivery.round)
    # Why the file is refused stands in the ledger.
    with suppress(FileRefused), keyless_bench() as bench:
        check_period(Arrival(path, delivery.period, ""), contract, Quarter.parse(delivery.round))
        screen = MinorsHeldBack(bench.connection, agreed, Findings())
        judge(agreed, delivery.delivery_id, delivery.period, path, bench, found, screen=screen)
    rows = found.rows()
    if any(order.concerns(contract) for order in written_orders(layout)):
        rows = tuple(RefusedRow(row.row_number, row.places, ()) for row in rows)
    return rows, found.row_count


def header_to_mend(layout: Layout, delivery: Delivery, contract: Contract) -> SentHeader | None:
    """What became of the headers of a file that was refused for them."""
    path = archived_path(layout, delivery.file_sha256)
    if not path.exists():
        return None
    return sent_header(path, contract, contract.as_of(delivery.quarter, delivery.round), delivery.reason_code)
