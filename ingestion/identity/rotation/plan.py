"""What a rotation would carry over, and what keeps it from beginning: looked at before anything is written.

Belongs here: looking. Does not belong here: carrying (``carrying``).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ingestion.identity.reviews import review_log
from ingestion.ledger import Delivery, list_records
from ingestion.promotion import COLUMNS_FILE
from ingestion.removal.orders import read_orders
from warehouse.build_database import build_database_files
from warehouse.files import sha256_file
from warehouse.keys import Keys, key_path
from warehouse.layout import Layout


@dataclass(frozen=True)
class RotationPlan:
    """``gone`` are files, seen from the home, that are not there any more afterwards; ``faults`` are all reasons not to
    begin, with their remedies. The orders keep their marks, and the releases stay."""

    key_file: Path
    deliveries: list[Delivery]
    byte_count: int
    review_count: int
    order_count: int
    releases: list[str]
    gone: list[str]
    faults: list[str]


def plan_rotation(layout: Layout, keys: Keys) -> RotationPlan:
    """Reads every raw file once, to be sure that it is the one which was accepted."""
    records = list_records(layout)
    deliveries = [record for record in records if record.verdict == "accepted" and record.key_id]
    held = [path for record in records if record.verdict == "accepted" for path in _files_of(layout, record)]
    concerned = [path for record in deliveries for path in _files_of(layout, record) if path.exists()]
    evidence = [*(layout.vault / "identity").rglob("*.parquet"), *layout.links.rglob("*.parquet")]
    byte_count = sum(path.stat().st_size for path in [*concerned, *evidence])
    key_file = key_path(layout.keys)
    return RotationPlan(
        key_file,
        deliveries,
        byte_count,
        sum(1 for _ in review_log(layout).lines()),
        len(read_orders(layout, keys)),
        sorted(f"{path.parent.parent.name}/{path.parent.name}" for path in layout.releases.glob("*/v*/manifest.json")),
        sorted(_gone(layout, set(held))),
        [*_faults_of(layout, deliveries, keys), *_faults_of_place(layout, key_file, byte_count)],
    )


def _files_of(layout: Layout, record: Delivery) -> tuple[Path, Path]:
    raw = layout.home / str(record.raw_path)
    return raw, layout.vault / raw.relative_to(layout.raw)


def _gone(layout: Layout, held: set[Path]) -> list[str]:
    """What was built, which the next run builds again; earlier links, whose names change; and files of deliveries that
    the ledger does not know."""
    found = build_database_files(layout)
    found += (layout.links / "kept").glob("*.parquet")
    for zone in (layout.raw, layout.vault):
        found += (
            path
            for path in zone.glob("*/*/quarter=*/*")
            if path not in held and path.name != COLUMNS_FILE and path.parts[-4] != "identity"
        )
    return [str(path.relative_to(layout.home)) for path in found]


def _faults_of(layout: Layout, deliveries: list[Delivery], keys: Keys) -> list[str]:
    faults = []
    for record in deliveries:
        raw, vault = _files_of(layout, record)
        if record.key_id != keys.key_id:
            faults.append(f"{record.delivery_id}: 假名由密钥 made with the key set {record.key_id}; name its key file")
        elif not raw.exists() or not vault.exists() or sha256_file(raw) != record.raw_sha256:
            faults.append(
                f"{record.delivery_id}: 文件缺失或损坏 damaged or missing; "
                "删除 delete state/raw/, and pingan run makes it again"
            )
    return faults


def _faults_of_place(layout: Layout, key_file: Path, byte_count: int) -> list[str]:
    faults = []
    if not os.access(key_file.resolve().parent, os.W_OK):
        faults.append(f"{key_file.parent} 不可写 cannot be written, and the new keys go there")
    free = shutil.disk_usage(layout.home).free
    if free < 1.2 * byte_count:
        faults.append(f"磁盘不足 not enough disk: {free >> 20} MiB free, {int(1.2 * byte_count) >> 20} MiB needed")
    return faults
