"""Taking in a round's files of one extract: from landing to raw, vault, quarantine and the ledger.

Every file gets a verdict and a ledger record, written last. What has no record is as if it had never been read, so a
run that was killed anywhere is simply run again.

Belongs here: which files are read, what has been done already, the verdict and its record. Does not belong here:
reading a file (``loading``), files that no contract claims (``unclaimed``).
"""

from __future__ import annotations

from dataclasses import dataclass

from ingestion import archive, ledger
from ingestion.ahead import FileAhead
from ingestion.archive import StillBeingWritten
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.deciding import already_done, placed, received
from ingestion.discovery import Arrival, arrivals, check_period, quarters_named, shown_file_name
from ingestion.keyed import refuse_other_keys
from ingestion.ledger import Delivery
from ingestion.loading import load, refuse_another_district
from ingestion.promotion import declare_columns, remove_leftovers
from ingestion.reasons import FileRefused
from ingestion.recognition import refusal_by_content
from ingestion.removal.carrying import without_removed_rows
from ingestion.repairing import repair_damaged
from ingestion.settling import is_finished
from ingestion.workbench import Workbench
from warehouse.files import UnreadableSource, reading
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
    layout: Layout,
    contract: Contract,
    round_quarter: Quarter,
    keys: Keys,
    known: Workbench | None = None,
    ahead: FileAhead | None = None,
) -> IntakeResult:
    """Take in all files of the round that belong to ``contract``.

    ``known`` shares a connection and the pseudonyms already made between extracts; ``ahead`` is one of the files as it
    was read before. A file's own faults are verdicts, not errors. Raises OSError when a zone cannot be written, at
    once; and when landed files cannot be read, after all others were taken in.
    """
    if known is None:
        with Workbench(layout, keys) as bench:
            return take_in(layout, contract, round_quarter, keys, bench, ahead)
    records = ledger.list_records(layout, contract.extract)
    refuse_other_keys(records, keys.key_id)
    remove_leftovers(layout, contract, {record.delivery_id for record in records if record.verdict == "accepted"})
    declare_columns(layout, registry(), contract)
    landed = arrivals(layout, contract, round_quarter)
    about = quarters_named(landed, contract, round_quarter)
    records = repair_damaged(layout, contract, records, known, round_quarter, about)
    deliveries: list[Delivery] = []
    unfinished: list[str] = []
    unreadable: list[tuple[str, OSError]] = []
    newly_read = 0
    for arrival in landed:
        name = shown_file_name(arrival.path)
        try:
            done = already_done(arrival, contract, round_quarter, records)
            if not done:
                with reading():
                    if not is_finished(arrival.path):
                        raise StillBeingWritten
                done = _take_in_file(layout, arrival, contract, round_quarter, records, keys, known, ahead)
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


def _take_in_file(
    layout: Layout,
    arrival: Arrival,
    contract: Contract,
    round_quarter: Quarter,
    records: list[Delivery],
    keys: Keys,
    bench: Workbench,
    ahead: FileAhead | None,
) -> Delivery:
    ahead = ahead if ahead and ahead.is_of(arrival.path) else None
    if ahead:
        kept = archive.keep_copy(layout, ahead.copied, arrival.path, refused_before_too=True)
    else:
        kept = archive.keep(layout, arrival.path, refused_before_too=True)
    base = received(arrival, contract, round_quarter, records, kept)
    try:
        base = base.changed(quarter=str(check_period(arrival, contract, round_quarter)))
        record, manifest = placed(base, arrival, round_quarter, records)
        if record.verdict == "accepted":
            holds = ahead is not None and ahead.holds(record, records)
            if holds:
                loaded = ahead.loaded
                # The first area list may have come after it was read.
                refuse_another_district(layout, loaded.record.areas_covered, records, manifest)
            else:
                loaded = load(layout, record, contract, kept.path, records, manifest, bench)
            loaded.files.show()
            record = without_removed_rows(layout, loaded.record, contract, keys, bench)
    except FileRefused as refusal:
        refusal = refusal_by_content(kept.path, contract, refusal)
        record = base.changed(reason_code=refusal.code, reason_zh=refusal.zh, reason_en=refusal.en)
    ledger.write_record(layout, record)
    return record
