"""What the marts say of errors apart from chance, worked out by hand on a few rows."""

import duckdb
import pytest

from orchestration.figure_errors import figure_errors

TABLES = """
    create schema marts;
    create table marts.fct_population_quarter as from (values
        ('c1', '2017Q1', 100, 3), ('c2', '2017Q1', 100, 0), ('c3', '2017Q1', 0, 0), ('c1', '2016Q4', 200, 8)
    ) as rows (area_code, quarter, resident_count, unidentified_count);
    create table marts.fct_residence_quarter as from (values
        ('c1', 's1', true, 0.5), ('c1', 's1', true, 0.8), ('c1', 's1', false, 0.2), ('c2', 's1', true, 1.0),
        (null, 's1', true, 0.5), (null, null, true, 0.5)
    ) as rows (committee_code, sub_district_code, is_resident, residence_evidence_share);
    create table marts.fct_delivery as from (values ('2016Q4'), ('2017Q1')) as rows (round);
    create table marts.fct_indicator_back_series as from (values
        ('committee', 'c1', '2017Q1'), ('committee', 'c1', '2016Q4'), ('sub_district', 's1', '2017Q1')
    ) as rows (area_level_code, area_code, quarter);
    create table marts.fct_indicator_revision as from (values
        ('committee', 'c1', '2016Q2', 'B2', 1, '2016Q2', 4.0, 'observed'),
        ('committee', 'c1', '2016Q2', 'B2', 2, '2016Q3', 5.0, 'observed'),
        ('committee', 'c1', '2016Q2', 'B2', 3, '2016Q4', 6.0, 'observed'),
        ('committee', 'c2', '2016Q2', 'B2', 1, '2016Q2', 0.0, 'observed'),
        ('committee', 'c2', '2016Q2', 'B2', 2, '2016Q3', 1.0, 'observed'),
        ('committee', 'c3', '2016Q2', 'B2', 1, '2016Q2', 8.0, 'observed'),
        ('committee', 'c4', '2016Q2', 'B2', 1, '2016Q2', null, 'missing'),
        ('committee', 'c4', '2016Q2', 'B2', 2, '2016Q3', 9.0, 'observed'),
        ('committee', 'c1', '2016Q2', 'B1', 1, '2016Q2', 7.0, 'observed'),
        ('committee', 'c1', '2017Q1', 'B2', 1, '2017Q1', 7.0, 'observed')
    ) as rows (area_level_code, area_code, quarter, indicator_code, revision_number, known_round, value, status_code)
"""


@pytest.fixture
def build():
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        yield connection


def test_a_population_is_off_by_its_unidentified_and_by_what_the_evidence_of_residence_leaves_open(build):
    found = figure_errors(build, "2017Q1", ["2016Q4"]).exposure
    # c1: 3 of 100 unidentified; √(0.25 + 0.16 + 0.16) of 2 residents, whom 2016Q4 has too, with 8 of 200
    doubt = (0.25 + 0.16 + 0.16) ** 0.5 / 2
    assert found["c1", "2017Q1"] == pytest.approx((0.03**2 + doubt**2) ** 0.5)
    assert found["c1", "2016Q4"] == pytest.approx((0.04**2 + doubt**2) ** 0.5)
    assert set(found) == {("c1", "2017Q1"), ("c1", "2016Q4")}  # nothing is open in c2, nobody lives in c3


def test_a_figure_of_its_own_round_may_move_as_far_as_earlier_ones_did(build):
    found = figure_errors(build, "2017Q1", []).value
    # from what was known at age 0: c1 4 to 6, c2 0 to 1, c3 8 to 8; c4 had no figure then, and B1 has never moved
    assert found == {("c1", "2017Q1", "B2"): pytest.approx((4 + 1) ** 0.5 / (36 + 1 + 64) ** 0.5)}


def test_a_figure_that_is_a_round_older_has_less_to_move(build):
    found = figure_errors(build, "2017Q1", ["2016Q4"]).value
    # at age 1 c1 was known as 5, the others as they stayed; c4 had its figure by then
    assert found["c1", "2016Q4", "B2"] == pytest.approx(1 / (36 + 1 + 64 + 81) ** 0.5)


def test_a_quarter_that_is_run_anew_rounds_later_is_as_old_as_that(build):
    build.execute("insert into marts.fct_delivery values ('2017Q3')")
    assert figure_errors(build, "2017Q1", []).value == {}  # at age 2 all was known


def test_the_first_quarter_has_nothing_to_learn_from(build):
    build.execute("delete from marts.fct_indicator_revision where quarter < '2017Q1'")
    build.execute("delete from marts.fct_delivery")
    assert figure_errors(build, "2017Q1", ["2016Q4"]).value == {}
