"""Checking a release against its manifest: every file there, unchanged, and nothing beside.

Belongs here: comparing bytes with the manifest. Does not belong here: making a release (``release``).
"""

from __future__ import annotations

from pathlib import Path

from publication.lineage import ANALYSTS_DATABASE
from publication.redaction import removed_files
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
    expected |= removed_files(folder)
    changed = sorted(name for name in expected.keys() & found.keys() if expected[name] != found[name])
    return lines + [f"{name} has changed since it was released" for name in changed]


def made_again_differences(released: Path, again: Path) -> list[str]:
    """What differs between a release and another making of it, one line each; empty when nothing does.

    The analysts' database is compared table by table, all other files byte by byte. A changed input is named as well,
    since it is the likely cause.
    """
    expected, found = read_json(released / MANIFEST), read_json(again / MANIFEST)
    lines = [
        f"{name} was {_short(expected['inputs'].get(name))}, is {_short(found['inputs'].get(name))}"
        for name in sorted(expected["inputs"] | found["inputs"])
        if found["inputs"].get(name) != expected["inputs"].get(name)
    ]
    lines += _differing("table ", expected["tables"], found["tables"])
    files = (
        {name: sha256 for name, sha256 in manifest["files"].items() if name != ANALYSTS_DATABASE}
        for manifest in (expected, found)
    )
    return lines + _differing("", *files)


def _differing(kind: str, expected: dict[str, str], found: dict[str, str]) -> list[str]:
    return [
        f"{kind}{name} "
        + ("is missing" if name not in found else "was not released" if name not in expected else "differs")
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def verify_release(folder: Path) -> int:
    """The number of files checked. Raises ReleaseDamaged with every difference."""
    lines = differences(folder)
    if lines:
        listed = "\n  ".join(lines)
        raise ReleaseDamaged(f"{folder} is not what was released; restore it from a copy or publish anew:\n  {listed}")
    return len(read_json(folder / MANIFEST)["files"])
