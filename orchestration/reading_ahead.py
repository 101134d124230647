"""Files of the coming round, read while the present one is built and released.

Building and releasing leave a fifth of two processors idle, and reading files is half of a quarter's work. Only
the command line knows which quarter comes next, so it says so by a tag of the run.

Belongs here: which files are read beside what. Does not belong here: reading one (``ingestion.ahead``).
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING

from ingestion.contracts.registry import registry
from orchestration.lanes import lanes_of, longest_first
from orchestration.writing import kept_while_writing
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    from ingestion.ahead import FileAhead
    from ingestion.contracts.models import Contract
    from ingestion.workbench import Workbench


class ReadingAhead(AbstractContextManager):
    """Leaving it drops what was read and not asked for."""

    def __init__(self, layout: Layout, keys: Keys) -> None:
        self._layout = layout
        self._keys = keys
        self._reading: dict[tuple[str, Quarter], Future[FileAhead | None]] = {}
        self._waiting: deque[tuple[Contract, Quarter]] = deque()
        self._changing = threading.Lock()

    def begin(self, quarter: Quarter) -> None:
        """Set the first file of every extract of ``quarter`` going, the longest first.

        One at a time: what it takes more than is idle, the quarter that is being built goes without.
        """
        contracts = longest_first(self._layout, registry().contracts.values(), quarter)
        with self._changing:
            asked = set(self._reading) | {(contract.extract, when) for contract, when in self._waiting}
            self._waiting.extend((one, quarter) for one in contracts if (one.extract, quarter) not in asked)
            is_idle = all(reading.done() for reading in self._reading.values())
        if is_idle:
            self._go_on()

    def _go_on(self, _: Future | None = None) -> None:
        # A lane that has read one comes here while the run may stop all: what is begun is known to both, or not begun.
        with self._changing:
            if not self._waiting:
                return
            contract, quarter = self._waiting.popleft()
            reading = lanes_of(self._layout, self._keys).submit(self._read, contract, quarter)
            self._reading[contract.extract, quarter] = reading
        reading.add_done_callback(self._go_on)

    def _read(self, contract: Contract, quarter: Quarter, bench: Workbench) -> FileAhead | None:
        from ingestion.ahead import read_ahead

        return read_ahead(self._layout, contract, quarter, self._keys.key_id, bench)

    def stop(self) -> None:
        """Begin nothing more: what has not begun is read at its turn."""
        with self._changing:
            self._waiting.clear()
            begun = list(self._reading.values())
        for reading in begun:
            reading.cancel()

    def take(self, extract: str, quarter: Quarter) -> FileAhead | None:
        """The file that was read of an extract, now the caller's to use or drop; waits for it if it has begun.

        None when there is none, or reading it failed: its turn will tell why.
        """
        reading = self._reading.pop((extract, quarter), None)
        if reading is None or reading.cancel() or reading.exception() is not None:
            return None
        return reading.result()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        wait(self._reading.values())
        for extract, quarter in list(self._reading):
            if read := self.take(extract, quarter):
                read.drop()


def reading_ahead(layout: Layout, keys: Keys) -> ReadingAhead:
    """What this process reads ahead; it holds the writer's lock."""
    lanes_of(layout, keys)  # opened first, so that it is closed last
    return kept_while_writing(layout, ("ahead", keys.key_id), lambda: ReadingAhead(layout, keys))
