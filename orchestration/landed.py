"""What lies in the landing folder, told apart by content.

Belongs here: listing landed files and their hashes. Does not belong here: reading a row (``ingestion``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ingestion.names import is_sent_file
from warehouse.files import read_json, sha256_file, write_json
from warehouse.layout import Layout
from warehouse.quarters import Quarter

_HASHING_THREADS = 2


@dataclass(frozen=True, order=True)
class LandedFile:
    """A file as it lies in a round's folder of a department."""

    round_quarter: Quarter
    department: str
    path: Path
    sha256: str


def rounds(layout: Layout) -> list[Quarter]:
    """The quarters for which the landing folder has a round, in order. Folders of other names are passed over."""
    found = []
    for folder in layout.landing.iterdir() if layout.landing.is_dir() else ():
        try:
            found.append(Quarter.parse(folder.name))
        except ValueError:
            continue
    return sorted(found)


def landed_files(layout: Layout, until: Quarter | None = None) -> list[LandedFile]:
    """Every file of every round up to ``until``, with its sha256.

    A hash is taken again only if size or time of change differ from when it was taken. The record of
    hashes names no file: a file's name may hold what must not leave the landing zone.
    """
    known: dict[str, list] = read_json(layout.fingerprints) if layout.fingerprints.exists() else {}
    landed = list(_paths(layout))
    # Hashing frees the interpreter, and a first year of files is gigabytes.
    with ThreadPoolExecutor(_HASHING_THREADS) as threads:
        entries = list(threads.map(lambda found: _entry(layout, found[1], known), landed))
    seen = dict(entries)
    if seen != known:
        write_json(layout.fingerprints, seen)
    files = [
        LandedFile(quarter, path.parent.name, path, sha256)
        for (quarter, path), (_, (*_, sha256)) in zip(landed, entries, strict=True)
    ]
    return sorted(file for file in files if until is None or file.round_quarter <= until)


def _entry(layout: Layout, path: Path, known: dict[str, list]) -> tuple[str, list]:
    """The file's line in the record: what its name is hashed to, and size, time of change and sha256."""
    status = path.stat()
    name = hashlib.sha256(str(path.relative_to(layout.landing)).encode()).hexdigest()[:32]
    stamp = [status.st_size, status.st_mtime_ns]
    entry = known.get(name)
    return name, entry if entry and entry[:2] == stamp else [*stamp, sha256_file(path)]


def _paths(layout: Layout) -> Iterator[tuple[Quarter, Path]]:
    for quarter in rounds(layout):
        for path in sorted((layout.landing / str(quarter)).glob("*/*")):
            if is_sent_file(path):
                yield quarter, path
