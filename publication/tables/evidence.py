"""The public tables of evidence: how sure a score is, why it changed, what the index hangs on.

Belongs here: their columns and rows after disclosure control. Does not belong here: the figures
(``safety_index.evidence``), which cells are hidden (``disclosure``), or file formats (``files``).

An interval's width and a chance follow from the counts behind a score, so a sharp one would give a hidden count away:
ends are rounded outwards to the steps of the policy, chances to whole steps. Prices and terms of a hidden cell are
hidden with it. What rests on how much areas differ (terms, correlations, the prices of committees) is shown of an
indicator only where no cell of its own is hidden at that level, or so many that the others don't lead to any one of
them. A committee's price is shown only where nothing of its indicator is hidden in its sub-district.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import ceil, floor

from publication.dictionary import words
from publication.disclosure.cells import Cell, Hidden
from publication.disclosure.policy import Policy
from publication.figures import rounded
from publication.snapshot import Row, Snapshot
from publication.tables.naming import area_words, in_force, indicator_words, is_published_at

_AREA = ("area_code", "area_name", "area_name_en")
_INDICATOR = ("indicator_code", "indicator_name_zh", "indicator_name_en")
EVIDENCE_COLUMNS: dict[str, tuple[str, ...]] = {
    "score_intervals": (
        "quarter", "area_level_code", *_AREA, "score", "score_low", "score_high", "rank", "rank_low", "rank_high",
        "tier", "top_share", "bottom_share", "method_rank_low", "method_rank_high", "status_code",
    ),
    "score_comparisons": (
        "quarter", "area_level_code", *_AREA, "comparison_code", "comparison_name_zh", "comparison_name_en",
        "compared_quarter", "score_change", "change_low", "change_high", "improved_share", "class_code",
        "class_name_zh", "class_name_en", "rank_change", "rank_change_low", "rank_change_high", "own_rank_change",
        "others_rank_change", "status_code",
    ),
    "change_terms": (
        "quarter", "area_level_code", *_AREA, "comparison_code", *_INDICATOR, "term_code", "term_name_zh",
        "term_name_en", "points", "status_code",
    ),
    "event_prices": ("quarter", "area_level_code", *_AREA, *_INDICATOR, "points_per_event", "status_code"),
    "sensitivity": (
        "quarter", "area_level_code", "measure_code", "measure_name_zh", "measure_name_en", "choice_code",
        "choice_name_zh", "choice_name_en", "figure", "half_width",
    ),
    "coherence": (
        "quarter", "area_level_code", "measure_code", "measure_name_zh", "measure_name_en", "first_code",
        "second_code", "figure", "low", "high", "is_flagged", "status_code",
    ),
}  # fmt: skip
EVIDENCE_INTEGERS = (
    "rank_low", "rank_high", "tier", "method_rank_low", "method_rank_high", "rank_change_low", "rank_change_high",
)  # fmt: skip
EVIDENCE_DECIMALS = (
    "score_low", "score_high", "top_share", "bottom_share", "change_low", "change_high", "improved_share",
    "own_rank_change", "others_rank_change", "points", "points_per_event", "figure", "half_width", "low", "high",
)  # fmt: skip


def evidence_rows(snapshot: Snapshot, policy: Policy, hidden: Mapping[str, Hidden]) -> dict[str, list[dict]]:
    """The rows of every table of evidence, by table."""
    found = hidden.get(str(snapshot.quarter), Hidden())
    return {
        "score_intervals": _intervals(snapshot, policy, found),
        "score_comparisons": _comparisons(snapshot, policy, hidden),
        "change_terms": _terms(snapshot, policy, hidden),
        "event_prices": _prices(snapshot, policy, found),
        "sensitivity": _sensitivity(snapshot, policy),
        "coherence": _coherence(snapshot, policy, found),
    }


def outwards(low: float | None, high: float | None, step: float) -> tuple[float | None, float | None]:
    """An interval widened to whole ``step``s, so that its ends say no more than that."""
    if low is None or high is None:
        return None, None
    return rounded(floor(low / step + 1e-9) * step, 4), rounded(ceil(high / step - 1e-9) * step, 4)


def to_step(value: float | None, step: float) -> float | None:
    return None if value is None else rounded(round(value / step) * step, 4)


def _intervals(snapshot: Snapshot, policy: Policy, hidden: Hidden) -> list[dict]:
    quarter = str(snapshot.quarter)
    scores = {row["area_code"]: row for row in snapshot.scores if row["quarter"] == quarter}
    counts = Counter(row["area_level_code"] for row in scores.values())
    found = []
    for row in in_force(snapshot, snapshot.evidence["intervals"]):
        level, area, score = row["area_level_code"], row["area_code"], scores[row["area_code"]]
        public = {**row, **area_words(snapshot, area), "rank": score["rank"], "status_code": "observed"}
        public["score"] = rounded(score["score"], policy.score_decimals)
        low, high = outwards(row["score_low"], row["score_high"], policy.score_step(level))
        public |= {"score_low": low, "score_high": high}
        low, high = outwards(row["rank_low"], row["rank_high"], policy.rank_step(level))
        if low is not None:
            public |= {"rank_low": max(int(low), 1), "rank_high": min(int(high), counts[level])}
        for column in ("top_share", "bottom_share"):
            public[column] = to_step(row[column], policy.chance_step)
        if area in hidden.areas:
            public |= dict.fromkeys(EVIDENCE_COLUMNS["score_intervals"][5:-1], None) | {"status_code": "suppressed"}
        found.append(public)
    return found


def _comparisons(snapshot: Snapshot, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
    found, counts = [], Counter(row["area_level_code"] for row in in_force(snapshot, snapshot.evidence["intervals"]))
    for row in in_force(snapshot, snapshot.evidence["comparisons"]):
        change = words("comparisons", row["comparison_code"])
        classes = words("classes", row["class_code"]) if row["class_code"] else {"zh": None, "en": None}
        low, high = outwards(row["change_low"], row["change_high"], policy.score_step(row["area_level_code"]))
        public = {
            **row,
            **area_words(snapshot, row["area_code"]),
            "comparison_name_zh": change["zh"],
            "comparison_name_en": change["en"],
            "class_name_zh": classes["zh"],
            "class_name_en": classes["en"],
            "score_change": rounded(row["score_change"], policy.score_decimals),
            "change_low": low,
            "change_high": high,
            "improved_share": to_step(row["improved_share"], policy.chance_step),
            "status_code": "observed",
        }
        low, high = outwards(row["rank_change_low"], row["rank_change_high"], policy.rank_step(row["area_level_code"]))
        if low is not None:
            most = counts[row["area_level_code"]] - 1
            public |= {"rank_change_low": max(int(low), -most), "rank_change_high": min(int(high), most)}
        if _is_unseen(row["area_code"], row, hidden):
            public |= dict.fromkeys(EVIDENCE_COLUMNS["score_comparisons"][8:-1], None) | {"status_code": "suppressed"}
        found.append(public)
    return found


def _is_unseen(area: str, row: Row, hidden: Mapping[str, Hidden]) -> bool:
    quarters = (row["quarter"], row.get("compared_quarter"))
    return any(area in hidden[quarter].areas for quarter in quarters if quarter in hidden)


def _terms(snapshot: Snapshot, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
    """Terms by indicator and cause of the areas above the committees: a committee has too few events to say more of
    them than ``changes_by_indicator`` does."""
    compared = {row["comparison_code"]: row["compared_quarter"] for row in snapshot.evidence["comparisons"]}
    unsafe = {
        (quarter, level): unsafe_indicators(snapshot, policy, unseen, level)
        for quarter, unseen in hidden.items()
        for level in ("district", "sub_district")
    }
    found = []
    for row in in_force(snapshot, snapshot.evidence["change_terms"]):
        if row["area_level_code"] == "committee" or row["comparison_code"] not in compared:
            continue
        quarters = [quarter for quarter in (row["quarter"], compared[row["comparison_code"]]) if quarter in hidden]
        cell, name = (row["area_code"], row["indicator_code"]), words("terms", row["term_code"])
        is_hidden = any(
            cell in hidden[quarter].cells
            or cell[0] in hidden[quarter].areas
            or cell[1] in unsafe[quarter, row["area_level_code"]]
            for quarter in quarters
        )
        public = {**row, **area_words(snapshot, cell[0]), **indicator_words(snapshot, cell[1])}
        public |= {"term_name_zh": name["zh"], "term_name_en": name["en"], "status_code": "observed"}
        public["points"] = rounded(row["points"], policy.points_decimals)
        if is_hidden:
            public |= {"points": None, "status_code": "suppressed"}
        found.append(public)
    return found


def unsafe_indicators(snapshot: Snapshot, policy: Policy, hidden: Hidden, level: str) -> set[str]:
    """Indicators of which some cells of this level are hidden, and so few that figures over all of them could lead to
    one."""
    counts = Counter(
        indicator for area, indicator in hidden.cells if snapshot.areas.get(area, {}).get("area_level_code") == level
    )
    return {indicator for indicator, count in counts.items() if count < policy.least_hidden_for_summaries}


def _prices(snapshot: Snapshot, policy: Policy, hidden: Hidden) -> list[dict]:
    found = []
    unsafe, families = unsafe_indicators(snapshot, policy, hidden, "committee"), unseen_families(snapshot, hidden)
    for row in in_force(snapshot, snapshot.evidence["indicator_context"]):
        level, cell = row["area_level_code"], (row["area_code"], row["indicator_code"])
        if level == "district" or row["points_per_event"] is None or not is_published_at(snapshot, row):
            continue
        is_hidden = cell in hidden.cells or cell[0] in hidden.areas
        # a committee's figure is pulled towards others; a sub-district's price follows from its printed denominator
        if level == "committee":
            is_hidden |= cell[1] in unsafe or (row["parent_code"], cell[1]) in families
        price = None if is_hidden else rounded(row["points_per_event"], policy.points_decimals)
        status = "suppressed" if is_hidden else "observed"
        public = {**row, **area_words(snapshot, cell[0]), **indicator_words(snapshot, cell[1])}
        found.append(public | {"points_per_event": price, "status_code": status})
    return found


def unseen_families(snapshot: Snapshot, hidden: Hidden) -> set[Cell]:
    """Sub-districts and indicators of which the sub-district's own cell or a committee's is hidden. The committees'
    figures were made to add up to its count with one factor, which every price of theirs holds: a second equation,
    beside the total, on the counts that are hidden."""
    return hidden.cells | {
        (snapshot.areas[area]["parent_code"], indicator) for area, indicator in hidden.cells if area in snapshot.areas
    }


def _sensitivity(snapshot: Snapshot, policy: Policy) -> list[dict]:
    found = []
    for row in snapshot.evidence["sensitivity"]:
        is_weight = row["measure_code"] == "weight_to_first"
        if is_weight and row["area_level_code"] == "committee":
            continue  # it rests on single figures of two areas
        measure, choice = words("sensitivity_measures", row["measure_code"]), choice_words(snapshot, row["choice_code"])
        public = {**row, "measure_name_zh": measure["zh"], "measure_name_en": measure["en"]}
        public |= {"choice_name_zh": choice["zh"], "choice_name_en": choice["en"]}
        public["figure"] = rounded(row["figure"], 1 if is_weight else 2)
        public["half_width"] = rounded(row["half_width"], 2)
        found.append(public)
    return found


def choice_words(snapshot: Snapshot, code: str) -> dict[str, str]:
    """A choice of the method in words: those of its kind, and the part or area that it is about."""
    if code in snapshot.areas:
        return {"zh": snapshot.areas[code]["area_name"], "en": snapshot.areas[code]["area_name_en"] or code}
    kind, _, part = code.rpartition("_")
    if part in snapshot.dimensions or part in snapshot.indicators:
        name = (snapshot.dimensions | snapshot.indicators)[part]
        how = words("choices", kind)
        return {"zh": f"{how['zh']}{part} {name['name_zh']}", "en": f"{how['en']} {part} {name['name_en']}"}
    return words("choices", code)


def _coherence(snapshot: Snapshot, policy: Policy, hidden: Hidden) -> list[dict]:
    found = []
    own_level = {code: row["published_level_code"] for code, row in snapshot.indicators.items()}
    unsafe = {level: unsafe_indicators(snapshot, policy, hidden, level) for level in ("sub_district", "committee")}
    for row in snapshot.evidence["coherence"]:
        named = [code for code in (row["first_code"], row["second_code"]) if code in own_level]
        # a committee's row of an indicator that is passed down rests on the sub-districts' figures
        levels = {row["area_level_code"], *(own_level[code] for code in named if own_level[code] == "sub_district")}
        is_hidden = any(code in unsafe[level] for code in named for level in levels)
        measure = words("coherence_measures", row["measure_code"])
        public = {**row, "measure_name_zh": measure["zh"], "measure_name_en": measure["en"], "status_code": "observed"}
        for column in ("figure", "low", "high"):
            public[column] = None if is_hidden else rounded(row[column], 2)
        if is_hidden:
            public |= {"is_flagged": None, "status_code": "suppressed"}
        found.append(public)
    return found
