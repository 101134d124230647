"""Processes that work for this one while it holds the writer's lock.

Reading a file, checking one, building tables and Dagster's own work are each half Python, and in one interpreter
each of them waits for the others while a processor is idle. What such a process leaves unfinished bears the number of
the one that asked, which shows it or drops it; it holds no lock and decides nothing.

Belongs here: how such a process begins and ends, and when it is worth it. Does not belong here: what it does
(``reading_ahead``, ``intake_ahead``, ``publication.release``).
"""

from __future__ import annotations

import atexit
import ctypes
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import Any, TypeVar

from ingestion.contracts.registry import registry
from ingestion.discovery import landed_byte_count
from orchestration.garbage import collect_seldom_in_this_process
from orchestration.writing import kept_while_writing
from warehouse.layout import Layout
from warehouse.processes import end_with_parent, work_for
from warehouse.quarters import Quarter

#: A round with less than this is done with in the time that a process takes to begin.
_WORTH_A_PROCESS_BYTES = 20_000_000

#: Numbers of glibc's mallopt: from which size on a buffer is given back when it is freed, and how much is kept.
_MMAP_THRESHOLD, _TRIM_THRESHOLD = (-3, 32 << 20), (-1, 1 << 30)
#: How long Arrow's allocator keeps what is freed, in milliseconds.
_PURGE_DELAY = "10000"

Answer = TypeVar("Answer")


def is_worth_a_process(layout: Layout, quarter: Quarter) -> bool:
    """Whether so much has landed for ``quarter`` that another process makes it shorter."""
    sizes = (landed_byte_count(layout, contract, quarter) for contract in registry().contracts.values())
    return sum(sizes) >= _WORTH_A_PROCESS_BYTES


def working_process(niceness: int = 0, keeps_memory: bool = False) -> ProcessPoolExecutor:
    """One process. ``niceness`` is how far it gives way to others, ``keeps_memory`` whether it keeps what it frees.

    Raises OSError when it cannot be had. Whoever waits for it must be ready for BrokenExecutor: it may be killed.
    """
    # Spawned, not forked: this process has threads, and a fork would hold their locks for ever.
    spawned = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, spawned, initializer=_begin, initargs=(os.getpid(), niceness, keeps_memory))
    # Ctrl-C goes to all processes; the one that asked says when this one ends. It has the mask from its first moment.
    held_back = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        pool.submit(os.getpid)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
    return pool


def _begin(writer: int, niceness: int, keeps_memory: bool) -> None:
    os.nice(niceness)
    if keeps_memory:
        keep_freed_memory()
    # Last of all that is done at the end: what was imported would be taken apart for most of a second.
    atexit.register(os._exit, 0)
    collect_seldom_in_this_process()
    work_for(writer)
    end_with_parent()


def keep_freed_memory() -> None:
    """Have this process keep memory that it frees, before it imports Arrow.

    One that fills buffers of the same sizes again and again spends a twelfth of its time on giving them back and having
    others cleared; to keep them takes 160 MB more. Where the C library is not glibc, only Arrow's memory is kept.
    """
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", _PURGE_DELAY)
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(*_MMAP_THRESHOLD)
        mallopt(*_TRIM_THRESHOLD)


class Worker(AbstractContextManager):
    """A process at hand for one thing after the other. Leaving it ends the process, if there is one."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._process: ProcessPoolExecutor | None = None

    def begin(self, quarter: Quarter, prepare: Callable[[], None]) -> None:
        """Have a process for the work on ``quarter`` if that is large; ``prepare`` is what it does first."""
        if self._process is None and is_worth_a_process(self._layout, quarter):
            with suppress(OSError):
                self._process = working_process()
                self._process.submit(prepare)
                self._process.submit(gc.freeze)

    def run(self, do: Callable[..., Answer], *arguments: Any) -> Answer:
        """What ``do`` answers, in the process if there is one, else here. Raises what it raised."""
        if self._process:
            try:
                return self._process.submit(do, *arguments).result()
            except BrokenExecutor:
                self._process = None
        return do(*arguments)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.shutdown()


def worker(layout: Layout) -> Worker:
    """The one of this process, while it holds the writer's lock."""
    return kept_while_writing(layout, "worker", lambda: Worker(layout))
