"""What a quarter's earlier version rested on, and what a reader is told of the difference."""

from dataclasses import replace

import duckdb
import pytest

from publication.bulletin.pages import write_bulletin
from publication.disclosure.policy import load_policy
from publication.frame import bulletin_frame
from publication.lineage import INDEX_VALUES
from publication.snapshot import read_snapshot
from publication.tables.assembly import public_tables
from publication.versions import previous_version, write_index_values
from safety_index.series.declaration import load_series
from tests.publication_world import SERIES, make_world
from warehouse.quarters import Quarter

QUARTER = "2017Q1"
SUB_DISTRICT, COMMITTEE = "310105001000", "310105001001"


@pytest.fixture
def layout(tmp_path):
    return make_world(tmp_path, person_count=20)


def release(layout, version, series):
    path = layout.releases / QUARTER / f"v{version}" / INDEX_VALUES
    path.parent.mkdir(parents=True)
    write_index_values(layout, series, path)


def correct(layout, by):
    with duckdb.connect(str(layout.build_database)) as build:
        build.execute(
            "update marts.fct_indicator_back_series set numerator = numerator + ? "
            "where quarter = ? and area_code = ? and indicator_code = 'B1'",
            [by, QUARTER, COMMITTEE],
        )


def alarms(version):
    rows = version.indicator_values
    chosen = (rows["quarter"] == QUARTER) & (rows["area_code"] == COMMITTEE) & (rows["indicator_code"] == "B1")
    return float(rows.loc[chosen, "numerator"].iloc[0])


def test_a_quarter_that_was_never_released_has_no_version_before(layout):
    assert previous_version(layout, QUARTER, load_series()) is None


def test_a_run_of_the_same_figures_is_not_compared_with_itself(layout):
    release(layout, 1, load_series())
    assert previous_version(layout, QUARTER, load_series()) is None


def test_a_corrected_quarter_is_compared_with_the_version_that_was_out_and_again_when_it_is_run_again(layout):
    series = load_series()
    release(layout, 1, series)
    correct(layout, by=2)
    before = previous_version(layout, QUARTER, series)
    assert before.series == series
    now = alarms(before) + 2
    release(layout, 2, series)
    assert alarms(previous_version(layout, QUARTER, series)) == now - 2
    correct(layout, by=3)
    assert alarms(previous_version(layout, QUARTER, series)) == now


def test_the_tenth_version_comes_after_the_ninth(layout):
    series = load_series()
    release(layout, 9, series)
    correct(layout, by=1)
    ninth = alarms(previous_version(layout, QUARTER, series))
    release(layout, 10, series)
    correct(layout, by=1)
    assert alarms(previous_version(layout, QUARTER, series)) == ninth + 1


def test_another_series_makes_another_version(layout):
    series = load_series()
    release(layout, 1, series)
    other = series.model_copy(update={"version": 2})
    assert previous_version(layout, QUARTER, other).series == series


def test_a_correction_of_another_quarter_is_none_of_this_one(layout):
    release(layout, 1, load_series())
    with duckdb.connect(str(layout.build_database)) as build:
        build.execute("update marts.fct_indicator_back_series set numerator = 0 where quarter < ?", [QUARTER])
    assert previous_version(layout, QUARTER, load_series()) is None


@pytest.fixture
def revised(layout):
    """A snapshot in which one sub-district and one committee gained by a correction of their alarms and fires."""
    snapshot = read_snapshot(layout, Quarter.parse(QUARTER))
    place = {
        row["area_code"]: {key: row[key] for key in ("quarter", "area_level_code", "area_code", "parent_code")}
        for row in snapshot.scores
        if row["quarter"] == QUARTER
    }
    unsaid = ("change_low", "change_high", "rank_change_low", "rank_change_high", "improved_share", "class_code")
    nothing = dict.fromkeys(unsaid)
    comparisons = [
        place[area]
        | {"comparison_code": "previous_version", "compared_quarter": QUARTER, "score_change": 0.42, "rank_change": 1,
           "own_rank_change": 1.0, "others_rank_change": 0.0} | nothing
        for area in (SUB_DISTRICT, COMMITTEE)
    ]  # fmt: skip
    terms = [
        place[area]
        | {"comparison_code": "previous_version", "indicator_code": code, "term_code": "revision", "points": points}
        for area in (SUB_DISTRICT, COMMITTEE) for code, points in (("B1", 0.4), ("A1", 0.021), ("A2", -0.001))
    ]  # fmt: skip
    evidence = snapshot.evidence | {
        "comparisons": [*snapshot.evidence["comparisons"], *comparisons],
        "change_terms": [*snapshot.evidence["change_terms"], *terms],
    }
    return replace(snapshot, evidence=evidence)


def test_a_comparison_with_the_version_before_is_released_without_a_verdict(revised):
    tables = public_tables(revised, SERIES, load_policy())
    rows = [row for row in tables["score_comparisons"].rows if row["comparison_code"] == "previous_version"]
    assert {(row["area_code"], row["score_change"], row["class_name_zh"]) for row in rows} == {
        (SUB_DISTRICT, 0.4, None), (COMMITTEE, 0.4, None),
    }  # fmt: skip
    assert all("上一版" in row["comparison_name_zh"] and row["compared_quarter"] == QUARTER for row in rows)
    terms = [row for row in tables["change_terms"].rows if row["comparison_code"] == "previous_version"]
    assert {row["area_code"] for row in terms} == {SUB_DISTRICT}  # a committee's terms by cause are never released
    assert {row["term_name_en"] for row in terms} == {"correction of data"}


def test_the_page_of_an_area_names_the_indicators_that_a_correction_moved(revised, tmp_path):
    policy = load_policy()
    tables = public_tables(revised, SERIES, policy)
    write_bulletin(bulletin_frame(revised, SERIES, policy, 2, "补报"), tables, tmp_path / "bulletin")
    pages = {area: (tmp_path / "bulletin" / "areas" / f"{area}.html").read_text() for area in (SUB_DISTRICT, COMMITTEE)}
    for page in pages.values():
        assert "较本季度上一版（数据更正）" in page
        assert "on this quarter&#39;s previous version" in page or "on this quarter's previous version" in page
    said = pages[SUB_DISTRICT].partition("较上一版因数据更正的变化按指标")[2].partition("</p>")[0]
    assert "+0.40" in said
    assert "+0.02" in said
    assert "0.00" not in said  # what rounds to nothing is left out
    assert "较上一版因数据更正的变化按指标" not in pages[COMMITTEE]
