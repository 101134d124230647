"""A real warehouse between two quarters, under new keys: nothing of the old ones is left, and it goes on."""

from __future__ import annotations

import os
import re
import signal
import time
import uuid
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publication.verify import verify_release
from tests.town import LANDED, PUBLISHED, Town, process
from warehouse.keys import Keys, load_keys

_UUID = re.compile(rb"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")


def pseudonyms(town: Town) -> set[uuid.UUID]:
    """Those of raw, links and the vault, and the persons of the build database."""
    paths = [path for zone in ("raw", "links", "vault") for path in (town.layout.home / zone).rglob("*.parquet")]
    found = set()
    for path in paths:
        table = pq.read_table(path, partitioning=None)
        found |= {
            one
            for field in table.schema
            if isinstance(field.type, pa.UuidType)
            for one in table[field.name].to_pylist()
            if one
        }
    return found


def standing(town: Town, old: Keys, gone: set[uuid.UUID]) -> dict[str, set[str]]:
    """What of the old set stands in which file outside landing: its id, a key, or a pseudonym, as text or bytes."""
    keys = [*old.by_purpose.values(), old.vault]
    found: dict[str, set[str]] = {}
    for path in sorted(town.layout.home.rglob("*")):
        if not path.is_file() or path.is_symlink() or town.layout.landing in path.parents:
            continue
        content = path.read_bytes()
        marks = {"key id"} if old.key_id.encode() in content else set()
        marks |= {"key"} if any(key in content or key.hex().encode() in content for key in keys) else set()
        marks |= {"pseudonym"} if {uuid.UUID(one.decode()) for one in set(_UUID.findall(content))} & gone else set()
        marks |= {"pseudonym"} if path.suffix == ".duckdb" and _persons(path) & gone else set()
        if marks:
            found[str(path.relative_to(town.layout.home))] = marks
    return found


def _persons(database: Path) -> set[uuid.UUID]:
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where not internal and data_type = 'UUID'"
        ).fetchall()
        return {
            one
            for schema, table, column in columns
            for (one,) in connection.execute(f'select distinct "{column}" from "{schema}"."{table}"').fetchall()
            if one
        }


def test_after_a_rotation_only_the_past_release_names_the_old_set_and_the_next_quarter_is_published(town):
    old, gone = load_keys(town.layout.keys), pseudonyms(town)
    assert {"key id", "pseudonym"} <= set().union(*standing(town, old, gone).values())
    release = town.layout.releases / PUBLISHED / "v1"
    files = verify_release(release)
    would = town.pingan("keys", "rotate", "--dry-run")
    assert would.exit_code == 0, would.output
    assert load_keys(town.layout.keys) == old
    rotated = town.pingan("keys", "rotate")
    assert rotated.exit_code == 0, rotated.output
    assert old.by_purpose["identity"].hex() not in rotated.output
    left = standing(town, old, gone)
    assert {place.split("/")[0] for place in left} == {"releases"}
    assert set().union(*left.values()) == {"key id"}
    assert verify_release(release) == files
    ran = town.pingan("run", LANDED)
    assert ran.exit_code == 0, ran.output
    assert not _persons(town.layout.build_database) & gone
    assert _persons(town.layout.build_database) & pseudonyms(town)
    left = standing(town, old, gone)
    assert not any("pseudonym" in marks or "key" in marks for marks in left.values())
    assert {place.split("/")[1] for place in left} == {PUBLISHED}
    log = town.pingan("vault", "log")
    assert log.exit_code == 0, log.output


@pytest.mark.parametrize("files_made", [3, 30])
def test_a_rotation_that_is_killed_leaves_the_old_set_and_the_next_writer_clears_up(
    town, warehouse_environment, files_made
):
    old = load_keys(town.layout.keys)
    raw = {name: content for name, content in town.files(town.layout.raw).items()}
    making = town.layout.home / ".unfinished-rotation"
    rotating = process(warehouse_environment, "keys", "rotate")
    try:
        deadline = time.monotonic() + 120
        while sum(len(names) for _, _, names in os.walk(making)) < files_made and rotating.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        os.kill(rotating.pid, signal.SIGKILL)
    finally:
        rotating.kill()
        rotating.wait()
    if load_keys(town.layout.keys) != old:
        pytest.fail("the rotation was done before it could be killed")
    assert town.files(town.layout.raw) == raw
    again = town.pingan("keys", "rotate")
    assert again.exit_code == 0, again.output
    assert not making.exists()
    assert load_keys(town.layout.keys).key_id != old.key_id
