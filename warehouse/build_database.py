"""The files of the build database, and taking over what a killed writer left in them.

DuckDB keeps what is committed in a log beside the database until it writes it there, and plays a log back when the
database is next opened. Two ways to open it fail: to read only, since playing back may write; and, in version 1.5.5, as
the first database of a process, if a table with checks got its key behind its rows, for there is no default database
yet in which to look for the functions of the checks. Attached to another database it is played back.

Belongs here: which files there are, and playing back. Does not belong here: what stands in them.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.files import UNFINISHED
from warehouse.layout import Layout
from warehouse.memory import BUILD_GIGABYTES, half_of_memory


class BuildDatabaseUnreadable(RuntimeError):
    """What a killed writer committed can't be taken over. The message says what stands in the way and what to do."""


def build_database_files(layout: Layout) -> list[Path]:
    """The database, if it is there, and the logs beside it: what was built is in them, too."""
    return sorted(layout.build_database.parent.glob(f"{layout.build_database.name}*"))


def take_over_log(layout: Layout) -> bool:
    """Write what a killed writer committed into the database, so that everybody can open it; whether there was any.

    The caller holds the writer's lock. Raises BuildDatabaseUnreadable.
    """
    files = build_database_files(layout)
    if layout.build_database not in files or len(files) == 1:
        return False
    import duckdb

    spill = layout.build_database.parent / f"{UNFINISHED}spill-log"
    config = {"temp_directory": str(spill), "memory_limit": half_of_memory(BUILD_GIGABYTES)}
    path = str(layout.build_database).replace("'", "''")
    try:
        with duckdb.connect(config=config) as connection:
            connection.execute(f"attach '{path}' as build; checkpoint build; detach build")
    except duckdb.Error as error:
        raise BuildDatabaseUnreadable(
            f"{layout.build_database}: 上次运行中断后无法打开。请关闭正在读取它的程序、检查磁盘空间后重新运行；"
            f"仍不行则删除 {layout.build_database.parent}，下次运行会重建。 "
            "It can't be opened after a run that was killed: close whatever reads it and look whether the disk has "
            f"room, then run again; if that does not help, delete {layout.build_database.parent}, which the next run "
            f"makes again. ({str(error).splitlines()[0]})"
        ) from error
    return True
