"""Taking in a round's files of one extract: from landing to raw, vault, quarantine and the ledger.

Every file gets a verdict and a ledger record, written last. What has no record is as if it had never been read, so a
run that was killed anywhere is simply run again.

Belongs here: which files are read, what has been done already, the verdict and its record. Does not belong here:
reading a file (``loading``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ingestion import archive, ledger
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.declaration import contract_sha256
from ingestion.discovery import Arrival, arrivals, check_period, claim, irregular_files, landed_files
from ingestion.ledger import Delivery
from ingestion.loading import load
from ingestion.promotion import declare_columns, remove_leftovers
from ingestion.reasons import FileRefused, mask_digits, shown
from ingestion.workbench import Workbench
from warehouse.files import sha256_file
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter


@dataclass(frozen=True)
class IntakeResult:
    """What a round's intake of one extract came to. ``deliveries`` has every record of the round, in reading order;
    ``newly_read`` of them were read now, the others stood in the ledger already."""

    extract: str
    round: str
    deliveries: tuple[Delivery, ...]
    newly_read: int

    def count(self, verdict: str) -> int:
        return sum(delivery.verdict == verdict for delivery in self.deliveries)


def take_in(
    layout: Layout, contract: Contract, round_quarter: Quarter, keys: Keys, known: Workbench | None = None
) -> IntakeResult:
    """Take in all files of the round that belong to ``contract``.

    ``known`` shares a connection and the pseudonyms already made between extracts. Raises OSError when a zone cannot
    be written; a file's own faults are verdicts, not errors.
    """
    if known is None:
        with Workbench(layout, keys) as bench:
            return take_in(layout, contract, round_quarter, keys, bench)
    records = ledger.list_records(layout, contract.extract)
    remove_leftovers(layout, contract, {record.delivery_id for record in records if record.verdict == "accepted"})
    declare_columns(layout, registry(), contract)
    deliveries: list[Delivery] = []
    newly_read = 0
    for arrival in arrivals(layout, contract, round_quarter):
        done = _already_done(layout, arrival, contract, round_quarter, records)
        if not done:
            done = _take_in_file(layout, arrival, contract, round_quarter, records, known)
            records = [record for record in records if record.record_id != done.record_id or record.round != done.round]
            records.append(done)
            newly_read += 1
        deliveries.append(done)
    return IntakeResult(contract.extract, str(round_quarter), tuple(deliveries), newly_read)


def unclaimed_files(layout: Layout, round_quarter: Quarter) -> list[Delivery]:
    """Record every landed file that no contract claims as refused, and return those records."""
    declared = registry()
    refused = []
    folder = layout.landing / str(round_quarter)
    for department in sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []:
        contracts = [contract for contract in declared.contracts.values() if contract.department == department]
        for path in landed_files(layout, round_quarter, department):
            if any(claim(path, contract) for contract in contracts):
                continue
            expected = "、".join(
                f"{contract.title.zh}_{'201703' if contract.delivery.rhythm == 'monthly' else '2017Q1'}"
                f".{contract.file.format}"
                for contract in contracts
            )
            kept = archive.keep(layout, path)
            refusal = FileRefused("unknown_file", expected=expected or "–")
            refused.append(_refuse_unclaimed(layout, path, department, round_quarter, kept, refusal))
        for path in irregular_files(layout, round_quarter, department):
            nothing = archive.ArchivedFile(path, hashlib.sha256(os.fsencode(path.name)).hexdigest(), 0)
            refused.append(_refuse_unclaimed(layout, path, department, round_quarter, nothing, _irregular()))
    return refused


def _irregular() -> FileRefused:
    return FileRefused(
        "unreadable",
        detail_zh="不是普通文件（而是链接、文件夹或设备），未打开",
        detail_en="it is no plain file but a link, a folder or a device, and was not opened",
    )


def _refuse_unclaimed(
    layout: Layout,
    path: Path,
    department: str,
    round_quarter: Quarter,
    kept: archive.ArchivedFile,
    refusal: FileRefused,
) -> Delivery:
    sender = department if re.fullmatch(r"[a-z][a-z0-9_]*", department) else "unknown_department"
    delivery_id = f"{sender}.unknown-{round_quarter}-{kept.sha256[:12]}"
    record = Delivery(
        delivery_id=delivery_id,
        record_id=delivery_id,
        department=sender,
        extract=f"{sender}.unknown",
        period=str(round_quarter),
        quarter=str(round_quarter),
        round=str(round_quarter),
        file_name=shown_file_name(path),
        file_sha256=kept.sha256,
        file_byte_count=kept.byte_count,
        verdict="refused",
        reason_code=refusal.code,
        reason_zh=refusal.zh,
        reason_en=refusal.en,
    )
    target = ledger.record_path(layout, round_quarter, delivery_id)
    if not target.exists() or ledger.read_record(target) != record:
        ledger.write_record(layout, record)
    return record


def shown_file_name(path: Path) -> str:
    """A file's name as the ledger has it: eight digits in a row may be a day, more would be a number of someone's."""
    return shown(path.name, run_length=8, longest=120)


def _already_done(
    layout: Layout, arrival: Arrival, contract: Contract, round_quarter: Quarter, records: list[Delivery]
) -> Delivery | None:
    """The round's record of the file, if it still holds: same bytes, and for a refusal the same contract."""
    name = shown_file_name(arrival.path)
    candidates = [record for record in records if record.round == str(round_quarter) and record.file_name == name]
    if not candidates:
        return None
    sha256 = sha256_file(arrival.path)
    for record in candidates:
        if record.file_sha256 != sha256:
            continue
        if record.verdict == "refused" and record.contract_sha256 != contract_sha256(contract):
            continue
        if record.raw_path and not (layout.home / record.raw_path).exists():
            continue
        return record
    return None


def _take_in_file(
    layout: Layout,
    arrival: Arrival,
    contract: Contract,
    round_quarter: Quarter,
    records: list[Delivery],
    bench: Workbench,
) -> Delivery:
    kept = archive.keep(layout, arrival.path)
    period = mask_digits(re.sub(r"[^0-9A-Za-z]", "", arrival.period), 8)
    delivery_id = f"{contract.extract}-{period}-{kept.sha256[:12]}"
    name = shown_file_name(arrival.path)
    base = Delivery(
        delivery_id=delivery_id,
        record_id=_record_id(delivery_id, name, round_quarter, records),
        department=contract.department,
        extract=contract.extract,
        period=period,
        quarter=str(round_quarter),
        round=str(round_quarter),
        file_name=name,
        file_sha256=kept.sha256,
        file_byte_count=kept.byte_count,
        verdict="refused",
        contract_sha256=contract_sha256(contract),
    )
    try:
        quarter = str(check_period(arrival, contract, round_quarter))
        base = dataclasses.replace(base, quarter=quarter)
        accepted = [record for record in records if record.verdict == "accepted" and record.record_id != base.record_id]
        if any(record.delivery_id == delivery_id for record in accepted):
            record = dataclasses.replace(base, verdict="duplicate")
        else:
            record = load(layout, base, contract, kept.path, accepted, bench)
            before = [old for old in records if (old.record_id, old.verdict) == (base.record_id, "accepted")]
            if before:  # its raw file was lost: the delivery is restored in its place, not made a new version
                record = dataclasses.replace(record, version=before[0].version, supersedes=before[0].supersedes)
    except FileRefused as refusal:
        record = dataclasses.replace(base, reason_code=refusal.code, reason_zh=refusal.zh, reason_en=refusal.en)
    ledger.write_record(layout, record)
    return record


def _record_id(delivery_id: str, file_name: str, round_quarter: Quarter, records: list[Delivery]) -> str:
    """The delivery's id for the file that brought it; ``.again-<n>`` for each further file with the same bytes."""
    same = [record for record in records if record.delivery_id == delivery_id]
    here = [record for record in same if record.round == str(round_quarter)]
    for record in here:
        if record.file_name == file_name:
            return record.record_id
    taken = bool(here) or any(record.verdict == "accepted" for record in same)
    again = sum(".again-" in record.record_id for record in same) + 1
    return f"{delivery_id}.again-{again}" if taken else delivery_id
