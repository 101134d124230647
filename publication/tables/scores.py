"""Scores of areas and of their dimensions, every quarter.

Belongs here: rows of the score tables. Does not belong here: intervals and comparisons (``evidence``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from publication.disclosure.cells import Hidden
from publication.disclosure.policy import Policy
from publication.figures import rounded
from publication.snapshot import Snapshot
from publication.tables.columns import SCORE_COLUMNS
from publication.tables.naming import area_words, in_force


class SeriesLike(Protocol):
    """What is needed of ``safety_index.series.declaration.Series``."""

    code: str
    bands: Collection[Any]
    peers: Any


def score_rows(snapshot: Snapshot, series: SeriesLike, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
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
            public |= dict.fromkeys(SCORE_COLUMNS, None) | {"status_code": "suppressed"}
        found.append(public)
    return found


def dimension_score_rows(snapshot: Snapshot, policy: Policy, hidden: Mapping[str, Hidden]) -> list[dict]:
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
