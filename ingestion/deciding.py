"""What a landed file is, by all that is known of it before a row is read: done already, a repetition, or to be loaded.

Belongs here: the record of a file up to its rows. Does not belong here: its rows (``loading``), or writing the record
(``intake``).
"""

from __future__ import annotations

import re

from ingestion.archive import ArchivedFile
from ingestion.contracts.models import Contract
from ingestion.declaration import contract_sha256
from ingestion.discovery import Arrival, received_date, shown_file_name
from ingestion.ledger import DECISIONS, Delivery, precedence_of, standing_before, withdrawn_deliveries
from ingestion.manifests import SentManifest, manifest_beside, manifest_sha256
from ingestion.reasons import mask_digits, repetition
from warehouse.files import reading, sha256_file
from warehouse.quarters import Quarter


def already_done(
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


def received(
    arrival: Arrival, contract: Contract, round_quarter: Quarter, records: list[Delivery], kept: ArchivedFile
) -> Delivery:
    """The record of a file that has come and been kept, as yet with the verdict ``refused``."""
    # What should be a period becomes part of names of files, which have their limit.
    period = mask_digits(re.sub(r"[^0-9A-Za-z]", "", arrival.period), 8)[:12]
    delivery_id = f"{contract.extract}-{period}-{kept.sha256[:12]}"
    name = shown_file_name(arrival.path)
    return Delivery(
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


def placed(
    base: Delivery, arrival: Arrival, round_quarter: Quarter, records: list[Delivery]
) -> tuple[Delivery, SentManifest]:
    """``base`` as the file gets it that is accepted, with its version and place, or as the repetition that it is; and
    the manifest that came with it. Raises FileRefused when the file is not what the manifest says."""
    manifest = manifest_beside(arrival.path)
    manifest.check_file(base.file_sha256, arrival.period)
    accepted = [record for record in records if record.verdict == "accepted"]
    held = [record for record in records if record.verdict in ("accepted", "expired")]
    if any(record.delivery_id == base.delivery_id for record in held):
        return base.changed(verdict="duplicate", **_repeated(base, records)), manifest
    version = sum(record.period == base.period for record in accepted) + 1
    sequence = manifest.content.sequence
    place = precedence_of(sequence, round_quarter, arrival.note, base.file_name, version)
    return base.changed(verdict="accepted", version=version, sequence=sequence, precedence=place), manifest


def _repeated(base: Delivery, records: list[Delivery]) -> dict[str, str]:
    """Why a file whose bytes are held already changes nothing, and what to do if it is the right one after all."""
    if base.delivery_id in withdrawn_deliveries(records):
        return repetition("same_bytes_withdrawn", delivery=base.delivery_id)
    before_it = standing_before(base.delivery_id, records)
    if before_it:
        withdrawals = ", ".join(f"pingan withdraw {one.delivery_id}" for one in before_it)
        return repetition("same_bytes_superseded", delivery=base.delivery_id, withdrawals=withdrawals)
    return repetition("same_bytes", delivery=base.delivery_id)


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
