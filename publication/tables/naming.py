"""What areas and indicators are called in the public tables, and which of them have a row at all.

Belongs here: words and rows in force. Does not belong here: figures (one module for each subject).
"""

from __future__ import annotations

from typing import Any

from publication.snapshot import Row, Snapshot


def area_words(snapshot: Snapshot, code: str) -> dict[str, Any]:
    area = snapshot.areas[code]
    return {"area_code": code, "area_name": area["area_name"], "area_name_en": area["area_name_en"]}


def in_force(snapshot: Snapshot, rows: list[Row]) -> list[Row]:
    """Rows about areas that exist on the quarter's last day; figures of all quarters are on that geography."""
    return [row for row in rows if row["area_code"] in snapshot.areas]


def indicator_words(snapshot: Snapshot, code: str) -> dict[str, Any]:
    indicator = snapshot.indicators[code]
    return {
        "indicator_code": code,
        "indicator_name_zh": indicator["name_zh"],
        "indicator_name_en": indicator["name_en"],
        "dimension_code": indicator["dimension_code"],
        "unit_zh": indicator["unit_zh"],
        "unit_en": indicator["unit_en"],
    }


def is_published_at(snapshot: Snapshot, row: Row) -> bool:
    """Committees have no row for an indicator that is published by sub-district only."""
    level = snapshot.indicators[row["indicator_code"]]["published_level_code"]
    return row["area_level_code"] != "committee" or level == "committee"
