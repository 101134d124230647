"""The health of every department, mart and release as an asset, since open-source Dagster rolls none up.

Belongs here: how it appears in Dagster. Does not belong here: what counts as healthy (``health``).
"""

import dagster as dg

from orchestration import service_levels
from orchestration.assets.release import RELEASE
from orchestration.health import STATES, as_markdown, health_of, write_health
from orchestration.partitions import QUARTERS
from orchestration.resources import Warehouse
from warehouse.quarters import Quarter

HEALTH = ["operations", "asset_health"]


@dg.asset(
    key=HEALTH,
    deps=[RELEASE],
    partitions_def=QUARTERS,
    group_name="operations",
    description=(
        "健康度：各部门来文、各集市和发布的总体状况，缺什么、晚什么、错什么、问谁。\n\n"
        "Health: the state of every department's deliveries, every mart and the release; what is missing or wrong, "
        "and whom to ask."
    ),
    owners=["team:data-engineering"],
    kinds={"python", "json"},
    tags={"stage": "operations"},
)
def asset_health(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    quarter = Quarter.parse(context.partition_key)
    lines = health_of(warehouse.layout, quarter)
    write_health(warehouse.layout, quarter, lines)
    counts = {f"subjects_{state}": sum(line.state == state for line in lines) for state in STATES}
    levels = service_levels.service_levels(warehouse.layout, quarter)
    counts |= {
        "periods_due": sum(level.due_count for level in levels),
        "periods_on_time": sum(level.on_time_count for level in levels),
        "periods_late": sum(level.late_count for level in levels),
        "periods_missing": sum(level.missing_count for level in levels),
    }
    shown = {"health": dg.MetadataValue.md(as_markdown(lines)), "file": dg.MetadataValue.path(warehouse.layout.health)}
    shown |= {"service_levels": dg.MetadataValue.md(service_levels.as_markdown(levels))}
    return dg.MaterializeResult(metadata=counts | shown)
