"""What a department is told of a delivery: the verdict, the account of its rows, and each row to put right.

Belongs here: the content of a reply, drawn from the ledger, the quarantine, raw and, of
refused files, the archive. Does not belong here: laying it out
(``reply_workbook``), or when replies are written (``replies``).
"""

from __future__ import annotations

from dataclasses import dataclass

from ingestion.answers.findings import NUMBER_QUALITIES, unusable_numbers
from ingestion.answers.header_fates import SentHeader
from ingestion.answers.quarantined import RefusedRow, rows_of, some_of_every_reason
from ingestion.answers.refused_files import header_to_mend, rows_to_mend
from ingestion.contracts.registry import registry
from ingestion.ledger import Delivery, current_deliveries
from warehouse.layout import Layout
from warehouse.quarters import Quarter

#: Rows of a kind that a reply lists; the others are counted. Nobody mends more by hand than these show how to.
LISTED_ROWS = 200
_ROWS_OF_A_READING = 1 << 16


@dataclass(frozen=True)
class Reply:
    """Everything that a reply says.

    ``previous`` is the delivery to compare with: the one that this supersedes, else that of the period before.
    ``rows`` are at most LISTED_ROWS of the ``row_count`` that are not accepted, some of every reason. ``number_rows``
    are accepted rows whose document number names nobody, with its quality, at most LISTED_ROWS. ``header`` is set for a
    file that was refused for its header.
    """

    delivery: Delivery
    previous: Delivery | None
    rows: tuple[RefusedRow, ...] = ()
    row_count: int = 0
    number_rows: tuple[tuple[int, str], ...] = ()
    header: SentHeader | None = None


def reply_to(layout: Layout, delivery: Delivery, records: list[Delivery]) -> Reply:
    """The reply to ``delivery``; ``records`` are the ledger's of its extract.

    Raises OSError when what the ledger names cannot be read.
    """
    previous = delivery_before(delivery, records)
    contract = registry().contracts.get(delivery.extract)
    if delivery.verdict == "refused" and contract:
        rows, row_count = rows_to_mend(layout, delivery, contract, LISTED_ROWS)
        return Reply(delivery, previous, rows, row_count, header=header_to_mend(layout, delivery, contract))
    if delivery.verdict != "accepted":
        return Reply(delivery, previous)
    rows = _refused_rows(layout, delivery)
    return Reply(delivery, previous, rows, delivery.rows_quarantined_count, _number_rows(layout, delivery))


def delivery_before(delivery: Delivery, records: list[Delivery]) -> Delivery | None:
    """The accepted delivery that ``delivery`` is compared with, as known in its round."""
    known = [
        record
        for record in records
        if record.verdict == "accepted"
        and record.extract == delivery.extract
        and record.record_id != delivery.record_id
        and Quarter.parse(record.round) <= Quarter.parse(delivery.round)
    ]
    if delivery.supersedes:
        return next((record for record in known if record.delivery_id == delivery.supersedes), None)
    in_force = current_deliveries(
        [record for record in records if record.extract == delivery.extract], Quarter.parse(delivery.round)
    )
    earlier = [record for record in in_force.values() if record.period < delivery.period]
    return max(earlier, key=lambda record: record.period, default=None)


def _refused_rows(layout: Layout, delivery: Delivery) -> tuple[RefusedRow, ...]:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not delivery.rows_quarantined_count:
        return ()
    name = delivery.extract.split(".")[1]
    path = layout.quarantine_folder(delivery.department, name, delivery.quarter) / f"{delivery.delivery_id}.parquet"
    chosen = None
    if delivery.rows_quarantined_count > LISTED_ROWS:
        reasons = pq.read_table(path, columns=["row_number", "reasons"], partitioning=None)
        chosen = some_of_every_reason(reasons, LISTED_ROWS)
    found: list[RefusedRow] = []
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        for batch in file.iter_batches(_ROWS_OF_A_READING, columns=["row_number", "reasons", "cells"]):
            found += rows_of(batch if chosen is None else batch.filter(pc.is_in(batch["row_number"], chosen)))
    return tuple(sorted(found, key=lambda row: row.row_number))


def _number_rows(layout: Layout, delivery: Delivery) -> tuple[tuple[int, str], ...]:
    """The first accepted rows whose number names nobody. The file is read only as far as they go."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not unusable_count(delivery):
        return ()
    found: list[tuple[int, str]] = []
    with pq.ParquetFile(layout.home / delivery.raw_path, page_checksum_verification=True) as file:
        for batch in file.iter_batches(_ROWS_OF_A_READING, columns=["row_number", "identity_quality_code"]):
            rows = unusable_numbers(pa.Table.from_batches([batch]))
            found += zip(rows["row_number"].to_pylist(), rows["identity_quality_code"].to_pylist(), strict=True)
            if len(found) >= LISTED_ROWS:
                break
    return tuple(found[:LISTED_ROWS])


def unusable_count(delivery: Delivery) -> int:
    """Accepted rows whose document number names nobody."""
    return sum(delivery.identity_quality.get(quality, 0) for quality in NUMBER_QUALITIES)
