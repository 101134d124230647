"""The archive: every file ever read, by its content.

Nothing in it changes but by law: where rows had to be removed, a copy without them takes the file's place, and a note
beside it says under which sha256 it lies. The bytes that held the rows are gone and are not kept again.

Belongs here: keeping bytes and following such notes. Does not belong here: which rows (``removal``), or knowing what
the bytes are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from warehouse.files import (
    UNFINISHED,
    copy_and_hash,
    make_folder,
    own_unfinished,
    read_json,
    reading,
    sha256_file,
    sync_folder,
    write_json,
)
from warehouse.layout import Layout

#: The reason in the note of a refused file whose bytes were deleted.
_REFUSED = "refused file, rows of removed persons not excluded"


@dataclass(frozen=True)
class ArchivedFile:
    """A file in the archive. All later reading is from here, so that a change in landing cannot come between."""

    path: Path
    sha256: str
    byte_count: int


def private_folder(folder: Path, zone: Path) -> Path:
    """Make ``folder`` inside ``zone``, closed to everyone but the owner from the zone downwards."""
    make_folder(folder)
    while folder != zone.parent:
        os.chmod(folder, 0o700)
        folder = folder.parent
    return folder


def archived_path(layout: Layout, sha256: str) -> Path:
    """Where the bytes of a file lie that came as ``sha256``, or what is left of them. It may not exist any more."""
    return _place(layout, _followed(layout, sha256)[0])


def rows_not_held(layout: Layout, sha256: str) -> frozenset[int]:
    """Numbers of the rows that came in the file ``sha256`` and are blank in what is left of it."""
    return _followed(layout, sha256)[1]


def _followed(layout: Layout, sha256: str) -> tuple[str, frozenset[int]]:
    """Under which sha256 what is left of a file lies, and the rows that it has lost on the way there."""
    rows: frozenset[int] = frozenset()
    while (note := _note(layout, sha256)).exists():
        content = read_json(note)
        if content["became"] is None:
            return sha256, frozenset()
        rows |= frozenset(content.get("rows", ()))
        sha256 = content["became"]
    return sha256, rows


def replace(layout: Layout, sha256: str, without_rows: Path | None, reason: str, rows: Collection[int] = ()) -> None:
    """Put the file ``without_rows``, which is moved away, in the place of ``sha256``; with None nothing takes it.

    rows: numbers of the rows that are blank in it and were not.
    """
    became = sha256_file(without_rows) if without_rows else None
    if without_rows and became:
        target = _place(layout, became)
        private_folder(target.parent, layout.archive)
        os.chmod(without_rows, 0o400)
        os.replace(without_rows, target)
        sync_folder(target.parent)
    if became != sha256:
        private_folder(_note(layout, sha256).parent, layout.archive)
        write_json(_note(layout, sha256), {"became": became, "reason": reason, "rows": sorted(rows)})
        _place(layout, sha256).unlink(missing_ok=True)


def let_go_as_refused(layout: Layout, sha256: str) -> None:
    """Delete the bytes of a refused file; ``keep`` takes them in once more only when it is told to."""
    kept = archived_path(layout, sha256)
    replace(layout, sha256, None, _REFUSED)
    kept.unlink(missing_ok=True)


def is_replaced(layout: Layout, sha256: str) -> bool:
    """Whether the bytes that came as ``sha256`` may not be held any more."""
    return _note(layout, sha256).exists()


def _was_let_go_as_refused(layout: Layout, sha256: str) -> bool:
    note = _note(layout, sha256)
    return note.exists() and read_json(note)["reason"] == _REFUSED


def _place(layout: Layout, sha256: str) -> Path:
    return layout.archive / sha256[:2] / sha256


def _note(layout: Layout, sha256: str) -> Path:
    return layout.archive / sha256[:2] / f"{sha256}.removed.json"


#: Numbers copies, so that each has a name of its own.
_copies = count()


class StillBeingWritten(Exception):
    """The file changed while it was read. It is read again when it is finished."""


def keep(layout: Layout, source: Path, refused_before_too: bool = False) -> ArchivedFile:
    """Copy ``source`` into the archive while hashing it; nothing is written twice for the same content.

    refused_before_too: also bytes that ``let_go_as_refused`` has deleted, of a file that is to be judged anew.
    Raises StillBeingWritten when it changed meanwhile, UnreadableSource when it cannot be read.
    """
    copied = copy_in(layout, source)
    try:
        return keep_copy(layout, copied, source, refused_before_too)
    finally:
        copied.path.unlink(missing_ok=True)


def copy_in(layout: Layout, source: Path) -> ArchivedFile:
    """Copy ``source`` to a temporary name beside the archive's files; ``keep_copy`` makes it one of them.

    Raises StillBeingWritten when it changed meanwhile, UnreadableSource when it cannot be read; then nothing is left.
    """
    private_folder(layout.archive, layout.archive)
    # Extracts are taken in beside one another, in threads, and in a process that works for this one.
    unfinished = layout.archive / f"{own_unfinished()}{os.getpid()}-{threading.get_ident()}-{next(_copies)}"
    try:
        before = _state(source)
        sha256 = copy_and_hash(source, unfinished)
        byte_count = unfinished.stat().st_size
        if not before == _state(source) == (byte_count, before[1]):
            raise StillBeingWritten(source.name)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return ArchivedFile(unfinished, sha256, byte_count)


def keep_copy(layout: Layout, copied: ArchivedFile, source: Path, refused_before_too: bool = False) -> ArchivedFile:
    """Give the copy its name in the archive, unless its content has one already or may not be held; as ``keep``."""
    target = archived_path(layout, copied.sha256)
    judged_anew = refused_before_too and _was_let_go_as_refused(layout, copied.sha256)
    if is_replaced(layout, copied.sha256) and not judged_anew:
        # What may not be held is read where it lies, if it has to be read at all.
        return ArchivedFile(target if target.exists() else source, copied.sha256, copied.byte_count)
    if not target.exists():
        private_folder(target.parent, layout.archive)
        with open(copied.path, "rb") as handle:
            os.fsync(handle.fileno())
        os.chmod(copied.path, 0o400)
        os.replace(copied.path, target)
        sync_folder(target.parent)
    if judged_anew:
        _note(layout, copied.sha256).unlink()
    return ArchivedFile(target, copied.sha256, copied.byte_count)


def _state(source: Path) -> tuple[int, int]:
    """Size in bytes and time of change: what differs when a file was written to. Raises UnreadableSource."""
    with reading():
        status = source.stat()
    return status.st_size, status.st_mtime_ns


def remove_unfinished(layout: Layout) -> None:
    """Remove half copies of processes that were stopped; this one keeps its own, and those of who works for it."""
    own = own_unfinished()
    for path in layout.archive.glob(f"{UNFINISHED}*"):
        if not path.name.startswith(own):
            path.unlink(missing_ok=True)
