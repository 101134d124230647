"""Links of damaged rows to persons as an asset, between the extracts and dbt.

Belongs here: how linking appears in Dagster; counts only. Does not belong here: linking (``ingestion.identity``).
"""

import time

import dagster as dg

from ingestion.contracts.registry import registry
from orchestration.assets.extracts import asset_key
from orchestration.partitions import QUARTERS
from orchestration.resources import Warehouse
from warehouse.quarters import Quarter

IDENTITY = ["identity", "links"]


@dg.asset(
    key=IDENTITY,
    deps=[dg.AssetKey(asset_key(contract)) for contract in registry().contracts.values() if contract.person],
    partitions_def=QUARTERS,
    group_name="identity",
    description=(
        "身份链接：证件号码缺失、受损或与姓名不符的记录归于何人；只含假名，逐条记明规则、分数和决定者。\n\n"
        "Identity links: whose the rows are that lack a usable number or carry somebody else's. Pseudonyms only; every "
        "decision with its rule, score and who took it."
    ),
    owners=["team:data-engineering"],
    kinds={"python", "duckdb", "parquet"},
    tags={"stage": "identity"},
)
def identity_links(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    started = time.monotonic()
    # From here on linking and then the build leave a processor to it. What may not be held is taken out of a file that
    # was read ahead at its turn, as out of any other.
    warehouse.read_ahead(context.run)
    linked = warehouse.intake.linked(Quarter.parse(context.partition_key))
    by_status: dict[str, int] = {}
    for _, _, status, count in linked.counts:
        by_status[status] = by_status.get(status, 0) + count
    table = [
        dg.TableRecord({"extract": extract, "rule": rule, "status": status, "rows": count})
        for extract, rule, status, count in linked.counts
    ]
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(by_status.values()),
            **{f"{status}_rows": count for status, count in sorted(by_status.items())},
            "persons_on_the_spine": linked.spine_count,
            "vault_access_log": linked.access_log_hash,
            "by_rule": dg.MetadataValue.table(table) if table else dg.MetadataValue.text("–"),
            "seconds_waited": round(time.monotonic() - started, 2),
        }
    )
