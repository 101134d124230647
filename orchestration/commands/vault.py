"""``pingan vault log``: who opened the vault.

Belongs here: laying the log out. Does not belong here: the log (``ingestion.identity.access_log``).
"""

from __future__ import annotations

from rich import box
from rich.table import Table

from ingestion.identity.access_log import AccessLog, BrokenChain
from orchestration import exits
from orchestration.report import show
from warehouse.layout import Layout


def log(layout: Layout, count: int) -> int:
    try:
        lines = list(AccessLog.at(layout.vault_log).chain.lines())
    except BrokenChain as error:
        show(f"✗ 日志被改动 the log was tampered with: {error}")
        return exits.REFUSED
    table = Table(title=f"保险库访问 openings of the vault: {len(lines):,}", title_justify="left", box=box.SIMPLE_HEAD)
    for header in ("时间 at", "谁 who", "用途 purpose", "什么 what"):
        table.add_column(header)
    for line in lines[-count:]:
        what = f"{len(line['what'])}: {', '.join(line['what'][:3])}" + (" …" if len(line["what"]) > 3 else "")
        table.add_row(line["at"], line["who"], line["purpose"], what)
    show(table)
    show(f"链条完整 the chain is whole; 末行摘要 last hash: {lines[-1]['hash'] if lines else '–'}")
    return exits.DONE
