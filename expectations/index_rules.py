"""What the index must keep before it is published: of the current marts, complete, and adding up.

Belongs here: pure rules over the index's tables, with arithmetic of their own: the engine is not asked whether the
engine was right. Does not belong here: reading the files (``gate``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from expectations.mart_rules import warehouse_outcome
from expectations.marts import MartTables
from expectations.outcomes import CheckOutcome
from warehouse.quarters import Quarter

TOLERANCE = 1e-9
_AREA = ["quarter", "area_level_code", "area_code"]
_CELL = [*_AREA, "indicator_code"]
_COMPARED = ("numerator", "denominator", "value")


@dataclass(frozen=True)
class IndexFiles:
    """The index's tables of a quarter's run and the series, as written, that made them."""

    scores: pd.DataFrame
    dimension_scores: pd.DataFrame
    indicator_scores: pd.DataFrame
    changes: pd.DataFrame
    series: Mapping[str, Any]

    @property
    def ranked_levels(self) -> list[str]:
        return [level["code"] for level in self.series["levels"] if level["is_ranked"]]


def is_of_the_current_marts(index: IndexFiles, tables: MartTables, quarter: Quarter) -> CheckOutcome:
    """Every figure that was scored is the one that stands in the marts now, and every one in the marts was scored."""
    scored, current = index.indicator_scores, tables.back_series
    figures = scored.merge(current, on=_CELL, how="outer", suffixes=("", "_now"), indicator="found_in")
    gone, unscored, both = (figures[figures["found_in"] == side] for side in ("left_only", "right_only", "both"))
    faults = [f"{cell} is not in the marts" for cell in _named(gone)]
    faults += [f"{cell} was not scored" for cell in _named(unscored)]
    if len(gone) + len(both) == len(scored) and len(unscored) + len(both) == len(current):
        has_value = both["status_code_now"].isin(["observed", "passed_down"]).to_numpy()
        differs = (both["status_code"] != both["status_code_now"]).to_numpy()
        for column in _COMPARED:
            ours, theirs = both[column].to_numpy(float), both[f"{column}_now"].to_numpy(float)
            same = np.isclose(ours, theirs, rtol=TOLERANCE, atol=0, equal_nan=True)
            differs = differs | ~same & (has_value | (column != "value"))
        faults += [f"{cell} has changed since" for cell in _named(both[differs])]
    else:
        faults.append("a figure stands there twice")
    if not (scored["quarter"] == str(quarter)).any():
        faults.append(f"no score for {quarter}")
    series = set(tables.indicators["series_code"])
    if series != {index.series["code"]}:
        faults.append(f"the marts' series is {', '.join(sorted(series))}, the index's {index.series['code']}")
    return warehouse_outcome(
        "is_of_the_current_marts", "index", quarter, faults, f"{len(scored)} figures", "the figures of the marts"
    )


def _named(figures: pd.DataFrame) -> list[str]:
    return [" ".join(cell) for cell in figures[_CELL].itertuples(index=False)]


def every_area_is_ranked(index: IndexFiles, tables: MartTables, quarter: Quarter) -> CheckOutcome:
    """Each area in force has a score, each of a ranked level a rank, and no other area is there."""
    now = index.scores[index.scores["quarter"] == str(quarter)].set_index("area_code")
    faults = [f"{area} is not in force" for area in now.index.difference(tables.areas["area_code"])]
    for level, areas in tables.areas.groupby("area_level_code"):
        rows = now.reindex(areas["area_code"])
        faults += [f"{area} has no score" for area in rows.index[rows["score"].isna()]]
        if level in index.ranked_levels:
            faults += [f"{area} has no rank" for area in rows.index[rows["score"].notna() & rows["rank"].isna()]]
            faults += [] if (rows["area_count"] == len(areas)).all() else [f"{level}: area_count is not {len(areas)}"]
    counts = tables.areas["area_level_code"].value_counts().to_dict()
    observed = ", ".join(f"{level} {count}" for level, count in sorted(counts.items()))
    faults += [] if counts else ["no area in force"]
    return warehouse_outcome("every_area_is_ranked", "scores", quarter, faults, observed, "every area in force")


def ranks_are_valid(index: IndexFiles, quarter: Quarter) -> CheckOutcome:
    """A rank is one more than the number of areas of the level with a higher published score, in every quarter."""
    decimals, ties = index.series["rank"]["decimals"], index.series["rank"]["ties"]
    faults = []
    for (when, level), rows in index.scores.groupby(["quarter", "area_level_code"]):
        ranked = rows[rows["rank"].notna()]
        if level not in index.ranked_levels:
            faults += [f"{when} {level} has ranks"] if len(ranked) else []
            continue
        shown = np.floor(ranked["score"].to_numpy() * 10**decimals + 0.5 + TOLERANCE * 10**decimals)
        above = (shown[None, :] > shown[:, None]).sum(axis=1) + 1
        level_with = (shown[None, :] == shown[:, None]).sum(axis=1) - 1
        right = above if ties == "min" else above + level_with
        wrong = ranked["area_code"].to_numpy()[right != ranked["rank"].to_numpy(float)]
        faults += [f"{when} {area}" for area in wrong]
        if not (rows["area_count"] == len(ranked)).all():
            faults.append(f"{when} {level}: area_count is not {len(ranked)}")
    return warehouse_outcome(
        "ranks_are_valid", "scores", quarter, faults, f"{len(index.scores)} rows", f"ranks by score, ties {ties}"
    )


def scores_are_within_bounds(index: IndexFiles, quarter: Quarter) -> CheckOutcome:
    """Every score lies between floor and cap, and one that was held there says so."""
    scale = index.series["scoring"]
    low, high = scale["floor"] - TOLERANCE, scale["cap"] + TOLERANCE
    faults = []
    for name in ("scores", "dimension_scores", "indicator_scores"):
        rows = getattr(index, name)
        outside = rows[(rows["score"] < low) | (rows["score"] > high)]
        faults += [f"{name} {row.quarter} {row.area_code}" for row in outside.itertuples()]
    parts = index.indicator_scores.dropna(subset=["score"])
    held = (parts["unclamped_score"] < scale["floor"]) | (parts["unclamped_score"] > scale["cap"])
    unsaid = parts[(held != parts["is_clamped"]) | (~held & ~np.isclose(parts["score"], parts["unclamped_score"]))]
    faults += [f"{row.quarter} {row.area_code} {row.indicator_code} is_clamped" for row in unsaid.itertuples()]
    span = f"{index.indicator_scores['score'].min():.1f} to {index.indicator_scores['score'].max():.1f}"
    return warehouse_outcome(
        "scores_are_within_bounds", "index", quarter, faults, span, f"{scale['floor']:g} to {scale['cap']:g}"
    )


def points_add_up_to_the_score(index: IndexFiles, quarter: Quarter) -> CheckOutcome:
    """In every area the effective weights add up to the weight total and the points to the score."""
    sums = index.indicator_scores.groupby(_AREA)[["points", "effective_weight"]].sum()
    scores = index.scores.set_index(_AREA)["score"].dropna()
    joined = sums.join(scores, how="right")
    total = index.series["weight_total"]
    wrong = ~(np.isclose(joined["points"], joined["score"], rtol=0, atol=TOLERANCE)) | ~(
        np.isclose(joined["effective_weight"], total, rtol=0, atol=TOLERANCE)
    )
    faults = [" ".join(area) for area in joined.index[wrong]]
    return warehouse_outcome(
        "points_add_up_to_the_score",
        "indicator_scores",
        quarter,
        faults,
        f"{len(joined)} scores",
        f"weights {total:g}; points within {TOLERANCE:g} of the score",
    )


def changes_add_up_to_the_difference(index: IndexFiles, quarter: Quarter) -> CheckOutcome:
    """A change is the score less the score of the quarter before, and its terms add up to it."""
    scores = index.scores.set_index(_AREA)
    earlier = {key: score for key, score in scores["score"].items() if not np.isnan(score)}
    before = [
        earlier.get((str(Quarter.parse(when).plus(-1)), level, area), np.nan) for when, level, area in scores.index
    ]
    right = scores["score"].to_numpy() - np.array(before, dtype=float)
    given = scores["score_change"].to_numpy(float)
    wrong = ~np.isclose(given, right, rtol=0, atol=TOLERANCE, equal_nan=True)
    faults = [f"{' '.join(area)}: score_change" for area in scores.index[wrong]]
    change = scores["score_change"].dropna()
    terms = index.changes.groupby(_AREA)["points_change"].sum().reindex(change.index)
    unequal = ~np.isclose(terms, change, rtol=0, atol=TOLERANCE)
    faults += [f"{' '.join(area)}: terms" for area in change.index[unequal]]
    return warehouse_outcome(
        "changes_add_up_to_the_difference",
        "changes",
        quarter,
        faults,
        f"{len(change)} changes",
        f"terms within {TOLERANCE:g} of the change",
    )
