"""Files of the coming round, read while the present one is built and released, and those of the first one while the
programs for that begin.

Starting, building and releasing leave a third of two processors idle, and reading files is half of a quarter's work.
Only the command line knows which quarter comes next, so it says so by a tag of the run.

Belongs here: which files are read beside what, and the process that reads them. Does not belong here: reading one
(``ingestion.ahead``).
"""

from __future__ import annotations

import atexit
import threading
from collections import deque
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from ingestion.contracts.registry import registry
from orchestration.lanes import longest_first
from orchestration.working_process import is_worth_a_process, working_process
from orchestration.writing import kept_while_writing
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    from ingestion.ahead import FileAhead
    from ingestion.contracts.models import Contract
    from ingestion.workbench import Workbench

#: How far reading gives way: the quarter that is built has what it needs of the processors, and reading the rest.
_NICENESS = 10


class ReadingAhead(AbstractContextManager):
    """Leaving it drops what was read and not asked for."""

    def __init__(self, layout: Layout, keys: Keys) -> None:
        self._layout = layout
        self._keys = keys
        self._process: ProcessPoolExecutor | None = None
        self._reading: dict[tuple[str, Quarter], Future[FileAhead | None]] = {}
        self._waiting: deque[tuple[Contract, Quarter]] = deque()
        self._changing = threading.Lock()

    def begin(self, quarter: Quarter) -> None:
        """Set the first file of every extract of ``quarter`` going, one after the other, the longest first; none of a
        small round."""
        if not is_worth_a_process(self._layout, quarter):
            return
        contracts = longest_first(self._layout, registry().contracts.values(), quarter)
        with self._changing:
            asked = set(self._reading) | {(contract.extract, when) for contract, when in self._waiting}
            self._waiting.extend((one, quarter) for one in contracts if (one.extract, quarter) not in asked)
            is_idle = all(reading.done() for reading in self._reading.values())
        if is_idle:
            self._go_on()

    def _go_on(self, _: Future | None = None) -> None:
        # Called as one is read, while the run may stop all: what is begun is known to both, or not begun.
        with self._changing:
            if not self._waiting:
                return
            contract, quarter = self._waiting.popleft()
            try:
                self._process = self._process or working_process(_NICENESS, keeps_memory=True)
                reading = self._process.submit(_read, self._layout, self._keys, contract.extract, quarter)
            except (BrokenExecutor, OSError):
                # It was killed, or cannot be had: what waits is read at its turn, and the round after has another one.
                self._process = None
                return self._waiting.clear()
            self._reading[contract.extract, quarter] = reading
        reading.add_done_callback(self._go_on)

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
        if self._process:
            self._process.shutdown()
        for extract, quarter in list(self._reading):
            if read := self.take(extract, quarter):
                read.drop()


def _read(layout: Layout, keys: Keys, extract: str, quarter: Quarter) -> FileAhead | None:
    """In that process: the first file of the extract in the round; as ``ingestion.ahead.read_ahead``."""
    from ingestion.ahead import read_ahead

    return read_ahead(layout, registry().contract(extract), quarter, keys.key_id, _bench(layout, keys))


#: In that process: its bench, once a file was read.
_benches: dict[tuple[Layout, str], Workbench] = {}


def _bench(layout: Layout, keys: Keys) -> Workbench:
    from ingestion.workbench import Workbench

    if (layout, keys.key_id) not in _benches:
        opened = ExitStack()
        atexit.register(opened.close)
        _benches[layout, keys.key_id] = opened.enter_context(Workbench(layout, keys))
    return _benches[layout, keys.key_id]


def reading_ahead(layout: Layout, keys: Keys) -> ReadingAhead:
    """What this process reads ahead; it holds the writer's lock."""
    return kept_while_writing(layout, ("ahead", keys.key_id), lambda: ReadingAhead(layout, keys))
