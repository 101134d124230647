"""What a file is that is not what its name or its folder says: another extract's columns, another department's name.

Belongs here: recognising by every contract. Does not belong here: refusing by one's own (``readers``).
"""

from __future__ import annotations

from pathlib import Path

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.discovery import claim
from ingestion.readers import open_rows
from ingestion.readers.mistakes import HEADER_REASONS, another_extract
from ingestion.reasons import FileRefused


def refusal_by_content(path: Path, contract: Contract, refusal: FileRefused) -> FileRefused:
    """``refusal``, or ``another_extract`` when exactly one other contract knows the CSV file's header whole."""
    if refusal.code not in HEADER_REASONS or contract.file.format != "csv":
        return refusal  # a workbook's header is recognised as it is read, for reading it takes a process

    def read_header(other: Contract) -> None:
        if other.file.format != "csv":
            raise refusal
        open_rows(path, other)

    return another_extract(contract, read_header) or refusal


def refusal_by_name(path: Path, department: str, round_name: str) -> FileRefused | None:
    """``another_department`` when the file's name is that of another department's extract."""
    for contract in registry().contracts.values():
        if contract.department != department and claim(path, contract):
            owner = registry().departments[contract.department]
            return FileRefused(
                "another_department",
                owner_zh=owner.zh,
                owner_en=owner.en,
                title_zh=contract.title.zh,
                title_en=contract.title.en,
                folder=f"landing/{round_name}/{contract.department}/",
            )
    return None
