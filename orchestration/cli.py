"""The command line ``pingan``: names, options and exit codes.

Belongs here: what can be asked for. Does not belong here: doing it (``commands``). Only click is imported
here, so that help costs nothing; each command imports what it needs.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path
from typing import TextIO

import click

from orchestration import environment, exits
from orchestration.cli_identity import keys, review, vault
from orchestration.cli_index import index
from orchestration.garbage import collect_seldom_in_this_process, leave_all_at_the_end
from warehouse.layout import HOME_VARIABLE, Layout

EPILOG = "\b\n" + "\n".join(["Exit codes:", *(f"  {code}  {meaning}" for code, meaning in exits.MEANINGS.items())])
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 120}


@click.group(context_settings=CONTEXT, epilog=EPILOG)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar=HOME_VARIABLE,
    default=environment.DEFAULT_HOME,
    show_default="<project>/warehouse/data",
    help=f"数据文件夹 Folder of all data; the environment variable {HOME_VARIABLE} sets it too.",
)
@click.version_option(package_name="pingan-warehouse")
@click.pass_context
def pingan(context: click.Context, home: Path) -> None:
    """平安指数数据仓库：从部门来文到按季发布的平安指数。

    The Ping'an warehouse: from departments' files to the published quarterly safety index.
    """
    context.obj = environment.enter(home)


@pingan.command()
@click.option("--profile", default="changning", show_default=True, help="情景文件 Profile of the district to make.")
@click.option("--replace", is_flag=True, help="删除已有来文后重做 Remove the files of an earlier simulation first.")
@click.pass_obj
def simulate(layout: Layout, profile: str, replace: bool) -> None:
    """模拟一个区的来文 Make a district and the files that its departments would send."""
    from orchestration.commands.simulate import simulate as command

    sys.exit(command(layout, profile, replace))


@pingan.command()
@click.argument("quarters", default="due", metavar="[QUARTER | FIRST..LAST | due]")
@click.option("--revise", metavar="REASON", help="注明理由，重新发布 Publish a published quarter anew, and say why.")
@click.pass_obj
def run(layout: Layout, quarters: str, revise: str | None) -> None:
    """运行并发布 Run quarters and publish them: by default those that are due.

    Name a quarter (2017Q1) or a range (2015Q3..2017Q2) to run these. Due is every quarter that has landed files and
    is not published.
    """
    from orchestration.commands.run import run as command

    sys.exit(command(layout, quarters, revise))


@pingan.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--extract", metavar="EXTRACT", help="指明数据集 What the files are, if their names do not say it.")
@click.option("--period", metavar="PERIOD", help="指明所属期 Their period, if their names do not say it.")
@click.option("--send-in", metavar="QUARTER", help="拟报送的批次 Quarter in whose round they are to be sent.")
@click.option("--rows", default=20, show_default=True, help="逐行列出的行数 How many rows to list one by one.")
def check(files: tuple[Path, ...], extract: str | None, period: str | None, send_in: str | None, rows: int) -> None:
    """报送前检查文件 Tell what would become of files before they are sent; writes nothing."""
    from orchestration.commands.check import check as command

    sys.exit(command(files, extract, period, send_in, rows))


@pingan.command()
@click.argument("extracts", nargs=-1, metavar="[EXTRACT]...")
@click.option(
    "--out",
    default=".",
    show_default="当前文件夹 this folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="写入的文件夹 Folder to write to.",
)
def template(extracts: tuple[str, ...], out: Path) -> None:
    """生成报送模板 Write the empty workbook of each extract, of all by default."""
    from orchestration.commands.template import template as command

    sys.exit(command(extracts, out))


@pingan.command()
@click.argument("deliveries", nargs=-1, metavar="[DELIVERY]...")
@click.option("--round", "round_name", metavar="QUARTER", help="只看该批次 Only the deliveries of this round.")
@click.pass_obj
def reply(layout: Layout, deliveries: tuple[str, ...], round_name: str | None) -> None:
    """部门回执 Write the replies to departments that are missing, and say where they lie.

    A delivery is named by its id or the beginning of it; by default all of the latest round.
    """
    from orchestration.commands.reply import reply as command

    sys.exit(command(layout, deliveries, round_name))


@pingan.command()
@click.pass_obj
def status(layout: Layout) -> None:
    """状态 What has landed, was taken in and is published, by quarter; health by department."""
    from orchestration.commands.status import status as command

    sys.exit(command(layout))


@pingan.command()
@click.argument("quarter")
@click.argument("version", default="v1")
@click.pass_obj
def rebuild(layout: Layout, quarter: str, version: str) -> None:
    """重做发布并比对 Make a release again from the archive as it was known then, and compare every hash.

    For example: pingan rebuild 2017Q1 v1. Ends with 1, naming what differs, unless all is the same.
    """
    from orchestration.commands.rebuild import rebuild as command

    sys.exit(command(layout, quarter, version))


@pingan.command()
@click.argument("delivery_id")
@click.option("--reason", required=True, help="理由，记入台账 Why; it is kept in the ledger.")
@click.option("--undo", is_flag=True, help="撤销撤回 Take a withdrawal back.")
@click.pass_obj
def withdraw(layout: Layout, delivery_id: str, reason: str, undo: bool) -> None:
    """撤回一次交付 Withdraw a delivery: the version before it, or none, is used from the next run on."""
    from orchestration.commands.withdraw import withdraw as command

    sys.exit(command(layout, delivery_id, reason, undo))


@pingan.command()
@click.argument("request", type=click.File(encoding="utf-8-sig"))
@click.option("--reason", required=True, help="依据 On what ground, without naming anyone.")
@click.pass_obj
def erase(layout: Layout, request: TextIO, reason: str) -> None:
    """删除个人 Hold nothing more of the persons in REQUEST, a CSV file (- for standard input) with document_number."""
    from orchestration.commands.remove import erase as command

    sys.exit(command(layout, request, reason))


@pingan.command()
@click.argument("request", type=click.File(encoding="utf-8-sig"))
@click.option("--reason", required=True, help="依据 On what ground, without naming anyone.")
@click.pass_obj
def seal(layout: Layout, request: TextIO, reason: str) -> None:
    """封存记录 Seal the records in REQUEST, a CSV file with extract and record_number, or document_number."""
    from orchestration.commands.remove import seal as command

    sys.exit(command(layout, request, reason))


@pingan.command()
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="截至日期 By this day; default: the newest round's end.")
@click.pass_obj
def expire(layout: Layout, on: dt.datetime | None) -> None:
    """清理到期来文 Let go of deliveries past the retention of their contract. Every run does the same."""
    from orchestration.commands.remove import expire as command

    sys.exit(command(layout, on.date() if on else None))


@pingan.command()
@click.pass_obj
def doctor(layout: Layout) -> None:
    """检查环境 Check versions, disk, permissions, locale, keys, fonts and what was left unfinished."""
    from orchestration.commands.doctor import doctor as command

    sys.exit(command(layout))


@pingan.command()
@click.option("-c", "--command", "query", metavar="QUERY", help="执行一条查询后退出 Run one query and leave.")
@click.option("--release", metavar="QUARTER[/vN]", help="指定发布版本 Query this release instead of the latest.")
@click.pass_obj
def sql(layout: Layout, query: str | None, release: str | None) -> None:
    """查询已发布数据（只读） Query the latest release, read-only."""
    from orchestration.commands.sql import sql as command

    sys.exit(command(layout, query, release))


@pingan.command()
@click.argument("quarter", required=False)
@click.pass_obj
def accuracy(layout: Layout, quarter: str | None) -> None:
    """与模拟真值对照 Compare a simulated district's residence with the truth: by default the last built quarter."""
    from orchestration.commands.accuracy import accuracy as command

    sys.exit(command(layout, quarter))


@pingan.command()
@click.option("--port", default=3000, show_default=True, help="端口 Port on this machine.")
@click.option("--read-only", is_flag=True, help="只读，不运行调度 Only look: no runs, no schedules, no sensors.")
@click.pass_obj
def ui(layout: Layout, port: int, read_only: bool) -> None:
    """打开 Dagster 界面 Open the Dagster UI on this warehouse."""
    from orchestration.commands.ui import ui as command

    sys.exit(command(layout, port, read_only))


@pingan.command()
@click.option("--check", is_flag=True, help="只检查是否一致 Only tell whether what is generated is current.")
def codegen(check: bool) -> None:
    """生成文件 Write everything that is derived from the contracts and the series."""
    from orchestration.commands.codegen import codegen as command

    sys.exit(command(check))


pingan.add_command(index)


for group in (review, vault, keys):
    pingan.add_command(group)


def main() -> None:
    """Run the command line; whatever goes wrong ends with an exit code and with what to do."""
    collect_seldom_in_this_process()
    leave_all_at_the_end()
    try:
        pingan.main(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(exits.USAGE)
    except Exception as error:
        from warehouse.locks import WarehouseBusy

        if isinstance(error, WarehouseBusy):
            click.echo(f"仓库正被占用 busy: {error}", err=True)
            sys.exit(exits.BUSY)
        if os.environ.get("PINGAN_TRACE"):
            raise
        click.echo(
            f"程序或机器故障 failed: {type(error).__name__}: {error}\n"
            "责任 owner: 数据工程 Data engineering\n"
            "处理: 运行 pingan doctor；设置 PINGAN_TRACE=1 再次运行可见出错位置。\n"
            "remedy: run pingan doctor; run again with PINGAN_TRACE=1 to see where it failed.",
            err=True,
        )
        sys.exit(exits.FAILED)


if __name__ == "__main__":
    main()
