"""Which of dbt's views and seeds stand already as the project has them, so that a build can leave them out.

A view says the same for every quarter, and making it again costs as much as counting a table.

Belongs here: knowing what stands. Does not belong here: running dbt (``dbt_process``).
"""

from __future__ import annotations

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
    stamp = layout.dbt_target / "standing.sha256"
    if not layout.build_database.exists() or not stamp.exists() or stamp.read_text() != _fingerprint(layout):
        return []
    import duckdb

    with duckdb.connect(str(layout.build_database), read_only=True) as database:
        there = set(database.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall())
    return [unique_id for unique_id, relation in lasting_nodes(manifest).items() if relation in there]


def record_standing(layout: Layout) -> None:
    """Say that every view and seed of the build database is as the sources have it."""
    write_text(layout.dbt_target / "standing.sha256", _fingerprint(layout))


def forget_standing(layout: Layout) -> None:
    """Before views are made anew: until all of them are, none is taken for granted."""
    (layout.dbt_target / "standing.sha256").unlink(missing_ok=True)


def _fingerprint(layout: Layout) -> str:
    # Views hold the paths of the raw zone.
    return f"{sources_fingerprint()} {layout.home}"
