"""dbt in this process: one build for a quarter, and no lock left behind.

Belongs here: calling dbt and giving back what it did. Does not belong here: Dagster's view of it (``assets.models``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from orchestration.dbt_manifest import dbt_options, parsed_manifest
from orchestration.dbt_standing import (
    forget_standing,
    is_of_this_project,
    lasting_nodes,
    record_standing,
    standing_nodes,
)
from warehouse.build_database import take_over_log
from warehouse.files import read_json, write_json
from warehouse.layout import QUARTER_VARIABLE, Layout

#: The status of a view or seed that stood already as the project has it.
STANDING = "standing"
_SUCCEEDED = frozenset({"success", "pass", "warn", "no-op", STANDING})
#: How DuckDB quotes a key that came twice, and a value that does not fit a type, of which it may name the column.
_QUOTED = (
    (re.compile(r'(uplicate key) ".*"', re.DOTALL), r"\1"),
    (
        re.compile(r"(Conversion|Out of Range) Error: (?:.*(when casting from source column \w+))?.*", re.DOTALL),
        r"\1 Error: a value does not fit its type \2",
    ),
)
#: Selections that mean every node.
_WHOLE = ([], ["--select", "fqn:*"])


@dataclass(frozen=True)
class NodeResult:
    """What became of one model, seed or test."""

    unique_id: str
    status: str
    message: str
    failing_rows: int
    seconds: float

    @property
    def succeeded(self) -> bool:
        return self.status in _SUCCEEDED

    @property
    def was_run(self) -> bool:
        return self.status != "skipped"


@dataclass(frozen=True)
class BuildResult:
    """One ``dbt build``: every node's result, and dbt's own error when it did not come to running nodes."""

    nodes: tuple[NodeResult, ...]
    error: str | None

    @property
    def failures(self) -> list[NodeResult]:
        return [node for node in self.nodes if node.was_run and not node.succeeded]


def build(layout: Layout, quarter: str, selection: Sequence[str]) -> BuildResult:
    """Run ``dbt build`` for ``quarter`` on the nodes of ``selection`` (dbt's own selection arguments).

    The quarter goes through the environment: a changed ``--vars`` would make dbt parse the whole project again.
    Raises BuildDatabaseUnreadable.
    """
    from dbt.cli.main import dbtRunner

    os.environ[QUARTER_VARIABLE] = quarter
    layout.build_database.parent.mkdir(parents=True, exist_ok=True)
    take_over_log(layout)
    manifest = parsed_manifest(layout)
    is_whole = list(selection) in _WHOLE
    standing = standing_nodes(layout, manifest) if is_whole else []
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json", *dbt_options(layout), *selection]
    if standing:
        # Only what is named is left out: its tests are about data.
        arguments += ["--indirect-selection", "empty", "--exclude", *_excluding(standing, manifest)]
    elif is_whole:
        arguments += ["--full-refresh"] if not is_of_this_project(layout) else []
        forget_standing(layout)
    try:
        outcome = dbtRunner(manifest=manifest).invoke(arguments)
    finally:
        release_database()
    # A connection that finds no room for its log when it is closed says nothing.
    take_over_log(layout)
    nodes = tuple(_node_result(result) for result in getattr(outcome.result, "results", ()))
    unmade = [node for node in nodes if not node.succeeded and not node.unique_id.startswith("test.")]
    # A table that a changed project could not make may still have the old columns, so the next build starts anew, too.
    if is_whole and not standing and nodes and not unmade:
        record_standing(layout)
    write_unfinished(layout, quarter, nodes)
    failed = any(node.was_run and not node.succeeded for node in nodes)
    told = without_values(str(outcome.exception or "dbt ended without a result"))
    error = None if outcome.success or failed else told
    stood = [NodeResult(name, STANDING, "", 0, 0.0) for name in standing]
    return BuildResult(_parents_first([*stood, *nodes], manifest), error)


def _excluding(standing: Sequence[str], manifest: Any) -> list[str]:
    """Criteria for the nodes that stand. Nearly always that is all that can, which two say: dbt looks through all nodes
    for every criterion."""
    if set(standing) == set(lasting_nodes(manifest)):
        return ["config.materialized:view", "resource_type:seed"]
    return [name.split(".")[-1] for name in standing]


def write_unfinished(layout: Layout, quarter: str, nodes: Sequence[NodeResult]) -> None:
    """Keep which models a build of ``quarter`` did not make, and why, until one makes them."""
    kept = {name: one for name, one in read_unfinished(layout).items() if one["quarter"] == quarter}
    for node in nodes:
        name = node.unique_id.split(".")[-1]
        if node.succeeded:
            kept.pop(name, None)
        elif node.unique_id.startswith("model."):
            kept[name] = {"quarter": quarter, "status": node.status, "message": " ".join(node.message.split())}
    write_json(_unfinished(layout), kept)


def read_unfinished(layout: Layout) -> dict[str, dict[str, str]]:
    """By model that the last build did not make: ``quarter``, ``status`` (``error`` or ``skipped``) and ``message``."""
    path = _unfinished(layout)
    return read_json(path) if path.exists() else {}


def _unfinished(layout: Layout) -> Path:
    return layout.dbt_target / "unfinished.json"


def _parents_first(nodes: list[NodeResult], manifest: Any) -> tuple[NodeResult, ...]:
    """In the order in which Dagster will hear of them: a node after all that it is made from."""
    parents = {name: node.depends_on_nodes for name, node in manifest.nodes.items()}
    place = {name: number for number, name in enumerate(TopologicalSorter(parents).static_order())}
    return tuple(sorted(nodes, key=lambda node: place[node.unique_id]))


def release_database() -> None:
    """Close the connection that dbt-duckdb keeps for the life of the process; with it goes the file's lock."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    if DuckDBConnectionManager._ENV is not None:
        DuckDBConnectionManager._ENV.close()
        DuckDBConnectionManager._ENV = None


def _node_result(result: Any) -> NodeResult:
    return NodeResult(
        unique_id=result.node.unique_id,
        status=str(result.status),
        message=without_values(result.message or ""),
        failing_rows=result.failures or 0,
        seconds=round(result.execution_time, 3),
    )


def without_values(message: str) -> str:
    """DuckDB's message without the key that came twice, in a mart of persons a pseudonym, or the value that does not
    fit a column's type."""
    for pattern, words in _QUOTED:
        message = pattern.sub(words, message)
    return message


def row_counts(layout: Layout, tables: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Rows of each (schema, table) of the build database."""
    import duckdb

    if not tables:
        return {}
    counts = " union all ".join(
        f"select '{schema}', '{table}', count(*) from \"{schema}\".\"{table}\"" for schema, table in tables
    )
    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        return {(schema, table): count for schema, table, count in connection.execute(counts).fetchall()}
