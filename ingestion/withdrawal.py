"""Withdrawing a delivery: a decision recorded beside it, after which the version before it, or none, is in force.

Nothing is deleted: the delivery's record, its rows and its bytes stay, and the decision can be undone by another one.

Belongs here: recording the decision. Does not belong here: what is in force then (``ledger``).
"""

from __future__ import annotations

from ingestion import ledger
from ingestion.ledger import DECISIONS, Delivery, withdrawn_deliveries
from ingestion.reasons import mask_digits
from warehouse.layout import Layout
from warehouse.quarters import Quarter


class CannotWithdraw(ValueError):
    """There is no such delivery, or it is withdrawn (or in use) already. The message says which."""


def withdraw(layout: Layout, delivery_id: str, reason: str, undo: bool = False) -> Delivery:
    """Record that ``delivery_id`` is withdrawn, or with ``undo`` that it is reinstated, and return the record.

    It belongs to the newest round of the ledger. The caller holds the writer's lock. Raises CannotWithdraw.
    """
    records = ledger.list_records(layout)
    found = [one for one in records if one.delivery_id == delivery_id and one.verdict == "accepted"]
    if not found:
        raise CannotWithdraw(f"没有已接收的交付 no accepted delivery {delivery_id}")
    if (delivery_id in withdrawn_deliveries(records)) != undo:
        raise CannotWithdraw(
            f"{delivery_id} 未被撤回 is not withdrawn" if undo else f"{delivery_id} 已被撤回 is withdrawn already"
        )
    if not reason.strip():
        raise CannotWithdraw("须说明理由 a reason is needed")
    verdict = "reinstated" if undo else "withdrawn"
    decisions = sum(one.delivery_id == delivery_id and one.verdict in DECISIONS for one in records)
    said = mask_digits(" ".join(reason.split()), 8)
    decision = Delivery(
        delivery_id=delivery_id,
        record_id=f"{delivery_id}.{verdict}-{decisions + 1}",
        department=found[0].department,
        extract=found[0].extract,
        period=found[0].period,
        quarter=found[0].quarter,
        round=str(max(Quarter.parse(one.round) for one in records)),
        file_name=found[0].file_name,
        file_sha256=found[0].file_sha256,
        file_byte_count=found[0].file_byte_count,
        verdict=verdict,
        reason_code=verdict,
        reason_zh=said,
        reason_en=said,
    )
    ledger.write_record(layout, decision)
    return decision
