"""Checking a release against its manifest: every file there, unchanged, and nothing beside.

Belongs here: comparing bytes with the manifest. Does not belong here: making a release (``release``).
"""

from __future__ import annotations

from pathlib import Path

from warehouse.files import read_json, sha256_file

MANIFEST = "manifest.json"


class ReleaseDamaged(RuntimeError):
    """A release differs from its manifest; the message lists every difference."""


def file_hashes(folder: Path) -> dict[str, str]:
    """sha256 of every file under ``folder`` but the manifest, by path relative to it."""
    return {
        path.relative_to(folder).as_posix(): sha256_file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }


def differences(folder: Path) -> list[str]:
    """What differs between the release in ``folder`` and its manifest, one line each; empty when nothing does."""
    manifest = folder / MANIFEST
    if not manifest.exists():
        return [f"{MANIFEST} is missing"]
    expected, found = read_json(manifest)["files"], file_hashes(folder)
    lines = [f"{name} is missing" for name in sorted(expected.keys() - found.keys())]
    lines += [f"{name} is not in the manifest" for name in sorted(found.keys() - expected.keys())]
    changed = sorted(name for name in expected.keys() & found.keys() if expected[name] != found[name])
    return lines + [f"{name} has changed since it was released" for name in changed]


def verify_release(folder: Path) -> int:
    """The number of files checked. Raises ReleaseDamaged with every difference."""
    lines = differences(folder)
    if lines:
        listed = "\n  ".join(lines)
        raise ReleaseDamaged(f"{folder} is not what was released; restore it from a copy or publish anew:\n  {listed}")
    return len(read_json(folder / MANIFEST)["files"])
