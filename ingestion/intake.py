"""Taking in a round's files of one extract: from landing to raw, vault, quarantine and the ledger.

Every file gets a verdict and a ledger record, written last. What has no record is as if it had never been read, so a
run that was killed anywhere is simply run again.

Belongs here: the order of the steps and the verdict. Does not belong here: the steps themselves.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ingestion import archive, ledger
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.coverage import Coverage
from ingestion.declaration import contract_sha256
from ingestion.discovery import Arrival, arrivals, check_period, claim, landed_files
from ingestion.ledger import Delivery
from ingestion.parsing.batches import BatchParser
from ingestion.parsing.quarantine import quarantined_misfits
from ingestion.promotion import DeliveryFiles, declare_columns, remove_leftovers
from ingestion.readers import open_rows
from ingestion.readers.rows import SentRows
from ingestion.reasons import FileRefused, mask_digits
from ingestion.workbench import Workbench
from warehouse.files import sha256_file
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import pyarrow as pa

#: Batches that are parsed beside one another.
_PARSERS = 2
#: An events file with a larger share of its rows outside the period is another period's file.
_WRONG_PERIOD_SHARE = 0.5


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
            refused.append(_refuse_unclaimed(layout, path, department, round_quarter, expected or "–"))
    return refused


def _refuse_unclaimed(layout: Layout, path: Path, department: str, round_quarter: Quarter, expected: str) -> Delivery:
    kept = archive.keep(layout, path)
    sender = department if re.fullmatch(r"[a-z][a-z0-9_]*", department) else "unknown_department"
    delivery_id = f"{sender}.unknown-{round_quarter}-{kept.sha256[:12]}"
    refusal = FileRefused("unknown_file", expected=expected)
    record = Delivery(
        delivery_id=delivery_id,
        record_id=delivery_id,
        department=sender,
        extract=f"{sender}.unknown",
        period=str(round_quarter),
        quarter=str(round_quarter),
        round=str(round_quarter),
        file_name=mask_digits(path.name, 8),
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


def _already_done(
    layout: Layout, arrival: Arrival, contract: Contract, round_quarter: Quarter, records: list[Delivery]
) -> Delivery | None:
    """The round's record of the file, if it still holds: same bytes, and for a refusal the same contract."""
    name = mask_digits(arrival.path.name, 8)
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
    name = mask_digits(arrival.path.name, 8)
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
            record = _load(layout, base, contract, kept.path, accepted, bench)
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


def _load(
    layout: Layout, base: Delivery, contract: Contract, path: Path, accepted: list[Delivery], bench: Workbench
) -> Delivery:
    """Read the file into raw, vault and quarantine. Raises FileRefused, and then nothing of it stays."""
    sent = open_rows(path, contract)
    parser = BatchParser(contract, base.delivery_id, base.period, sent, bench)
    accounted = Counter(sent.header.accounted)
    by_reason: Counter[str] = Counter()
    coverage = Coverage(contract)
    data_rows = outside_period = 0
    with DeliveryFiles(layout, contract, base.quarter, base.delivery_id) as files:
        for rows, parsed in _parsed_ahead(parser, sent):
            batch = parser.divide(rows, parsed)
            files.write(batch)
            accounted += batch.accounted
            by_reason += _first_reasons(batch.quarantined)
            outside_period += batch.outside_period_count
            data_rows += batch.raw.num_rows + batch.quarantined.num_rows
            coverage.add(batch.raw)
        accounted += Counter(misfit.kind for misfit in sent.misfits if misfit.kind)
        misfits = quarantined_misfits(base.delivery_id, sent.misfits, sent.header)
        files.write_quarantined(misfits)
        by_reason += _first_reasons(misfits)
        data_rows += misfits.num_rows
        if not data_rows:
            raise FileRefused("empty")
        if outside_period > _WRONG_PERIOD_SHARE * data_rows:
            raise FileRefused(
                "wrong_period",
                detail_zh=f"{data_rows} 行中有 {outside_period} 行的日期不在 {base.period} 内",
                detail_en=f"{outside_period} of {data_rows} rows have their day outside {base.period}",
            )
    earlier = [record for record in accepted if record.period == base.period]
    superseded = ledger.current_deliveries(earlier, Quarter.parse(base.round)).get((base.extract, base.period))
    return dataclasses.replace(
        base,
        verdict="accepted",
        version=len(earlier) + 1,
        supersedes=superseded.delivery_id if superseded else None,
        rows_read_count=data_rows + sum(accounted.values()),
        rows_accepted_count=coverage.row_count,
        rows_quarantined_count=sum(by_reason.values()),
        rows_accounted_count=sum(accounted.values()),
        accounted=_nonzero(accounted),
        quarantined_by_reason=_nonzero(by_reason),
        identity_quality=coverage.identity_quality,
        refused_headers=list(sent.header.refused),
        months_covered=coverage.months,
        areas_covered=coverage.areas,
        committee_count=coverage.committee_count,
        raw_path=str(files.raw_path.relative_to(layout.home)),
        raw_sha256=sha256_file(files.raw_path),
        key_id=bench.key_id if contract.person else None,
    )


def _parsed_ahead(parser: BatchParser, sent: SentRows) -> Iterator[tuple[pa.Table, pa.Table]]:
    """The file's batches with what they parse to, in order; the next ones are parsed while one is being written."""
    with ThreadPoolExecutor(max_workers=_PARSERS, thread_name_prefix="parse") as pool:
        ahead: list[tuple[pa.Table, Future]] = []
        for rows in sent.batches:
            ahead.append((rows, pool.submit(parser.parse, rows)))
            if len(ahead) > _PARSERS:
                first, future = ahead.pop(0)
                yield first, future.result()
        for rows, future in ahead:
            yield rows, future.result()


def _first_reasons(quarantined: pa.Table) -> Counter[str]:
    import pyarrow.compute as pc

    if not quarantined.num_rows:
        return Counter()
    first = pc.struct_field(pc.list_element(quarantined["reasons"], 0), "reason_code")
    return Counter({pair["values"]: pair["counts"] for pair in pc.value_counts(first).to_pylist()})


def _nonzero(counts: Counter[str]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}
