"""Everything that Dagster is told. Loads without a database, the network or Great Expectations.

Belongs here: the list. dbt's manifest is read from ``build/dbt_target`` under ``PINGAN_HOME`` and parsed first only
if it is missing or older than the dbt project.
"""

from __future__ import annotations

import dagster as dg

from ingestion.contracts.registry import registry
from orchestration.assets.external import external_assets
from orchestration.assets.extracts import extract_asset, unclaimed_files
from orchestration.assets.identity import identity_links
from orchestration.assets.index import is_ready_for_release, safety_index
from orchestration.assets.models import dbt_models
from orchestration.assets.operations import asset_health
from orchestration.assets.release import safety_index_release
from orchestration.automation import alert_on_failure, landing_sensor, quarter_that_closed
from orchestration.console import quiet_console
from orchestration.dbt_manifest import ensure_manifest
from orchestration.jobs import JOBS
from orchestration.resources import Warehouse
from warehouse.layout import Layout


def build_definitions(layout: Layout) -> dg.Definitions:
    """The definitions of the warehouse under ``layout``. Raises RuntimeError when dbt cannot parse its project."""
    extracts = [extract_asset(contract) for contract in registry().contracts.values()]
    models = dbt_models(layout, ensure_manifest(layout))
    return dg.Definitions(
        assets=[
            unclaimed_files,
            *extracts,
            *external_assets(),
            identity_links,
            models,
            safety_index,
            safety_index_release,
            asset_health,
        ],
        asset_checks=[is_ready_for_release],
        jobs=JOBS,
        sensors=[landing_sensor, alert_on_failure],
        schedules=[quarter_that_closed],
        resources={"warehouse": Warehouse()},
        executor=dg.in_process_executor,
        loggers={"console": quiet_console},
    )


defs = build_definitions(Layout.from_environment())
