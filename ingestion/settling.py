"""Whether a landed file is finished, or somebody still writes it.

Belongs here: the signs of writing. Does not belong here: temporary names (``discovery``); that a file changed while it
was read is noticed by ``archive``.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from pathlib import Path

#: A file that has not changed for so long is finished. Senders that copy over a network write more often.
QUIET_SECONDS = 2.0


def is_finished(path: Path) -> bool:
    """Whether nobody writes ``path``: no program has it open to write or marks it as being edited, and it has been the
    same for ``QUIET_SECONDS``, which are waited for if need be. Raises OSError when it cannot be looked at."""
    if _is_being_edited(path) or _is_open_to_write(path):
        return False
    before = _state(path)
    age = time.time() - before[1] / 1e9
    if age >= QUIET_SECONDS:
        return True
    # A time of change ahead of this clock says nothing, so the whole quiet time is waited for.
    time.sleep(QUIET_SECONDS - max(age, 0.0))
    return _state(path) == before and not _is_open_to_write(path)


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _is_being_edited(path: Path) -> bool:
    """Whether a spreadsheet's lock file stands beside it: ~$name of Excel and WPS, .~lock.name# of LibreOffice."""
    return any(path.with_name(name).exists() for name in (f"~${path.name}", f".~lock.{path.name}#"))


def _is_open_to_write(path: Path) -> bool:
    """Whether any process of this machine has it open to write: then the kernel grants no lease to read it. Where it
    grants none at all (another owner's file, another system's folder), nothing is known and False is returned."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(handle)
    return False
