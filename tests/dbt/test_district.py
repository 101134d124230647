"""The figures of the made district, counted by hand."""

from __future__ import annotations

import pytest

from tests.dbt.fixtures import district
from tests.dbt.fixtures.raw_zone import person

FIRST, _, THIRD = (str(quarter) for quarter in district.QUARTERS)
OLD, NEW = district.COMMITTEES[0], district.NEW_COMMITTEE


def indicator(story, moment: str, area: str, code: str, quarter: str = THIRD) -> tuple:
    """Numerator, denominator, status and window of a figure."""
    (row,) = [row for row in story.moments[moment].figures["fct_indicator_quarter"] if row[:3] == (area, quarter, code)]
    return row[5], row[6], row[8], row[9]


def population(story, area: str, quarter: str = THIRD) -> dict[str, int]:
    names = [name for (name,) in story.project.rows("select column_name from (describe marts.fct_population_quarter)")]
    (row,) = [row for row in story.moments["third"].figures["fct_population_quarter"] if row[:2] == (area, quarter)]
    return dict(zip(names, row, strict=True))


def test_residents_are_the_two_of_each_dwelling_less_the_absent_and_the_dead_more_the_stranger_and_the_unregistered(
    story,
):
    whole = population(story, district.DISTRICT)
    # 48 dwellings of two, one dead, one absent who is not met elsewhere, one from abroad, one known by services only.
    assert whole["resident_count"] == 48 * 2 - 1 - 1 + 1 + 1
    assert whole["overseas_count"] == 1
    assert whole["registered_but_absent_count"] == 1
    assert whole["unidentified_count"] == 1
    assert whole["dwelling_count"] == 48
    assert whole["compound_count"] == 8


def test_a_person_on_two_registers_is_one_person(story):
    twice = person(0)
    (row,) = [row for row in story.moments["third"].figures["fct_residence_quarter"] if row[0] == twice]
    assert row[2] == "registered"


def test_a_committee_that_is_split_gives_its_compound_away_from_that_quarter_on(story):
    areas = {row[:2] for row in story.moments["third"].figures["fct_population_quarter"]}
    assert (NEW, THIRD) in areas
    assert (NEW, FIRST) not in areas
    assert population(story, NEW)["resident_count"] == district.DWELLINGS_PER_COMPOUND * 2
    assert population(story, OLD)["compound_count"] == 1


@pytest.mark.parametrize(
    ("area", "code", "expected"),
    [
        (NEW, "B1", (3, 12, "observed", 1)),
        (OLD, "B1", (0, None, "observed", 1)),
        (district.DISTRICT, "B2", (3, None, "observed", 3)),
        (NEW, "B2", (1, 6, "observed", 1)),
        (district.DISTRICT, "A3", (1, 3, "observed", 1)),
        (district.COMMITTEES[1], "A3", (1, 3, "passed_down", 1)),
        (district.COMMITTEES[2], "A3", (0, 0, "not_applicable", 1)),
        (district.DISTRICT, "A4", (3, 4, "observed", 1)),
        (district.DISTRICT, "A6", (1, 2, "observed", 1)),
        (district.DISTRICT, "B5", (3, 9, "observed", 3)),
        (district.DISTRICT, "B6", (7, 8, "observed", 3)),
        (district.DISTRICT, "C3", (6, 8, "observed", 1)),
        (NEW, "C2", (12, 0, "not_applicable", 1)),
        (NEW, "D3", (1, 2, "observed", 1)),
    ],
)
def test_indicators_of_the_third_quarter(story, area, code, expected):
    numerator, denominator, status, window = indicator(story, "third", area, code)
    if expected[1] is None:
        denominator = None
    assert (numerator, denominator, status, window) == expected


def test_an_indicator_whose_extract_never_came_is_missing_and_not_zero(story):
    assert indicator(story, "first", district.DISTRICT, "C6", FIRST) == (None, None, "missing", 1)
    assert indicator(story, "third", district.DISTRICT, "C6", FIRST) == (None, None, "missing", 1)
    assert indicator(story, "third", district.DISTRICT, "C6") == (24, 32, "observed", 1)


def test_a_minor_is_in_no_mart(story):
    for mart, rows in story.moments["third"].figures.items():
        assert not [row for row in rows if person("minor") in row], mart


def test_a_person_known_only_through_a_special_group_is_not_among_the_known_persons(story):
    spells = story.moments["third"].figures["fct_special_group_spell"]
    persons = {row[0] for row in story.moments["third"].figures["dim_person"]}
    assert any(row[2] == person(50) for row in spells)
    assert person(50) not in persons or person(50) in {
        person(place * 10 + one) for place in range(48) for one in (0, 1)
    }


def test_deliveries_are_all_on_record_and_the_superseded_one_is_not_current(story):
    rows = story.moments["first corrected"].figures["fct_delivery"]
    corrected = [row for row in rows if row.extract == "population.registered_residents" and row.period == FIRST]
    assert sorted((row.version, row.is_current) for row in corrected) == [(1, False), (2, True)]
