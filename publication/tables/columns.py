"""What a public table is, and the columns of each.

Belongs here: names, order and types. Does not belong here: rows (one module for each subject).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from publication.dictionary import dictionary
from publication.tables.evidence import EVIDENCE_COLUMNS, EVIDENCE_DECIMALS, EVIDENCE_INTEGERS
from publication.tables.standings import STANDING_COLUMNS, STANDING_DECIMALS, STANDING_INTEGERS

_INTEGERS = (
    "rank", "area_count", "previous_rank", "rank_change", "window_quarter_count", "count", "version", "row_count",
    "rows_read_count", "rows_accepted_count", "rows_quarantined_count", "rows_accounted_count", *EVIDENCE_INTEGERS,
    *STANDING_INTEGERS,
)  # fmt: skip
_DECIMALS = (
    "score", "previous_score", "score_change", "numerator", "denominator", "value", "value_low", "value_high",
    "points_change", "current_value", "year_ago_value", "change_share", *EVIDENCE_DECIMALS,
    *STANDING_DECIMALS,
)  # fmt: skip
_BOOLEANS = ("is_current", "passed", "is_flagged")
_AREA = ("area_code", "area_name", "area_name_en")
SCORE_COLUMNS = (
    "score", "rank", "area_count", "previous_score", "score_change", "previous_rank", "rank_change", "band_code",
    "band_name_zh", "band_name_en", "status_code",
)  # fmt: skip
_INDICATOR = ("indicator_code", "indicator_name_zh", "indicator_name_en", "dimension_code")
COLUMNS: dict[str, tuple[str, ...]] = {
    "scores_district": ("quarter", *_AREA, "score", "previous_score", "score_change", "status_code"),
    "scores_sub_district": ("quarter", *_AREA, *SCORE_COLUMNS),
    "scores_committee": ("quarter", *_AREA, "sub_district_code", "sub_district_name", *SCORE_COLUMNS),
    "dimension_scores": (
        "quarter", "area_level_code", *_AREA, "dimension_code", "dimension_name_zh", "dimension_name_en", "score",
        "score_change", "status_code",
    ),
    "indicator_values": (
        "quarter", "area_level_code", *_AREA, *_INDICATOR, "numerator", "denominator", "value", "value_low",
        "value_high", "unit_zh", "unit_en", "window_quarter_count", "status_code",
    ),
    "changes_by_indicator": ("quarter", "area_level_code", *_AREA, *_INDICATOR, "points_change", "status_code"),
    **EVIDENCE_COLUMNS,
    **STANDING_COLUMNS,
    "highlights": (
        "quarter", "highlight_code", "name_zh", "name_en", "unit_zh", "unit_en", "current_value", "year_ago_value",
        "change_share", "status_code",
    ),
    "population": (
        "quarter", "area_level_code", *_AREA, "measure_code", "measure_name_zh", "measure_name_en", "count",
        "status_code",
    ),
    "deliveries": (
        "quarter", "delivery_id", "department", "department_name_zh", "department_name_en", "extract", "period",
        "version", "verdict", "reason_zh", "reason_en", "is_current", "rows_read_count", "rows_accepted_count",
        "rows_quarantined_count", "rows_accounted_count",
    ),
    "quarantined_rows": (
        "quarter", "department", "department_name_zh", "department_name_en", "extract", "reason_code", "reason_zh",
        "reason_en", "row_count",
    ),
    "checks": (
        "quarter", "subject", "check_name", "passed", "severity_code", "observed", "expected", "remedy_zh", "remedy_en",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class PublicTable:
    """One table: its columns in order and its rows, each a mapping with exactly those columns."""

    name: str
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]

    @property
    def title(self) -> dict[str, str]:
        return dictionary()["tables"][self.name]


def type_of(column: str) -> str:
    """``integer``, ``number``, ``boolean`` or ``string``, the types of a data package's schema."""
    if column in _INTEGERS:
        return "integer"
    if column in _DECIMALS:
        return "number"
    return "boolean" if column in _BOOLEANS else "string"
