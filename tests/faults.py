"""Faults of the machine, for tests: a process that dies at its n-th call to the disk, a disk that is full or read-only.

The calls are those that Python code of this project makes below a folder, and those that write Parquet. A process that
is "killed" makes no further call, so nothing is tidied up, as after SIGKILL.

Belongs here: making faults. Does not belong here: what must hold then.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

#: Calls that change the disk, by where they stand; the first argument is a path, or the handle of a file.
_CHANGES = ("replace", "rename", "mkdir", "chmod", "fsync")
_REMOVALS = ("unlink", "remove", "rmdir")
_WRITING_MODES = set("wax+")


#: No process has this number.
ANOTHER_PROCESS = 1 << 30


class Killed(BaseException):
    """The process is gone. No except clause for ordinary errors sees it."""


class Disk:
    """Counts the calls below ``folder`` while it is in use as a context manager, and lets them fail as ``fail`` says.

    ``fail`` gets the number of the call, from 1, its kind (``read``, ``write``, ``remove``) and what it is about; it
    raises, or lets the call through. ``process_id`` is what the process takes for its own, so that what it leaves is
    not taken for that of the process that comes after it.
    """

    def __init__(
        self,
        folder: Path,
        fail: Callable[[int, str, str], None] = lambda number, kind, what: None,
        process_id: int | None = None,
    ) -> None:
        self._process_id = process_id or os.getpid()
        self.folder = str(folder)
        self.fail = fail
        self.calls: list[tuple[str, str]] = []
        self._lock = threading.Lock()
        self._patched = pytest.MonkeyPatch()

    def call(self, kind: str, name: str, path: Any) -> None:
        with self._lock:
            self.calls.append((kind, f"{name} {path}"))
            number = len(self.calls)
        self.fail(number, kind, f"{name} {path}")

    def _concerns(self, path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder)

    def __enter__(self) -> Disk:
        self._patched.setattr(os, "getpid", lambda: self._process_id)
        for names, kind in ((_CHANGES, "write"), (_REMOVALS, "remove")):
            for name in names:
                self._patched.setattr(os, name, self._wrapped(kind, name, getattr(os, name)))
        plain_open = builtins.open

        def opened(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            if not self._concerns(file):
                return plain_open(file, mode, *arguments, **named)
            writes = bool(_WRITING_MODES & set(mode)) and mode != "rb+"
            self.call("write" if writes else "read", "open", file)
            handle = plain_open(file, mode, *arguments, **named)
            return _Watched(self, handle, file)

        self._patched.setattr(builtins, "open", opened)
        self._patched.setattr(io, "open", opened)
        for name in ("write_table", "close"):
            plain = getattr(pq.ParquetWriter, name)

            def parquet(writer: Any, *arguments: Any, _plain: Any = plain, _name: str = name, **named: Any) -> Any:
                if writer.is_open:
                    self.call("write", f"parquet {_name}", writer.where)
                return _plain(writer, *arguments, **named)

            self._patched.setattr(pq.ParquetWriter, name, parquet)
        return self

    def _wrapped(self, kind: str, name: str, plain: Callable) -> Callable:
        def wrapped(path: Any, *arguments: Any, **named: Any) -> Any:
            if name == "fsync":  # is counted and not done: nothing here loses its power
                named_by = os.readlink(f"/proc/self/fd/{path}")
                return self.call(kind, name, named_by) if self._concerns(named_by) else plain(path)
            if self._concerns(path):
                self.call(kind, name, " -> ".join(map(str, [path, *arguments])) if name == "replace" else path)
            return plain(path, *arguments, **named)

        return wrapped

    def __exit__(self, *error: Any) -> None:
        self._patched.undo()


class _Watched:
    """An open file whose reading and writing are calls too."""

    def __init__(self, disk: Disk, handle: Any, path: Any) -> None:
        self._disk, self._handle, self._path = disk, handle, path

    def write(self, content: Any) -> int:
        self._disk.call("write", "write", self._path)
        return self._handle.write(content)

    def read(self, *arguments: Any) -> Any:
        self._disk.call("read", "read", self._path)
        return self._handle.read(*arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)

    def __iter__(self) -> Any:
        return iter(self._handle)

    def __enter__(self) -> _Watched:
        self._handle.__enter__()
        return self

    def __exit__(self, *error: Any) -> Any:
        return self._handle.__exit__(*error)


def killed_at(place: int) -> Callable[[int, str, str], None]:
    def fail(number: int, kind: str, what: str) -> None:
        if number >= place:
            raise Killed(what)

    return fail


def full_from(place: int) -> Callable[[int, str, str], None]:
    """From the call ``place`` on nothing can be written; removing and reading go on."""

    def fail(number: int, kind: str, what: str) -> None:
        if number >= place and kind == "write" and not what.startswith(("chmod", "fsync")):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), what.split(" ", 1)[1])

    return fail


def read_only(folder: Path) -> Callable[[int, str, str], None]:
    def fail(number: int, kind: str, what: str) -> None:
        path = what.split(" ", 1)[1]
        if kind != "read" and path.startswith(str(folder)) and not what.startswith("fsync"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)

    return fail


def unreadable(path: Path, code: int, after_calls: int = 0) -> Callable[[int, str, str], None]:
    """``path`` cannot be read: not at all, or not beyond some calls about it."""
    seen = 0

    def fail(number: int, kind: str, what: str) -> None:
        nonlocal seen
        if kind == "read" and what.endswith(str(path)):
            seen += 1
            if seen > after_calls:
                raise OSError(code, os.strerror(code), str(path))

    return fail
