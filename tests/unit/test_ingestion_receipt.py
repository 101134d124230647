"""On which day a file came: the day of its last change in the landing folder, kept once it is known."""

import datetime as dt
import os
import time

import pytest

from ingestion.contracts.registry import registry
from ingestion.discovery import received_date
from ingestion.intake import take_in
from ingestion.unclaimed import unclaimed_files
from tests.contract.made_files import file_name, valid_rows, write_rows
from warehouse.keys import Keys, LastingKey
from warehouse.layout import Layout
from warehouse.quarters import Quarter

CASES = registry().contract("police.cases")
KEYS = Keys("test", {"identity": b"k" * 32}, LastingKey("lasting", b"l" * 32))
ROUND = Quarter(2017, 1)


def changed_at(path, *moment):
    seconds = dt.datetime(*moment, tzinfo=dt.UTC).timestamp()
    os.utime(path, (seconds, seconds))
    return path


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Shanghai"])
def test_the_day_is_chinas_whatever_the_machines_zone(tmp_path, monkeypatch, zone):
    path = tmp_path / "file"
    path.touch()
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert received_date(changed_at(path, 2017, 4, 1, 15, 59)) == "2017-04-01"
        assert received_date(changed_at(path, 2017, 4, 1, 16, 0)) == "2017-04-02"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_file_read_again_stays_as_punctual_as_it_was(tmp_path):
    layout = Layout(tmp_path)
    folder = layout.landing_folder(str(ROUND), CASES.department)
    path = changed_at(write_rows(folder / file_name(CASES), CASES, valid_rows(CASES, 5)), 2017, 3, 3)
    (first,) = take_in(layout, CASES, ROUND, KEYS).deliveries
    assert first.received_date == "2017-03-03"
    changed_at(path, 2020, 1, 1)
    assert take_in(layout, CASES, ROUND, KEYS).deliveries == (first,)
    (layout.home / first.raw_path).unlink()
    assert take_in(layout, CASES, ROUND, KEYS).deliveries == (first,)


def test_a_file_that_nobody_claims_has_its_day_too(tmp_path):
    layout = Layout(tmp_path)
    folder = layout.landing_folder(str(ROUND), "police")
    folder.mkdir(parents=True)
    (folder / "不知何物.csv").write_bytes(b"1")
    changed_at(folder / "不知何物.csv", 2017, 4, 5)
    (refused,) = unclaimed_files(layout, ROUND)
    assert refused.received_date == "2017-04-05"
