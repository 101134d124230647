"""The threads that read files, each with a bench of its own, for as long as this process writes.

They outlive a run: the same persons come again with the next quarter.

Belongs here: the threads and their benches. Does not belong here: what they read, and when (``intake_ahead``).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from types import TracebackType
from typing import Any, TypeVar

from ingestion.contracts.models import Contract
from ingestion.discovery import landed_byte_count
from ingestion.identity.pseudonyms import KnownPseudonyms
from ingestion.workbench import Workbench
from orchestration.writing import kept_while_writing
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter

#: Most of the work of reading a file frees the interpreter, so two keep two processors busy.
_LANES = 2
#: How many times its size a workbook costs, which is packed and read in a process of its own.
_WORKBOOK_WEIGHT = 10

Read = TypeVar("Read")


class Lanes(AbstractContextManager):
    """Leaving it waits for what was begun and closes the benches."""

    def __init__(self, layout: Layout, keys: Keys) -> None:
        self._layout = layout
        self._keys = keys
        self._known = KnownPseudonyms()
        self._of_thread = threading.local()
        self._benches = ExitStack()
        self._opening = threading.Lock()
        self._pool = ThreadPoolExecutor(_LANES, thread_name_prefix="intake")

    def submit(self, read: Callable[..., Read], *arguments: Any) -> Future[Read]:
        """Run ``read(*arguments, bench)`` in the lane that is free first."""
        return self._pool.submit(lambda: read(*arguments, self._bench()))

    def _bench(self) -> Workbench:
        if not hasattr(self._of_thread, "bench"):
            with self._opening:
                bench = Workbench(self._layout, self._keys, known=self._known)
                self._of_thread.bench = self._benches.enter_context(bench)
        return self._of_thread.bench

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._benches.close()


def longest_first(layout: Layout, contracts: Iterable[Contract], quarter: Quarter) -> list[Contract]:
    """The extracts by how long the round's files of each take to read, so that the lanes end together."""

    def cost(contract: Contract) -> int:
        size = landed_byte_count(layout, contract, quarter)
        return size if contract.file.format == "csv" else size * _WORKBOOK_WEIGHT

    return sorted(contracts, key=cost, reverse=True)


def lanes_of(layout: Layout, keys: Keys) -> Lanes:
    """The lanes of this process; it holds the writer's lock."""
    return kept_while_writing(layout, ("lanes", keys.key_id), lambda: Lanes(layout, keys))
