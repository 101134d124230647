"""What a file is that is not what its name or its folder says: another extract's columns, another department's name.

Belongs here: recognising by every contract. Does not belong here: refusing by one's own (``readers``).
"""

from __future__ import annotations

from pathlib import Path

from ingestion.contracts.models import Contract
from ingestion.contracts.registry import registry
from ingestion.discovery import claim
from ingestion.readers import open_rows
from ingestion.reasons import FileRefused

#: Refusals by the header; the file may be readable as something else.
HEADER_REASONS = frozenset({"no_header", "unknown_column", "missing_column"})


def refusal_by_content(path: Path, contract: Contract, refusal: FileRefused) -> FileRefused:
    """``refusal``, or ``another_extract`` when exactly one other contract knows the file's header whole."""
    if refusal.code not in HEADER_REASONS or contract.file.format != "csv":
        return refusal  # a workbook's sheet has the extract's name already
    others = [other for other in registry().contracts.values() if other.extract != contract.extract]
    known = [other for other in others if other.file.format == "csv" and _opens(path, other)]
    if len(known) != 1:
        return refusal
    owner = registry().departments[known[0].department]
    return FileRefused(
        "another_extract",
        owner_zh=owner.zh,
        owner_en=owner.en,
        extract=known[0].extract,
        title_zh=known[0].title.zh,
        title_en=known[0].title.en,
        claimed_zh=contract.title.zh,
        claimed_en=contract.title.en,
    )


def _opens(path: Path, contract: Contract) -> bool:
    try:
        open_rows(path, contract)
    except FileRefused:
        return False
    return True


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
