"""Dagster's storage on SQLite, with the event log's connections kept open.

Belongs here: how runs and events are stored. Does not belong here: which events there are.

Dagster's own event log builds a database engine for every event, so that each event pays for a connection, for
compiling its statements and for a sync of the disk. A quarter has several hundred events, one or two for every
check of every extract. Kept engines that sync at checkpoints store them four times faster.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as db
from dagster._core.events import DagsterEventType
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy.pool import StaticPool

#: Databases kept open: the index of all runs, and the runs written or looked at last.
_KEPT_OPEN = 8
_BUSY_SECONDS = 60


class KeptOpenEventLog(SqliteEventLogStorage):
    """The same files and tables as Dagster's own event log."""

    def __init__(self, base_dir: str) -> None:
        self._engines: OrderedDict[str, db.Engine] = OrderedDict()
        self._tables_seen: set[str] = set()
        #: what lookups of materializations came to, and the version of the index in which they did
        self._found: dict[tuple, Any] = {}
        self._found_in: int | None = None
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[db.Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> db.Engine:
        if shard not in self._engines:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                # One connection is enough: this storage's lock lets in one thread at a time.
                poolclass=StaticPool,
                connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
            )
            db.event.listen(engine, "connect", _sync_at_checkpoints)
            self._found = {}  # a connection counts the versions that it has seen by itself
            self._engines[shard] = engine
            if len(self._engines) > _KEPT_OPEN:
                self._engines.popitem(last=False)[1].dispose()
        self._engines.move_to_end(shard)
        return self._engines[shard]

    def has_table(self, table_name: str) -> bool:
        """Whether the index has the table. Asked before every event of a check, so that a table once seen is taken to
        stay; Dagster would open the database anew each time."""
        if table_name not in self._tables_seen and super().has_table(table_name):
            self._tables_seen.add(table_name)
        return table_name in self._tables_seen

    def fetch_materializations(
        self, records_filter: Any, limit: int, cursor: str | None = None, ascending: bool = False
    ) -> Any:
        version = self._version_by_others()
        if version != self._found_in:
            self._found, self._found_in = {}, version
        # What another thread changes meanwhile takes another dictionary: an answer from before never gets into that.
        found, asked = self._found, (repr(records_filter), limit, cursor, ascending)
        if asked not in found:
            found[asked] = super().fetch_materializations(records_filter, limit, cursor, ascending)
        return found[asked]

    def _version_by_others(self) -> int:
        """A number that is another one once another connection, as of Dagster's web page, has written to the index."""
        with self.index_connection() as connection:
            return connection.exec_driver_sql("PRAGMA data_version").scalar_one()

    def store_event(self, event: Any) -> None:
        super().store_event(event)
        if event.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION:
            self._found = {}

    def delete_events(self, run_id: str) -> None:
        super().delete_events(run_id)
        self._found = {}

    def wipe(self) -> None:
        super().wipe()
        self._found = {}

    def wipe_asset(self, asset_key: Any) -> None:
        super().wipe_asset(asset_key)
        self._found = {}

    def dispose(self) -> None:
        self._found = {}
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()


class WarehouseDagsterStorage(DagsterSqliteStorage):
    """Dagster's own storage in one folder, with the event log of this module. Named by ``dagster.yaml``."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptOpenEventLog(os.path.join(base_dir, "history", "runs", ""))

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: dict[str, Any]) -> WarehouseDagsterStorage:
        # The inherited one makes the class that it stands in, not the one it is called on.
        return cls.from_local(inst_data=inst_data, **config_value)


def _sync_at_checkpoints(connection: Any, _record: Any) -> None:
    # With a write-ahead log NORMAL cannot damage the database; a power cut may take the last events of a run's
    # log, which is read for display only: what was published is decided by files.
    connection.execute("PRAGMA synchronous=NORMAL")
