"""Files that are either wholly there or not there: temporary name, fsync, rename, fsync of the folder.

Belongs here: atomic writing, content hashes, and reading the formats in which settings and records are kept. Does not
belong here: what the files mean.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from warehouse.processes import writer_id

_BLOCK = 1 << 20
#: Names that begin so are unfinished; readers pass over them and the next writer removes them.
UNFINISHED = ".unfinished-"
#: Put behind an unfinished file's name where readers find files by a pattern that would match it.
PART = ".part"


def own_unfinished() -> str:
    """How the names of this writer's unfinished files begin."""
    return f"{UNFINISHED}{writer_id()}-"


def sync_folder(folder: Path) -> None:
    """Make a rename inside ``folder`` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, each safe from a power cut at once: a later writer finds it there
    and has no reason to sync the folder that it stands in."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


class AtomicFiles(AbstractContextManager):
    """Files that appear together: written under temporary names, and on a clean exit synced, then renamed, then their
    folders synced, each folder once. On an error the temporary files are removed and the targets stay as they were.

    Between the renames a process may be killed; who needs all or nothing writes one more file last, as the commit.
    ``ending`` is put behind the temporary names, for readers that find files by how their names end.
    """

    def __init__(self, ending: str = "") -> None:
        self._ending = ending
        self._targets: dict[Path, Path] = {}

    def path_for(self, target: Path) -> Path:
        """The temporary path, beside ``target``, to write its content to."""
        make_folder(target.parent)
        unfinished = target.parent / f"{own_unfinished()}{target.name}{self._ending}"
        self._targets[unfinished] = target
        return unfinished

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.show()
        else:
            self.drop()

    def show(self) -> None:
        """Give the files their names. On an error they are gone, but for those that had theirs already."""
        try:
            for unfinished in self._targets:
                with open(unfinished, "rb+") as handle:
                    os.fsync(handle.fileno())
            for unfinished, target in self._targets.items():
                os.replace(unfinished, target)
            for folder in dict.fromkeys(target.parent for target in self._targets.values()):
                sync_folder(folder)
            self._targets.clear()
        finally:
            self.drop()

    def drop(self) -> None:
        """Remove the temporary files."""
        for unfinished in self._targets:
            unfinished.unlink(missing_ok=True)


@contextmanager
def atomic_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; on a clean exit sync it and rename it over ``target``.

    On an error the temporary file is removed and ``target`` stays as it was.
    """
    with AtomicFiles() as files:
        yield files.path_for(target)


@contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``target``; on a clean exit sync every file and rename the folder.

    ``target`` must not exist: a finished folder is never overwritten.
    """
    if target.exists():
        raise FileExistsError(f"{target} exists already and is never overwritten")
    make_folder(target.parent)
    unfinished = target.parent / f"{UNFINISHED}{target.name}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        yield unfinished
        for path in unfinished.rglob("*"):
            if path.is_file():
                with open(path, "rb") as handle:
                    os.fsync(handle.fileno())
            else:
                sync_folder(path)
        sync_folder(unfinished)
        os.rename(unfinished, target)
        sync_folder(target.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def write_text(target: Path, text: str) -> None:
    with atomic_path(target) as path:
        path.write_text(text, encoding="utf-8")


def write_json(target: Path, content: Any) -> None:
    """Write JSON with sorted keys, so that equal content gives equal bytes."""
    write_text(target, json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_yaml(path: Path) -> Any:
    """A file of settings, by the parser in C, which is several times faster. Raises yaml.YAMLError with the place."""
    import yaml

    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def sha256_file(path: Path) -> str:
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class UnreadableSource(OSError):
    """A file that others wrote cannot be read. Says nothing about the place that is written to."""


def copy_and_hash(source: Path, target: Path) -> str:
    """Copy ``source`` to ``target`` in one reading and return the sha256 of what was copied.

    Raises UnreadableSource when it is ``source`` that fails, and OSError as it is when it is ``target``.
    """
    digest = hashlib.sha256()
    with ExitStack() as opened:
        with reading():
            reader = opened.enter_context(open(source, "rb"))
        writer = opened.enter_context(open(target, "wb"))
        while True:
            with reading():
                block = reader.read(_BLOCK)
            if not block:
                return digest.hexdigest()
            digest.update(block)
            writer.write(block)


@contextmanager
def reading() -> Iterator[None]:
    """Mark the reading of a file that others wrote: an OSError becomes UnreadableSource."""
    try:
        yield
    except OSError as error:
        raise UnreadableSource(error.errno, error.strerror) from error
