"""The analysts' database: what is in it, what is not, and that two purposes can't be joined on a person."""

import shutil

import duckdb
import pytest

from ingestion.contracts.registry import registry
from publication.analysts import IdentifierFound, PersonUnknown, write_analysts_database
from tests.publication_world import make_world, purpose_pseudonym
from warehouse.keys import load_keys
from warehouse.layout import PROJECT_ROOT, Layout
from warehouse.pseudonyms import hmac_pads
from warehouse.quarters import Quarter

QUARTER = Quarter.parse("2017Q1")
GATE = {"quarter": "2017Q1", "passed": "true", "explanation": ""}


@pytest.fixture(scope="module")
def layout(tmp_path_factory):
    return make_world(tmp_path_factory.mktemp("world"))


def write(layout, keys, path):
    write_analysts_database(layout, QUARTER, keys, GATE, path)


@pytest.fixture(scope="module")
def database(layout, tmp_path_factory):
    path = tmp_path_factory.mktemp("release") / "pingan.duckdb"
    write(layout, load_keys(layout.keys), path)
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


def column_names(connection):
    query = "select schema_name || '.' || table_name, column_name from duckdb_columns() where not internal"
    return connection.execute(query).fetchall()


def test_the_schemas_are_the_purposes_and_hold_tables_only(database):
    rows = database.execute("select distinct table_schema, table_type from information_schema.tables").fetchall()
    assert set(rows) == {(schema, "BASE TABLE") for schema in ("population", "special_groups", "safety_index", "audit")}


def test_the_guide_names_the_oldest_duckdb_that_opens_the_file(database):
    (form,) = database.execute("select tags['storage_version'] from duckdb_databases() where not internal").fetchone()
    oldest = form.removesuffix("+").removeprefix("v").removesuffix(".0")
    assert f"DuckDB {oldest} or newer" in (PROJECT_ROOT / "docs" / "analysts.md").read_text("utf-8")


def test_no_column_can_hold_an_identifier_or_a_place_finer_than_a_compound(database):
    direct = {name for name, meaning in registry().fields.items() if meaning.sensitivity == "direct"}
    names = {column for _, column in column_names(database)}
    assert names.isdisjoint(direct | {"person_id", "person_pseudonym", "dwelling_code"})
    assert {"population_person_id", "special_groups_person_id"} <= names


def test_no_column_tells_the_time_of_day(database):
    types = database.execute("select distinct data_type from duckdb_columns() where not internal").fetchall()
    assert not any("TIME" in kind for (kind,) in types)


def test_every_person_of_the_build_is_there_under_the_purpose_s_pseudonym(layout, database):
    keys = load_keys(layout.keys)
    with duckdb.connect(str(layout.build_database), read_only=True) as build:
        persons = [person for (person,) in build.execute("select person_id from marts.dim_person").fetchall()]
        spells = [
            person for (person,) in build.execute("select person_id from marts.fct_special_group_spell").fetchall()
        ]
    for purpose, table, people in (
        ("population", "population.dim_person", persons),
        ("special_groups", "special_groups.fct_special_group_spell", spells),
    ):
        expected = {purpose_pseudonym(person, keys.by_purpose[purpose]) for person in people}
        found = {person for (person,) in database.execute(f"select {purpose}_person_id from {table}").fetchall()}
        assert found == expected


def test_two_purposes_cannot_be_joined_on_a_person_by_value_or_by_order(layout, database):
    common = database.execute(
        "select count(*) from population.dim_person as a "
        "join special_groups.fct_special_group_spell as b on a.population_person_id = b.special_groups_person_id"
    ).fetchone()[0]
    assert common == 0
    for schema, table in (("population", "dim_person"), ("special_groups", "fct_special_group_spell")):
        order = [
            person for (person,) in database.execute(f"select {schema}_person_id from {schema}.{table}").fetchall()
        ]
        assert order == sorted(order)
        assert len(order) > 10


def test_a_purpose_s_tables_still_join_with_each_other(database):
    matched, count = database.execute(
        "select count(b.population_person_id), count(*) from population.dim_person as a "
        "left join population.fct_residence_quarter as b using (population_person_id)"
    ).fetchone()
    assert matched == count == 600


def test_index_tables_keep_the_quarter_of_their_rows(database):
    for table in ("scores", "dimension_scores", "indicator_scores"):
        quarters = database.execute(f"select distinct quarter from safety_index.{table} order by 1").fetchall()
        assert quarters == [("2016Q4",), ("2017Q1",)]


def test_descriptions_come_along_in_both_languages(database):
    comments = dict(
        database.execute("select column_name, comment from duckdb_columns() where comment is not null").fetchall()
    )
    assert comments["birth_year"] == "出生年份 / year of birth"
    assert "pseudonym" in comments["population_person_id"]


def test_every_column_of_the_index_and_of_the_gate_is_described(database):
    undescribed = database.execute(
        "select table_name, column_name from duckdb_columns() where not internal and comment is null "
        "and table_name in ('scores', 'dimension_scores', 'indicator_scores', 'changes', 'release_gate')"
    ).fetchall()
    assert undescribed == []


def test_the_key_stands_nowhere_in_the_file(layout, tmp_path):
    keys, path = load_keys(layout.keys), tmp_path / "pingan.duckdb"
    write(layout, keys, path)
    content = path.read_bytes()
    for key in keys.by_purpose.values():
        assert key not in content
        assert key.hex().encode() not in content
        assert all(pad not in content for pad in hmac_pads(key).values())


def test_a_mart_with_an_identifier_is_refused_by_name(layout, tmp_path):
    with duckdb.connect(str(layout.build_database)) as build:
        build.execute("alter table marts.fct_mediation add column person_name varchar")
    try:
        with pytest.raises(IdentifierFound, match=r"safety_index\.fct_mediation\.person_name"):
            write(layout, load_keys(layout.keys), tmp_path / "x.duckdb")
    finally:
        with duckdb.connect(str(layout.build_database)) as build:
            build.execute("alter table marts.fct_mediation drop column person_name")


def test_a_person_who_is_missing_where_all_should_be_stops_the_database(layout, tmp_path):
    shutil.copytree(layout.home, tmp_path / "home")
    copied = Layout(tmp_path / "home")
    with duckdb.connect(str(copied.build_database)) as build:
        build.execute("delete from marts.dim_person where person_id = (select min(person_id) from marts.dim_person)")
    with pytest.raises(PersonUnknown, match=r"fct_residence_quarter has \d+ rows .* dim_person"):
        write(copied, load_keys(copied.keys), tmp_path / "pingan.duckdb")


def test_a_database_written_again_is_the_same_and_holds_no_file_open(layout, database, tmp_path):
    path = tmp_path / "again.duckdb"
    write(layout, load_keys(layout.keys), path)
    for file in (path, layout.build_database):
        with duckdb.connect(str(file)) as writer:
            assert writer.execute("select count(*) from duckdb_tables()").fetchone()[0] > 0
    with duckdb.connect(str(path), read_only=True) as again:
        for table in ("population.dim_person", "special_groups.fct_special_group_spell"):
            rows = f"from {table}"
            assert again.execute(rows).fetchall() == database.execute(rows).fetchall()
