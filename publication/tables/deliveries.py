"""The round's deliveries, and their rows that were not accepted.

Belongs here: rows about files. Does not belong here: figures about places.
"""

from __future__ import annotations

from ingestion.contracts.registry import registry
from publication.dictionary import words
from publication.snapshot import Snapshot


def _department_words(code: str) -> dict[str, str]:
    department = registry().departments.get(code)
    return {
        "department": code,
        "department_name_zh": department.zh if department else code,
        "department_name_en": department.en if department else code,
    }


def delivery_rows(snapshot: Snapshot) -> list[dict]:
    """The deliveries of this quarter's round."""
    return [
        {**row, **_department_words(row["department"]), "quarter": row["round"]}
        for row in snapshot.deliveries
        if row["round"] == str(snapshot.quarter)
    ]


def quarantined_rows(snapshot: Snapshot) -> list[dict]:
    """Rows that were not accepted in this quarter's round. They count rows of files, not people of an area."""
    totals: dict[tuple[str, str, str], int] = {}
    for row in snapshot.deliveries:
        if row["round"] == str(snapshot.quarter) and row["verdict"] == "accepted":
            for reason, count in (row["quarantined_by_reason"] or {}).items():
                key = row["department"], row["extract"], reason
                totals[key] = totals.get(key, 0) + count
    return [
        {
            "quarter": str(snapshot.quarter),
            **_department_words(department),
            "extract": extract,
            "reason_code": reason,
            "reason_zh": words("reasons", reason)["zh"],
            "reason_en": words("reasons", reason)["en"],
            "row_count": count,
        }
        for (department, extract, reason), count in sorted(totals.items())
    ]
