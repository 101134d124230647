"""``pingan reply``: the workbooks that answer departments' deliveries, written where they are missing.

Belongs here: which deliveries, and what is told. Does not belong here: what a reply says (``ingestion.answers``).
"""

from __future__ import annotations

import click

from ingestion.answers.replies import reply_path, write_replies
from ingestion.ledger import Delivery, list_records
from orchestration import exits
from orchestration.writing import writing
from warehouse.layout import Layout
from warehouse.quarters import Quarter


def reply(layout: Layout, names: tuple[str, ...], round_name: str | None) -> int:
    """Write the replies to the deliveries whose ids begin with ``names``, or to all of a round."""
    records = list_records(layout)
    if not records:
        raise click.UsageError("台账为空 no file was taken in yet; run: pingan run")
    chosen = _chosen(records, names, round_name)
    with writing(layout, "pingan reply"):
        written = set(write_replies(layout, chosen, records))
    for record in chosen:
        path = reply_path(layout, record)
        click.echo(f"{record.record_id} {record.verdict}: {path}{' (新 new)' if path in written else ''}")
    return exits.DONE


def _chosen(records: list[Delivery], names: tuple[str, ...], round_name: str | None) -> list[Delivery]:
    try:
        wanted = str(Quarter.parse(round_name)) if round_name else None
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if wanted is None and not names:
        wanted = str(max(Quarter.parse(record.round) for record in records))
    in_round = [record for record in records if wanted in (None, record.round)]
    unknown = [name for name in names if not any(record.record_id.startswith(name) for record in in_round)]
    if unknown:
        raise click.UsageError(f"台账中没有 the ledger has no delivery {', '.join(unknown)}")
    if not in_round:
        rounds = ", ".join(sorted({record.round for record in records}))
        raise click.UsageError(f"该批次没有来文 nothing was taken in in the round {wanted}; 已有 there are: {rounds}")
    return [record for record in in_round if not names or record.record_id.startswith(names)]
