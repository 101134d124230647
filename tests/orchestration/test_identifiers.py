"""No identifier stands outside the zones for identifiers and the simulator's truth: every byte is searched."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing

import duckdb
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from tests.identifier_search import CAPITALS, contents, found_in, identifiers_sent, searched_files, standing
from tests.town import PLANTED
from warehouse.layout import Layout


def test_no_identifier_stands_outside_the_zones_for_identifiers(published_town):
    identifiers = identifiers_sent(published_town.layout)
    assert all(len(values) > 1000 for values in identifiers.values())
    assert any(CAPITALS.fullmatch(name.encode()) for name in identifiers["name"])
    paths = searched_files(published_town.layout)
    zones = {path.relative_to(published_town.layout.home).parts[0] for path in paths}
    assert {"raw", "ledger", "checks", "build", "index", "releases", "dagster", "state"} <= zones
    assert standing(identifiers, paths) == {}


def test_the_search_finds_what_the_zones_for_identifiers_hold(published_town):
    """What was sent is found in the files as they were sent: the search would see it elsewhere too."""
    identifiers = identifiers_sent(published_town.layout)
    sent = [path for path in published_town.layout.landing.rglob("*.*") if path.suffix == ".xlsx"]
    kept = list(published_town.layout.vault.rglob("*.parquet"))
    assert found_in((content for path in sent for content in contents(path)), identifiers)
    found = found_in((content for path in kept for content in contents(path)), identifiers)
    for type_, values in identifiers.items():
        assert len(values & found) > 0.95 * len(values), type_


def test_a_run_full_of_bad_rows_and_refused_files_tells_no_identifier(faulty_home):
    """Not in logs, Dagster's events, check results or what is said at the end, whatever was refused for what."""
    home, said = faulty_home
    layout = Layout(home)
    records = [json.loads(path.read_text(encoding="utf-8")) for path in layout.ledger.rglob("*.json")]
    assert {"undecodable", "unreadable", "unknown_column", "unknown_file"} <= {one["reason_code"] for one in records}
    kept = [path for zone in (layout.quarantine, layout.archive) for path in zone.rglob("*") if path.is_file()]
    planted = set(PLANTED.values())
    assert found_in((content for path in kept for content in contents(path)), {"planted": planted}) == planted
    identifiers = identifiers_sent(layout)
    identifiers["planted"] = planted
    assert standing(identifiers, searched_files(layout)) == {}
    names = [str(path.relative_to(home)).encode() for path in searched_files(layout)]
    assert not found_in([*names, said.encode()], identifiers)


def test_file_names_hold_no_identifier(published_town):
    names = [
        str(path.relative_to(published_town.layout.home)).encode() for path in searched_files(published_town.layout)
    ]
    assert not found_in(names, identifiers_sent(published_town.layout))


@pytest.mark.parametrize("identifier", ["000000199001011234", "欧阳甲乙", "O'NEIL ANNA LEE", "丹枫公寓1号101室"])
@pytest.mark.parametrize("suffix", [".json", ".txt", ".parquet", ".duckdb", ".db", ".xlsx"])
def test_the_search_finds_an_identifier_in_every_kind_of_file(tmp_path, suffix, identifier):
    path = tmp_path / f"leak{suffix}"
    message = f"记录 {identifier}，来电 of {identifier}."
    if suffix == ".parquet":
        parquet.write_table(pa.table({"note": [[message]] * 1000}), path, compression="zstd")
    elif suffix == ".duckdb":
        with duckdb.connect(str(path)) as connection:
            connection.execute("create table t as select ? as note from range(1000)", [message])
    elif suffix == ".db":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("create table t (note text)")
            connection.execute("insert into t values (?)", [json.dumps(["x" * 4040 + " " + message] * 3)])
            connection.commit()
    elif suffix == ".xlsx":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/sharedStrings.xml", f"<t>{message}</t>")
    else:
        path.write_text(json.dumps({"message": message}, ensure_ascii=suffix == ".json"), encoding="utf-8")
    assert standing({"name": {identifier}}, [path]) == {str(path): 1}
