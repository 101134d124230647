"""The release as an asset: gate, disclosure control, files, pointer; all of it in ``publication``.

Belongs here: how a release appears in Dagster. Does not belong here: what may be published or how it is written.
"""

import time

import dagster as dg

from orchestration.assets.index import INDEX
from orchestration.jobs import REVISION_TAG
from orchestration.partitions import QUARTERS
from orchestration.quality import refusal
from orchestration.resources import Warehouse
from warehouse.quarters import Quarter

RELEASE = ["release", "safety_index_release"]


@dg.asset(
    key=RELEASE,
    deps=[INDEX],
    partitions_def=QUARTERS,
    group_name="release",
    description=(
        "季度发布：分析库、公开表和公报，按版本保存，从不覆盖。发布前再次核关，单独运行也不例外。\n\n"
        "The quarter's release: analysts' database, public tables and bulletin, in versions never overwritten. "
        "The gate is evaluated again here, so that a release launched alone cannot pass it by."
    ),
    owners=["team:data-engineering"],
    kinds={"python", "duckdb", "html"},
    tags={"stage": "release"},
)
def safety_index_release(context: dg.AssetExecutionContext, warehouse: Warehouse) -> dg.MaterializeResult:
    from orchestration.publishing import NotPublished, publish_quarter

    started, quarter = time.monotonic(), Quarter.parse(context.partition_key)
    try:
        reason = context.run.tags.get(REVISION_TAG)
        released = publish_quarter(
            warehouse.layout,
            quarter,
            reason,
            context.run_id,
            elsewhere=warehouse.elsewhere,
            begun=warehouse.begun_analysts_database,
        )
    except NotPublished as error:
        raise refusal(error.complaints) from error
    return dg.MaterializeResult(
        metadata={
            "version": released.version,
            "is_new": released.is_new,
            "bulletin": dg.MetadataValue.path(released.bulletin),
            "analysts_database": dg.MetadataValue.path(released.analysts_database),
            "seconds": round(time.monotonic() - started, 2),
        }
    )
