"""Taking in a round's files of one extract: from landing to raw, vault, quarantine and the ledger.

Every file gets a verdict and a ledger record, written last. What has no record is as if it had never been read, so a
run that was killed anywhere is simply run again.

Belongs here: which files are read, what has been done already, the verdict and its record. Does not belong here:
reading a file (``loading``), files that no contract claims (``unclaimed``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingestion import archive, ledger
from ingestion.archive import StillBeingWritten
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.declaration import contract_sha256
from ingestion.discovery import Arrival, arrivals, check_period, received_date, shown_file_name
from ingestion.keyed import refuse_other_keys
from ingestion.ledger import DECISIONS, Delivery, precedence_of, withdrawn_deliveries
from ingestion.loading import load
from ingestion.manifests import manifest_beside, manifest_sha256
from ingestion.promotion import declare_columns, remove_leftovers
from ingestion.reasons import FileRefused, mask_digits, repetition
from ingestion.recognition import refusal_by_content
from ingestion.removal.carrying import without_removed_rows
from ingestion.repairing import repair_damaged
from ingestion.settling import is_finished
from ingestion.workbench import Workbench
from warehouse.files import UnreadableSource, reading, sha256_file
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter


@dataclass(frozen=True)
class IntakeResult:
    """What a round's intake of one extract came to. ``deliveries`` has every record of the round, in reading order;
    ``newly_read`` of them were read now, the others stood in the ledger already. ``unfinished_files`` are the names of
    files that somebody still writes; they are read when they are finished."""

    extract: str
    round: str
    deliveries: tuple[Delivery, ...]
    newly_read: int
    unfinished_files: tuple[str, ...] = ()

    def count(self, verdict: str) -> int:
        return sum(delivery.verdict == verdict for delivery in self.deliveries)


def take_in(
    layout: Layout, contract: Contract, round_quarter: Quarter, keys: Keys, known: Workbench | None = None
) -> IntakeResult:
    """Take in all files of the round that belong to ``contract``.

    ``known`` shares a connection and the pseudonyms already made between extracts. A file's own faults are verdicts,
    not errors. Raises OSError when a zone cannot be written, at once; and when landed files cannot be read, after all
    others were taken in.
    """
    if known is None:
        with Workbench(layout, keys) as bench:
            return take_in(layout, contract, round_quarter, keys, bench)
    records = ledger.list_records(layout, contract.extract)
    refuse_other_keys(records, keys.key_id)
    remove_leftovers(layout, contract, {record.delivery_id for record in records if record.verdict == "accepted"})
    declare_columns(layout, registry(), contract)
    records = repair_damaged(layout, contract, records, known)
    deliveries: list[Delivery] = []
    unfinished: list[str] = []
    unreadable: list[tuple[str, OSError]] = []
    newly_read = 0
    for arrival in arrivals(layout, contract, round_quarter):
        name = shown_file_name(arrival.path)
        try:
            done = _already_done(arrival, contract, round_quarter, records)
            if not done:
                with reading():
                    if not is_finished(arrival.path):
                        raise StillBeingWritten
                done = _take_in_file(layout, arrival, contract, round_quarter, records, keys, known)
                records = [one for one in records if (one.record_id, one.round) != (done.record_id, done.round)]
                records.append(done)
                newly_read += 1
            deliveries.append(done)
        except StillBeingWritten:
            unfinished.append(name)
        except UnreadableSource as error:
            unreadable.append((name, error))
    if unreadable:
        raise _cannot_be_read(contract, round_quarter, unreadable)
    return IntakeResult(contract.extract, str(round_quarter), tuple(deliveries), newly_read, tuple(unfinished))


def _cannot_be_read(contract: Contract, round_quarter: Quarter, found: list[tuple[str, OSError]]) -> OSError:
    listed = "; ".join(f"{name}: {error.strerror}" for name, error in found)
    return OSError(
        found[0][1].errno,
        f"landing/{round_quarter}/{contract.department}/ 有文件无法读取，请检查权限或存储后重新运行；其余已接收。 "
        f"Files cannot be read: {listed}. Mend their permissions or the disk and run again; the others were taken in",
    )


def _already_done(
    arrival: Arrival, contract: Contract, round_quarter: Quarter, records: list[Delivery]
) -> Delivery | None:
    """The round's record of the file, if it still holds: same bytes, and for a refusal the same contract and
    manifest."""
    name = shown_file_name(arrival.path)
    candidates = [
        record
        for record in records
        if (record.round, record.file_name) == (str(round_quarter), name) and record.verdict not in DECISIONS
    ]
    if not candidates:
        return None
    with reading():
        sha256 = sha256_file(arrival.path)
    return next((one for one in candidates if one.file_sha256 == sha256 and _holds(one, arrival, contract)), None)


def _holds(record: Delivery, arrival: Arrival, contract: Contract) -> bool:
    if record.verdict != "refused":
        return True
    return record.contract_sha256 == contract_sha256(contract) and record.manifest_sha256 == manifest_sha256(
        arrival.path
    )


def _take_in_file(
    layout: Layout,
    arrival: Arrival,
    contract: Contract,
    round_quarter: Quarter,
    records: list[Delivery],
    keys: Keys,
    bench: Workbench,
) -> Delivery:
    kept = archive.keep(layout, arrival.path)
    # What should be a period becomes part of names of files, which have their limit.
    period = mask_digits(re.sub(r"[^0-9A-Za-z]", "", arrival.period), 8)[:12]
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
        received_date=received_date(arrival.path),
        file_name=name,
        file_sha256=kept.sha256,
        file_byte_count=kept.byte_count,
        verdict="refused",
        contract_sha256=contract_sha256(contract),
        manifest_sha256=manifest_sha256(arrival.path),
    )
    try:
        base = base.changed(quarter=str(check_period(arrival, contract, round_quarter)))
        manifest = manifest_beside(arrival.path)
        manifest.check_file(kept.sha256, arrival.period)
        accepted = [record for record in records if record.verdict == "accepted"]
        held = [record for record in records if record.verdict in ("accepted", "expired")]
        if any(record.delivery_id == delivery_id for record in held):
            code = "same_bytes_withdrawn" if delivery_id in withdrawn_deliveries(records) else "same_bytes"
            record = base.changed(verdict="duplicate", **repetition(code, delivery_id))
        else:
            version = sum(record.period == period for record in accepted) + 1
            sequence = manifest.content.sequence
            place = precedence_of(sequence, round_quarter, arrival.note, name, version)
            wanted = base.changed(verdict="accepted", version=version, sequence=sequence, precedence=place)
            record = load(layout, wanted, contract, kept.path, records, manifest, bench)
            record = without_removed_rows(layout, record, contract, keys, bench)
    except FileRefused as refusal:
        refusal = refusal_by_content(kept.path, contract, refusal)
        record = base.changed(reason_code=refusal.code, reason_zh=refusal.zh, reason_en=refusal.en)
    ledger.write_record(layout, record)
    return record


def _record_id(delivery_id: str, file_name: str, round_quarter: Quarter, records: list[Delivery]) -> str:
    """The delivery's id for the file that brought it; ``.again-<n>`` for each further file with the same bytes."""
    same = [one for one in records if one.delivery_id == delivery_id and one.verdict not in DECISIONS]
    here = [record for record in same if record.round == str(round_quarter)]
    for record in here:
        if record.file_name == file_name:
            return record.record_id
    taken = bool(here) or any(record.verdict == "accepted" for record in same)
    again = sum(".again-" in record.record_id for record in same) + 1
    return f"{delivery_id}.again-{again}" if taken else delivery_id
