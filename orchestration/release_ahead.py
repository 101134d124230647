"""The part of a release that rests on the build alone, made while areas are scored and the gate is asked.

Scoring is Python and leaves a processor idle; the tables of persons are copied by DuckDB, and are most of a release.

Belongs here: what runs beside what. Does not belong here: what is copied (``publication.analysts``).
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

from publication.analysts import begin_analysts_database
from warehouse.files import make_folder, own_unfinished
from warehouse.keys import Keys
from warehouse.layout import Layout


class ReleaseAhead(AbstractContextManager):
    """Begins at once. Leaving it waits, and drops what no release has taken."""

    def __init__(self, layout: Layout, keys: Keys) -> None:
        make_folder(layout.releases)
        self._path = layout.releases / f"{own_unfinished()}analysts.duckdb"
        self._path.unlink(missing_ok=True)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="analysts")
        self._begun: Future[None] = self._thread.submit(begin_analysts_database, layout, keys, self._path)

    def analysts_database(self) -> Path | None:
        """The database that was begun, for the caller to move away; waits for it. None when it was moved already, or
        could not be written: writing it anew will tell why."""
        return self._path if not self._begun.exception() and self._path.exists() else None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown()
        self._path.unlink(missing_ok=True)
