"""The jobs: what can be run as a whole.

Belongs here: selections of assets; their partitions are the assets' own. All run in one process: a process for each
step would start Python, Dagster and dbt anew for every extract, and the writer's lock is held by a process.
"""

from __future__ import annotations

import dagster as dg

#: Tag under which a run carries the reason for publishing a published quarter anew.
REVISION_TAG = "pingan/revision_reason"
#: Tag under which a run carries the quarter that the same process runs after it.
COMING_TAG = "pingan/coming_quarter"

#: The terminal shows stages, not a line for every event; a run configured otherwise prints them all.
_QUIET = {"loggers": {"console": {"config": {}}}}

_RAW = dg.AssetSelection.key_prefixes("raw") | dg.AssetSelection.key_prefixes("landing")
_IDENTITY = dg.AssetSelection.key_prefixes("identity")
_RELEASE = dg.AssetSelection.key_prefixes("release") | dg.AssetSelection.key_prefixes("operations")

produce_quarter = dg.define_asset_job(
    "produce_quarter",
    selection=dg.AssetSelection.all(),
    config=_QUIET,
    description="接收来文、构建集市、计算指数、核关发布。 / The whole quarter: take in, build, score, publish.",
)
take_in_deliveries = dg.define_asset_job(
    "take_in_deliveries",
    selection=_RAW | _IDENTITY,
    config=_QUIET,
    description="只接收和检查来文，不发布。 / Take in and check what has landed; publish nothing.",
)
publish_release = dg.define_asset_job(
    "publish_release",
    selection=_RELEASE,
    config=_QUIET,
    description="对已算好的季度重新核关并发布。 / Evaluate the gate again and publish what is already scored.",
)

JOBS = [produce_quarter, take_in_deliveries, publish_release]
