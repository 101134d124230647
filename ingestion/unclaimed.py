"""Landed files that no contract claims: misnamed, in another department's folder, a manifest
without its file, or no plain file at all.

Belongs here: recording them as refused, with what they may be. Does not belong here: files that a contract claims
(``intake``).
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from ingestion import archive, ledger
from ingestion.archive import ArchivedFile
from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.discovery import claim, irregular_files, landed_files, manifests_alone, received_date, shown_file_name
from ingestion.ledger import Delivery
from ingestion.names import MANIFEST_SUFFIX
from ingestion.reasons import FileRefused
from ingestion.recognition import refusal_by_name
from warehouse.files import UNFINISHED
from warehouse.layout import Layout
from warehouse.quarters import Quarter


def unclaimed_files(layout: Layout, round_quarter: Quarter) -> list[Delivery]:
    """Record every landed file that no contract claims as refused, and return those records. What a broken run left of
    such records is removed."""
    archive.remove_unfinished(layout)
    for left in layout.ledger.glob(f"*/{UNFINISHED}*.unknown-*"):
        left.unlink()
    refused = []
    folder = layout.landing / str(round_quarter)
    for department in sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []:
        contracts = [contract for contract in registry().contracts.values() if contract.department == department]
        for path in landed_files(layout, round_quarter, department):
            if not any(claim(path, contract) for contract in contracts):
                refusal = refusal_by_name(path, department, str(round_quarter)) or _unknown(contracts)
                refused.append(_recorded(layout, path, department, round_quarter, archive.keep(layout, path), refusal))
        for path in manifests_alone(layout, round_quarter, department):
            missing = path.with_name(path.name.removesuffix(MANIFEST_SUFFIX))
            refusal = FileRefused("manifest_alone", file=shown_file_name(missing))
            refused.append(_recorded(layout, path, department, round_quarter, archive.keep(layout, path), refusal))
        for path in irregular_files(layout, round_quarter, department):
            nothing = ArchivedFile(path, hashlib.sha256(os.fsencode(path.name)).hexdigest(), 0)
            refused.append(_recorded(layout, path, department, round_quarter, nothing, _irregular()))
    return refused


def _unknown(contracts: list[Contract]) -> FileRefused:
    expected = "、".join(
        f"{contract.title.zh}_{'201703' if contract.delivery.rhythm == 'monthly' else '2017Q1'}.{contract.file.format}"
        for contract in contracts
    )
    return FileRefused("unknown_file", expected=expected or "–")


def _irregular() -> FileRefused:
    return FileRefused(
        "unreadable",
        detail_zh="不是普通文件（而是链接、文件夹或设备），未打开",
        detail_en="it is no plain file but a link, a folder or a device, and was not opened",
    )


def _recorded(
    layout: Layout,
    path: Path,
    department: str,
    round_quarter: Quarter,
    kept: ArchivedFile,
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
        received_date=received_date(path),
        file_name=shown_file_name(path),
        file_sha256=kept.sha256,
        file_byte_count=kept.byte_count,
        verdict="refused",
        reason_code=refusal.code,
        reason_zh=refusal.zh,
        reason_en=refusal.en,
    )
    target = ledger.record_path(layout, round_quarter, delivery_id)
    if target.exists():
        known = ledger.read_record(target)
        record = record.changed(received_date=known.received_date)
        if known == record:
            return record
    ledger.write_record(layout, record)
    return record
