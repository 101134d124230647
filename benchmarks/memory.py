"""The memory of a command together with the processes that it starts.

Belongs here: sampling it. Does not belong here: what is run.
"""

from __future__ import annotations

import os
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

_SECONDS_BETWEEN = 0.1
_PAGE = os.sysconf("SC_PAGE_SIZE")


class PeakOfAll(AbstractContextManager):
    """Looks at ``process_id`` and all its descendants ten times a second. ``mebibytes`` is the most that lay in memory
    at once; pages of files that two of them share are counted twice."""

    def __init__(self, process_id: int) -> None:
        self._process_id = process_id
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.mebibytes = 0.0

    def _look(self) -> None:
        while not self._ended.wait(_SECONDS_BETWEEN):
            self.mebibytes = max(self.mebibytes, resident_bytes(self._process_id) / (1 << 20))

    def __enter__(self) -> PeakOfAll:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()


def resident_bytes(process_id: int) -> int:
    """What a process and its descendants have in memory now; 0 when it has ended."""
    parents, resident = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                # Behind the name, which may hold blanks: state, parent, …
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                resident[int(folder.name)] = int((folder / "statm").read_text().split()[1]) * _PAGE
            except (OSError, IndexError):
                continue
    family = {process_id}
    while grown := {child for child, parent in parents.items() if parent in family} - family:
        family |= grown
    return sum(resident.get(one, 0) for one in family)
