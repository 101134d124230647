"""A profile says everything that decides a simulation, and every fault in it at once."""

from __future__ import annotations

import pytest

from ingestion.contracts.registry import registry
from simulation.deliveries import RESENT, check_incidents, plan_round
from simulation.profile import Profile, ProfileError, load_profile
from simulation.profile_sections import Incident
from simulation.rates import daytime_attraction
from simulation.timeline import Timeline
from warehouse.quarters import Quarter


@pytest.fixture(scope="module")
def tiny() -> Profile:
    return load_profile("tiny")


@pytest.mark.parametrize("name", ["changning", "huangpu", "tiny"])
def test_the_profiles_that_come_with_the_project_load_and_their_incidents_fit(name: str):
    profile = load_profile(name)
    assert profile.name == name
    check_incidents(profile)
    assert all(incident.resent for incident in profile.incidents)


@pytest.mark.parametrize(("name", "committees"), [("changning", 185), ("huangpu", 171)])
def test_by_day_some_residents_stay_wherever_they_live_and_no_place_draws_beyond_all_measure(name, committees):
    profile = load_profile(name)
    by_day = daytime_attraction(profile, committees) * profile.population.daytime_ratio
    assert by_day.min() >= 0.3
    assert by_day.max() < 20
    assert by_day.mean() == pytest.approx(profile.population.daytime_ratio, rel=0.1)


def test_every_fault_of_a_profile_is_reported_at_once(tmp_path):
    path = tmp_path / "wrong.yml"
    path.write_text(
        "extends: tiny\nseed: -1\nmisspelt: 1\npopulation: {migrant_share: 1.5}\nevents: {flood: {per_1000: 1}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ProfileError) as caught:
        load_profile(path)
    for fault in ("seed", "misspelt", "migrant_share", "flood"):
        assert fault in str(caught.value)


def test_an_unknown_profile_is_refused_with_the_names_there_are():
    with pytest.raises(ProfileError, match="changning, huangpu, tiny"):
        load_profile("nowhere")


def test_profiles_that_extend_each_other_in_a_circle_are_refused(tmp_path):
    first, second = tmp_path / "a.yml", tmp_path / "b.yml"
    first.write_text(f"extends: {second}\n", encoding="utf-8")
    second.write_text(f"extends: {first}\n", encoding="utf-8")
    with pytest.raises(ProfileError, match="circle"):
        load_profile(first)


def _with(profile: Profile, *incidents: dict) -> Profile:
    return profile.model_copy(update={"incidents": [Incident(**incident) for incident in incidents]})


def _names(profile: Profile, round_name: str) -> list[str]:
    timeline = Timeline(Quarter.parse(profile.first_quarter), profile.quarter_count)
    return [file.name for file in plan_round(profile, timeline, timeline.index(Quarter.parse(round_name)))]


def test_a_round_without_incidents_has_one_file_a_period(tiny: Profile):
    names = _names(_with(tiny), "2017Q1")
    monthly = sum(contract.delivery.rhythm == "monthly" for contract in registry().contracts.values())
    assert len(names) == len(registry().contracts) + 2 * monthly
    assert "案件_201702.csv" in names
    assert "户籍人口_2017Q1.csv" in names
    assert "社区矫正_2017Q1.xlsx" in names


@pytest.mark.parametrize(
    ("incident", "gone", "come"),
    [
        (
            {"kind": "missing_month", "extract": "police.cases", "month": 2},
            ["案件_201702.csv"],
            ["案件_201702_补报.csv"],
        ),
        (
            {"kind": "missing_department", "department": "youth_league"},
            ["青少年服务_2017Q1.xlsx"],
            ["青少年服务_2017Q1_补报.xlsx"],
        ),
        ({"kind": "unknown_column", "extract": "fire.fires"}, [], ["火灾_2017Q1_补报.csv"]),
        ({"kind": "wrong_period", "extract": "police.cases", "month": 1}, [], ["案件_201701_补报.csv"]),
    ],
)
def test_an_incident_is_put_right_by_a_resent_file_or_not_at_all(tiny, incident, gone, come):
    plain = set(_names(_with(tiny), "2017Q1"))
    resent = set(_names(_with(tiny, incident | {"round": "2017Q1"}), "2017Q1"))
    assert resent == plain - set(gone) | set(come)
    never = set(_names(_with(tiny, incident | {"round": "2017Q1", "resent": False}), "2017Q1"))
    assert never == plain - set(gone)


def test_a_wrong_period_file_has_the_rows_of_the_period_before(tiny: Profile):
    profile = _with(tiny, {"kind": "wrong_period", "round": "2017Q1", "extract": "police.cases", "month": 1})
    timeline = Timeline(Quarter.parse(profile.first_quarter), profile.quarter_count)
    files = {file.name: file for file in plan_round(profile, timeline, 6) if file.extract == "police.cases"}
    assert files["案件_201701.csv"].content_period == "201612"
    assert files["案件_201701_补报.csv"].content_period == "201701"
    assert files["案件_201701_补报.csv"].note == RESENT


def test_a_late_correction_sends_the_quarter_before_again(tiny: Profile):
    profile = _with(tiny, {"kind": "late_correction", "round": "2017Q1", "extract": "police.cases"})
    added = set(_names(profile, "2017Q1")) - set(_names(_with(tiny), "2017Q1"))
    assert added == {"案件_201610_更正.csv", "案件_201611_更正.csv", "案件_201612_更正.csv"}


def test_incidents_that_fit_no_contract_are_all_named(tiny: Profile):
    profile = _with(
        tiny,
        {"kind": "missing_department", "round": "2017Q1", "department": "post_office"},
        {"kind": "sent_twice", "round": "2017Q1", "extract": "police.parking"},
        {"kind": "missing_month", "round": "2017Q1", "extract": "fire.fires", "month": 2},
        {"kind": "wrong_period", "round": "2017Q1", "extract": "population.dwellings"},
    )
    with pytest.raises(ProfileError) as caught:
        check_incidents(profile)
    for fault in ("post_office", "police.parking", "does not come monthly", "population.dwellings"):
        assert fault in str(caught.value)


def test_an_incident_outside_the_simulated_quarters_is_refused(tmp_path):
    path = tmp_path / "late.yml"
    path.write_text(
        "extends: tiny\nincidents: [{kind: sent_twice, round: 2019Q1, extract: fire.fires}]\n", encoding="utf-8"
    )
    with pytest.raises(ProfileError, match="2019Q1 is not simulated"):
        load_profile(path)
