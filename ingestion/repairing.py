"""Raw files of accepted deliveries that are gone or damaged, made again from the archive before anyone reads them.

Parquet readers do not look at every checksum, so a flipped bit would be read as data. The sha256 that the ledger names
is compared for every file that a build reads; at about 1 GB/s that costs less than the reading itself.

Belongs here: noticing and making again. Does not belong here: reading a file (``loading``).
"""

from __future__ import annotations

from ingestion import ledger
from ingestion.archive import archived_path, rows_not_held
from ingestion.contracts.models import Contract
from ingestion.ledger import Delivery
from ingestion.loading import load_again
from ingestion.reasons import FileRefused
from ingestion.workbench import Workbench
from warehouse.files import sha256_file
from warehouse.layout import Layout


class DeliveryLost(RuntimeError):
    """A raw file is damaged and cannot be made again. The message says what is left and what to do."""


def repair_damaged(layout: Layout, contract: Contract, records: list[Delivery], bench: Workbench) -> list[Delivery]:
    """``records``, after every raw file of an accepted delivery was compared with the ledger and made again if it is
    not the one that was accepted. A superseded one counts too: a withdrawal may bring it back.

    The record of a restored delivery changes only if the contract has changed since. Raises DeliveryLost when the
    archive's copy is not what came, or the contract refuses it by now.
    """
    return [
        _restored(layout, contract, record, bench)
        if record.verdict == "accepted" and not _is_as_accepted(layout, record)
        else record
        for record in records
    ]


def _is_as_accepted(layout: Layout, record: Delivery) -> bool:
    path = layout.home / str(record.raw_path)
    return path.exists() and sha256_file(path) == record.raw_sha256


def _restored(layout: Layout, contract: Contract, record: Delivery, bench: Workbench) -> Delivery:
    kept = archived_path(layout, record.file_sha256)
    if not kept.exists() or sha256_file(kept) != kept.name:
        raise DeliveryLost(
            f"{record.delivery_id}: 入库文件与存档均已损坏，请从备份恢复 archive/ 或请部门重报。 The raw file and "
            "its copy in the archive are both damaged: bring archive/ back from the backup, or withdraw the delivery "
            "and ask the department to send it again"
        )
    try:
        again = load_again(layout, record, contract, kept, bench, len(rows_not_held(layout, record.file_sha256)))
    except FileRefused as refusal:
        raise DeliveryLost(
            f"{record.delivery_id}: 入库文件已损坏，按现行契约无法重读。 The raw file is damaged, and by today's "
            f"contract its copy in the archive is refused ({refusal.code}): bring raw/ back from the backup, "
            "or mend the contract"
        ) from refusal
    if again != record:
        ledger.write_record(layout, again)
    return again
