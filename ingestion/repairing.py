"""Raw files of accepted deliveries that are gone or damaged, made again from the archive before anyone reads them.

Parquet readers do not look at every checksum, so a flipped bit would be read as data. The sha256 that the ledger names
costs a second for a gigabyte, and there is a quarter more of raw files in every round. So those are compared of the
quarters that the round is about and of the one before, which is read beside them, and those that somebody wrote to
since they were accepted; of the earlier quarters one in each round, so that disks that forget are found out.

Belongs here: noticing and making again. Does not belong here: reading a file (``loading``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingestion import ledger
from ingestion.archive import archived_path, rows_not_held
from ingestion.contracts.models import Contract
from ingestion.ledger import Delivery
from ingestion.loading import load_again
from ingestion.reasons import FileRefused
from ingestion.workbench import Workbench
from warehouse.files import sha256_file
from warehouse.layout import Layout
from warehouse.quarters import Quarter


class DeliveryLost(RuntimeError):
    """A raw file is damaged and cannot be made again. The message says what is left and what to do."""


def repair_damaged(
    layout: Layout, contract: Contract, records: list[Delivery], bench: Workbench, compared: Compared
) -> list[Delivery]:
    """``records``, after raw files of accepted deliveries were made again that are not there, or turn out not to be
    what was accepted. A superseded one counts too: a withdrawal may bring it back.

    The record of a restored delivery changes only if the contract has changed since. Raises DeliveryLost when the
    archive's copy is not what came, or the contract refuses it by now.
    """
    return [
        _restored(layout, contract, record, bench)
        if record.verdict == "accepted" and not _is_as_accepted(layout, record, compared)
        else record
        for record in records
    ]


@dataclass(frozen=True)
class Compared:
    """The quarters whose raw files are compared with the ledger though nobody wrote to them: those from ``since`` on,
    and one of the earlier ones."""

    since: Quarter
    by_turns: Quarter | None

    @classmethod
    def in_round(cls, round_quarter: Quarter, records: Iterable[Delivery], about: Iterable[Quarter]) -> Compared:
        """What is compared in a round with files ``about`` these quarters, after ``records`` of the extract."""
        since = min([round_quarter, *about]).plus(-1)
        first = min((Quarter.parse(record.quarter) for record in records), default=since)
        return cls(since, first.plus(_turn(since.minus(first))) if first < since else None)

    def has(self, quarter: Quarter) -> bool:
        return quarter >= self.since or quarter == self.by_turns


def _turn(count: int) -> int:
    """Which of ``count`` quarters has its turn, from 0, where there is one more in every round: each has it again when
    the rounds since the first have doubled."""
    return count - (1 << count.bit_length() - 1)


def _is_as_accepted(layout: Layout, record: Delivery, compared: Compared) -> bool:
    path = layout.home / str(record.raw_path)
    if not path.exists():
        return False
    is_trusted = not compared.has(Quarter.parse(record.quarter)) and not _was_written_to(layout, record, path)
    return is_trusted or sha256_file(path) == record.raw_sha256


def _was_written_to(layout: Layout, record: Delivery, path: Path) -> bool:
    """Whether the file changed after its record was written, which is the last that is done of a delivery."""
    written = ledger.record_path(layout, record.round, record.record_id).stat().st_mtime_ns
    return path.stat().st_mtime_ns > written


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
