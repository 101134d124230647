"""A file read before its turn: nothing shows until then, and what no longer holds is read anew."""

import json
import os

import pytest

from ingestion import ledger
from ingestion.ahead import read_ahead
from ingestion.contracts.registry import registry
from ingestion.intake import take_in
from ingestion.names import MANIFEST_SUFFIX
from tests.benches import KEYS
from tests.contract.made_files import file_name, valid_rows, write_rows
from warehouse.files import UNFINISHED
from warehouse.layout import Layout
from warehouse.quarters import Quarter

RESIDENTS = registry().contract("population.registered_residents")
CASES = registry().contract("police.cases")
ROUND = Quarter(2017, 1)
SHOWN = ("raw", "vault", "quarantine", "ledger")


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "home")


def messy_rows():
    rows = valid_rows(RESIDENTS, 40)
    rows[3]["sex_code"] = "男性"
    rows[7]["document_number"] = ""
    return rows


def land(layout, contract=RESIDENTS, rows=None, name=None):
    folder = layout.landing_folder(str(ROUND), contract.department)
    path = write_rows(folder / (name or file_name(contract)), contract, rows or messy_rows())
    os.utime(path, ns=(1_490_000_000_000_000_000, 1_490_000_000_000_000_000))
    return path


def ahead(layout, bench, contract=RESIDENTS):
    return read_ahead(layout, contract, ROUND, KEYS.key_id, bench)


def shown(layout):
    """What readers find in the zones: every file by its pattern, with its bytes."""
    patterns = ("quarter=*/*.parquet", "*/*/quarter=*/*.parquet", "*/*.json")
    return {
        str(path.relative_to(layout.home)): path.read_bytes()
        for zone in SHOWN
        for pattern in patterns
        for path in sorted((layout.home / zone).glob(pattern))
    }


def left_over(layout):
    return [path for path in layout.home.rglob(f"{UNFINISHED}*") if layout.landing not in path.parents]


def test_a_file_read_ahead_shows_nowhere_and_comes_to_the_same_at_its_turn(layout, bench, tmp_path):
    land(layout)
    read = ahead(layout, bench)
    assert shown(layout) == {}
    taken_in = take_in(layout, RESIDENTS, ROUND, KEYS, bench, read)
    without = Layout(tmp_path / "without")
    land(without)
    assert taken_in == take_in(without, RESIDENTS, ROUND, KEYS, bench)
    assert shown(layout) == shown(without)
    assert len(shown(layout)) == 5  # the columns, raw, vault, quarantine and the record
    assert left_over(layout) == []


def test_a_file_read_ahead_is_not_read_again_at_its_turn(layout, bench, monkeypatch):
    land(layout)
    read = ahead(layout, bench)
    monkeypatch.setattr("ingestion.loading.judge", None)
    assert take_in(layout, RESIDENTS, ROUND, KEYS, bench, read).count("accepted") == 1


def _changed_file(layout, bench):
    land(layout, rows=[*messy_rows(), *valid_rows(RESIDENTS, 50)[45:]])


def _changed_at_the_same_size(layout, bench):
    path = land(layout)
    text = path.read_bytes()
    path.write_bytes(text.replace(b"1", b"2", 1))


def _changed_within_the_time_that_a_transfer_sets(layout, bench):
    path = land(layout)
    was = path.stat()
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))


def _another_name(layout, bench):
    path = land(layout)
    path.rename(path.with_name(path.name.replace(".csv", "_再报.csv")))


def _a_manifest(layout, bench):
    path = land(layout)
    path.with_name(path.name + MANIFEST_SUFFIX).write_text(json.dumps({"sequence": 3}), encoding="utf-8")


def _another_version_before_it(layout, bench):
    path = land(layout)
    aside = path.rename(path.with_name("aside"))
    path = land(layout, rows=valid_rows(RESIDENTS, 20))
    take_in(layout, RESIDENTS, ROUND, KEYS, bench)
    path.unlink()
    aside.rename(path)


@pytest.mark.parametrize(
    "change",
    [
        _changed_file,
        _changed_at_the_same_size,
        _changed_within_the_time_that_a_transfer_sets,
        _another_name,
        _a_manifest,
        _another_version_before_it,
    ],
    ids=lambda change: change.__name__.strip("_"),
)
def test_what_no_longer_holds_at_its_turn_is_read_anew(layout, bench, tmp_path, change):
    land(layout)
    read = ahead(layout, bench)
    change(layout, bench)
    without = Layout(tmp_path / "without")
    land(without)
    change(without, bench)
    expected = take_in(without, RESIDENTS, ROUND, KEYS, bench)
    assert take_in(layout, RESIDENTS, ROUND, KEYS, bench, read) == expected
    assert read.loaded.record not in ledger.list_records(layout)
    read.drop()
    assert shown(layout) == shown(without)
    assert left_over(layout) == []


def test_a_file_that_would_be_refused_waits_for_its_turn_to_be_told_why(layout, bench):
    path = land(layout)
    path.write_bytes(b"\xff\xfe this is no table")
    os.utime(path, ns=(1, 1))
    assert ahead(layout, bench) is None
    assert left_over(layout) == []
    assert take_in(layout, RESIDENTS, ROUND, KEYS, bench).count("refused") == 1


def test_a_file_that_was_taken_in_already_is_not_read_ahead(layout, bench):
    land(layout)
    take_in(layout, RESIDENTS, ROUND, KEYS, bench)
    assert ahead(layout, bench) is None


def test_of_several_files_the_first_is_read_ahead_and_the_others_follow_at_their_turn(layout, bench, tmp_path):
    for home in (layout, Layout(tmp_path / "without")):
        for period in ("201701", "201702", "201703"):
            rows = [{**row, "recorded_date": f"{period[:4]}-{period[4:]}-15"} for row in valid_rows(CASES, 8)]
            rows = [{**row, "occurred_date": f"{period[:4]}-{period[4:]}-15", "cleared_date": ""} for row in rows]
            land(home, CASES, rows, f"案件_{period}.csv")
    read = ahead(layout, bench, CASES)
    assert read.wanted.period == "201701"
    taken_in = take_in(layout, CASES, ROUND, KEYS, bench, read)
    assert taken_in == take_in(Layout(tmp_path / "without"), CASES, ROUND, KEYS, bench)
    assert taken_in.newly_read == 3


def test_taking_in_leaves_what_this_process_still_holds_and_removes_what_a_dead_one_left(layout, bench):
    land(layout)
    read = ahead(layout, bench)
    dead = read.loaded.files.unfinished_raw.with_name(".unfinished-1-a.parquet.part")
    dead.write_bytes(b"half")
    take_in(layout, RESIDENTS, Quarter(2016, 4), KEYS, bench)
    assert read.loaded.files.unfinished_raw.exists()
    assert not dead.exists()
    read.drop()
    assert left_over(layout) == []


def test_a_file_that_cannot_be_written_ahead_leaves_nothing(layout, bench, monkeypatch):
    land(layout)
    monkeypatch.setattr("ingestion.promotion.DeliveryFiles.finish", _disk_is_full)
    with pytest.raises(OSError, match="No space left"):
        ahead(layout, bench)
    assert left_over(layout) == []


def _disk_is_full(files):
    raise OSError(28, "No space left on device")
