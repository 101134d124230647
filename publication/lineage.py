"""What a release was made from and what is in it, so that it can be made again and compared.

Belongs here: the ledger as it was known, what was taken from earlier releases, fingerprints of the analysts' tables,
and the release's part of the revision triangle. Does not belong here: making a release (``release``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from warehouse.files import UNFINISHED, sha256_file
from warehouse.layout import Layout

ANALYSTS_DATABASE = "analysts/pingan.duckdb"
INDICATOR_REVISIONS = "analysts/indicator_revisions.parquet"
#: What the index was made from: its table of values, and in the file's metadata the series.
INDEX_VALUES = "analysts/index_values.parquet"
#: What a release takes from earlier ones: cells that they hid, figures that they gave, and what their index rests on.
TAKEN_FROM_EARLIER = ("tables/indicator_values.parquet", INDICATOR_REVISIONS, INDEX_VALUES)


def known_records(layout: Layout) -> dict[str, str]:
    """The ledger as it stands: sha256 of every record by ``<round>/<record_id>``."""
    return {
        f"{path.parent.name}/{path.stem}": sha256_file(path)
        for path in sorted(layout.ledger.glob("*/*.json"))
        if not path.name.startswith(UNFINISHED)
    }


def known_links(layout: Layout) -> dict[str, str]:
    """sha256 of the links of every round."""
    return {path.parent.name.removeprefix("round="): sha256_file(path) for path in _link_files(layout)}


def links_in_force(layout: Layout, quarter: str) -> str:
    """A fingerprint of whose the damaged rows of quarters up to ``quarter`` are, by what is known last.

    Each decision is hashed twice: DuckDB's hash of several values folds in the last one as it is, and folded once more
    over all rows, two that swap their persons would leave the fingerprint as it was.
    """
    import duckdb

    files = [str(path) for path in _link_files(layout)]
    if not files:
        return "none"
    decisions = (
        "select arg_max(hash(hash(delivery_id, row_number, record_pseudonym, "
        "case when status_code in ('automatic', 'accepted') then person_id end)), round) as decision "
        "from read_parquet($files, hive_partitioning = true, hive_types_autocast = false) where quarter <= $quarter "
        "group by delivery_id, row_number"
    )
    with duckdb.connect(config={"threads": 1}) as connection:
        count, folded = connection.execute(
            f"select count(*), coalesce(bit_xor(decision), 0) from ({decisions})",
            {"files": files, "quarter": quarter},
        ).fetchone()
    return f"{count}-{folded:016x}"


def _link_files(layout: Layout) -> list[Path]:
    return sorted(layout.links.glob("round=*/links.parquet"))


def earlier_releases(layout: Layout) -> dict[str, dict[str, str]]:
    """sha256 of the files that a release made now takes from the releases there are, by ``<quarter>/v<n>``."""
    found: dict[str, dict[str, str]] = {}
    for manifest in sorted(layout.releases.glob("*/v*/manifest.json")):
        folder = manifest.parent
        files = {name: sha256_file(folder / name) for name in TAKEN_FROM_EARLIER if (folder / name).exists()}
        found[f"{folder.parent.name}/{folder.name}"] = files
    return found


def table_fingerprints(database: Path) -> dict[str, str]:
    """A fingerprint of every table of a DuckDB file by ``schema.table``: rows, and two sums over their hashes.

    The bytes of a DuckDB file depend on how threads took turns, so its content is what is compared. The hash is
    DuckDB's own, whose version is part of what makes a release.
    """
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal order by all"
        ).fetchall()
        return {f"{schema}.{table}": _fingerprint(connection, f'"{schema}"."{table}"') for schema, table in tables}


def _fingerprint(connection: Any, table: str) -> str:
    described = connection.execute(f"describe {table}").fetchall()
    # As words, whatever their place in their type's list: what is said is the same.
    words = [f'"{name}"::varchar as "{name}"' for name, kind, *_ in described if kind.startswith("ENUM")]
    rows = f"(select * replace ({', '.join(words)}) from {table})" if words else table
    count, folded, summed = connection.execute(
        f"select count(*), coalesce(bit_xor(hash(source)), 0), coalesce(sum(hash(source)::hugeint), 0) "
        f"from {rows} as source"
    ).fetchone()
    return f"{count}-{folded:016x}-{summed % (1 << 64):016x}"


def write_indicator_revisions(layout: Layout, path: Path) -> None:
    """Write the figures that this release gives for the first time or otherwise than those before it."""
    import duckdb
    import pyarrow.parquet as pq

    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        rows = connection.execute(
            "select * exclude (is_first_known_here) from marts.fct_indicator_revision where is_first_known_here "
            "order by quarter, indicator_code, area_code"
        ).to_arrow_table()
    pq.write_table(rows, path, compression="zstd", write_page_checksum=True, store_schema=False)
