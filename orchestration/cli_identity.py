"""The commands about identity: ``pingan review``, ``pingan vault`` and ``pingan keys``.

Belongs here: what can be asked for. Does not belong here: doing it (``commands``).
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click

from warehouse.layout import Layout

_PATH = click.Path(dir_okay=False, path_type=Path)
_who = click.option("--who", default=getpass.getuser, show_default="user of the system", help="复核人 Who decides.")
_why = click.option("--reason", required=True, help="理由 Why.")
_purpose = click.option("--purpose", required=True, help="用途 What for; written into the vault's log.")


@click.group()
def review() -> None:
    """复核身份链接 Review proposed links: whose a damaged record is."""


@review.command("list")
@click.option("--count", default=30, show_default=True, help="显示多少 How many to show.")
@click.pass_obj
def list_queue(layout: Layout, count: int) -> None:
    """列出待审链接 List the links that wait, the surest first, and those drawn for an audit."""
    from orchestration.commands import review as commands

    sys.exit(commands.list_queue(layout, count))


@review.command("show")
@click.argument("pair")
@click.option("--chart", type=_PATH, help="另存权重图 Write the chart of weights as SVG.")
@_who
@_purpose
@click.pass_obj
def show_pair(layout: Layout, pair: str, chart: Path | None, who: str, purpose: str) -> None:
    """逐项对照 Show a pair field by field, with the weight of each. Opens the vault."""
    from orchestration.commands import review as commands

    sys.exit(commands.show_pair(layout, pair, who, purpose, chart))


@review.command("accept")
@click.argument("pairs", nargs=-1, required=True)
@_who
@_why
@click.pass_obj
def accept(layout: Layout, pairs: tuple[str, ...], who: str, reason: str) -> None:
    """接受 Accept pairs: the record is that person's from the next run on."""
    from orchestration.commands import review as commands

    sys.exit(commands.decide(layout, list(pairs), "accepted", who, reason))


@review.command("reject")
@click.argument("pairs", nargs=-1, required=True)
@_who
@_why
@click.pass_obj
def reject(layout: Layout, pairs: tuple[str, ...], who: str, reason: str) -> None:
    """拒绝 Reject pairs: they are not proposed again while the record says the same."""
    from orchestration.commands import review as commands

    sys.exit(commands.decide(layout, list(pairs), "rejected", who, reason))


@review.command("undo")
@click.argument("record", metavar="RECORD_PSEUDONYM")
@click.argument("person", metavar="PERSON_ID")
@_who
@_why
@click.pass_obj
def undo(layout: Layout, record: str, person: str, who: str, reason: str) -> None:
    """撤销链接 Take a link back: two people again, each with a history of their own."""
    from orchestration.commands import review as commands

    sys.exit(commands.undo(layout, record, person, who, reason))


@review.command("export")
@click.argument("path", type=_PATH)
@click.option("--count", type=int, help="多少对 How many pairs; all by default.")
@_who
@_purpose
@click.pass_obj
def export_sheet(layout: Layout, path: Path, count: int | None, who: str, purpose: str) -> None:
    """导出盲审表 Write a sheet for blind review: both sides, no score, no rule. Opens the vault."""
    from orchestration.commands import review as commands

    sys.exit(commands.export_sheet(layout, path, who, purpose, count))


@review.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_who
@click.pass_obj
def import_sheet(layout: Layout, path: Path, who: str) -> None:
    """导入审核结果 Take the decisions of a sheet: all of them or, when a line is wrong, none."""
    from orchestration.commands import review as commands

    sys.exit(commands.import_sheet(layout, path, who))


@click.group()
def vault() -> None:
    """保险库 The vault that holds identifiers."""


@vault.command("log")
@click.option("--count", default=20, show_default=True, help="显示多少 How many of the last lines.")
@click.pass_obj
def vault_log(layout: Layout, count: int) -> None:
    """查看并核对访问日志 Show who opened the vault, and check that no line was edited."""
    from orchestration.commands.vault import log as command

    sys.exit(command(layout, count))


@vault.command("encrypt")
@click.pass_obj
def vault_encrypt(layout: Layout) -> None:
    """加密身份库 Encrypt a plain vault, once PINGAN_VAULT_ENCRYPTION=required is set; goes on where it was stopped."""
    from orchestration.commands.vault import encrypt as command

    sys.exit(command(layout))


@click.group()
def keys() -> None:
    """密钥 The keys of pseudonyms and vault."""


@keys.command("show")
@click.pass_obj
def keys_show(layout: Layout) -> None:
    """查看密钥编号 Say which set of keys is in use, by its ids."""
    from orchestration.commands.keys import show as command

    sys.exit(command(layout))


@keys.command("make")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--lasting-of",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="沿用该密钥文件的长期密钥 Carry over the lasting key of this key file, under which tombstones were written.",
)
@click.pass_obj
def keys_make(layout: Layout, path: Path, lasting_of: Path | None) -> None:
    """生成密钥文件 Write a new set of keys to PATH, for a new warehouse; its owner alone can read it."""
    from orchestration.commands.keys import make as command

    sys.exit(command(path, lasting_of, layout.home))


@keys.command("rotate")
@click.option("--dry-run", is_flag=True, help="只说明，不改动 Say what would be carried over, and change nothing.")
@click.pass_obj
def keys_rotate(layout: Layout, dry_run: bool) -> None:
    """轮换密钥 Make a new set of keys, carry everything held over to it, and give the old one up.

    The lasting key, with which tombstones are marked, and past releases stay. May be stopped at any time: either the
    old set holds, or the next command finishes the change.
    """
    from orchestration.commands.keys import rotate as command

    sys.exit(command(layout, dry_run))
