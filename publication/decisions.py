"""Decisions of disclosure control as files, one for each quarter.

Belongs here: writing them whole and reading only what is whole. Does not belong here: what they say or rest on
(``disclosure.kept``).
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from publication.disclosure.cells import Hidden
from publication.disclosure.kept import as_text, from_text
from warehouse.files import write_text


@dataclass(frozen=True)
class DecisionFiles:
    """The first line of a file says what the decision was made from and seals the rest. A file that is not there, not
    whole or made from something else holds no decision."""

    folder: Path

    def find(self, quarter: str, decided_from: str) -> Hidden | None:
        try:
            head, _, text = self._path(quarter).read_text(encoding="utf-8").partition("\n")
        except (OSError, UnicodeDecodeError):
            return None
        return from_text(text) if head == _head(decided_from, text) else None

    def keep(self, quarter: str, decided_from: str, hidden: Hidden) -> None:
        text = as_text(hidden)
        with suppress(OSError):  # the next release decides again
            write_text(self._path(quarter), f"{_head(decided_from, text)}\n{text}")

    def _path(self, quarter: str) -> Path:
        return self.folder / f"{quarter}.txt"


def _head(decided_from: str, text: str) -> str:
    return f"{decided_from} {hashlib.sha256(f'{decided_from}{text}'.encode()).hexdigest()}"
