"""One writer at a time, by a lock of the operating system that a dead process cannot keep.

Belongs here: the writer's lock and the message that names its holder.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WarehouseBusy(RuntimeError):
    """Another process is writing. The message names it and says what to do."""


@contextmanager
def writer_lock(path: Path, purpose: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the writer's lock at ``path`` for the block.

    The kernel frees the lock when the holder ends, however it ends; the text in the file only names
    the holder. Raises WarehouseBusy when it is still held after ``wait_seconds``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="utf-8") as handle:
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    handle.seek(0)
                    holder = handle.read().strip() or "a process that has not named itself yet"
                    raise WarehouseBusy(
                        f"the warehouse is being written by {holder}; wait until it ends, or stop that process, "
                        "and run again (nothing was changed)"
                    ) from None
                time.sleep(0.1)
        handle.truncate(0)
        handle.write(f"process {os.getpid()} on {socket.gethostname()} ({purpose})")
        handle.flush()
        try:
            yield
        finally:
            handle.truncate(0)
            fcntl.flock(handle, fcntl.LOCK_UN)
