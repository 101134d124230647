"""Persons taken out of past releases: their rows go, everything else stays as it was released."""

from __future__ import annotations

import os
import uuid

import duckdb
import pytest

from publication.analysts import PERSON_TABLES
from publication.redaction import empty_of_persons, removals_path, take_out
from publication.release import publish
from publication.verify import MANIFEST, differences, file_hashes
from tests.publication_world import SERIES, make_world, passing_gate, purpose_pseudonym
from warehouse.files import read_json, write_json
from warehouse.keys import Keys, load_keys
from warehouse.quarters import Quarter

QUARTER = Quarter.parse("2017Q1")
PURPOSES = ("population", "special_groups")


@pytest.fixture
def layout(tmp_path):
    return make_world(tmp_path / "home", committee_counts=(4, 4, 4), person_count=60)


@pytest.fixture
def release(layout):
    return publish(layout, QUARTER, passing_gate, SERIES, code_version="c1").folder


def _persons(layout) -> list[str]:
    """People with a spell, as the build knows them."""
    with duckdb.connect(str(layout.build_database), read_only=True) as connection:
        return [
            str(one)
            for (one,) in connection.execute(
                "select distinct person_id from marts.fct_special_group_spell order by 1"
            ).fetchall()
        ]


def _rows(release) -> dict[str, set]:
    with duckdb.connect(str(release / "analysts" / "pingan.duckdb"), read_only=True) as connection:
        return {
            f"{table.schema}.{table.mart}": {
                str(one)
                for (one,) in connection.execute(
                    f"select {table.schema}_person_id from {table.schema}.{table.mart}"
                ).fetchall()
            }
            for table in PERSON_TABLES
        }


def _pseudonym(person: str, keys: Keys, purpose: str) -> str:
    return str(purpose_pseudonym(uuid.UUID(person), keys.by_purpose[purpose]))


def test_an_erased_persons_rows_go_from_every_table_and_the_public_files_stay(layout, release):
    keys, person = load_keys(layout.keys), _persons(layout)[0]
    before, files, manifest = _rows(release), file_hashes(release), (release / MANIFEST).read_bytes()
    with duckdb.connect(str(release / "analysts" / "pingan.duckdb"), read_only=True) as analyst:
        assert take_out(layout, {person}, PURPOSES, keys, ["order"]) == ["2017Q1/v1"]
        assert analyst.execute("select count(*) from population.dim_person").fetchone() == (60,)
    after = _rows(release)
    for table in PERSON_TABLES:
        name = f"{table.schema}.{table.mart}"
        assert before[name] - after[name] == {_pseudonym(person, keys, table.schema)}, name
        assert after[name] < before[name]
    changed = {name for name, sha256 in file_hashes(release).items() if files[name] != sha256}
    assert changed == {"analysts/pingan.duckdb"}
    assert (release / MANIFEST).read_bytes() == manifest
    assert differences(release) == []
    assert os.stat(release / "analysts" / "pingan.duckdb").st_mode & 0o222 == 0
    (entry,) = read_json(removals_path(release))
    assert entry["sha256_before"] == files["analysts/pingan.duckdb"]
    assert person not in removals_path(release).read_text()
    assert take_out(layout, {person}, PURPOSES, keys, ["order"]) == []


def test_the_database_written_anew_is_described_as_before(layout, release):
    def described():
        with duckdb.connect(str(release / "analysts" / "pingan.duckdb"), read_only=True) as connection:
            return connection.execute(
                "select table_name, column_name, data_type, comment from duckdb_columns() "
                "where not internal order by all"
            ).fetchall()

    before = described()
    take_out(layout, set(_persons(layout)[:2]), PURPOSES, load_keys(layout.keys), ["order"])
    assert described() == before


def test_a_sealed_record_leaves_the_population_alone(layout, release):
    before = _rows(release)
    take_out(layout, {_persons(layout)[0]}, ("special_groups",), load_keys(layout.keys), ["order"])
    after = _rows(release)
    assert after["population.dim_person"] == before["population.dim_person"]
    assert len(after["special_groups.fct_special_group_spell"]) == 5


@pytest.mark.parametrize("told", [{"key_id": "an earlier one"}, {"pseudonym_scheme": "another"}, {}])
def test_a_release_made_under_other_keys_or_in_another_way_gives_up_all_its_persons(layout, release, told):
    os.chmod(release / MANIFEST, 0o644)
    manifest = read_json(release / MANIFEST)
    if not told:
        del manifest["inputs"]["pseudonym_scheme"]
    manifest["inputs"] |= told
    write_json(release / MANIFEST, manifest)
    take_out(layout, {_persons(layout)[0]}, PURPOSES, load_keys(layout.keys), ["order"])
    assert not any(_rows(release).values())


def test_only_the_releases_of_quarters_past_their_time_are_emptied(layout, release):
    assert empty_of_persons(layout, {"2016Q4"}) == []
    assert empty_of_persons(layout, {"2017Q1"}) == ["2017Q1/v1"]
    assert not any(_rows(release).values())
