"""One series against another on the same values: scores, ranks, who moves and why.

Belongs here: the comparison of two sets of results. Does not belong here: making either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from safety_index.method.changes import is_weighted_mean
from safety_index.method.plan import Plan
from safety_index.tables.results import IndexTables

KEY = ["quarter", "area_level_code", "area_code"]


@dataclass(frozen=True)
class SeriesComparison:
    """``areas``: a row for each period, level and area that both series scored, with scores, ranks and their
    differences. ``terms``: by indicator of either series, its points in both and what moved them;
    ``points_difference`` adds up to the area's ``score_difference``. ``summary``: by period and level how far apart
    the two are."""

    areas: pd.DataFrame
    terms: pd.DataFrame
    summary: pd.DataFrame


def compare(before: IndexTables, after: IndexTables) -> SeriesComparison:
    """Compare two results on the periods and areas that both hold: the overlap of two series, or one method's change.

    ``places_gained`` is above 0 where the area stands better by ``after``. Where both are weighted means of the same
    total, ``by_score`` is the mean of the two weights times the change of the indicator's score, and ``by_weight`` its
    change of weight times how far its score lies from the mean index; else they are empty.
    """
    areas = _areas(before, after)
    return SeriesComparison(areas, _terms(before, after, areas), _summary(areas))


def _areas(before: IndexTables, after: IndexTables) -> pd.DataFrame:
    columns = [*KEY, "score", "rank"]
    areas = before.scores[columns].merge(after.scores[columns], on=KEY, suffixes=("_before", "_after"))
    areas = areas[areas["score_before"].notna() & areas["score_after"].notna()].reset_index(drop=True)
    for side in ("rank_before", "rank_after"):
        areas[side] = areas[side].astype("Float64")
    areas["score_difference"] = areas["score_after"] - areas["score_before"]
    areas["places_gained"] = areas["rank_before"] - areas["rank_after"]
    return areas


def _terms(before: IndexTables, after: IndexTables, areas: pd.DataFrame) -> pd.DataFrame:
    key = [*KEY, "indicator_code"]
    parts = []
    for tables in (before, after):
        part = tables.indicator_scores[[*key, "score", "effective_weight", "points"]].copy()
        part["weight"] = part.pop("effective_weight") / (tables.series.weight_total or 1.0)
        parts.append(part)
    terms = parts[0].merge(parts[1], on=key, how="outer", suffixes=("_before", "_after"))
    terms = (
        areas[[*KEY, "score_before", "score_after"]]
        .rename(columns={"score_before": "index_before", "score_after": "index_after"})
        .merge(terms, on=KEY)
    )
    for name in ("points", "weight"):
        for side in ("before", "after"):
            terms[f"{name}_{side}"] = terms[f"{name}_{side}"].fillna(0.0)
    terms["points_difference"] = terms["points_after"] - terms["points_before"]
    terms["by_score"] = terms["by_weight"] = np.nan
    if all(_explained_by_weight(tables) for tables in (before, after)):
        counts = (terms["weight_before"] > 0) & (terms["weight_after"] > 0)
        rise = (terms["score_after"] - terms["score_before"]).where(counts, 0.0)
        terms["by_score"] = (terms["weight_before"] + terms["weight_after"]) / 2 * rise
        middle = (terms["index_before"] + terms["index_after"]) / 2
        shift = terms["weight_after"] - terms["weight_before"]
        terms["by_weight"] = terms["points_difference"] - terms["by_score"] - shift * middle
    return terms.drop(columns=["index_before", "index_after"])


def _explained_by_weight(tables: IndexTables) -> bool:
    plan = Plan.of(tables.series)
    normalised = all(group.aggregation.weights == "normalised" for group in plan.groups)
    return normalised and is_weighted_mean(plan) and tables.series.combination.mode != "level_trend"


def _summary(areas: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (period, level), part in areas.groupby(["quarter", "area_level_code"], sort=False):
        ranked = part[["rank_before", "rank_after"]].dropna().astype(float).rank()
        shift = part["places_gained"].abs()
        rows.append(
            {
                "quarter": period,
                "area_level_code": level,
                "area_count": len(part),
                "mean_score_difference": part["score_difference"].mean(),
                "mean_absolute_score_difference": part["score_difference"].abs().mean(),
                "rank_correlation": _correlation(ranked),
                "mean_absolute_rank_shift": shift.mean(),
                "largest_rank_shift": shift.max(),
            }
        )
    return pd.DataFrame(rows)


def _correlation(ranked: pd.DataFrame) -> float:
    """Spearman's correlation; NaN where one side has no order."""
    if len(ranked) < 2 or (ranked.std() == 0).any():
        return float("nan")
    return float(np.corrcoef(ranked.to_numpy().T)[0, 1])
