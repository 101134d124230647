"""What a released index was made from, and the version of a quarter that was out before.

Belongs here: writing and finding these tables of values. Does not belong here: comparing them
(``safety_index.evidence``), or figures as each round knew them (the mart ``fct_indicator_revision``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from publication.lineage import INDEX_VALUES
from warehouse.layout import Layout

if TYPE_CHECKING:
    from safety_index.evidence.assembly import EarlierVersion
    from safety_index.series.declaration import Series

_SELECT = """
    select area_code, quarter, indicator_code, area_level_code, parent_code, numerator, denominator, value,
        status_code, window_quarter_count
    from {source}
    order by quarter, area_level_code, area_code, indicator_code
"""
_BUILT = _SELECT.format(source="marts.fct_indicator_back_series")
_RELEASED = _SELECT.format(source="read_parquet($path, hive_partitioning = false)")
_SERIES = b"series"


def write_index_values(layout: Layout, series: Series, path: Path) -> None:
    """Write what the index was made from, with ``series`` in the file's metadata: enough to score it anew."""
    import duckdb
    import pyarrow.parquet as pq

    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        rows = connection.execute(_BUILT).to_arrow_table()
    declared = json.dumps(series.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    pq.write_table(
        rows.replace_schema_metadata({_SERIES: declared}), path, compression="zstd", write_page_checksum=True
    )


def previous_version(layout: Layout, quarter: str, series: Series) -> EarlierVersion | None:
    """The newest released version of ``quarter`` whose figures or series are others than those that stand now.

    So the same run again compares with the version that it compared with before, and not with itself. None when there
    is none, or when it was released before versions kept their values.
    """
    import duckdb

    from safety_index.evidence.assembly import EarlierVersion
    from safety_index.series.declaration import parse_series

    paths = sorted((layout.releases / quarter).glob(f"v*/{INDEX_VALUES}"), key=lambda path: int(path.parts[-3][1:]))
    if not paths:
        return None
    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        now = connection.execute(_BUILT).df().query("quarter == @quarter").reset_index(drop=True)
        for path in reversed(paths):
            values, declared = connection.execute(_RELEASED, {"path": str(path)}).df(), _declared(path)
            then = values.query("quarter == @quarter").reset_index(drop=True)
            if not then.equals(now) or declared != series.model_dump(mode="json"):
                return EarlierVersion(parse_series(declared, path.name), values)
    return None


def _declared(path: Path) -> dict:
    import pyarrow.parquet as pq

    return json.loads(pq.read_schema(path).metadata[_SERIES])
