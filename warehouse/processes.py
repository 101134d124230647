"""Processes that work for another one.

Belongs here: that they end with it, and write in its name. Does not belong here: what they do.
"""

from __future__ import annotations

import multiprocessing
import os
import threading

#: The process that this one works for, if it works for another one.
_works_for: int | None = None


def work_for(process_id: int) -> None:
    """Have what this process leaves unfinished taken for that of another one, which waits for it."""
    global _works_for
    _works_for = process_id


def writer_id() -> int:
    """The number of the process that writes, which its unfinished files bear: this one, or the one it works for."""
    return _works_for or os.getpid()


def end_with_parent() -> None:
    """End this process as soon as the one that started it has ended, however that was: who comes after a writer that
    was killed must find nobody writing, and its lock free."""
    threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)
