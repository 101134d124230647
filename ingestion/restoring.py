"""Restoring deliveries in another home: the ledger as it was known, and raw read again from the archived bytes.

Belongs here: bringing the state of an earlier day back from the archive. Does not belong here: verdicts, which stand in
the ledger and are not reached anew (``intake``), or what is built on top.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping

from ingestion import archive
from ingestion.contracts.registry import registry
from ingestion.declaration import contract_sha256
from ingestion.ledger import Delivery, current_deliveries, read_record, record_path
from ingestion.loading import load_again
from ingestion.promotion import declare_columns
from ingestion.reasons import FileRefused
from ingestion.workbench import Workbench
from warehouse.files import read_json, sha256_file
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter


def restore(source: Layout, target: Layout, known: Mapping[str, str], keys: Keys) -> list[str]:
    """Bring the ledger records ``known`` (sha256 by ``<round>/<record_id>``) and the raw files in force to ``target``.

    Returns what could not be brought back as it was, one line each; empty when all is as it was.
    """
    differences: list[str] = []
    records: list[Delivery] = []
    for name, sha256 in known.items():
        round_quarter, record_id = name.split("/", 1)
        path = record_path(source, round_quarter, record_id)
        if not path.exists():
            differences.append(f"ledger/{name}.json is missing")
            continue
        if sha256_file(path) != as_rekeyed(source, sha256):
            differences.append(f"ledger/{name}.json has changed since")
        copy = record_path(target, round_quarter, record_id)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        records.append(read_record(path))
    for contract in registry().contracts.values():
        declare_columns(target, registry(), contract)
    with Workbench(target, keys) as bench:
        for record in _in_force(records):
            differences += _restore_raw(source, target, record, bench)
    return differences


def as_rekeyed(layout: Layout, sha256: str) -> str:
    """The sha256 of what stands for ``sha256`` since the keys were rotated; itself if nothing does."""
    return read_json(layout.rekeyed).get(sha256, sha256) if layout.rekeyed.exists() else sha256


def restore_links(source: Layout, target: Layout, known: Mapping[str, str]) -> list[str]:
    """Bring the links of the rounds ``known`` (sha256 by round) as they were; what differs, one line each."""
    from ingestion.identity.linking import links_path, links_version

    differences = []
    for round_quarter, sha256 in known.items():
        path = links_version(source, round_quarter, as_rekeyed(source, sha256))
        if path is None:
            differences.append(f"the links of {round_quarter} are not kept as they were known then")
            continue
        copy = links_path(target, round_quarter)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return differences


def _in_force(records: list[Delivery]) -> list[Delivery]:
    newest = max((Quarter.parse(record.round) for record in records), default=None)
    return list(current_deliveries(records, newest).values()) if newest else []


def _restore_raw(source: Layout, target: Layout, record: Delivery, bench: Workbench) -> Iterator[str]:
    path = archive.archived_path(source, record.file_sha256)
    if not path.exists():
        yield f"{record.delivery_id}: the archive no longer has its bytes"
        return
    if sha256_file(path) != path.name:
        yield f"{record.delivery_id}: the archive's bytes are not those that came"
    contract = registry().contract(record.extract)
    if record.contract_sha256 != contract_sha256(contract):
        yield f"{record.delivery_id}: was read by an earlier form of its contract"
    not_held = archive.rows_not_held(source, record.file_sha256)
    try:
        restored = load_again(target, record, contract, path, bench, len(not_held))
    except FileRefused as refusal:
        yield f"{record.delivery_id}: is refused today ({refusal.code})"
        return
    if restored.raw_sha256 != record.raw_sha256:
        yield f"{record.raw_path} is not what was read from the same bytes before"
