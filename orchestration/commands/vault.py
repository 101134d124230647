"""``pingan vault``: who opened the vault, and bringing a plain one over to encryption.

Belongs here: telling. Does not belong here: the log (``ingestion.identity.access_log``) or the cipher
(``ingestion.identity.encryption``).
"""

from __future__ import annotations

from rich import box
from rich.table import Table

from ingestion.identity.access_log import AccessLog, BrokenChain
from orchestration import exits
from orchestration.report import show
from orchestration.writing import writing
from warehouse.keys import load_keys
from warehouse.layout import Layout


def log(layout: Layout, count: int) -> int:
    try:
        lines = list(AccessLog.at(layout.vault_log, head=layout.vault_log_head).chain.lines())
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


def encrypt(layout: Layout) -> int:
    from ingestion.identity.encrypting import encrypt_vault
    from ingestion.identity.encryption import CannotEncrypt

    try:
        with writing(layout, "pingan vault encrypt"):
            count = encrypt_vault(layout, load_keys(layout.keys))
    except CannotEncrypt as error:
        show(f"✗ {error}")
        return exits.REFUSED
    show(f"已加密 encrypted: {count:,} 个文件 files")
    return exits.DONE
