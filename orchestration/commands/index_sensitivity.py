"""``pingan index sensitivity``: what the ranks hang on, and whether the indicators go together.

Belongs here: naming the tables. Does not belong here: the method (``safety_index.sensitivity``, ``coherence``).
"""

from __future__ import annotations

from pathlib import Path

from orchestration.commands.index_uncertainty import write_evidence
from orchestration.refusing import refusing_faults

TABLES = ("sensitivity", "coherence")


def sensitivity(series_path: Path, values_path: Path, period: str | None, out: Path) -> int:
    return refusing_faults(lambda: write_evidence(series_path, values_path, period, 200, out, TABLES))
