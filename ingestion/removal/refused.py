"""Refused files once somebody may not be held any more: nobody can tell whom such a file is about, so no bytes of one
are kept that may be about such a person.

The run that refuses a file answers its sender from these bytes; they go when what is held is next carried out, or with
the next command that writes.

Belongs here: which archived bytes are let go. Does not belong here: accepted files (``carrying``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingestion import archive
from ingestion.contracts.registry import registry
from ingestion.ledger import Delivery
from ingestion.removal.orders import Order
from warehouse.layout import Layout


def refused_and_concerned(records: Iterable[Delivery], orders: Sequence[Order]) -> list[Delivery]:
    """The records of refused files that one of ``orders`` may be about."""
    concerned = {name for name, contract in registry().contracts.items() if any(o.concerns(contract) for o in orders)}
    return [
        record
        for record in records
        if orders
        and record.verdict == "refused"
        and (record.extract in concerned or record.extract not in registry().contracts)
    ]


def let_go_of_refused(layout: Layout, records: Sequence[Delivery], orders: Sequence[Order]) -> None:
    """Delete the bytes of those refused files that one of ``orders`` may be about; ``records`` are all there are. A
    file that no contract claims may be about anybody."""
    # Bytes may have come once to a wrong place and once where they belong, and of the latter rows are taken out, all of
    # them perhaps.
    held = {record.file_sha256 for record in records if record.verdict in ("accepted", "expired")}
    for record in refused_and_concerned(records, orders):
        if record.file_sha256 not in held and archive.archived_path(layout, record.file_sha256).exists():
            archive.let_go_as_refused(layout, record.file_sha256)
