"""The header row: found by the contract's aliases, wherever it stands among the first rows.

Belongs here: which row is the header, and which column each of its cells stands for. Does not belong here:
opening files.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from ingestion.contracts.models import Contract
from ingestion.readers.furniture import preamble_kind
from ingestion.reasons import FileRefused, shown

#: How many rows may stand above the header, itself included.
SEARCHED_ROWS = 30
#: Headers that a message names at most.
_NAMED_HEADERS = 20


@dataclass(frozen=True)
class Header:
    """What stands where. ``columns`` has a name of the contract, or None for a place that is not loaded;
    ``nameless`` more places follow, where separators at the end of every line are too many."""

    row_number: int
    columns: tuple[str | None, ...]
    nameless: int
    sent: dict[str, str]
    refused: tuple[str, ...]
    accounted: dict[str, int]

    @property
    def loaded(self) -> list[str]:
        """The contract's columns that the file has, in the file's order."""
        return [name for name in self.columns if name]


def normalised(header: str) -> str:
    """A header without blanks, line breaks and full-width forms: 直接财产损失（元） is 直接财产损失(元)."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", header).replace("\ufeff", ""))


def likeliest_header(rows: list[list[str]], contract: Contract) -> tuple[int, int]:
    """Which of the first ``rows`` has the most headers that the contract knows, from 0, and how many it has."""
    known_headers = {normalised(header) for column in contract.columns.values() for header in column.headers}
    known_headers |= {normalised(header) for header in contract.refused_headers}
    known = [sum(normalised(cell) in known_headers for cell in row) for row in rows[:SEARCHED_ROWS]]
    place = known.index(max(known))
    return place, known[place]


def find_header(rows: list[list[str]], contract: Contract) -> Header:
    """The header among ``rows``, the first rows of the file.

    Raises FileRefused: ``empty``, ``no_header``, ``unknown_column`` or ``missing_column``.
    """
    aliases = {normalised(header): name for name, column in contract.columns.items() for header in column.headers}
    refused = {normalised(header): header for header in contract.refused_headers}
    searched = rows[:SEARCHED_ROWS]
    if not any(cell.strip() for row in searched for cell in row):
        raise FileRefused("empty")
    place, known = likeliest_header(searched, contract)
    required = [name for name, column in contract.columns.items() if column.required]
    if known < max(2, len(required) // 2):
        expected = "、".join(contract.columns[name].headers[0] for name in required)
        raise FileRefused("no_header", searched=len(searched), expected=expected)
    row = list(searched[place])
    while row and not row[-1].strip():
        row.pop()
    columns = [aliases.get(normalised(cell)) for cell in row]
    repeated = [name for name, count in Counter(name for name in columns if name).items() if count > 1]
    found = [
        shown(cell.strip()) or "（空列名 / no name）"
        for cell, name in zip(row, columns, strict=True)
        if (name is None and normalised(cell) not in refused) or name in repeated
    ]
    if found:
        more = f" … ({len(found)})" if len(found) > _NAMED_HEADERS else ""
        raise FileRefused("unknown_column", found="、".join(found[:_NAMED_HEADERS]) + more)
    missing = [contract.columns[name].headers[0] for name in required if name not in columns]
    if missing:
        raise FileRefused("missing_column", missing="、".join(missing))
    accounted = Counter(preamble_kind(above) for above in rows[:place])
    accounted["header"] += 1
    return Header(
        row_number=place + 1,
        columns=tuple(columns),
        nameless=len(searched[place]) - len(row),
        sent={name: cell.strip() for cell, name in zip(row, columns, strict=True) if name},
        refused=tuple(sorted({refused[key] for cell in row if (key := normalised(cell)) in refused})),
        accounted=dict(accounted),
    )
