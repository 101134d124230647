"""How punctual each department was, against what the simulation knows of the day on which it sent each file."""

import datetime as dt
from collections import Counter

import duckdb
import pyarrow.parquet as pq
import pytest

from ingestion.contracts.registry import registry
from ingestion.ledger import list_records
from orchestration import service_levels
from tests.town import LANDED, PUBLISHED, Town
from warehouse.layout import Layout
from warehouse.quarters import Quarter, quarter_of_period


def sent(layout: Layout) -> list[dict]:
    """The simulation's files of the rounds that were landed."""
    files = pq.read_table(layout.truth / "files.parquet").to_pylist()
    return [file for file in files if file["round"] in (PUBLISHED, LANDED)]


def due_day(extract: str, period: str) -> dt.date:
    if "Q" in period:
        end = Quarter.parse(period).end_date
    else:
        following = dt.date(int(period[:4]), int(period[4:]), 28) + dt.timedelta(days=4)
        end = following.replace(day=1) - dt.timedelta(days=1)
    return end + dt.timedelta(days=registry().contract(extract).delivery.due_days)


def test_the_ledger_has_the_day_on_which_each_file_came(published_town: Town):
    records = {(record.round, record.department, record.file_name): record
               for record in list_records(published_town.layout)}  # fmt: skip
    files = sent(published_town.layout)
    assert len(files) > 50
    for file in files:
        record = records[file["round"], file["department"], file["file_name"]]
        assert record.received_date == file["received_date"].isoformat(), record.record_id


def test_the_mart_counts_what_came_in_time_and_what_was_late(published_town: Town):
    layout = published_town.layout
    accepted = {(record.round, record.file_name) for record in list_records(layout) if record.verdict == "accepted"}
    first: dict[tuple[str, str], dt.date] = {}
    for file in sent(layout):
        key = file["extract"], file["period"]
        if (file["round"], file["file_name"]) in accepted:
            first[key] = min(file["received_date"], first.get(key, dt.date.max))
    expected: Counter = Counter()
    for (extract, period), day in first.items():
        quarter = str(quarter_of_period(period))
        if quarter in (PUBLISHED, LANDED):
            is_late = day > due_day(extract, period)
            expected[extract.split(".")[0], quarter, "late" if is_late else "on time"] += 1
    levels = [level for quarter in (PUBLISHED, LANDED)
              for level in service_levels.service_levels(layout, Quarter.parse(quarter))]  # fmt: skip
    assert len(levels) == 2 * len(registry().departments)
    for level in levels:
        assert level.on_time_count == expected[level.department, level.quarter, "on time"]
        assert level.late_count == expected[level.department, level.quarter, "late"]
        assert level.due_count == level.on_time_count + level.late_count + level.missing_count
    assert sum(level.late_count for level in levels) > 0


def test_status_shows_the_latest_quarter_and_the_release_carries_it(published_town: Town):
    shown = published_town.pingan("status").output
    assert f"报送情况 service levels {LANDED}" in shown
    for department in registry().departments.values():
        assert department.zh in shown
    with duckdb.connect(
        str(published_town.layout.current_release / "analysts" / "pingan.duckdb"), read_only=True
    ) as db:
        released = db.execute("select count(*), count(distinct quarter) from audit.fct_service_level").fetchone()
    assert released == (2 * len(registry().departments), 2)


def test_the_release_answers_while_the_build_database_is_missing_or_written(published_town: Town):
    layout = published_town.layout
    built = service_levels.service_levels(layout)
    layout.build_database.rename(layout.build_database.with_suffix(".aside"))
    assert service_levels.service_levels(layout) == built
    layout.build_database.write_bytes(b"")
    assert service_levels.service_levels(layout) == built


def test_before_the_first_build_there_is_nothing_to_show(tmp_path):
    assert service_levels.service_levels(Layout(tmp_path)) == []
    assert service_levels.as_markdown([]).count("\n") == 1


@pytest.mark.parametrize(("late", "share"), [(None, None), (3, 0.25)])
def test_what_is_not_known_is_shown_as_a_dash(late, share):
    level = service_levels.ServiceLevel("police", PUBLISHED, 4, 0, 0, 4, late, 0, 0, share)
    cells = level.cells()
    assert len(cells) == len(service_levels.HEADERS)
    assert (cells[5], cells[8]) == (("–", "–") if late is None else ("3", "25.00%"))
