"""The same files in another warehouse, under other keys: the same public tables and bulletin, byte for byte."""

from __future__ import annotations

import shutil

import pyarrow.parquet as parquet
import pytest

from orchestration import exits
from tests.town import PUBLISHED, process, public_files
from warehouse.keys import load_keys
from warehouse.layout import Layout


@pytest.fixture(scope="module")
def another(landed_home, warehouse_environment, tmp_path_factory) -> Layout:
    """Another home, made from the same landed files by a process of its own, with keys of its own."""
    layout = Layout(tmp_path_factory.mktemp("another") / "home")
    shutil.copytree(landed_home / "landing" / PUBLISHED, layout.landing / PUBLISHED)
    environment = warehouse_environment | {
        "PINGAN_HOME": str(layout.home),
        "DAGSTER_HOME": str(layout.dagster_home),
    }
    running = process(environment, "--home", str(layout.home), "run", "due")
    said, _ = running.communicate(timeout=240)
    assert running.returncode == exits.DONE, said
    return layout


def _pseudonyms(layout: Layout) -> set:
    return {
        pseudonym
        for path in layout.raw_folder("population", "registered_residents", PUBLISHED).glob("*.parquet")
        for pseudonym in parquet.read_table(path, partitioning=None)["person_pseudonym"].to_pylist()
    }


def test_the_other_warehouse_has_its_own_keys_and_pseudonyms(another, landed_home):
    first = Layout(landed_home)
    assert load_keys(first.keys).key_id != load_keys(another.keys).key_id
    assert len(_pseudonyms(another)) == len(_pseudonyms(first)) > 1000
    assert not _pseudonyms(another) & _pseudonyms(first)


def test_public_tables_and_bulletin_are_the_same_byte_for_byte(another, landed_home):
    expected = public_files(landed_home / "releases" / PUBLISHED / "v1")
    found = public_files(another.releases / PUBLISHED / "v1")
    assert {path.rsplit(".", 1)[1] for path in expected} >= {"parquet", "csv", "xlsx", "html"}
    assert found.keys() == expected.keys()
    assert [path for path in expected if found[path] != expected[path]] == []
