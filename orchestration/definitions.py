"""Everything that Dagster is told. Loads without a database, the network or Great Expectations.

Belongs here: the list. dbt's manifest is read from ``build/dbt_target`` under ``PINGAN_HOME`` and parsed first only
if it is missing or older than the dbt project.
"""

from __future__ import annotations

import warnings

import dagster as dg

# Partitions of checks are marked as a preview; one warning for each of some hundred checks would hide any other.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)
warnings.filterwarnings("ignore", category=dg.BetaWarning)

from ingestion.contracts.registry import registry  # noqa: E402
from orchestration.assets.extracts import extract_asset  # noqa: E402
from orchestration.assets.external import external_assets  # noqa: E402
from orchestration.assets.index import is_ready_for_release, safety_index  # noqa: E402
from orchestration.assets.models import dbt_models  # noqa: E402
from orchestration.assets.operations import asset_health  # noqa: E402
from orchestration.assets.release import safety_index_release  # noqa: E402
from orchestration.automation import alert_on_failure, landing_sensor, quarter_that_closed  # noqa: E402
from orchestration.console import quiet_console  # noqa: E402
from orchestration.dbt_manifest import ensure_manifest  # noqa: E402
from orchestration.jobs import JOBS  # noqa: E402
from orchestration.resources import Warehouse  # noqa: E402
from warehouse.layout import Layout  # noqa: E402


def build_definitions(layout: Layout) -> dg.Definitions:
    """The definitions of the warehouse under ``layout``. Raises RuntimeError when dbt cannot parse its project."""
    extracts = [extract_asset(contract) for contract in registry().contracts.values()]
    models = dbt_models(layout, ensure_manifest(layout))
    return dg.Definitions(
        assets=[*extracts, *external_assets(), models, safety_index, safety_index_release, asset_health],
        asset_checks=[is_ready_for_release],
        jobs=JOBS,
        sensors=[landing_sensor, alert_on_failure],
        schedules=[quarter_that_closed],
        resources={"warehouse": Warehouse()},
        executor=dg.in_process_executor,
        loggers={"console": quiet_console},
    )


defs = build_definitions(Layout.from_environment())
