"""A committee's code that is written in a late correction before the map has it."""

from __future__ import annotations

import pytest

from tests.dbt.fixtures import district
from tests.dbt.fixtures.raw_zone import RawZone
from tests.dbt.project import Project

FIRST, SECOND, THIRD = district.QUARTERS
INCIDENTS = "select * exclude (input_fingerprint) from intermediate.int_incidents__located order by all"
WHERE = "select committee_code from intermediate.int_incidents__located where incident_id like '%ahead%'"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """After a round in which the first quarter's cases came again, with one in a committee that is set up in the
    next."""
    made = Project(tmp_path_factory.mktemp("ahead"))
    zone = RawZone(made.home)
    for quarter in (FIRST, SECOND):
        district.deliver_quarter(zone, quarter)
    month = FIRST.months[0]
    cases = district.extracts(FIRST)["police.cases", month]
    ahead = cases[0] | {"case_number": "ahead", "committee_code": district.NEW_COMMITTEE, "compound_code": None}
    zone.deliver("police.cases", month, [*cases, ahead], in_round=str(SECOND))
    locate_incidents(made, SECOND)
    assert made.rows(WHERE) == [(None,)]
    district.deliver_quarter(zone, THIRD)
    return made


def locate_incidents(project, quarter, *arguments):
    only = ["--select", "+int_incidents__located", "--exclude-resource-type", "test", "unit_test"]
    assert project.run("build", str(quarter), *only, *arguments).success


def test_a_case_of_a_corrected_quarter_is_found_where_the_next_round_sets_its_committee_up(project):
    locate_incidents(project, THIRD)
    kept = project.rows(INCIDENTS)
    assert project.rows(WHERE) == [(district.COMMITTEES[0],)]
    locate_incidents(project, THIRD, "--full-refresh")
    assert project.rows(INCIDENTS) == kept
