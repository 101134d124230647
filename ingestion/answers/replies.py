"""Replies in their place: written where they are missing or no longer say what the ledger says.

A reply follows from the ledger, the quarantine and raw alone, so that one which a killed run did not come to is
written by the next.

Belongs here: which replies are to be written, and where. Does not belong here: what they say (``reply``).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ingestion.answers.findings import NUMBER_QUALITIES
from ingestion.answers.header_fates import FATES
from ingestion.answers.reply import delivery_before, reply_to
from ingestion.answers.reply_workbook import FINGERPRINT, write_workbook
from ingestion.archive import private_folder
from ingestion.contracts.registry import registry
from ingestion.declaration import contract_sha256
from ingestion.ledger import Delivery, list_records
from ingestion.reasons import FILE_NOTICES, ROW_REASONS
from warehouse.files import atomic_path
from warehouse.layout import Layout

#: Raised when a reply to the same delivery would look different.
_LAYOUT_VERSION = 2
_KEPT = re.compile(rf'name="{FINGERPRINT}"><vt:lpwstr>([0-9a-f]{{64}})<')


def reply_path(layout: Layout, delivery: Delivery) -> Path:
    return layout.reply_folder(delivery.department, delivery.round) / f"{delivery.record_id}.xlsx"


def write_replies(layout: Layout, deliveries: Iterable[Delivery], records: list[Delivery]) -> list[Path]:
    """Write the replies to ``deliveries`` that are missing or out of date; returns their paths.

    ``records`` are the ledger's, of the deliveries' extracts at least. The caller holds the writer's lock.
    Raises OSError when what the ledger names cannot be read or the zone cannot be written.
    """
    written = []
    for delivery in deliveries:
        path = reply_path(layout, delivery)
        fingerprint = _fingerprint(delivery, delivery_before(delivery, records))
        if kept_fingerprint(path) == fingerprint:
            continue
        private_folder(path.parent, layout.quarantine)
        reply = reply_to(layout, delivery, records)
        with atomic_path(path) as unfinished:
            write_workbook(registry(), reply, fingerprint, unfinished)
            os.chmod(unfinished, 0o600)
        written.append(path)
    return written


def write_round_replies(layout: Layout, deliveries: Iterable[Delivery]) -> list[Path]:
    """Write what is missing of the replies to ``deliveries``, which are of one extract; returns their folders."""
    deliveries = list(deliveries)
    if deliveries:
        write_replies(layout, deliveries, list_records(layout, deliveries[0].extract))
    return sorted({reply_path(layout, delivery).parent for delivery in deliveries})


def kept_fingerprint(path: Path) -> str | None:
    """The fingerprint of what the workbook at ``path`` was made from; None when there is no sound one."""
    try:
        with zipfile.ZipFile(path) as book:
            found = _KEPT.search(book.read("docProps/custom.xml").decode())
    except (FileNotFoundError, KeyError, zipfile.BadZipFile, zlib.error):
        return None
    return found[1] if found else None


def _fingerprint(delivery: Delivery, previous: Delivery | None) -> str:
    """sha256 over all that a reply follows from. The rows are told by the delivery: its id has the file's hash."""
    contract = registry().contracts.get(delivery.extract)
    content = [
        _LAYOUT_VERSION,
        _words_sha256(),
        contract_sha256(contract) if contract else None,
        dataclasses.asdict(delivery),
        dataclasses.asdict(previous) if previous else None,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def _words_sha256() -> str:
    reasons = {**ROW_REASONS, **NUMBER_QUALITIES, **FILE_NOTICES, **FATES}
    words = {code: (reason.zh, reason.en) for code, reason in reasons.items()}
    return hashlib.sha256(json.dumps(words, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
