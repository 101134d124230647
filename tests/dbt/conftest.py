"""One warehouse for all tests of the project: a made district, built as quarters and corrections come in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.dbt.fixtures import district
from tests.dbt.fixtures.raw_zone import RawZone, person
from tests.dbt.project import Project

FIRST, SECOND, THIRD = district.QUARTERS


@dataclass
class Moment:
    """What stood in the warehouse after a build."""

    succeeded: bool
    figures: dict[str, list[tuple[Any, ...]]]
    #: by model that is kept by quarter, the quarters that were decided
    quarters_built: dict[str, set[str]]
    messages: list[str] = field(default_factory=list)
    #: by the same models, their rows
    kept: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    #: marts of which only the rows that differ were written
    amended: set[str] = field(default_factory=set)


KEPT_BY_QUARTER = (
    "int_residence__decided",
    "int_incidents__located",
    "int_mediations__located",
    "int_prevention_resources__counted",
    "int_special_groups__listed",
    "int_special_groups__told",
    "int_special_groups__served",
    "int_special_groups__contacted",
    "int_special_groups__covered",
    "int_visits__located",
    "int_population__counted",
    "int_newcomers__counted",
    "int_dwellings__counted",
)


AMENDED = ("fct_incident", "int_links__decided", "fct_indicator_quarter", "fct_indicator_back_series")


@dataclass
class Story:
    """The moments of the warehouse in order, and the project as the last of them left it."""

    project: Project
    moments: dict[str, Moment]


@pytest.fixture(scope="session")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    project = Project(tmp_path_factory.mktemp("warehouse"))
    zone = RawZone(project.home)
    moments: dict[str, Moment] = {}

    def build(name: str, quarter: object, *arguments: str) -> None:
        result = project.build(str(quarter), *arguments)
        messages = [str(one.message) for one in getattr(result.result, "results", []) if str(one.status) == "error"]
        built = {model: project.quarters_built(model) for model in KEPT_BY_QUARTER}
        kept = {
            model: project.rows(f"select * exclude (input_fingerprint) from intermediate.{model} order by all")
            for model in KEPT_BY_QUARTER
        }
        amended = {mart for mart in AMENDED if project.main_statement(mart).startswith("delete from")}
        moments[name] = Moment(bool(result.success), project.figures(), built, messages, kept, amended)

    # The Youth League sends nothing in the first quarter: the extract has never been seen when it is first built.
    district.deliver_quarter(zone, FIRST, without=frozenset({"youth_league.youth_services"}))
    build("first", FIRST)
    district.deliver_quarter(zone, SECOND)
    district.deliver_quarter(zone, THIRD)
    build("third", THIRD)
    build("third again", THIRD)
    # Of rows from which no figure of persons is made.
    sent = zone.delivery_id("governance.psychological_service", str(SECOND))
    zone.link(str(SECOND), sent, {1: "unlinked", 2: "unlinked", 3: "proposed"})
    build("linked", THIRD)
    residents = district.extracts(FIRST)["population.registered_residents", str(FIRST)]
    zone.deliver("population.registered_residents", str(FIRST), residents[:-1], in_round=str(THIRD))
    zone.withdraw("justice.mediations", str(SECOND), in_round=str(THIRD))
    zone.link(str(THIRD), sent, {2: "proposed"})
    build("first corrected", THIRD)
    build("first corrected, made anew", THIRD, "--full-refresh")
    build("back to first", FIRST)
    # A visit number that another quarter has already: the key of the mart is broken.
    spell = {"register_number": "D00000001", "person_pseudonym": person(0), "committee_code": district.COMMITTEES[0]}
    visit = spell | {"visit_number": "W00000000001", "visit_due_date": THIRD.end_date}
    zone.deliver("drug_control.visits", str(SECOND), [visit | {"visit_date": SECOND.start_date}])
    zone.deliver("drug_control.visits", str(THIRD), [visit | {"visit_date": THIRD.start_date}])
    build("broken key", THIRD)
    # Of the map nothing but the row of a sub-district changes, by which its committees no longer count.
    changed = [
        row | {"valid_to_date": "2016-08-31"} if row["area_code"] == district.SUB_DISTRICTS[1] else row
        for row in district.areas(THIRD)
    ]
    zone.deliver("governance.areas", str(THIRD), changed)
    build("map corrected", THIRD, "--vars", "{rows_always_amended: 0}")
    build("made anew", THIRD, "--full-refresh")
    return Story(project, moments)
