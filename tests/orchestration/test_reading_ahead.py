"""The coming quarter's files are read while a quarter is built: figures and files as when each is run by itself."""

import shutil
import time

import pytest

from ingestion.ahead import FileAhead
from ingestion.ledger import list_records
from orchestration import exits
from orchestration.reading_ahead import reading_ahead
from orchestration.writing import writing
from tests.town import LANDED, PUBLISHED, public_files
from warehouse.files import UNFINISHED
from warehouse.keys import load_keys
from warehouse.layout import Layout
from warehouse.quarters import Quarter


@pytest.fixture
def read_ahead_of(monkeypatch):
    """The coming quarter's deliveries that were read ahead, told when what was read is dropped, and those used at their
    turn. A town is worth no process, so it is told that it is."""
    read, used = [], []
    drop, holds = FileAhead.drop, FileAhead.holds

    def dropping(self):
        read.extend([self.wanted.delivery_id] if self.wanted.round == LANDED else [])
        drop(self)

    def holding(self, *given):
        used.extend([self.wanted.delivery_id] if self.wanted.round == LANDED and holds(self, *given) else [])
        return holds(self, *given)

    monkeypatch.setattr("orchestration.working_process._WORTH_A_PROCESS_BYTES", 0)
    monkeypatch.setattr(FileAhead, "drop", dropping)
    monkeypatch.setattr(FileAhead, "holds", holding)
    return read, used


def _only_landed(layout: Layout) -> None:
    for zone in layout.home.iterdir():
        if zone not in (layout.landing, layout.dagster_home, layout.home / "keys"):
            shutil.rmtree(zone) if zone.is_dir() else zone.unlink()


def _ledger(layout: Layout) -> set:
    return {(one.record_id, one.round, one.verdict, one.raw_sha256) for one in list_records(layout)}


def test_quarters_run_in_one_go_are_published_as_when_each_is_run_by_itself(town, published_home, read_ahead_of):
    _only_landed(town.layout)
    answer = town.pingan("run", f"{PUBLISHED}..{LANDED}")
    assert answer.exit_code == exits.DONE, answer.output
    read, used = read_ahead_of
    assert set(used) == set(read)
    assert used, "no file of the coming quarter was there in time"
    for quarter in (PUBLISHED, LANDED):
        found = public_files(town.layout.releases / quarter / "v1")
        expected = public_files(published_home[0] / "releases" / quarter / "v1")
        assert [path for path in expected if found.get(path) != expected[path]] == []
    assert _ledger(town.layout) == _ledger(Layout(published_home[0]))


def test_a_quarter_that_is_not_published_leaves_nothing_of_the_coming_one(town, read_ahead_of, monkeypatch):
    _only_landed(town.layout)
    monkeypatch.setattr("orchestration.publishing.publish_quarter", _broken)
    answer = town.pingan("run", f"{PUBLISHED}..{LANDED}")
    assert answer.exit_code == exits.FAILED
    assert read_ahead_of[0], "no file of the coming quarter was read"
    assert {one.round for one in list_records(town.layout)} == {PUBLISHED}
    assert _unfinished(town.layout) == []
    assert {path.name for path in town.layout.archive.glob("??/*")} <= {
        one.file_sha256 for one in list_records(town.layout)
    }
    assert list(town.layout.raw.rglob(f"quarter={LANDED}/*")) == []


def test_a_quarter_asked_for_twice_is_read_once_and_leaves_nothing_when_the_lock_is_given_back(town, read_ahead_of):
    keys, quarter = load_keys(town.layout.keys), Quarter.parse(LANDED)
    with writing(town.layout, "a test"):
        reading = reading_ahead(town.layout, keys)
        reading.begin(quarter)
        reading.begin(quarter)
        extract = "population.registered_residents"
        while not (reading._reading[extract, quarter].running() or reading._reading[extract, quarter].done()):
            time.sleep(0.01)  # what has not begun would be left to its turn
        taken = reading.take(extract, quarter)
        assert taken.loaded.files.unfinished_raw.exists()
        taken.drop()
        while reading._waiting:
            time.sleep(0.01)
    read, _ = read_ahead_of
    assert len(read) == len(set(read)) > 10
    assert _unfinished(town.layout) == []


def _unfinished(layout: Layout) -> list:
    return list(layout.home.rglob(f"{UNFINISHED}*"))


def _broken(*given, **named):
    raise RuntimeError("a fault made by a test")
