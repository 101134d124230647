"""The public tables: what the release says, after disclosure control, as plain rows. The bulletin reads these alone.

Belongs here: which columns and rows each table has, rounding, and the status of every observation. Does not belong
here: which cells are hidden (``disclosure``) or file formats (``table_files``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ingestion.contracts.registry import registry
from publication.dictionary import dictionary, words
from publication.disclosure import Cell, Hidden, hidden_by_quarter, is_small
from publication.evidence_tables import EVIDENCE_COLUMNS, EVIDENCE_DECIMALS, EVIDENCE_INTEGERS, evidence_rows
from publication.figures import rounded
from publication.naming import area_words, in_force, indicator_words, is_published_at
from publication.policy import Policy
from publication.snapshot import Row, Snapshot

_INTEGERS = (
    "rank", "area_count", "previous_rank", "rank_change", "window_quarter_count", "count", "version", "row_count",
    "rows_read_count", "rows_accepted_count", "rows_quarantined_count", "rows_accounted_count", *EVIDENCE_INTEGERS,
)  # fmt: skip
_DECIMALS = (
    "score", "previous_score", "score_change", "numerator", "denominator", "value", "points_change", "current_value",
    "year_ago_value", "change_share", *EVIDENCE_DECIMALS,
)  # fmt: skip
_BOOLEANS = ("is_current", "passed", "is_flagged")
_AREA = ("area_code", "area_name", "area_name_en")
_SCORE = (
    "score", "rank", "area_count", "previous_score", "score_change", "previous_rank", "rank_change", "band_code",
    "band_name_zh", "band_name_en", "status_code",
)  # fmt: skip
_INDICATOR = ("indicator_code", "indicator_name_zh", "indicator_name_en", "dimension_code")
COLUMNS: dict[str, tuple[str, ...]] = {
    "scores_district": ("quarter", *_AREA, "score", "previous_score", "score_change", "status_code"),
    "scores_sub_district": ("quarter", *_AREA, *_SCORE),
    "scores_committee": ("quarter", *_AREA, "sub_district_code", "sub_district_name", *_SCORE),
    "dimension_scores": (
        "quarter", "area_level_code", *_AREA, "dimension_code", "dimension_name_zh", "dimension_name_en", "score",
        "score_change", "status_code",
    ),
    "indicator_values": (
        "quarter", "area_level_code", *_AREA, *_INDICATOR, "numerator", "denominator", "value", "unit_zh", "unit_en",
        "window_quarter_count", "status_code",
    ),
    "changes_by_indicator": ("quarter", "area_level_code", *_AREA, *_INDICATOR, "points_change", "status_code"),
    **EVIDENCE_COLUMNS,
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
#: Counts of people that may add up to one another in an area; the others stand alone.
_COMPOSITION = ("resident_count", "registered_count", "migrant_count", "overseas_count", "registered_but_absent_count")
#: Counts of things, not of people.
_THINGS = ("dwelling_count", "compound_count")


class SeriesLike(Protocol):
    """What is needed of ``safety_index.series.declaration.Series``."""

    code: str
    bands: Collection[Any]


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


def hidden_in(
    snapshot: Snapshot, policy: Policy, released: Mapping[str, Collection[Cell]] | None = None
) -> dict[str, Hidden]:
    """What disclosure control hides, by quarter, for all quarters of the index."""
    residents = {(row["quarter"], row["area_code"]): row["resident_count"] for row in snapshot.population}
    return hidden_by_quarter(snapshot.indicator_scores, snapshot.indicators, residents, policy, released)


def public_tables(
    snapshot: Snapshot, series: SeriesLike, policy: Policy, released: Mapping[str, Collection[Cell]] | None = None
) -> dict[str, PublicTable]:
    """All public tables of a quarter by name.

    released: indicator cells that releases before this one hid, by quarter.
    """
    hidden = hidden_in(snapshot, policy, released)
    scores = _scores(snapshot, series, policy, hidden)
    rows = {
        "scores_district": [row for row in scores if row["area_level_code"] == "district"],
        "scores_sub_district": [row for row in scores if row["area_level_code"] == "sub_district"],
        "scores_committee": [row for row in scores if row["area_level_code"] == "committee"],
        "dimension_scores": _dimension_scores(snapshot, policy, hidden),
        "indicator_values": _indicator_values(snapshot, policy, hidden),
        "changes_by_indicator": _changes(snapshot, policy, hidden),
        **evidence_rows(snapshot, policy, hidden),
        "highlights": [_highlight(row, policy) for row in snapshot.highlights],
        "population": _population(snapshot, policy),
        "deliveries": _deliveries(snapshot),
        "quarantined_rows": _quarantined_rows(snapshot),
        "checks": snapshot.checks,
    }
    return {
        name: PublicTable(name, columns, [{column: row[column] for column in columns} for row in rows[name]])
        for name, columns in COLUMNS.items()
    }


def _scores(snapshot: Snapshot, series: SeriesLike, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
    bands = {band.code: {"band_name_zh": band.name.zh, "band_name_en": band.name.en} for band in series.bands}
    found = []
    for row in in_force(snapshot, snapshot.scores):
        sub_district = snapshot.areas.get(row["parent_code"], {})
        public = {
            **row,
            **area_words(snapshot, row["area_code"]),
            **bands.get(row["band_code"], {"band_name_zh": row["band_code"], "band_name_en": row["band_code"]}),
            "sub_district_code": row["parent_code"],
            "sub_district_name": sub_district.get("area_name"),
            "status_code": "missing" if row["score"] is None else "observed",
        }
        for column in ("score", "previous_score", "score_change"):
            public[column] = rounded(row[column], policy.score_decimals)
        if row["area_code"] in hidden[row["quarter"]].areas:
            public |= dict.fromkeys(_SCORE, None) | {"status_code": "suppressed"}
        found.append(public)
    return found


def _dimension_scores(snapshot: Snapshot, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
    found = []
    dimensions = snapshot.dimensions
    for row in in_force(snapshot, snapshot.dimension_scores):
        area, dimension, unseen = row["area_code"], row["dimension_code"], hidden[row["quarter"]]
        is_hidden = area in unseen.areas or (area, dimension) in unseen.dimensions
        found.append(
            {
                **row,
                **area_words(snapshot, area),
                "dimension_name_zh": dimensions[dimension]["name_zh"],
                "dimension_name_en": dimensions[dimension]["name_en"],
                "score": None if is_hidden else rounded(row["score"], policy.score_decimals),
                "score_change": None if is_hidden else rounded(row["score_change"], policy.score_decimals),
                "status_code": "suppressed" if is_hidden else "missing" if row["score"] is None else "observed",
            }
        )
    return found


def _indicator_values(snapshot: Snapshot, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
    found = []
    for row in in_force(snapshot, snapshot.indicator_scores):
        if row["quarter"] != str(snapshot.quarter) or not is_published_at(snapshot, row):
            continue
        public = {**row, **area_words(snapshot, row["area_code"]), **indicator_words(snapshot, row["indicator_code"])}
        for column in ("numerator", "denominator", "value"):
            public[column] = rounded(row[column], policy.value_decimals)
        if (row["area_code"], row["indicator_code"]) in hidden[row["quarter"]].cells:
            public |= {"numerator": None, "denominator": None, "value": None, "status_code": "suppressed"}
        found.append(public)
    return found


def _changes(snapshot: Snapshot, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
    """Terms of the change since the quarter before; shown where the value of neither quarter is hidden."""
    found = []
    quarters = [str(snapshot.quarter), str(snapshot.quarter.plus(-1))]
    unseen = [hidden[quarter] for quarter in quarters if quarter in hidden]
    for row in in_force(snapshot, snapshot.changes):
        if row["quarter"] != quarters[0] or row["area_level_code"] == "district" or not is_published_at(snapshot, row):
            continue
        cell = row["area_code"], row["indicator_code"]
        is_hidden = any(cell in quarter.cells or cell[0] in quarter.areas for quarter in unseen)
        found.append(
            {
                **row,
                **area_words(snapshot, cell[0]),
                **indicator_words(snapshot, cell[1]),
                "points_change": None if is_hidden else rounded(row["points_change"], policy.points_decimals),
                "status_code": "suppressed" if is_hidden else "missing" if row["points_change"] is None else "observed",
            }
        )
    return found


def _highlight(row: Row, policy: Policy) -> dict:
    is_count = row["unit_zh"] not in policy.units_that_are_not_counts
    figures = row["current_value"], row["year_ago_value"]
    if is_count and any(is_small(value, policy.minimum_count) for value in figures):
        return {**row, "current_value": None, "year_ago_value": None, "change_share": None, "status_code": "suppressed"}
    return {
        **row,
        "current_value": rounded(figures[0], policy.value_decimals),
        "year_ago_value": rounded(figures[1], policy.value_decimals),
        "change_share": rounded(row["change_share"], policy.value_decimals),
        "status_code": "missing" if figures[0] is None else "observed",
    }


def population_cells(snapshot: Snapshot) -> tuple[list[dict], dict[str, dict]]:
    """The quarter's population counts in the form that disclosure control reads: a measure is an indicator there,
    and the counts that make up the residents are terms of one sum."""
    rows = []
    measures = [measure for measure in dictionary()["measures"] if measure not in _THINGS]
    for row in snapshot.population:
        if row["quarter"] == str(snapshot.quarter) and row["area_code"] in snapshot.areas:
            for measure in measures:
                in_sum = measure in _COMPOSITION
                rows.append(
                    {key: row[key] for key in ("quarter", "area_code", "area_level_code", "parent_code")}
                    | {"indicator_code": measure, "numerator": row[measure], "denominator": None}
                    | {"status_code": "observed", "window_quarter_count": 1, "unclamped_score": row[measure]}
                    | {"dimension_code": "composition" if in_sum else measure, "is_clamped": False}
                    | {"effective_weight": 1.0 if in_sum else None}
                )
    return rows, {key: {"is_special_group": False, "published_level_code": "committee"} for key in measures}


def _population(snapshot: Snapshot, policy: Policy) -> list[dict]:
    cells, measures = population_cells(snapshot)
    quarter = str(snapshot.quarter)
    residents = {(row["quarter"], row["area_code"]): row["resident_count"] for row in snapshot.population}
    hidden = hidden_by_quarter(cells, measures, residents, policy).get(quarter, Hidden())
    found = []
    for row in in_force(snapshot, snapshot.population):
        if row["quarter"] != quarter:
            continue
        for measure, name in dictionary()["measures"].items():
            is_hidden = (row["area_code"], measure) in hidden.cells or row["area_code"] in hidden.areas
            found.append(
                {
                    **row,
                    **area_words(snapshot, row["area_code"]),
                    "measure_code": measure,
                    "measure_name_zh": name["zh"],
                    "measure_name_en": name["en"],
                    "count": None if is_hidden else row[measure],
                    "status_code": "suppressed" if is_hidden else "missing" if row[measure] is None else "observed",
                }
            )
    return found


def _department_words(code: str) -> dict[str, str]:
    department = registry().departments.get(code)
    return {
        "department": code,
        "department_name_zh": department.zh if department else code,
        "department_name_en": department.en if department else code,
    }


def _deliveries(snapshot: Snapshot) -> list[dict]:
    """The deliveries of this quarter's round."""
    return [
        {**row, **_department_words(row["department"]), "quarter": row["round"]}
        for row in snapshot.deliveries
        if row["round"] == str(snapshot.quarter)
    ]


def _quarantined_rows(snapshot: Snapshot) -> list[dict]:
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
