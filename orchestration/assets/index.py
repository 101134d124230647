"""The index as an asset, and the release gate as its check.

Belongs here: how they appear in Dagster. Does not belong here: the method (``safety_index``) or what the gate
demands (``expectations.gate``).
"""

import time
from typing import TYPE_CHECKING

import dagster as dg

from orchestration.partitions import QUARTERS
from orchestration.resources import Warehouse
from warehouse.layout import Layout
from warehouse.quarters import Quarter

if TYPE_CHECKING:
    import pandas as pd

INDEX = ["index", "safety_index"]
INDICATORS = ["marts", "fct_indicator_back_series"]


@dg.asset(
    key=INDEX,
    deps=[INDICATORS],
    partitions_def=QUARTERS,
    group_name="index",
    description=(
        "平安指数：各街道镇、居委会按22项指标合成的得分、排名和变化。只评价地区，不评价个人。\n\n"
        "Safety index: score, rank and change of every sub-district and residents' committee from 22 indicators. "
        "It scores places, never people."
    ),
    owners=["team:data-engineering"],
    kinds={"python", "parquet"},
    tags={"stage": "index"},
)
def safety_index(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    started, quarter = time.monotonic(), context.partition_key
    scores = score_quarter(warehouse.layout, quarter)
    return dg.MaterializeResult(metadata=scores_shown(scores, quarter, started))


def score_quarter(layout: Layout, quarter: str) -> "pd.DataFrame":
    """Write the index of a quarter's run and its evidence from the marts as they stand, and return its scores."""
    from orchestration.surroundings import read_surroundings, series_in_use
    from safety_index.engine import index_tables
    from safety_index.evidence.assembly import level_evidence
    from safety_index.evidence.columns import evidence_as_arrow
    from safety_index.levels import scored_levels
    from safety_index.tables.results import write_tables

    series = series_in_use()
    levels = scored_levels(series, indicator_values(layout))
    tables = index_tables(series, levels)
    found = level_evidence(series, levels, quarter, read_surroundings(layout, quarter, series))
    write_tables(tables, layout.index_folder(quarter), evidence_as_arrow(found))
    return tables.scores


def indicator_values(layout: Layout) -> "pd.DataFrame":
    """``marts.fct_indicator_back_series`` as the engine takes it: every quarter on the geography of the last."""
    import duckdb

    from safety_index.tables.cube import COLUMNS

    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        rows = connection.execute(f"select {', '.join(COLUMNS)} from marts.fct_indicator_back_series")
        return rows.to_arrow_table().to_pandas()


def scores_shown(scores: "pd.DataFrame", quarter: str, started: float) -> dict[str, object]:
    """Numbers that Dagster plots over the quarters, and the ranked areas of the level above the committees."""
    of_quarter = scores[scores["quarter"] == quarter]
    ranked = of_quarter[of_quarter["area_level_code"] == "sub_district"].sort_values(["rank", "area_code"])
    table = [
        dg.TableRecord({"area": row.area_code, "score": round(float(row.score), 2), "rank": int(row.rank)})
        for row in ranked.dropna(subset=["score", "rank"]).itertuples()
    ]
    return {
        "dagster/row_count": len(of_quarter),
        "areas_without_score": int(of_quarter["score"].isna().sum()),
        "mean_sub_district_score": float(ranked["score"].mean()) if len(ranked) else 0.0,
        "sub_districts": dg.MetadataValue.table(table) if table else dg.MetadataValue.text("–"),
        "seconds": round(time.monotonic() - started, 2),
    }


@dg.asset_check(
    asset=INDEX,
    name="is_ready_for_release",
    blocking=True,
    partitions_def=QUARTERS,
    description=(
        "发布关口：来文到齐、覆盖完整、检查全部通过，依据数据重新核定。 / "
        "The release gate, evaluated afresh from the data: everything has arrived, is complete and passed its checks."
    ),
)
def is_ready_for_release(context: dg.AssetCheckExecutionContext, warehouse: Warehouse) -> dg.AssetCheckResult:
    from expectations.gate import evaluate
    from orchestration.quality import gate_result

    return gate_result(evaluate(warehouse.layout, Quarter.parse(context.partition_key)))
