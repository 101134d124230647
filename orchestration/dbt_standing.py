"""What of the build database stands already as the project has it, so that a build can leave it out.

A view says the same for every quarter, and making it again costs as much as counting a table. Once the project is
another, nothing of what the database holds is relied on: tables that are kept by quarter may have other columns.

Belongs here: knowing what stands. Does not belong here: running dbt (``dbt_process``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from orchestration.dbt_manifest import sources_fingerprint
from warehouse.files import write_text
from warehouse.layout import Layout


def lasting_nodes(manifest: Any) -> dict[str, tuple[str, str]]:
    """Views and seeds of dbt's manifest: (schema, name) by unique id."""
    return {
        unique_id: (node.schema, node.alias)
        for unique_id, node in manifest.nodes.items()
        if node.resource_type == "seed" or (node.resource_type == "model" and node.config.materialized == "view")
    }


def standing_nodes(layout: Layout, manifest: Any) -> list[str]:
    """Unique ids of the views and seeds that the build database has from these very sources; the rest must be made."""
    if not is_of_this_project(layout):
        return []
    import duckdb

    with duckdb.connect(str(layout.build_database), read_only=True) as database:
        there = dict(
            database.execute(
                "SELECT (schema_name, table_name), NULL FROM duckdb_tables() UNION ALL "
                "SELECT (schema_name, view_name), sql FROM duckdb_views()"
            ).fetchall()
        )
    return [
        unique_id
        for unique_id, relation in lasting_nodes(manifest).items()
        if relation in there and not _waits_for_files(manifest.nodes[unique_id], there[relation])
    ]


def _waits_for_files(node: Any, sql: str | None) -> bool:
    """Whether a view of files was made when there were none: it is empty by its text, and stays so."""
    reads_files = any(parent.startswith("source.") for parent in node.depends_on_nodes)
    return reads_files and "read_" not in (sql or "")


def is_of_this_project(layout: Layout) -> bool:
    """Whether the build database was made from these very sources in this place."""
    stamp = _stamp(layout)
    return layout.build_database.exists() and stamp.exists() and stamp.read_text() == _fingerprint(layout)


def record_standing(layout: Layout) -> None:
    """Say that every view and seed of the build database is as the sources have it."""
    write_text(_stamp(layout), _fingerprint(layout))


def forget_standing(layout: Layout) -> None:
    """Before views are made anew: until all of them are, none is taken for granted."""
    _stamp(layout).unlink(missing_ok=True)


def _stamp(layout: Layout) -> Path:
    return layout.dbt_target / "standing.sha256"


def _fingerprint(layout: Layout) -> str:
    # Views hold the paths of the raw zone.
    return f"{sources_fingerprint()} {layout.home}"
