"""The read-only prompt: what a query may and may not do."""

from __future__ import annotations

import os

import duckdb
import pytest
from click.testing import CliRunner

from orchestration import exits
from orchestration.cli import pingan
from warehouse.layout import Layout


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A warehouse with two releases of two rows each, the later one current."""
    for name in ("PINGAN_HOME", "DAGSTER_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    layout = Layout(tmp_path / "home")
    for version, score in ((1, 80.0), (2, 90.5)):
        folder = layout.releases / "2017Q1" / f"v{version}" / "analysts"
        folder.mkdir(parents=True)
        with duckdb.connect(str(folder / "pingan.duckdb")) as connection:
            connection.execute("create schema safety_index")
            connection.execute("create table safety_index.scores (area_name varchar, score double)")
            connection.execute("insert into safety_index.scores values ('天山路', ?), ('新华路', null)", [score])
    layout.current_release.symlink_to(layout.releases / "2017Q1" / "v2")
    (layout.home / "secret.csv").write_text("a\n1\n")
    return layout.home


@pytest.fixture
def ask(home):
    def asked(*arguments: str, typed: str | None = None):
        return CliRunner().invoke(pingan, ["--home", str(home), "sql", *arguments], input=typed)

    return asked


def test_a_query_is_answered_from_the_latest_release(ask):
    answer = ask("-c", "select area_name, score from safety_index.scores order by score")
    assert answer.exit_code == exits.DONE
    assert "90.5" in answer.output
    assert "天山路" in answer.output
    assert "2 行 rows" in answer.output


def test_an_earlier_release_can_be_named(ask):
    assert "80.0" in ask("--release", "2017Q1/v1", "-c", "from safety_index.scores").output
    assert "90.5" in ask("--release", "2017Q1", "-c", "from safety_index.scores").output


def test_a_release_that_does_not_exist_is_a_usage_error_that_lists_those_that_do(ask):
    answer = ask("--release", "2016Q4", "-c", "select 1")
    assert answer.exit_code == exits.USAGE
    assert "2017Q1/v1, 2017Q1/v2" in answer.output


@pytest.mark.parametrize(
    "query",
    [
        "delete from safety_index.scores",
        "create table safety_index.mine as select 1 as a",
        "select * from read_csv('{home}/secret.csv')",
        "copy safety_index.scores to '{home}/out.csv'",
        "attach '{home}/releases/2017Q1/v1/analysts/pingan.duckdb' as other",
        "set enable_external_access = true",
        "install httpfs",
    ],
)
def test_no_query_changes_anything_or_reaches_another_file(ask, home, query):
    answer = ask("-c", query.format(home=home))
    assert answer.exit_code == exits.USAGE
    assert not (home / "out.csv").exists()


def test_tables_are_listed_with_their_schema(ask):
    answer = ask("-c", ".tables")
    assert answer.exit_code == exits.DONE
    assert "safety_index" in answer.output
    assert "scores" in answer.output


def test_the_prompt_answers_queries_over_several_lines_until_it_is_left(ask, home, monkeypatch):
    monkeypatch.setenv("HOME", str(home))
    answer = ask(typed="select count(*)\nfrom safety_index.scores;\nselect nonsense;\n.quit\n")
    assert answer.exit_code == exits.DONE
    assert "2" in answer.output
    assert "nonsense" in answer.output


def test_a_reader_leaves_the_release_as_it_was(ask, home):
    release = home / "releases" / "2017Q1" / "v2" / "analysts"
    before = release.joinpath("pingan.duckdb").read_bytes(), os.listdir(release)
    ask("-c", "from safety_index.scores")
    assert (release.joinpath("pingan.duckdb").read_bytes(), os.listdir(release)) == before
