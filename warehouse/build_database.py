"""The files of the build database, and taking over what a killed writer left in its log.

DuckDB keeps what is committed in a log beside the database until it writes it there, and plays the log back when the
database is next opened. Of a log in which a table gets its primary key after its rows that fails in two cases: opened
to read only, since the key's index is to be written; and in version 1.5.5, where a check of the table calls a function
or an operator such as ``like``, opened as the first database of a process, which looks for the function in a default
database that is not there yet. Attached to another database such a log is played back.

Belongs here: which files there are, and playing back. Does not belong here: what stands in them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from warehouse.files import UNFINISHED
from warehouse.layout import Layout
from warehouse.memory import BUILD_GIGABYTES, BUILD_MEMORY_VARIABLE, half_of_memory

#: What DuckDB may leave beside a database that is not closed: the log, and two that it has during a checkpoint.
_LOGS = (".wal", ".wal.checkpoint", ".wal.recovery")
#: A folder for what a connection that names none spills.
_SPILL = ".tmp"


class BuildDatabaseUnreadable(RuntimeError):
    """What a killed writer committed can't be taken over. The message says what stands in the way and what to do."""


def build_database_files(layout: Layout) -> list[Path]:
    """The database and its logs, as far as they are there: what was built is in all of them."""
    return [path for path in (_beside(layout, ending) for ending in ("", *_LOGS)) if path.exists()]


def spill_of_readers(layout: Layout) -> Path:
    """The folder in which readers of the build database spill; one that was killed leaves it, with rows of persons."""
    return _beside(layout, _SPILL)


def build_log(layout: Layout) -> Path:
    """The log, which is there while somebody builds and after somebody was killed."""
    return _beside(layout, _LOGS[0])


def take_over_log(layout: Layout) -> None:
    """Write what a killed writer committed into the database, so that everybody can open it.

    The caller holds the writer's lock. Raises BuildDatabaseUnreadable.
    """
    log = build_log(layout)
    if not (log.exists() and layout.build_database.exists()):
        return
    import duckdb

    config = {
        "temp_directory": str(layout.build_database.parent / f"{UNFINISHED}spill-log"),
        "memory_limit": os.environ.get(BUILD_MEMORY_VARIABLE, half_of_memory(BUILD_GIGABYTES)),
    }
    path = str(layout.build_database).replace("'", "''")
    try:
        with duckdb.connect(config=config) as connection:
            connection.execute(f"attach '{path}' as build; checkpoint build; detach build")
    except duckdb.Error as error:
        # A key that came twice stands in quotation marks.
        said = re.sub(r'".*"', '"…"', str(error).splitlines()[0])
        raise BuildDatabaseUnreadable(
            f"{layout.build_database}: 构建中断后无法打开。请关闭正在读取它的程序、检查磁盘空间后重新运行；"
            f"仍不行则删除 {log.name}*，未写入的部分下次运行会重建；最后才删除 {layout.build_database.name}："
            "全部会重建，但居住认定此前的版本不再保留。 "
            "It can't be opened after a build that was killed: close whatever reads it and look whether the disk has "
            f"room, then run again. If that does not help, delete {log.name}*: what was not written is built again. "
            f"As the last resort delete {layout.build_database.name}: all is built again, but what was said earlier "
            f"of residence is gone. ({said})"
        ) from error


def _beside(layout: Layout, ending: str) -> Path:
    return layout.build_database.with_name(layout.build_database.name + ending)
