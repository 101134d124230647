"""The gate lets a good quarter through and stops each kind of bad one, by the check that is there for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from expectations.gate import GateReport, evaluate
from expectations.outcomes import CheckOutcome
from ingestion.contracts.registry import registry
from safety_index.engine import score
from safety_index.series.declaration import load_series
from safety_index.tables.results import write_tables
from tests.unit.expectations_builders import (
    COMMITTEES,
    QUARTER,
    SUB_DISTRICTS,
    deliver,
    good_warehouse,
    indicator_values,
    keep_suite_outcome,
)
from warehouse.layout import Layout

CASES = "police.cases"


@pytest.fixture(scope="module")
def good_home(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("gate") / "home"
    good_warehouse(Layout(home))
    return home


@pytest.fixture
def layout(good_home, tmp_path) -> Layout:
    shutil.copytree(good_home, tmp_path / "home")
    return Layout(tmp_path / "home")


def stopping(layout: Layout) -> set[tuple[str, str]]:
    return {(outcome.subject, outcome.check_name) for outcome in evaluate(layout, QUARTER).failures}


def sql(statement: str) -> Callable[[Layout], None]:
    def change(layout: Layout) -> None:
        with duckdb.connect(str(layout.build_database)) as connection:
            connection.execute(statement)

    return change


def index_file(name: str, edit: Callable[[pd.DataFrame], pd.DataFrame | None]) -> Callable[[Layout], None]:
    """Rewrite an index table after ``edit``, which may change the frame in place."""

    def change(layout: Layout) -> None:
        path = layout.index_folder(str(QUARTER)) / f"{name}.parquet"
        frame = parquet.read_table(path, partitioning=None).to_pandas()
        edited = edit(frame)
        parquet.write_table(pa.Table.from_pandas(frame if edited is None else edited, preserve_index=False), path)

    return change


def add_to(column: str, amount: float, **where: str) -> Callable[[pd.DataFrame], None]:
    def edit(frame: pd.DataFrame) -> None:
        rows = pd.Series(True, index=frame.index)
        for name, value in ({"quarter": str(QUARTER)} | where).items():
            rows &= frame[name] == value
        frame.loc[frame.index[rows][0], column] += amount

    return edit


def test_a_good_quarter_passes_every_check(good_home):
    report = evaluate(Layout(good_home), QUARTER)
    assert [
        (outcome.subject, outcome.check_name, outcome.observed) for outcome in report.outcomes if not outcome.passed
    ] == []
    assert report.passed
    assert {outcome.subject for outcome in report.outcomes} > set(registry().contracts)
    assert "2017Q1 may be published" in report.summary()
    assert "2017Q1 可以发布" in report.summary()


COMMITTEE, SUB_DISTRICT = COMMITTEES[1], SUB_DISTRICTS[0]
GAP = {("fct_indicator_quarter", "every_indicator_is_known_everywhere")}
STALE = {("index", "is_of_the_current_marts")}
OTHER_AREAS = {("scores", "every_area_is_ranked")}


def figure(change: str, indicator: str, area: str = COMMITTEE, quarter: str = "2017Q1") -> Callable[[Layout], None]:
    """Change or delete one figure of an area."""
    where = f"quarter = '{quarter}' AND area_code = '{area}' AND indicator_code = '{indicator}'"
    table = "marts.fct_indicator_quarter"
    return sql(
        f"DELETE FROM {table} WHERE {where}" if change == "delete" else f"UPDATE {table} SET {change} WHERE {where}"
    )


def population(count: int, area: str) -> Callable[[Layout], None]:
    where = f"area_code = '{area}' AND quarter = '2017Q1'"
    return sql(f"UPDATE marts.fct_population_quarter SET resident_count = {count} WHERE {where}")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (figure("status_code = 'missing'", "B2"), GAP | STALE),
        (figure("delete", "B2"), GAP | STALE),
        (figure("numerator = numerator + 1", "B1"), STALE),
        (figure("value = value * 1.01", "B1", area="310105", quarter="2016Q4"), STALE),
        (
            sql(
                "INSERT INTO marts.dim_area SELECT '310105001009', area_level_code, parent_code, DATE '2017-03-31', "
                "NULL FROM marts.dim_area WHERE area_level_code = 'committee' LIMIT 1"
            ),
            GAP | OTHER_AREAS,
        ),
        (
            sql(f"UPDATE marts.dim_area SET valid_to_date = DATE '2017-03-30' WHERE area_code = '{COMMITTEE}'"),
            GAP | OTHER_AREAS,
        ),
        (
            sql("UPDATE marts.dim_indicator SET weight = 5 WHERE indicator_code = 'A1'"),
            {("dim_indicator", "weights_add_up")},
        ),
        (sql("UPDATE marts.dim_indicator SET series_code = 'other-v1'"), STALE),
        (
            sql("CREATE SCHEMA staging; CREATE VIEW staging.stg_people AS SELECT 1 AS person_name"),
            {("build", "has_no_direct_column")},
        ),
        (population(134, SUB_DISTRICT), {("fct_population_quarter", "population_change_is_plausible")}),
        (population(0, SUB_DISTRICT), {("fct_population_quarter", "population_change_is_plausible")}),
        (
            sql("UPDATE marts.fct_population_quarter SET resident_count = 170 WHERE area_level_code = 'district'"),
            {("fct_population_quarter", "residents_agree_with_registers")},
        ),
        (
            sql(
                "DELETE FROM marts.fct_incident WHERE quarter = '2017Q1' AND incident_type_code = 'alarm_110' "
                f"AND committee_code <> '{COMMITTEE}'"
            ),
            {("fct_incident", "incident_totals_are_plausible")},
        ),
        (
            sql(f"UPDATE marts.fct_incident SET committee_code = NULL WHERE committee_code = '{COMMITTEE}'"),
            {("fct_incident", "incidents_are_located")},
        ),
        (sql("DROP TABLE marts.fct_incident"), {("marts", "is_built")}),
        (lambda layout: layout.build_database.unlink(), {("marts", "is_built")}),
    ],
)
def test_the_gate_stops_what_is_wrong_with_the_marts(layout, change, expected):
    change(layout)
    assert stopping(layout) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda layout: shutil.rmtree(layout.index_folder(str(QUARTER))), {("index", "is_computed")}),
        (
            lambda layout: (layout.index_folder(str(QUARTER)) / "changes.parquet").write_bytes(b"PAR1"),
            {("index", "is_computed")},
        ),
        (
            index_file("scores", lambda frame: frame[frame["area_code"] != COMMITTEE]),
            {("scores", "every_area_is_ranked"), ("scores", "ranks_are_valid")},
        ),
        (
            index_file("scores", add_to("rank", 1, area_code=COMMITTEE)),
            {("scores", "ranks_are_valid")},
        ),
        (
            index_file("scores", add_to("area_count", 1, area_level_code="committee")),
            {("scores", "ranks_are_valid"), ("scores", "every_area_is_ranked")},
        ),
        (
            index_file("scores", add_to("score", 1e-6, area_level_code="district")),
            {("indicator_scores", "points_add_up_to_the_score"), ("changes", "changes_add_up_to_the_difference")},
        ),
        (
            index_file("indicator_scores", add_to("effective_weight", 0.5, area_code=COMMITTEE)),
            {("indicator_scores", "points_add_up_to_the_score")},
        ),
        (
            index_file("changes", add_to("points_change", 1e-6, area_code=COMMITTEE)),
            {("changes", "changes_add_up_to_the_difference")},
        ),
        (
            index_file("changes", lambda frame: frame[frame["area_code"] != COMMITTEE]),
            {("changes", "changes_add_up_to_the_difference")},
        ),
        (
            index_file("dimension_scores", add_to("score", 200, area_code=COMMITTEE)),
            {("index", "scores_are_within_bounds")},
        ),
        (
            index_file("indicator_scores", add_to("unclamped_score", 100, area_code=COMMITTEE)),
            {("index", "scores_are_within_bounds")},
        ),
        (
            index_file("indicator_scores", lambda frame: frame[frame["indicator_code"] != "C5"]),
            {("index", "is_of_the_current_marts"), ("indicator_scores", "points_add_up_to_the_score")},
        ),
        (
            index_file("indicator_scores", lambda frame: pd.concat([frame, frame[frame["area_code"] == COMMITTEE]])),
            {("index", "is_of_the_current_marts"), ("indicator_scores", "points_add_up_to_the_score")},
        ),
    ],
)
def test_the_gate_stops_what_is_wrong_with_the_index(layout, change, expected):
    change(layout)
    assert stopping(layout) == expected


def test_a_sub_district_that_is_not_the_sum_of_its_committees_is_warned_of(layout):
    figure("numerator = numerator + 1", "B1")(layout)
    warned = {(outcome.subject, outcome.check_name, outcome.observed) for outcome in evaluate(layout, QUARTER).warnings}
    assert warned == {("fct_indicator_quarter", "sub_districts_are_ratios_of_sums", f"1: B1 in {COMMITTEE[:9]}")}


def test_an_index_of_the_quarter_before_is_not_the_index_of_this_quarter(layout):
    earlier = indicator_values((str(QUARTER.plus(-1)),))
    write_tables(score(load_series(), earlier), layout.index_folder(str(QUARTER)))
    assert {("index", "is_of_the_current_marts"), ("scores", "every_area_is_ranked")} <= stopping(layout)


def ledger_of(layout: Layout, extract: str) -> list[Path]:
    return sorted((layout.ledger / str(QUARTER)).glob(f"{extract}-*.json"))


def test_a_missing_month_stops_the_quarter_and_the_summary_says_whose_it_is_and_what_to_do(layout):
    ledger_of(layout, CASES)[1].unlink()
    keep_suite_outcome(layout, registry().contract(CASES))
    report = evaluate(layout, QUARTER)
    assert {(o.subject, o.check_name) for o in report.failures} == {
        (CASES, "has_arrived"),
        (CASES, "covers_every_month"),
    }
    for part in (
        "2017Q1 不能发布",
        "may not be published",
        "案件_201702.csv",
        "公安分局",
        "Public-security sub-bureau",
        "landing/2017Q1/police/",
    ):
        assert part in report.summary()


def test_a_missing_department_stops_the_quarter(layout):
    for path in ledger_of(layout, "youth_league.youth_services"):
        path.unlink()
    names = {name for subject, name in stopping(layout) if subject == "youth_league.youth_services"}
    assert {"has_arrived", "volume_is_plausible"} <= names


def test_a_changed_or_lost_raw_file_stops_the_quarter(layout):
    path = sorted(layout.raw_folder("police", "cases", str(QUARTER)).glob("*.parquet"))[0]
    parquet.write_table(parquet.read_table(path, partitioning=None).slice(0), path, compression="gzip")
    assert stopping(layout) == {(CASES, "raw_files_are_as_accepted")}
    path.unlink()
    assert {(CASES, "raw_files_are_as_accepted"), (CASES, "conserves_rows")} <= stopping(layout)


def test_a_raw_file_that_cannot_be_read_is_a_failure_and_no_crash(layout):
    path = sorted(layout.raw_folder("police", "cases", str(QUARTER)).glob("*.parquet"))[0]
    path.write_bytes(b"not parquet")
    assert (CASES, "is_readable") in stopping(layout)


def test_a_suite_that_failed_or_was_not_run_on_these_deliveries_stops_the_quarter(layout):
    keep_suite_outcome(layout, registry().contract(CASES), passed=False)
    assert stopping(layout) == {(CASES, "meets_its_suite")}
    keep_suite_outcome(layout, registry().contract(CASES))
    deliver(layout, CASES, "201702", rows=121, version=2)
    assert stopping(layout) == {(CASES, "meets_its_suite")}


def test_the_gate_leaves_no_lock_on_the_build_database(good_home):
    evaluate(Layout(good_home), QUARTER)
    with duckdb.connect(str(Layout(good_home).build_database)) as writer:
        assert writer.execute("SELECT count(*) FROM marts.dim_indicator").fetchone() == (22,)


def test_a_warning_does_not_stop_publication_and_is_said():
    words = {"observed": "o", "expected": "e", "remedy_zh": "改", "remedy_en": "mend"}
    warning = CheckOutcome(check_name="c", subject="s", quarter="2017Q1", passed=False, severity_code="warn", **words)
    report = GateReport("2017Q1", (warning,))
    assert report.passed
    assert report.warnings == (warning,)
    assert "! s · c" in report.summary()


def test_no_outcome_holds_a_value_of_a_person(layout):
    # A pseudonym is the only thing about a person in these zones; it must not be quoted either.
    report = evaluate(layout, QUARTER)
    pseudonyms = {
        value.as_py().hex
        for value in parquet.read_table(next(layout.raw.rglob("labour*/*/*/*.parquet")), partitioning=None)[
            "person_pseudonym"
        ]
    }
    text = json.dumps([outcome.__dict__ for outcome in report.outcomes])
    assert not [value for value in pseudonyms if value in text.replace("-", "")]
