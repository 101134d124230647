"""``pingan sql``: a read-only prompt on a release.

Belongs here: opening a release so that a query can neither change it nor reach any other file, and showing
tables. Does not belong here: what a release holds (``publication``).
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration import exits
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import duckdb

_SHOWN_ROWS = 200
_TABLES = """
    select schema_name as schema, table_name as name, estimated_size as rows, comment
    from duckdb_tables() where not internal
    union all
    select schema_name, view_name, null, comment from duckdb_views() where not internal
    order by 1, 2
"""
_HELP = ".tables  列出表 list tables    .columns SCHEMA.TABLE  列出字段 list columns    .quit  退出 leave"


def sql(layout: Layout, query: str | None, release: str | None) -> int:
    folder = release_folder(layout, release)
    with open_release(folder) as connection:
        if query is not None:
            return exits.DONE if _answer(connection, query) else exits.USAGE
        return _prompt(connection, folder)


def release_folder(layout: Layout, release: str | None) -> Path:
    """The folder of the named release (``2017Q1`` or ``2017Q1/v2``), else of the current one.

    Raises click.UsageError, with what there is, when it does not exist.
    """
    if release is None:
        folder = layout.current_release
    else:
        quarter, _, version = release.partition("/")
        try:
            of_quarter = layout.releases / str(Quarter.parse(quarter))
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        numbered = sorted(of_quarter.glob("v*/"), key=lambda path: int(path.name[1:]))
        folder = of_quarter / version if version else (numbered[-1] if numbered else of_quarter / "v1")
    if not (folder / "analysts" / "pingan.duckdb").exists():
        published = sorted(str(path.relative_to(layout.releases)) for path in layout.releases.glob("*Q*/v*/"))
        raise click.UsageError(
            f"没有该发布 no such release: {release or 'current'}；"
            f"已发布 published: {', '.join(published) or '无 none; run: pingan run'}"
        )
    return folder.resolve()


def open_release(folder: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection that reaches no other file and cannot be talked into it."""
    import duckdb

    connection = duckdb.connect(
        str(folder / "analysts" / "pingan.duckdb"),
        read_only=True,
        config={"enable_external_access": "false", "autoload_known_extensions": "false"},
    )
    connection.execute("set lock_configuration = true")
    return connection


def _prompt(connection: duckdb.DuckDBPyConnection, folder: Path) -> int:
    import readline

    # In the reader's own home: an analyst may not write into the warehouse, and queries are nobody else's business.
    history = Path.home() / ".pingan_sql_history"
    if history.exists():
        readline.read_history_file(history)
    if sys.stdin.isatty():
        click.echo(f"{folder.parent.name}/{folder.name}（只读 read-only）  {_HELP}")
    pending = ""
    try:
        while True:
            line = input("pingan> " if not pending else "   ...> ") if sys.stdin.isatty() else input()
            if not pending and line.strip() in (".quit", ".exit"):
                break
            pending = f"{pending}\n{line}".strip()
            if pending.startswith(".") or pending.endswith(";"):
                _answer(connection, pending)
                pending = ""
    except (EOFError, KeyboardInterrupt):
        if pending:
            _answer(connection, pending)
    finally:
        with suppress(OSError):
            readline.write_history_file(history)
    return exits.DONE


def _answer(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Run one query or dot-command and print its rows; print the reason and return False when it fails."""
    import duckdb

    command, _, argument = query.strip().rstrip(";").partition(" ")
    if command == ".tables":
        query = _TABLES
    elif command == ".columns":
        query = f"select column_name, column_type from (describe {argument})"
    elif command.startswith("."):
        click.echo(_HELP)
        return command == ".help"
    try:
        cursor = connection.execute(query)
    except duckdb.Error as error:
        click.echo(str(error), err=True)
        return False
    if cursor.description:
        _print_rows([column[0] for column in cursor.description], cursor.fetchmany(_SHOWN_ROWS + 1))
    return True


def _print_rows(headers: list[str], rows: list[tuple]) -> None:
    from rich import box
    from rich.table import Table

    from orchestration.report import show

    table = Table(box=box.SIMPLE_HEAD)
    for number, header in enumerate(headers):
        numeric = any(isinstance(row[number], int | float) for row in rows[:20])
        table.add_column(header, justify="right" if numeric else "left", overflow="fold")
    for row in rows[:_SHOWN_ROWS]:
        table.add_row(*("" if value is None else str(value) for value in row))
    show(table)
    more = "，仅显示前 " if len(rows) > _SHOWN_ROWS else ""
    click.echo(
        f"{len(rows[:_SHOWN_ROWS])} 行 rows" + (f"{more}{_SHOWN_ROWS} 行 first {_SHOWN_ROWS} shown" if more else "")
    )
