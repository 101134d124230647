"""Taking persons out of the analysts' databases of past releases. Public tables and bulletins hold areas only and stay.

The database is written anew without their rows and takes the old one's place; open connections keep the old file until
they are closed. The manifest is not touched: what was done stands beside the release, in ``v<n>.removals.json``.

Belongs here: past releases. Does not belong here: whose rows go and why (``ingestion.removal``).
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Any

from publication.analysts import PERSON_TABLES, ReleasedTable
from publication.lineage import ANALYSTS_DATABASE, table_fingerprints
from publication.purposes import SCHEME
from warehouse.files import atomic_path, read_json, sha256_file, write_json
from warehouse.keys import Keys
from warehouse.layout import Layout
from warehouse.pseudonyms import pseudonyms_of_persons

#: Pseudonyms to take out by purpose; None stands for all of them.
Gone = dict[str, list[str] | None]


def removals_path(release: Path) -> Path:
    return release.with_name(f"{release.name}.removals.json")


def removed_files(release: Path) -> dict[str, str]:
    """sha256 of the files of a release that were written anew after it was released."""
    path = removals_path(release)
    return {entry["file"]: entry["sha256"] for entry in read_json(path)} if path.exists() else {}


def take_out(
    layout: Layout, persons: Collection[str], purposes: Collection[str], keys: Keys, order_ids: Collection[str]
) -> list[str]:
    """Take ``persons`` (ids in the build) out of the tables of ``purposes`` in every release; returns the releases.

    A release whose pseudonyms were made under other keys, or in another way, does not tell whose rows it has, so all
    its rows of persons go.
    """
    changed = []
    for manifest in sorted(layout.releases.glob("*/v*/manifest.json")):
        release = manifest.parent
        inputs = read_json(manifest)["inputs"]
        is_told = (inputs["key_id"], inputs.get("pseudonym_scheme")) == (keys.key_id, SCHEME)
        gone: Gone = {
            purpose: _pseudonyms(persons, keys.by_purpose[purpose]) if is_told else None for purpose in purposes
        }
        if _rewrite(release, gone, order_ids):
            changed.append(f"{release.parent.name}/{release.name}")
    return changed


def empty_of_persons(layout: Layout, quarters: Collection[str]) -> list[str]:
    """Take all rows of persons out of the releases of ``quarters``, which are past their time; returns the releases."""
    gone: Gone = {table.schema: None for table in PERSON_TABLES}
    return [
        f"{manifest.parent.parent.name}/{manifest.parent.name}"
        for manifest in sorted(layout.releases.glob("*/v*/manifest.json"))
        if manifest.parent.parent.name in quarters and _rewrite(manifest.parent, gone, ["retention"])
    ]


def _pseudonyms(persons: Collection[str], key: bytes) -> list[str]:
    import pyarrow as pa

    known = pa.array([uuid.UUID(person).bytes for person in sorted(persons)], pa.uuid())
    return [str(pseudonym) for pseudonym in pseudonyms_of_persons(known, key).to_pylist()]


def _rewrite(release: Path, gone: Gone, order_ids: Collection[str]) -> bool:
    """Write the database anew without the pseudonyms of each purpose; False when it has none of them."""
    database = release / ANALYSTS_DATABASE
    tables = [table for table in _held(database) if table.schema in gone]
    if not any(_count(database, table, gone[table.schema]) for table in tables):
        return False
    before = sha256_file(database)
    with atomic_path(database) as unfinished:
        _copy_without(database, unfinished, tables, gone)
    os.chmod(database, 0o444)
    entry = {
        "file": ANALYSTS_DATABASE,
        "sha256_before": before,
        "sha256": sha256_file(database),
        "tables": table_fingerprints(database),
        "orders": sorted(order_ids),
    }
    known = read_json(removals_path(release)) if removals_path(release).exists() else []
    write_json(removals_path(release), [*known, entry])
    return True


def _held(database: Path) -> list[ReleasedTable]:
    """The tables of persons that the release has: an older one may lack some."""
    import duckdb

    if not database.exists():
        return []
    with duckdb.connect(str(database), read_only=True) as connection:
        there = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    return [table for table in PERSON_TABLES if (table.schema, table.mart) in there]


def _condition(table: ReleasedTable, pseudonyms: list[str] | None) -> tuple[str, dict[str, Any]]:
    if pseudonyms is None:
        return "true", {}
    column = f'"{table.schema}_person_id"'
    return f"coalesce({column} in (select unnest($gone)::uuid), false)", {"gone": pseudonyms}


def _count(database: Path, table: ReleasedTable, pseudonyms: list[str] | None) -> int:
    import duckdb

    condition, given = _condition(table, pseudonyms)
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(
            f"select count(*) from {table.schema}.{table.mart} where {condition}", given
        ).fetchone()[0]


def _copy_without(database: Path, target: Path, tables: list[ReleasedTable], gone: Gone) -> None:
    """Deleting in place would leave the rows in freed blocks, so what stays is copied to a file of its own."""
    import duckdb

    halfway = target.with_name(f"{target.name}-halfway")
    quoted = [str(path).replace("'", "''") for path in (database, halfway, target)]
    try:
        with duckdb.connect() as connection:
            for path, name in zip(quoted, ("released", "halfway", "target"), strict=True):
                connection.execute(f"attach '{path}' as {name}" + (" (read_only)" if name == "released" else ""))
            connection.execute("copy from database released to halfway")
            for table in tables:
                condition, given = _condition(table, gone[table.schema])
                connection.execute(f"delete from halfway.{table.schema}.{table.mart} where {condition}", given)
            connection.execute("copy from database halfway to target")
    finally:
        for path in (halfway, halfway.with_name(f"{halfway.name}.wal")):
            path.unlink(missing_ok=True)
