"""``pingan withdraw``: take a delivery out of use, or back into use, and say what is in force then.

Belongs here: asking and telling. Does not belong here: the decision's record (``ingestion.withdrawal``).
"""

from __future__ import annotations

import click

from ingestion.ledger import current_deliveries, list_records
from ingestion.withdrawal import CannotWithdraw
from ingestion.withdrawal import withdraw as record_decision
from orchestration import exits
from orchestration.writing import writing
from warehouse.layout import Layout


def withdraw(layout: Layout, delivery_id: str, reason: str, undo: bool) -> int:
    try:
        with writing(layout, f"pingan withdraw {delivery_id}"):
            decision = record_decision(layout, delivery_id, reason, undo)
            in_force = current_deliveries(list_records(layout, decision.extract))
    except CannotWithdraw as error:
        raise click.UsageError(str(error)) from error
    now = in_force.get((decision.extract, decision.period))
    words = "已撤销撤回 reinstated" if undo else "已撤回 withdrawn"
    stands = f"{now.delivery_id} (v{now.version})" if now else "无；请部门重报 none: ask the department for the file"
    click.echo(
        f"{words}: {delivery_id}\n"
        f"{decision.period} 现用 in force: {stands}\n"
        f"重新生成 build again: pingan run {decision.quarter}；已发布的须 if it is published: --revise REASON"
    )
    return exits.DONE
