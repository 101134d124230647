"""All dbt models as assets, and their tests as checks of the quarter.

Belongs here: how dbt's nodes appear in Dagster. Does not belong here: running dbt (``dbt_process``).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test, get_updated_cli_invocation_params_for_context

from ingestion.contracts.registry import registry
from orchestration import dbt_process
from orchestration.environment import DBT_PROJECT
from orchestration.failures import Complaint, complaint
from orchestration.partitions import QUARTERS
from orchestration.quality import complaints_metadata, refusal
from orchestration.removing import remove_what_may_not_be_held
from orchestration.resources import Warehouse
from warehouse.layout import Layout

_ENGINEERS = "team:data-engineering"
_TABLES = ("table", "incremental", "history", "amended")
#: How DuckDB says that rows break a table's constraint, at once or, of a key, when the table is committed, or have a
#: code or a number that the column's type does not know.
_CONSTRAINT = re.compile("(Constraint|Conversion|Out of Range) Error|constraint violation")


class Translator(DagsterDbtTranslator):
    """Groups by stage and folder, owners by department, and a partition for every check.

    Without its own partition a check's history mixes the quarters, and a green quarter hides a red one.
    """

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            source = dbt_resource_props["source_name"]
            zone = ["raw", source] if source in registry().departments else [source]
            return dg.AssetKey([*zone, dbt_resource_props["name"]])
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return "_".join(dbt_resource_props["fqn"][1:-1]) or "seeds"

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        departments = registry().departments
        senders = [departments[folder].owner for folder in dbt_resource_props["fqn"] if folder in departments]
        return [f"team:{senders[0]}"] if senders else [_ENGINEERS]

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        words = spec.description or manifest["nodes"][unique_id].get("description") or spec.name
        return spec._replace(partitions_def=QUARTERS, description=words)


def dbt_models(layout: Layout, manifest: Path) -> dg.AssetsDefinition:
    """Every seed, model and test of the dbt project as one step."""
    project = DbtProject(DBT_PROJECT, target_path=layout.dbt_target, profiles_dir=DBT_PROJECT)
    translator = Translator()

    @dbt_assets(
        manifest=manifest,
        project=project,
        name="dbt_models",
        partitions_def=QUARTERS,
        dagster_dbt_translator=translator,
    )
    def build_models(context: dg.AssetExecutionContext, warehouse: Warehouse) -> Iterator[Any]:
        # Minors' records found while taking in are orders by now; nothing of them may be built upon.
        remove_what_may_not_be_held(warehouse.layout, warehouse.key_set)
        warehouse.read_ahead(context.run)
        parameters = get_updated_cli_invocation_params_for_context(context, {}, translator)
        result = dbt_process.build(warehouse.layout, context.partition_key, parameters.selection_args)
        yield from _events(result, parameters.manifest, translator, project, warehouse.layout)
        stop_on_failure(result, parameters.manifest)
        warehouse.begin_analysts_database()

    return build_models


def stop_on_failure(result: dbt_process.BuildResult, manifest: Mapping[str, Any]) -> None:
    """Raises Failure, with a complaint for each mart, when data broke a constraint; RuntimeError for any other error.

    Failed tests are reported by the checks themselves and stop what depends on them.
    """
    failed = [node for node in result.failures if not node.unique_id.startswith("test.")]
    if broken := [node for node in failed if _CONSTRAINT.search(node.message)]:
        raise refusal(_constraint_complaint(node, manifest) for node in broken)
    if result.error or failed:
        raise RuntimeError(result.error or "; ".join(f"{node.unique_id}: {node.message}" for node in failed))


def _constraint_complaint(node: dbt_process.NodeResult, manifest: Mapping[str, Any]) -> Complaint:
    senders = _senders(manifest, node.unique_id)
    return complaint(
        subject=node.unique_id.split(".")[-1],
        check="keeps_its_constraints",
        observed=" ".join(node.message.split()),
        expected="主键、非空、取值约束成立，代码均为已知 key, not-null and check constraints hold, codes are known",
        remedy=(
            f"原表未变；按约束找出来文中的问题行，更正来文或模型后重新运行。该表依据：{senders}",
            "the old table stands; find the rows that break it, correct the delivery or the model, run again. "
            f"The table rests on: {senders}",
        ),
    )


def _senders(manifest: Mapping[str, Any], unique_id: str) -> str:
    """The extracts from which a model is made, and who answers for each: its rows are mended where they come from."""
    waiting, seen = [unique_id], set()
    while waiting:
        parents = set(manifest["parent_map"].get(waiting.pop(), ())) - seen
        seen |= parents
        waiting += parents
    contracts = registry().contracts
    extracts = sorted({".".join(parent.split(".")[-2:]) for parent in seen if parent.startswith("source.")})
    return ", ".join(
        f"{extract} ({registry().departments[contracts[extract].department].owner})"
        for extract in extracts
        if extract in contracts
    )


def _events(
    result: dbt_process.BuildResult,
    manifest: Mapping[str, Any],
    translator: Translator,
    project: DbtProject,
    layout: Layout,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    nodes = manifest["nodes"]
    built = [node for node in result.nodes if node.unique_id in nodes and node.succeeded]
    tables = [_relation(nodes[node.unique_id]) for node in built if _is_table(nodes[node.unique_id])]
    counts = dbt_process.row_counts(layout, tables)
    for node in result.nodes:
        properties = nodes.get(node.unique_id)
        if properties is None or not node.was_run:
            continue
        if properties["resource_type"] == "test":
            key = get_asset_check_key_for_test(manifest, translator, node.unique_id, project)
            if key:
                yield _check_result(node, key, properties)
        elif node.succeeded:
            metadata: dict[str, Any] = {"seconds": node.seconds, "made_anew": node.status != dbt_process.STANDING}
            if _relation(properties) in counts:
                metadata["dagster/row_count"] = counts[_relation(properties)]
            yield dg.MaterializeResult(asset_key=translator.get_asset_key(properties), metadata=metadata)


def _check_result(
    node: dbt_process.NodeResult, key: dg.AssetCheckKey, properties: Mapping[str, Any]
) -> dg.AssetCheckResult:
    warns = properties["config"].get("severity", "error").lower() == "warn" or node.status == "warn"
    passed, observed = node.status == "pass", node.message or f"{node.failing_rows} rows break the rule"
    remedy = (
        "在 dbt_project 中查看该检查，找出破坏规则的行；更正来文或模型后重新运行",
        "read the check in dbt_project, find the rows that break it, correct the delivery or the model, run again",
    )
    broken = complaint(key.asset_key.path[-1], key.name, observed, "0 rows break the rule", remedy)
    metadata = {"failing_rows": node.failing_rows, "expected": "0 rows", "seconds": node.seconds}
    return dg.AssetCheckResult(
        passed=passed,
        asset_key=key.asset_key,
        check_name=key.name,
        severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
        metadata=metadata if passed else metadata | {"observed": observed} | complaints_metadata([broken]),
    )


def _relation(properties: Mapping[str, Any]) -> tuple[str, str]:
    return properties["schema"], properties.get("alias") or properties["name"]


def _is_table(properties: Mapping[str, Any]) -> bool:
    return properties["resource_type"] in ("seed", "snapshot") or (
        properties["resource_type"] == "model" and properties["config"]["materialized"] in _TABLES
    )
