"""Which names in the landing folder are files that departments sent.

Belongs here: names that are none of theirs: manifests, and what programs write while they work. Imports nothing heavy,
so that "nothing new" is said in no time. Does not belong here: what a file claims to be (``discovery``).
"""

from __future__ import annotations

from pathlib import Path

#: A manifest is named like its file, with this after it.
MANIFEST_SUFFIX = ".manifest.json"
#: How programs name a file that they are still writing or hold open.
_TEMPORARY_STARTS = (".", "~")
_TEMPORARY_ENDS = (".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download", ".lock", "~")


def is_sent_file(path: Path) -> bool:
    """Whether ``path`` is a plain file with a name that a department gave it."""
    name = path.name.lower()
    temporary = name.startswith(_TEMPORARY_STARTS) or name.endswith(_TEMPORARY_ENDS)
    return not temporary and not name.endswith(MANIFEST_SUFFIX) and path.is_file() and not path.is_symlink()
