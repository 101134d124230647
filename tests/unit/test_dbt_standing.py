"""Views and seeds that stand as the project has them are left out of a build, and only those."""

from types import SimpleNamespace

import duckdb
import pytest

from orchestration import dbt_standing
from orchestration.dbt_standing import forget_standing, is_of_this_project, record_standing, standing_nodes
from warehouse.layout import Layout


def node(resource_type: str, name: str, materialized: str = "view", parents: tuple[str, ...] = ()) -> SimpleNamespace:
    config = SimpleNamespace(materialized=materialized)
    return SimpleNamespace(
        resource_type=resource_type, schema="main", alias=name, config=config, depends_on_nodes=list(parents)
    )


MANIFEST = SimpleNamespace(
    nodes={
        "model.a": node("model", "a"),
        "seed.b": node("seed", "b", "seed"),
        "model.c": node("model", "c", "table"),
        "test.d": node("test", "d", "test"),
    }
)


@pytest.fixture
def layout(tmp_path, monkeypatch):
    monkeypatch.setattr(dbt_standing, "sources_fingerprint", lambda: "as they are")
    made = Layout(tmp_path)
    made.dbt_target.mkdir(parents=True)
    with duckdb.connect(str(made.build_database)) as database:
        database.execute("CREATE VIEW a AS SELECT 1; CREATE TABLE b AS SELECT 1; CREATE TABLE c AS SELECT 1")
    return made


def test_nothing_stands_before_a_whole_build_has_said_so(layout):
    assert standing_nodes(layout, MANIFEST) == []


def test_views_and_seeds_stand_and_tables_are_made_every_time(layout):
    record_standing(layout)
    assert standing_nodes(layout, MANIFEST) == ["model.a", "seed.b"]


def test_a_view_made_when_its_files_were_not_there_yet_is_made_anew(layout, tmp_path):
    files = SimpleNamespace(nodes={"model.a": node("model", "a", parents=("source.raw.a",))})
    record_standing(layout)
    assert standing_nodes(layout, files) == []
    with duckdb.connect(str(layout.build_database)) as database:
        database.execute(f"COPY (SELECT 1 AS x) TO '{tmp_path}/a.parquet'")
        database.execute(f"CREATE OR REPLACE VIEW a AS SELECT * FROM read_parquet('{tmp_path}/*.parquet')")
    assert standing_nodes(layout, files) == ["model.a"]


def test_what_has_gone_from_the_database_is_made_anew(layout):
    record_standing(layout)
    with duckdb.connect(str(layout.build_database)) as database:
        database.execute("DROP VIEW a")
    assert standing_nodes(layout, MANIFEST) == ["seed.b"]


def test_other_sources_or_another_home_make_everything_anew(layout, monkeypatch, tmp_path):
    record_standing(layout)
    monkeypatch.setattr(dbt_standing, "sources_fingerprint", lambda: "changed")
    assert standing_nodes(layout, MANIFEST) == []
    assert not is_of_this_project(layout)
    monkeypatch.setattr(dbt_standing, "sources_fingerprint", lambda: "as they are")
    assert is_of_this_project(layout)
    moved = tmp_path.rename(tmp_path.parent / "moved")
    assert standing_nodes(Layout(moved), MANIFEST) == []


def test_a_build_that_makes_views_anew_takes_none_for_granted_until_it_is_done(layout):
    record_standing(layout)
    forget_standing(layout)
    assert standing_nodes(layout, MANIFEST) == []
    forget_standing(layout)
