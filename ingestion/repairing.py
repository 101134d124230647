"""Raw files of accepted deliveries that are gone or damaged, made again from the archive before anyone reads them.

Parquet readers do not look at every checksum, so a flipped bit would be read as data. The sha256 that the ledger names
costs a second for a gigabyte, and there is a quarter more of raw files in every round. So a file that was found to be
what was accepted is trusted while nobody has touched it since, unless the round reads it for certain; and those that
were compared longest ago are compared again, about a quarter of them in each round, for disks that forget.

Belongs here: noticing and making again. Does not belong here: reading a file (``loading``).
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from ingestion import ledger
from ingestion.archive import archived_path, rows_not_held
from ingestion.contracts.models import Contract
from ingestion.ledger import Delivery
from ingestion.loading import load_again
from ingestion.reasons import FileRefused
from ingestion.workbench import Workbench
from warehouse.files import read_json, sha256_file, write_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter


class DeliveryLost(RuntimeError):
    """A raw file is damaged and cannot be made again. The message says what is left and what to do."""


def repair_damaged(
    layout: Layout,
    contract: Contract,
    records: list[Delivery],
    bench: Workbench,
    round_quarter: Quarter,
    about: Iterable[Quarter] = (),
) -> list[Delivery]:
    """``records``, after raw files of accepted deliveries were made again that are not there, or turn out not to be
    what was accepted. A superseded one counts too: a withdrawal may bring it back.

    about: quarters of the round's files; what belongs to them or comes after is compared in any case, and everything
    where there is no build, since one from nothing reads all.
    The record of a restored delivery changes only if the contract has changed since. Raises DeliveryLost when the
    archive's copy is not what came, or the contract refuses it by now.
    """
    path = layout.raw_states / f"{contract.extract}.json"
    known = read_json(path) if path.exists() else {}
    reached = [*about, *(Quarter.parse(one.quarter) for one in records if one.round == str(round_quarter))]
    trusted = _trusted(layout, records, known, reached) if layout.build_database.exists() else {}
    repaired, now = [], dict(trusted)
    for record in records:
        if record.verdict == "accepted" and record.delivery_id not in trusted:
            if not _is_as_accepted(layout, record):
                record = _restored(layout, contract, record, bench)
            now[record.delivery_id] = [*_state(layout, record), str(round_quarter)]
        repaired.append(record)
    if now != known:
        write_json(path, now)
    return repaired


def _trusted(
    layout: Layout, records: list[Delivery], known: dict[str, list[Any]], reached: list[Quarter]
) -> dict[str, list[Any]]:
    """The entries of ``known`` (state, and the round in which it was compared) by which files need not be compared."""
    accepted = [record for record in records if record.verdict == "accepted"]
    untouched = {
        record.delivery_id: known[record.delivery_id]
        for record in accepted
        if record.delivery_id in known
        and known[record.delivery_id][:-1] == _state(layout, record)
        and all(Quarter.parse(record.quarter) < quarter for quarter in reached)
    }
    in_turn = _longest_ago(untouched, len({record.quarter for record in accepted}))
    return {name: entry for name, entry in untouched.items() if name not in in_turn}


def _state(layout: Layout, record: Delivery) -> list[Any]:
    """What differs once somebody has touched the raw file or put another one in its place, with whatever times; and
    what the ledger says of it. Nothing of the file where there is none."""
    path = layout.home / str(record.raw_path)
    if not path.exists():
        return [record.raw_sha256]
    status = path.stat()
    return [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, record.raw_sha256]


def _longest_ago(entries: dict[str, list[Any]], quarter_count: int) -> set[str]:
    """Of the ``entries`` those whose turn it is: as many as have the bytes of one of so many quarters, and one more."""
    in_turn = sorted(entries, key=lambda name: (entries[name][-1], name))
    sizes = [entries[name][0] for name in in_turn]
    before = [0, *accumulate(sizes)][:-1]
    return {name for name, so_far in zip(in_turn, before, strict=True) if so_far * quarter_count <= sum(sizes)}


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
