"""The tables of results: their columns and types, and writing them as files that are equal when the results are.

Belongs here: schemas, ordering, Parquet. Does not belong here: where the folder lies, or any figure.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pandas as pd

from safety_index.series.declaration import Series, parse_series

if TYPE_CHECKING:
    import pyarrow as pa

AREA_COLUMNS = {"quarter": "string", "area_level_code": "string", "area_code": "string", "parent_code": "string"}
#: Columns and Arrow types of each table, keys first.
COLUMNS: dict[str, dict[str, str]] = {
    "scores": AREA_COLUMNS
    | {
        "score": "double",
        "rank": "int32",
        "area_count": "int32",
        "previous_score": "double",
        "score_change": "double",
        "previous_rank": "int32",
        "rank_change": "int32",
        "band_code": "string",
        "composite_index": "double",
    },
    "dimension_scores": AREA_COLUMNS
    | {"dimension_code": "string", "score": "double", "rank": "int32", "score_change": "double"},
    "indicator_scores": AREA_COLUMNS
    | {
        "indicator_code": "string",
        "dimension_code": "string",
        "numerator": "double",
        "denominator": "double",
        "value": "double",
        "status_code": "string",
        "window_quarter_count": "int32",
        "estimate": "double",
        "own_weight": "double",
        "score": "double",
        "unclamped_score": "double",
        "is_clamped": "bool",
        "weight": "double",
        "effective_weight": "double",
        "points": "double",
        "individual_index": "double",
    },
    "changes": AREA_COLUMNS | {"indicator_code": "string", "points_change": "double"},
}
_RANKS = ("rank", "previous_rank", "rank_change")
SERIES_FILE = "series.json"
_UNFINISHED = ".unfinished-"
_REPLACED = ".unfinished-replaced-"
_PANDAS = {"string": "str", "double": "float64", "int32": "Int32", "bool": "bool"}


@dataclass(frozen=True)
class IndexTables:
    """The results for every quarter, level and area of one table of values, and the series that made them.

    Rows stand in the order of quarter, level, area and the series's indicators. Scores and points are in points of
    the scale, ``estimate`` in the indicator's unit, ``own_weight`` the share in it of the area's own figure,
    ``weight`` and ``effective_weight`` in the series's weight_total. ``points`` add up to the area's score, and
    ``points_change`` to its score_change. A rank of 1 is the best; ``rank_change`` is the number of places gained;
    ``area_count`` is how many areas of the level were ranked. What does not exist (a rank without enough data, a
    change without a quarter before) is empty. ``composite_index`` and ``individual_index`` are those of the companion,
    benchmark ratios; empty without one.
    """

    series: Series
    scores: pd.DataFrame
    dimension_scores: pd.DataFrame
    indicator_scores: pd.DataFrame
    changes: pd.DataFrame

    def by_name(self) -> dict[str, pd.DataFrame]:
        return {name: getattr(self, name) for name in COLUMNS}


def columns_of(name: str, series: Series) -> dict[str, str]:
    """Columns and Arrow types of the table ``name``; ranks that share the mean of their places are no whole numbers."""
    ranks = "double" if series.rank.ties == "mean" else "int32"
    return {column: ranks if column in _RANKS else kind for column, kind in COLUMNS[name].items()}


def as_tables(frames: dict[str, pd.DataFrame], series: Series) -> IndexTables:
    """Give ``frames`` (level after level) their columns, types and order."""
    shaped = {}
    for name in COLUMNS:
        columns = columns_of(name, series)
        frame = frames[name].sort_values("quarter", kind="stable", ignore_index=True)
        shaped[name] = conformed(frame, columns)
    return IndexTables(series, **shaped)


def conformed(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """``frame`` with ``columns`` of these Arrow types alone, in their order."""
    return frame[list(columns)].astype({column: _PANDAS[kind] for column, kind in columns.items()})


def write_tables(tables: IndexTables, folder: Path, others: Mapping[str, pa.Table] = MappingProxyType({})) -> None:
    """Write each table as ``<name>.parquet`` and the series as ``series.json`` in ``folder``, replacing it whole.

    ``others`` are further tables by name that belong to the same results, such as those of ``evidence``.

    Equal results give equal bytes. The new folder is complete and on disk before it takes the old one's place; a
    process that dies in between leaves the old folder, the new one, or none: never a mixture.
    """
    import pyarrow.parquet as parquet

    unfinished, replaced = (folder.parent / f"{prefix}{folder.name}" for prefix in (_UNFINISHED, _REPLACED))
    for leftover in (unfinished, replaced):
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished.mkdir(parents=True)
    own = {name: arrow_table(frame, columns_of(name, tables.series)) for name, frame in tables.by_name().items()}
    for name, table in (own | dict(others)).items():
        parquet.write_table(table, unfinished / f"{name}.parquet", compression="zstd", write_page_checksum=True)
    content = json.dumps(tables.series.model_dump(mode="json"), ensure_ascii=False, indent=2, sort_keys=True)
    (unfinished / SERIES_FILE).write_text(content + "\n", encoding="utf-8")
    for path in (*unfinished.iterdir(), unfinished):
        _sync(path)
    if folder.exists():
        os.replace(folder, replaced)
    os.replace(unfinished, folder)
    _sync(folder.parent)
    shutil.rmtree(replaced, ignore_errors=True)


def read_tables(folder: Path) -> IndexTables:
    """Read what ``write_tables`` wrote. Raises FileNotFoundError when a table is not there."""
    import pyarrow.parquet as parquet

    series = parse_series(json.loads((folder / SERIES_FILE).read_text(encoding="utf-8")), SERIES_FILE)
    frames = {name: parquet.read_table(folder / f"{name}.parquet").to_pandas() for name in COLUMNS}
    return as_tables(frames, series)


def arrow_table(frame: pd.DataFrame, columns: Mapping[str, str]) -> pa.Table:
    """``frame`` with ``columns`` of these Arrow types, without the metadata that changes with library versions."""
    import pyarrow as pa

    schema = pa.schema(list(columns.items()))
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False).replace_schema_metadata(None)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
