"""``pingan erase``, ``pingan seal`` and ``pingan expire``: hold nothing more of a person, a record, or an old delivery.

Belongs here: reading a request and telling what came of it, in counts. Does not belong here: removing (``removing``).
"""

from __future__ import annotations

import csv
import datetime as dt
from typing import TextIO

import click

from orchestration import exits
from orchestration.removing import Outcome, remove_what_may_not_be_held
from orchestration.writing import writing
from warehouse.keys import load_keys
from warehouse.layout import Layout

PERSON_COLUMNS = ("document_number", "document_type_code")
RECORD_COLUMNS = ("extract", "record_number")


def erase(layout: Layout, request: TextIO, reason: str) -> int:
    """Order that nothing be held of the persons in ``request`` (CSV: document_number, document_type_code)."""
    return _order(layout, "erase", [], _persons(_rows(request, {"document_number"})), reason)


def seal(layout: Layout, request: TextIO, reason: str) -> int:
    """Order that records be sealed: of a person (document_number), or one record (extract, record_number)."""
    from ingestion.contracts.registry import registry
    from ingestion.removal.orders import record_message

    rows = _rows(request, set())
    messages = []
    for place, row in enumerate(rows, start=1):
        if row.get("document_number"):
            continue
        contract = registry().contracts.get(row.get("extract") or "")
        if contract is None or contract.sealing is None or not row.get("record_number"):
            known = ", ".join(name for name, one in registry().contracts.items() if one.sealing)
            raise click.UsageError(
                f"第 {place} 行 line {place}: 须有 document_number，或 extract 与 record_number；"
                f"可封存 can be sealed: {known}"
            )
        messages.append(record_message(contract.sealing.record, row["record_number"].strip()))
    return _order(layout, "seal", messages, _persons(rows), reason)


def expire(layout: Layout, on: dt.date | None) -> int:
    """Let go of deliveries past the retention of their contract by ``on``."""
    with writing(layout, "pingan expire"):
        return _tell(remove_what_may_not_be_held(layout, on=on))


def _rows(request: TextIO, needed: set[str]) -> list[dict[str, str]]:
    reader = csv.DictReader(request)
    known = {*PERSON_COLUMNS, *RECORD_COLUMNS}
    headers = set(reader.fieldnames or ())
    if not headers or headers - known or needed - headers:
        raise click.UsageError(f"表头应为 the header has: {', '.join(sorted(needed or known))}")
    rows = list(reader)
    if not rows:
        raise click.UsageError("没有行 the request has no rows")
    return rows


def _persons(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    """Document type, empty for a resident identity card, and number of each row that has one."""
    return [(row.get("document_type_code") or "", row["document_number"]) for row in rows if row.get("document_number")]


def _order(layout: Layout, kind: str, messages: list[str], persons: list[tuple[str, str]], reason: str) -> int:
    from ingestion.removal.orders import NumbersNotUsable, marks_of, person_marks, write_order

    today = dt.date.today()
    with writing(layout, f"pingan {kind}"):
        keys = load_keys(layout.keys)
        try:
            marks = person_marks(persons, keys, today) if persons else []
        except NumbersNotUsable as error:
            raise click.UsageError(str(error)) from error
        write_order(layout, kind, "person", marks, reason, today, keys)
        if messages:
            write_order(layout, kind, "record", marks_of(messages, keys), reason, today, keys)
        return _tell(remove_what_may_not_be_held(layout, keys))


def _tell(outcome: Outcome) -> int:
    click.echo(
        f"新指令 new orders: {outcome.orders}; "
        f"重做的来文 deliveries made again without rows: {len(outcome.deliveries)}; "
        f"到期 past their time: {len(outcome.expired)}; 重写的发布 releases written anew: {len(outcome.releases)}"
    )
    if outcome.deliveries or outcome.expired:
        click.echo(
            "构建库已删除，下次运行重建；landing 中的来文由报送部门收回。\n"
            "The build database is gone; the next run makes it again. Files in landing are their senders' to take back."
        )
    return exits.DONE
