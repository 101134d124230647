"""The writer's lock around a whole run, wherever the run was started.

Belongs here: holding the lock once per process. Does not belong here: the lock itself (``warehouse.locks``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestration.environment import clear_unfinished, prepare_home
from warehouse.layout import Layout
from warehouse.locks import writer_lock

_held: set[Path] = set()


@contextmanager
def writing(layout: Layout, purpose: str) -> Iterator[None]:
    """Hold the writer's lock of ``layout`` for the block.

    The command line holds it over several quarters while each Dagster run asks for it too; the inner request
    is granted, because it is the same process. Raises WarehouseBusy, naming the holder, when another process writes.
    """
    if layout.writer_lock in _held:
        yield
        return
    with writer_lock(layout.writer_lock, purpose):
        _held.add(layout.writer_lock)
        try:
            prepare_home(layout)
            # Nobody else writes now, so what is unfinished was left by a process that was killed.
            clear_unfinished(layout)
            yield
        finally:
            _held.discard(layout.writer_lock)
