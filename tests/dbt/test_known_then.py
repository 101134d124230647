"""What was known in an earlier round, asked of one build after a correction has come."""

from __future__ import annotations

import duckdb
import pytest

from tests.dbt.fixtures import district

FIRST, SECOND, THIRD = (str(quarter) for quarter in district.QUARTERS)
REGISTER = "population.registered_residents"


def residents_as_known(figures, round_: str, revisions: list) -> int:
    """Residents of the first quarter: who changed since as in the round, all others as they have always been."""
    changed = {row.person_id for row in revisions}
    then = [row for row in revisions if row.known_round <= round_ < (row.superseded_round or "9999Q4")]
    others = [row for row in figures["fct_residence_quarter"] if row.person_id not in changed]
    return sum(row.is_resident for row in [*then, *others])


def test_residence_of_a_corrected_quarter_is_told_as_it_was_known_in_each_round(story):
    figures = story.moments["back to first"].figures
    revisions = [row for row in figures["fct_residence_revision"] if row.quarter == FIRST]
    district_row = {
        moment: next(
            row
            for row in story.moments[moment].figures["fct_population_quarter"]
            if (row.area_code, row.quarter) == (district.DISTRICT, FIRST)
        )
        for moment in ("third", "first corrected")
    }
    assert residents_as_known(figures, FIRST, revisions) == district_row["third"].resident_count
    assert residents_as_known(figures, THIRD, revisions) == district_row["first corrected"].resident_count
    assert residents_as_known(figures, SECOND, revisions) == residents_as_known(figures, FIRST, revisions)


def test_only_persons_whose_decision_changed_have_revisions(story):
    assert story.moments["third"].figures["fct_residence_revision"] == []
    revised = {row.person_id for row in story.moments["first corrected"].figures["fct_residence_revision"]}
    assert len(revised) == 1


def test_decisions_rest_on_the_newest_round_behind_them(story):
    for moment, quarter, known in (("third", THIRD, THIRD), ("back to first", FIRST, THIRD), ("first", FIRST, FIRST)):
        rows = story.moments[moment].figures["fct_residence_quarter"]
        assert {(row.quarter, row.known_round) for row in rows} == {(quarter, known)}


def test_a_delivery_is_known_until_the_round_that_brings_another(story):
    rows = story.moments["first corrected"].figures["fct_delivery"]
    found = {
        (row.round, row.known_round, row.superseded_round, row.is_current)
        for row in rows
        if (row.extract, row.period) == (REGISTER, FIRST)
    }
    assert found == {(FIRST, FIRST, THIRD, False), (THIRD, THIRD, None, True)}


@pytest.mark.parametrize("moment", ["first", "third"])
def test_spells_as_known_last_are_the_spells(story, moment):
    figures = story.moments[moment].figures
    last = [row[:-1] for row in figures["fct_special_group_spell_revision"] if row.superseded_round is None]
    assert last == [tuple(row) for row in figures["fct_special_group_spell"]]
    assert last


def test_what_was_known_outlives_a_project_that_is_built_anew_with_another_column(story):
    database = story.project.home / "build" / "pingan.duckdb"
    count = "select count(*), count(sex_code) from intermediate.int_residence__superseded"
    before = story.project.rows(count)
    with duckdb.connect(str(database)) as connection:
        connection.execute("alter table intermediate.int_residence__superseded drop column sex_code")
    result = story.project.run("run", THIRD, "--select", "int_residence__superseded", "--full-refresh")
    assert result.success, result.exception
    assert story.project.rows(count) == [(before[0][0], 0)]
    assert before[0][0] > 0
