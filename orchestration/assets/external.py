"""Tables that dbt reads and that no asset of its own writes: by-products of taking in the extracts.

Belongs here: naming them, so that any other asset without a maker is a spelling mistake, which a test reports.
"""

from __future__ import annotations

import dagster as dg

from ingestion.contracts.registry import registry
from orchestration.assets.extracts import UNCLAIMED, asset_key

LEDGER = ["ledger", "deliveries"]
OUTCOMES = ["checks", "outcomes"]
REVISIONS = ["releases", "indicator_revisions"]


def external_assets() -> list[dg.AssetSpec]:
    extracts = [dg.AssetKey(asset_key(contract)) for contract in registry().contracts.values()]

    def spec(key: list[str], zh: str, en: str, *others: dg.AssetKey) -> dg.AssetSpec:
        return dg.AssetSpec(
            key,
            deps=[*extracts, *others],
            group_name="raw_audit",
            description=f"{zh}\n\n{en}",
            owners=["team:data-engineering"],
            kinds={"python"},
        )

    return [
        spec(
            LEDGER,
            "交付台账：每个来文一条。",
            "Ledger of deliveries: one record for every file that came.",
            dg.AssetKey(UNCLAIMED),
        ),
        spec(OUTCOMES, "检查结果：每项检查一行。", "Outcomes of the checks on deliveries: one row for every check."),
        # Without dependencies: what earlier runs released, not this one.
        dg.AssetSpec(
            REVISIONS,
            group_name="raw_audit",
            description=(
                "历次发布新增或修订的指标值。\n\nFigures that earlier releases gave for the first time or revised."
            ),
            owners=["team:data-engineering"],
            kinds={"python", "parquet"},
        ),
    ]
