"""The archive: every file ever read, by its content, never changed.

Belongs here: keeping bytes. Does not belong here: knowing what they are.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from warehouse.files import UNFINISHED, copy_and_hash, make_folder, reading, sync_folder
from warehouse.layout import Layout


@dataclass(frozen=True)
class ArchivedFile:
    """A file in the archive. All later reading is from here, so that a change in landing cannot come between."""

    path: Path
    sha256: str
    byte_count: int


def private_folder(folder: Path, zone: Path) -> Path:
    """Make ``folder`` inside ``zone``, closed to everyone but the owner from the zone downwards."""
    for parent in make_folder(folder):
        sync_folder(parent)
    while folder != zone.parent:
        os.chmod(folder, 0o700)
        folder = folder.parent
    return folder


def archived_path(layout: Layout, sha256: str) -> Path:
    return layout.archive / sha256[:2] / sha256


class StillBeingWritten(Exception):
    """The file changed while it was read. It is read again when it is finished."""


def keep(layout: Layout, source: Path) -> ArchivedFile:
    """Copy ``source`` into the archive while hashing it; nothing is written twice for the same content.

    Raises StillBeingWritten when it changed meanwhile, UnreadableSource when it cannot be read.
    """
    private_folder(layout.archive, layout.archive)
    # Extracts are taken in beside one another, in threads of one process.
    unfinished = layout.archive / f"{UNFINISHED}{os.getpid()}-{threading.get_ident()}"
    try:
        before = _state(source)
        sha256 = copy_and_hash(source, unfinished)
        byte_count = unfinished.stat().st_size
        if not before == _state(source) == (byte_count, before[1]):
            raise StillBeingWritten(source.name)
        target = archived_path(layout, sha256)
        if not target.exists():
            private_folder(target.parent, layout.archive)
            with open(unfinished, "rb") as handle:
                os.fsync(handle.fileno())
            os.chmod(unfinished, 0o400)
            os.replace(unfinished, target)
            sync_folder(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return ArchivedFile(target, sha256, byte_count)


def _state(source: Path) -> tuple[int, int]:
    with reading():
        status = source.stat()
    return status.st_size, status.st_mtime_ns


def remove_unfinished(layout: Layout) -> None:
    """Remove half copies of processes that were stopped; this process keeps its own."""
    own = f"{UNFINISHED}{os.getpid()}-"
    for path in layout.archive.glob(f"{UNFINISHED}*"):
        if not path.name.startswith(own):
            path.unlink(missing_ok=True)
