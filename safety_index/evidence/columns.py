"""The tables of evidence: their columns and types, and files of them.

Belongs here: schemas and Parquet. Does not belong here: any figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from safety_index.tables.results import AREA_COLUMNS, arrow_table, conformed

if TYPE_CHECKING:
    import pyarrow as pa

EVIDENCE_COLUMNS: dict[str, dict[str, str]] = {
    "intervals": AREA_COLUMNS
    | {
        "score_low": "double",
        "score_high": "double",
        "rank_low": "int32",
        "rank_high": "int32",
        "top_share": "double",
        "bottom_share": "double",
        "tier": "int32",
        "rank_set_best": "int32",
        "rank_set_worst": "int32",
        "method_rank_low": "int32",
        "method_rank_high": "int32",
    },
    "comparisons": AREA_COLUMNS
    | {
        "comparison_code": "string",
        "compared_quarter": "string",
        "score_change": "double",
        "change_low": "double",
        "change_high": "double",
        "improved_share": "double",
        "class_code": "string",
        "rank_change": "int32",
        "rank_change_low": "int32",
        "rank_change_high": "int32",
        "own_rank_change": "double",
        "others_rank_change": "double",
    },
    "change_terms": AREA_COLUMNS
    | {"comparison_code": "string", "indicator_code": "string", "term_code": "string", "points": "double"},
    "indicator_context": AREA_COLUMNS
    | {
        "indicator_code": "string",
        "points_per_event": "double",
        "peer_difference": "double",
        "peer_share_below": "double",
        "children_mean_score": "double",
        "mix_points": "double",
    },
    "peers": AREA_COLUMNS | {"peer_place": "int32", "peer_area_code": "string", "peer_distance": "double"},
    "indicator_rank_sets": AREA_COLUMNS
    | {
        "indicator_code": "string",
        "raw_rank": "int32",
        "rank_set_best": "int32",
        "rank_set_worst": "int32",
        "compared_area_count": "int32",
    },
    "sensitivity": {
        "quarter": "string",
        "area_level_code": "string",
        "measure_code": "string",
        "choice_code": "string",
        "figure": "double",
        "half_width": "double",
    },
    "coherence": {
        "quarter": "string",
        "area_level_code": "string",
        "measure_code": "string",
        "first_code": "string",
        "second_code": "string",
        "figure": "double",
        "low": "double",
        "high": "double",
        "is_flagged": "bool",
    },
    "alarms": AREA_COLUMNS
    | {"alarm_code": "string", "indicator_code": "string", "earlier": "double", "later": "double"},
}


def as_evidence(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every table of evidence with its columns and types; one without rows is there without rows."""
    return {
        name: conformed(frames[name] if len(frames.get(name, ())) else pd.DataFrame(columns=list(columns)), columns)
        for name, columns in EVIDENCE_COLUMNS.items()
    }


def evidence_as_arrow(frames: Mapping[str, pd.DataFrame]) -> dict[str, pa.Table]:
    """The tables of evidence as ``write_tables`` takes them beside the scores."""
    return {name: arrow_table(frame, EVIDENCE_COLUMNS[name]) for name, frame in as_evidence(frames).items()}


def read_evidence(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of evidence in ``folder``. Raises FileNotFoundError when one is not there."""
    import pyarrow.parquet as parquet

    return as_evidence({name: parquet.read_table(folder / f"{name}.parquet").to_pandas() for name in EVIDENCE_COLUMNS})
