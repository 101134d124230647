"""Quarters, atomic files, the writer's lock and keys."""

import datetime as dt
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.files import UNFINISHED, atomic_folder, atomic_path, copy_and_hash, sha256_file, write_json, write_text
from warehouse.keys import KEY_FILE_VARIABLE, load_keys
from warehouse.layout import HOME_VARIABLE, Layout
from warehouse.locks import WarehouseBusy, writer_lock
from warehouse.quarters import Quarter, quarter_of_period, quarter_range

quarters = st.builds(Quarter, st.integers(1990, 2090), st.integers(1, 4))


@given(quarters, st.integers(-40, 40))
def test_moving_a_quarter_and_back_returns_it(quarter, step):
    assert quarter.plus(step).plus(-step) == quarter
    assert quarter.plus(step).minus(quarter) == step


@given(quarters)
def test_a_quarter_reads_back_as_it_is_written_and_holds_its_own_days(quarter):
    assert Quarter.parse(str(quarter)) == quarter
    assert Quarter.containing(quarter.start_date) == Quarter.containing(quarter.end_date) == quarter
    assert quarter.end_date + dt.timedelta(days=1) == quarter.plus(1).start_date
    assert {quarter_of_period(month) for month in quarter.months} == {quarter}


@pytest.mark.parametrize("text", ["2017", "2017Q5", "17Q1", "2017-Q1", "", "201713"])
def test_what_is_no_quarter_is_refused(text):
    with pytest.raises(ValueError, match=r"quarter|month"):
        quarter_of_period(text)


def test_a_range_includes_both_ends_and_is_empty_backwards():
    first, last = Quarter(2015, 3), Quarter(2016, 2)
    assert [str(q) for q in quarter_range(first, last)] == ["2015Q3", "2015Q4", "2016Q1", "2016Q2"]
    assert quarter_range(last, first) == []


def test_a_failed_write_leaves_the_old_file_and_no_rubbish(tmp_path):
    target = tmp_path / "figures.json"
    write_json(target, {"a": 1})
    before = target.read_bytes()
    with pytest.raises(RuntimeError), atomic_path(target) as path:
        path.write_text("half of it")
        raise RuntimeError("the disk is full")
    assert target.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["figures.json"]


def test_a_finished_folder_is_never_overwritten_and_a_failed_one_never_seen(tmp_path):
    target = tmp_path / "v1"
    with pytest.raises(RuntimeError), atomic_folder(target) as folder:
        (folder / "table.csv").write_text("1")
        raise RuntimeError("stopped")
    assert not list(tmp_path.iterdir())
    with atomic_folder(target) as folder:
        (folder / "table.csv").write_text("1")
        assert folder.name.startswith(UNFINISHED)
    with pytest.raises(FileExistsError), atomic_folder(target):
        pass
    assert (target / "table.csv").read_text() == "1"


def test_copying_and_hashing_agree(tmp_path):
    source = tmp_path / "a"
    source.write_bytes(os.urandom(3_000_000))
    assert copy_and_hash(source, tmp_path / "b") == sha256_file(source) == sha256_file(tmp_path / "b")


def test_a_second_writer_is_told_who_holds_the_lock_and_gets_it_when_the_holder_dies(tmp_path):
    path = tmp_path / "locks" / "writer.lock"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from warehouse.locks import writer_lock\n"
            "with writer_lock(Path(sys.argv[1]), 'run 2017Q1'): print('held', flush=True); time.sleep(60)",
            str(path),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(WarehouseBusy, match=rf"process {holder.pid} .*run 2017Q1"), writer_lock(path, "me"):
            pass
    finally:
        holder.kill()
        holder.wait()
    with writer_lock(path, "me"):
        pass


def test_demonstration_keys_are_made_once_and_only_their_owner_reads_them(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_FILE_VARIABLE, raising=False)
    path = tmp_path / "keys" / "keys.json"
    first = load_keys(path)
    assert load_keys(path) == first
    assert len({*first.by_purpose.values()}) == len(first.by_purpose)
    assert not any(key.hex() in repr(first) for key in first.by_purpose.values())
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        load_keys(path)


def test_a_named_key_file_that_is_missing_is_an_error_and_no_new_keys(tmp_path, monkeypatch):
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(tmp_path / "nowhere.json"))
    with pytest.raises(FileNotFoundError, match=KEY_FILE_VARIABLE):
        load_keys(tmp_path / "keys.json")
    assert not (tmp_path / "keys.json").exists()


def test_there_is_no_warehouse_that_nobody_named(monkeypatch):
    monkeypatch.delenv(HOME_VARIABLE, raising=False)
    with pytest.raises(RuntimeError, match=HOME_VARIABLE):
        Layout.from_environment()


def test_text_is_written_as_utf_8(tmp_path):
    write_text(tmp_path / "a" / "b.txt", "平安指数")
    assert (tmp_path / "a" / "b.txt").read_bytes().decode("utf-8") == "平安指数"
