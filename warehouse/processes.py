"""Processes that work for another one.

Belongs here: that they end with it. Does not belong here: what they do.
"""

from __future__ import annotations

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """End this process as soon as the one that started it has ended, however that was: who comes after a writer that
    was killed must find nobody writing, and its lock free."""
    threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    multiprocessing.parent_process().join()
    os._exit(1)
