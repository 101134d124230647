"""Putting what a rotation has made in place. The folder ``rotation/`` appears whole, by one rename: until then the old
keys hold, from then on the new ones, and whoever comes next finishes what a killed process has begun.

Belongs here: renames that can be done again. Does not belong here: making the files (``carrying``).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from warehouse.custody import write_key_file
from warehouse.files import UNFINISHED, make_folder, read_json, sync_folder, write_json
from warehouse.layout import Layout

_PLAN, _KEYS, _NEW = "plan.json", "keys.json", "new"


def staged_layout(folder: Path) -> Layout:
    """Where the new files lie in the folder of a rotation, in the shape of a home."""
    return Layout(folder / _NEW)


def write_plan(folder: Path, key_file: Path, keys: str, gone: Iterable[str]) -> None:
    """Say what is to be done with the files: where the new keys go, and what is not there any more then."""
    write_key_file(folder / _KEYS, keys)
    write_json(folder / _PLAN, {"key_file": str(key_file), "gone": sorted(gone)})


def finish(layout: Layout) -> bool:
    """Put the files of a rotation in place; False when there is none. The caller holds the writer's lock.

    The keys come last, the folder goes after them. Raises OSError when a place cannot be written; then it stays to be
    finished, and nobody reads in between (``warehouse.keys.load_keys``).
    """
    folder = layout.rotation
    if not folder.exists():
        return False
    plan = read_json(folder / _PLAN)
    changed = set()
    for path in sorted(path for path in (folder / _NEW).rglob("*") if path.is_file()):
        target = layout.home / path.relative_to(folder / _NEW)
        make_folder(target.parent)
        os.replace(path, target)
        changed.add(target.parent)
    for name in plan["gone"]:
        (layout.home / name).unlink(missing_ok=True)
    for parent in changed:
        sync_folder(parent)
    write_key_file(Path(plan["key_file"]), (folder / _KEYS).read_text(encoding="utf-8"))
    done = layout.home / f"{UNFINISHED}rotation"
    shutil.rmtree(done, ignore_errors=True)
    os.rename(folder, done)
    sync_folder(layout.home)
    shutil.rmtree(done)
    return True
