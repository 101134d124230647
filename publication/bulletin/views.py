"""What the pages show: rows of the public tables, chosen and put in order. Nothing is computed anew but sums of them.

Belongs here: selection, order and links. Does not belong here: drawing (``charts``) or wording (``templates``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from publication.tables.columns import PublicTable

Row = Mapping[str, Any]
_MOVERS = 4
_TERMS_OF_A_MOVER = 5
_COMMITTEE_MOVERS = 8
_VISIBLE_POINTS = 0.005


@dataclass(frozen=True)
class Frame:
    """What every page says about the release itself."""

    quarter: str
    version: int
    reason: str | None
    district_code: str
    index_title: Mapping[str, str]
    #: bands from best to weakest: code, zh, en, minimum
    bands: tuple[Mapping[str, Any], ...]
    #: by code: name_zh, name_en, weight
    dimensions: Mapping[str, Row]
    #: by dimension, the codes of its indicators
    indicators_of: Mapping[str, frozenset[str]]
    minimum_count: int
    special_group_minimum_count: int
    #: what an area and its peers are alike in: zh, en
    alike_in: Mapping[str, str]

    def band_place(self, code: str | None) -> int | None:
        """The band's place from 0, the best; None without a band."""
        return next((place for place, band in enumerate(self.bands) if band["code"] == code), None)

    def band_letter(self, code: str | None) -> str:
        place = self.band_place(code)
        return "–" if place is None else chr(ord("A") + place)


@dataclass
class AreaView:
    """Everything an area's page shows."""

    code: str
    level: str
    score: Row
    history: list[Row]
    dimensions: dict[str, Row] = field(default_factory=dict)
    indicators: list[Row] = field(default_factory=list)
    changes: dict[str, Row] = field(default_factory=dict)
    population: dict[str, Row] = field(default_factory=dict)
    interval: Row | None = None
    comparisons: dict[str, Row] = field(default_factory=dict)
    terms_by_cause: list[Row] = field(default_factory=list)
    prices: dict[str, Row] = field(default_factory=dict)
    #: areas of similar size and kind, the nearest first, and where the area stands in each indicator
    peers: list[Row] = field(default_factory=list)
    standings: list[Row] = field(default_factory=list)
    parent: AreaView | None = None
    children: list[AreaView] = field(default_factory=list)

    @property
    def shown_terms(self) -> list[Row]:
        """Published terms of the change of score that are not nought."""
        return [row for row in self.changes.values() if row["points_change"]]

    def terms(self, frame: Frame) -> list[tuple[str, str, float]]:
        """The change of score in parts that add up to it: (code, Chinese name, points).

        Published terms by indicator; for each dimension with terms that are not published their sum, which is the
        dimension's weight times its change less the published ones; last what rounding leaves, if it can be seen.
        """
        if self.score["score_change"] is None:
            return []
        total_weight = sum(dimension["weight"] for dimension in frame.dimensions.values())
        parts: list[tuple[str, str, float]] = []
        for code, dimension in frame.dimensions.items():
            shown = [row for row in self.shown_terms if row["dimension_code"] == code]
            parts += [(row["indicator_code"], row["indicator_name_zh"], row["points_change"]) for row in shown]
            published = {row["indicator_code"] for row in self.changes.values() if row["points_change"] is not None}
            row = self.dimensions.get(code)
            if row and row["score_change"] is not None and not frame.indicators_of[code] <= published:
                whole = row["score_change"] * dimension["weight"] / total_weight
                parts.append((code, "其他指标 other", whole - sum(term["points_change"] for term in shown)))
        left = self.score["score_change"] - sum(points for _, _, points in parts)
        return [*parts, ("", "舍入等 rounding", left)] if abs(left) >= _VISIBLE_POINTS else parts


def area_views(frame: Frame, tables: Mapping[str, PublicTable]) -> dict[str, AreaView]:
    """A view of the district and of each of its sub-districts and committees, by code."""
    views: dict[str, AreaView] = {}
    parents: dict[str, str] = {}
    for name, level in (
        ("scores_district", "district"),
        ("scores_sub_district", "sub_district"),
        ("scores_committee", "committee"),
    ):
        histories: dict[str, list[Row]] = defaultdict(list)
        for row in tables[name].rows:
            histories[row["area_code"]].append(row)
        for code, history in sorted(histories.items()):
            history.sort(key=lambda row: row["quarter"])
            if history[-1]["quarter"] == frame.quarter:
                views[code] = AreaView(code, level, history[-1], history)
                parents[code] = history[-1].get("sub_district_code") or frame.district_code
    for code, view in views.items():
        if code != parents[code] and parents[code] in views:
            view.parent = views[parents[code]]
            view.parent.children.append(view)
    for row in tables["dimension_scores"].rows:
        if row["quarter"] == frame.quarter and row["area_code"] in views:
            views[row["area_code"]].dimensions[row["dimension_code"]] = row
    for row in tables["indicator_values"].rows:
        if row["area_code"] in views:
            views[row["area_code"]].indicators.append(row)
    for row in tables["changes_by_indicator"].rows:
        if row["area_code"] in views:
            views[row["area_code"]].changes[row["indicator_code"]] = row
    for row in tables["population"].rows:
        if row["area_code"] in views:
            views[row["area_code"]].population[row["measure_code"]] = row
    for view in views.values():
        order = {
            code: place
            for place, code in enumerate(sorted({row["indicator_code"] for row in view.indicators}, key=_natural))
        }
        view.indicators.sort(key=lambda row: order[row["indicator_code"]])
        view.changes = dict(sorted(view.changes.items(), key=lambda item: _natural(item[0])))
    return views


def _natural(code: str) -> tuple[str, int]:
    digits = "".join(character for character in code if character.isdigit())
    return code.rstrip("0123456789"), int(digits or 0)


def by_rank(views: list[AreaView]) -> list[AreaView]:
    """Best rank first; areas without a rank last, by code."""
    return sorted(views, key=lambda view: (view.score["rank"] is None, view.score["rank"] or 0, view.code))


def movers(views: list[AreaView]) -> list[AreaView]:
    """The areas whose score changed most, the largest rises first, the largest falls last."""
    moved = [view for view in views if view.score["score_change"]]
    moved.sort(key=lambda view: (-abs(view.score["score_change"]), view.code))
    return sorted(moved[:_MOVERS], key=lambda view: (-view.score["score_change"], view.code))


def main_terms(view: AreaView) -> list[Row]:
    """The published terms that moved an area's score most, in the direction of the move first."""
    terms = sorted(view.shown_terms, key=lambda row: (-abs(row["points_change"]), row["indicator_code"]))
    return sorted(terms[:_TERMS_OF_A_MOVER], key=lambda row: (-row["points_change"], row["indicator_code"]))


def committee_movers(views: list[AreaView]) -> dict[str, list[AreaView]]:
    """The committees whose score rose and fell most."""
    known = [view for view in views if view.score["score_change"] is not None]
    rising = sorted(known, key=lambda view: (-view.score["score_change"], view.code))
    falling = sorted(known, key=lambda view: (view.score["score_change"], view.code))
    return {
        "rising": [view for view in rising if view.score["score_change"] > 0][:_COMMITTEE_MOVERS],
        "falling": [view for view in falling if view.score["score_change"] < 0][:_COMMITTEE_MOVERS],
    }


def data_by_department(tables: Mapping[str, PublicTable]) -> list[dict[str, Any]]:
    """Rows read and not accepted by department in this round, with the most frequent reasons; refused files beside."""
    departments: dict[str, dict[str, Any]] = {}
    for row in tables["deliveries"].rows:
        entry = departments.setdefault(
            row["department"],
            {"name_zh": row["department_name_zh"], "name_en": row["department_name_en"], "file_count": 0,
             "refused": [], "rows_read_count": 0, "rows_quarantined_count": 0, "reasons": defaultdict(int)},
        )  # fmt: skip
        if row["verdict"] == "accepted":
            entry["file_count"] += 1
            entry["rows_read_count"] += row["rows_read_count"]
            entry["rows_quarantined_count"] += row["rows_quarantined_count"]
        elif row["verdict"] == "refused":
            entry["refused"].append(row)
    for row in tables["quarantined_rows"].rows:
        departments[row["department"]]["reasons"][row["reason_zh"], row["reason_en"]] += row["row_count"]
    for entry in departments.values():
        entry["reasons"] = sorted(entry["reasons"].items(), key=lambda item: (-item[1], item[0]))[:3]
    return [
        entry
        for _, entry in sorted(departments.items(), key=lambda item: (-item[1]["rows_quarantined_count"], item[0]))
    ]


def directions(views: list[AreaView]) -> dict[str, int]:
    """How many areas rose, fell and stayed, by their published changes."""
    changes = [view.score["score_change"] for view in views if view.score["score_change"] is not None]
    return {
        "rose": sum(change > 0 for change in changes),
        "fell": sum(change < 0 for change in changes),
        "stayed": sum(change == 0 for change in changes),
    }


def by_figure(highlights: list[Row]) -> list[tuple[Row, Row | None]]:
    """Each headline figure of the quarter with its figure over four quarters, where there is one."""
    rows = {row["highlight_code"]: row for row in highlights}
    return [
        (row, rows.get(f"{code}_4q"))
        for code, row in rows.items()
        if code.removesuffix("_4q") not in rows or not code.endswith("_4q")
    ]
