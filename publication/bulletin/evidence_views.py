"""What the pages show of the evidence: rows of its public tables, chosen and put in order.

Belongs here: selection and order. Does not belong here: drawing (``evidence_charts``) or wording (``templates``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from publication.bulletin.evidence_charts import Bar, Rung
from publication.tables.columns import PublicTable

Row = Mapping[str, Any]
_SHOWN_SCENARIOS, _SHOWN_PAIRS, _SHOWN_STANDINGS = 8, 6, 3
#: Verdicts that are sure enough for an arrow, with the arrow.
ARROWS = {"clearly_better": "▲", "probably_better": "△", "probably_worse": "▽", "clearly_worse": "▼"}


def attach(views: Mapping[str, Any], tables: Mapping[str, PublicTable]) -> None:
    """Give every area's view its interval, comparisons, causes, prices, peers and standings."""
    for row in tables["score_intervals"].rows:
        if row["area_code"] in views:
            views[row["area_code"]].interval = row
    for row in tables["score_comparisons"].rows:
        if row["area_code"] in views:
            views[row["area_code"]].comparisons[row["comparison_code"]] = row
    for row in tables["change_terms"].rows:
        if row["area_code"] in views:
            views[row["area_code"]].terms_by_cause.append(row)
    for row in tables["event_prices"].rows:
        if row["area_code"] in views:
            views[row["area_code"]].prices[row["indicator_code"]] = row
    for row in tables["peers"].rows:
        if row["area_code"] in views:
            views[row["area_code"]].peers.append(row)
    for row in tables["indicator_standings"].rows:
        if row["area_code"] in views:
            views[row["area_code"]].standings.append(row)


def rungs(views: Sequence[Any]) -> list[Rung]:
    """The areas of a ladder by rank; those without an interval are left out."""
    found = []
    for view in views:
        row = view.interval
        if row and row["rank"] is not None and row["rank_low"] is not None:
            found.append(
                Rung(view.score["area_name"], row["rank"], row["rank_low"], row["rank_high"], row["tier"] or 0)
            )
    return found


def causes(view: Any) -> list[tuple[str, str, float]]:
    """Chinese name, English name and points of each cause of the change since the quarter before, the largest first;
    what is hidden is one remainder, for else the sums would be too small."""
    return _terms(view, "previous_period", "term")


def corrections(view: Any) -> list[tuple[str, str, float]]:
    """As ``causes``, for each indicator of which the quarter's previous version said something else."""
    return [term for term in _terms(view, "previous_version", "indicator") if round(term[2], 2)]


def _terms(view: Any, comparison: str, of: str) -> list[tuple[str, str, float]]:
    rows = [row for row in view.terms_by_cause if row["comparison_code"] == comparison]
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        if row["points"] is not None:
            sums[row[f"{of}_name_zh"], row[f"{of}_name_en"]] += row["points"]
    hidden = view.comparisons.get(comparison, {}).get("score_change")
    if hidden is not None and any(row["points"] is None for row in rows):
        sums["其他（不予公布的指标）", "others (indicators not published)"] = hidden - sum(sums.values())
    return sorted(((zh, en, points) for (zh, en), points in sums.items()), key=lambda item: (-abs(item[2]), item[0]))


class BesidePeers(NamedTuple):
    """The indicators in which an area is furthest above its peers, the furthest first, those in which it is furthest
    below, the furthest last, and whether it is told against them in any."""

    above: list[Row]
    below: list[Row]
    is_compared: bool


def strengths_and_weaknesses(view: Any) -> BesidePeers:
    rows = [row for row in view.standings if row["peer_difference"] is not None]
    rows.sort(key=lambda row: (-row["peer_difference"], row["indicator_code"]))
    above = [row for row in rows if row["peer_difference"] > 0]
    below = [row for row in rows if row["peer_difference"] < 0]
    return BesidePeers(above[:_SHOWN_STANDINGS], below[-_SHOWN_STANDINGS:], bool(rows))


def verdicts(views: Sequence[Any]) -> dict[str, int]:
    """How many areas have each verdict on the change since the quarter before."""
    found: dict[str, int] = defaultdict(int)
    for view in views:
        row = view.comparisons.get("previous_period")
        if row and row["class_code"]:
            found[row["class_code"]] += 1
    return found


def inputs(tables: Mapping[str, PublicTable], level: str = "sub_district") -> list[Bar]:
    """Total Sobol index of each choice of the method, the first-order one marked."""
    rows = [row for row in tables["sensitivity"].rows if row["area_level_code"] == level]
    first = {row["choice_code"]: row["figure"] for row in rows if row["measure_code"] == "sobol_first"}
    bars = [
        Bar(f"{row['choice_name_zh']} {row['choice_name_en']}", row["figure"], max(first.get(row["choice_code"], 0), 0))
        for row in rows
        if row["measure_code"] == "sobol_total"
    ]
    return sorted(bars, key=lambda bar: (-bar.share, bar.label))


def scenarios(tables: Mapping[str, PublicTable], level: str) -> list[Row]:
    """The single changes of the method that move ranks most."""
    rows = [row for row in tables["sensitivity"].rows if row["area_level_code"] == level]
    rows = [row for row in rows if row["measure_code"] == "mean_shift" and row["figure"] is not None]
    return sorted(rows, key=lambda row: (-row["figure"], row["choice_code"]))[:_SHOWN_SCENARIOS]


def to_first(tables: Mapping[str, PublicTable]) -> Row | None:
    """What it takes for another sub-district to be first."""
    rows = [row for row in tables["sensitivity"].rows if row["measure_code"] == "weight_to_first"]
    return next((row for row in rows if row["area_level_code"] == "sub_district"), None)


def influences(tables: Mapping[str, PublicTable], dimensions: Mapping[str, Row], level: str = "committee") -> list[Bar]:
    """Each dimension's influence on the index beside its weight."""
    total = sum(dimension["weight"] for dimension in dimensions.values()) or 1.0
    found = {
        row["first_code"]: row["figure"]
        for row in tables["coherence"].rows
        if row["area_level_code"] == level and row["measure_code"] == "influence"
    }
    return [
        Bar(f"{code} {row['name_zh']} {row['name_en']}", found[code], row["weight"] / total)
        for code, row in dimensions.items()
        if found.get(code) is not None
    ]


def flagged(tables: Mapping[str, PublicTable], measure: str, level: str = "committee") -> list[Row]:
    """Flagged rows of a measure, the largest first."""
    rows = [row for row in tables["coherence"].rows if row["area_level_code"] == level and row["is_flagged"]]
    rows = [row for row in rows if row["measure_code"] == measure and row["figure"] is not None]
    return sorted(rows, key=lambda row: (-abs(row["figure"]), row["first_code"], row["second_code"]))[:_SHOWN_PAIRS]
