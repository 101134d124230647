"""Refused files once somebody may not be held any more: nobody can tell whom such a file is about, so no bytes of one
are kept that may be about such a person.

The run that refuses a file answers its sender from these bytes; the next one lets them go.

Belongs here: which archived bytes are let go. Does not belong here: accepted files (``carrying``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingestion import archive
from ingestion.contracts.registry import registry
from ingestion.ledger import Delivery, list_records
from ingestion.removal.orders import Order
from warehouse.layout import Layout


def let_go_of_refused(layout: Layout, records: Iterable[Delivery], orders: Sequence[Order]) -> list[Delivery]:
    """Delete the bytes of those refused files among ``records`` that one of ``orders`` may be about, and return their
    records. A file that no contract claims may be about anybody."""
    if not orders:
        return []
    concerned = {name for name, contract in registry().contracts.items() if any(o.concerns(contract) for o in orders)}
    present = [
        record
        for record in records
        if record.verdict == "refused"
        and (record.extract in concerned or record.extract not in registry().contracts)
        and archive.archived_path(layout, record.file_sha256).exists()
    ]
    if not present:
        return []
    # Bytes may have come once to a wrong place and once where they belong, and of the latter rows are taken out.
    held = {record.file_sha256 for record in list_records(layout) if record.verdict == "accepted"}
    let_go = [record for record in present if record.file_sha256 not in held]
    for record in let_go:
        archive.let_go_as_refused(layout, record.file_sha256)
    return let_go
