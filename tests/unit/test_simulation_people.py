"""People are born, live in one place, move and die in an order that makes sense."""

from __future__ import annotations

import numpy as np
import pytest

from simulation.households import FATHER, FIRST_CHILD, HEAD, MALE, OVERSEAS, REGISTERED, SECOND_CHILD, SPOUSE
from simulation.profile import load_profile
from simulation.timeline import NEVER
from simulation.visits import LIVES_HERE, NOT_HERE
from simulation.world import World, build_world


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(load_profile("tiny"), lambda line: None)


def test_nobody_lives_anywhere_before_birth_after_death_or_after_leaving(world: World):
    people, timeline = world.people, world.timeline
    for quarter, last in enumerate(timeline.ends):
        lives = world.residence.dwelling_of_person(people, quarter, last) >= 0
        assert (people.birth_day[lives] <= last).all()
        assert (people.death_day[lives] > last).all()
        assert (people.exit_day[lives] > last).all()


def test_no_two_households_take_the_same_dwelling_while_others_are_vacant(world: World):
    for homes in world.residence.lives_in:
        taken = homes[homes >= 0]
        assert len(np.unique(taken)) == len(taken) < len(world.places.dwelling_compound)


def test_parents_are_a_generation_older_than_children_and_twins_are_born_on_one_day(world: World):
    people = world.people
    head_birth = np.zeros(len(people.household_kind))
    heads = people.role == HEAD
    head_birth[people.household[heads]] = people.birth_day[heads]
    older = (people.birth_day - head_birth[people.household]) / 365.25
    grown = people.birth_day < world.timeline.first_day - 365
    assert older[(people.role == FIRST_CHILD) & grown].min() > 18
    assert older[people.role == FATHER].max() < -20
    second = np.flatnonzero(people.role == SECOND_CHILD)
    twins = people.birth_day[second] == people.birth_day[second - 1]
    assert 0 < twins.mean() < 0.15


def test_spouses_differ_in_sex_and_children_take_a_name_of_the_family(world: World):
    people = world.people
    spouses = np.flatnonzero(people.role == SPOUSE)
    assert (people.sex[spouses] != people.sex[spouses - 1]).all()
    names = np.array([name or "" for name in world.documents.chinese_name.to_pylist()], object)
    children = np.flatnonzero((people.role == FIRST_CHILD) & (people.kind == REGISTERED))
    children = children[people.role[children - 1] == SPOUSE]
    first = np.array([name[:1] for name in names])
    shared = (first[children] == first[children - 1]) | (first[children] == first[children - 2])
    assert shared.mean() > 0.99


def test_minority_names_have_a_dot_and_rare_characters_occur(world: World):
    names = [name for name in world.documents.chinese_name.to_pylist() if name]
    assert any("·" in name for name in names)
    assert any(character in name for name in names for character in "㐂𠮷䶮")


def test_names_and_telephones_alone_tell_nobody_apart(world: World):
    people, documents = world.people, world.documents
    names = np.array([name or "" for name in documents.chinese_name.to_pylist()], object)
    children = np.flatnonzero((people.role == FIRST_CHILD) & (people.sex == MALE))
    children = children[people.household[children - 2] == people.household[children]]
    assert (names[children] == names[children - 2]).any(), "a son with his father's name"
    chinese = names[(people.kind != OVERSEAS)]
    _, counts = np.unique(chinese.astype(str), return_counts=True)
    assert counts[counts > 1].sum() / counts.sum() > 0.1, "people of one name"
    phones = np.array(documents.phone.to_pylist(), object)
    shared = [
        len(set(phones[people.household == household])) == 1
        for household in range(200)
        if (people.household == household).sum() > 1
    ]
    assert 0.1 < np.mean(shared) < 0.6


def test_registers_lag_behind_the_truth(world: World):
    people, registers, last = world.people, world.registers, int(world.timeline.ends[-1])
    in_force = (registers.registered_day <= last) & (registers.cancelled_day > last)
    assert (in_force & (people.death_day <= last)).sum() > 0, "dead and still registered"
    staying = registers.in_stay_extract(int(world.timeline.starts[-1]), last) & (registers.signed_off_day == NEVER)
    assert (staying & (people.exit_day <= last)).sum() > 0, "gone and not signed off"
    lives = world.residence.dwelling_of_person(people, world.timeline.count - 1, last)
    assert (staying & in_force & (lives >= 0)).sum() > 0, "in two registers at once"


def test_a_split_moves_part_of_the_committees_compounds_on_its_day(world: World):
    places, split = world.places, world.places.split
    before, after = places.committee_of_compound(split.index - 1), places.committee_of_compound(split.index)
    moved = before != after
    assert 0 < moved.sum() < (before == split.old).sum()
    assert set(before[moved]) == {split.old}
    assert set(after[moved]) == {split.new}


def test_a_merge_ends_a_committee_and_gives_all_its_compounds_to_another_on_its_day(world: World):
    places, merge = world.places, world.places.merge
    before, after = places.committee_of_compound(merge.index - 1), places.committee_of_compound(merge.index)
    moved = before != after
    assert moved.sum() == (before == merge.old).sum() > 0
    assert set(after[moved]) == {merge.into}
    assert places.committees_open(merge.index - 1)[merge.old]
    assert not places.committees_open(merge.index)[merge.old]


def test_the_story_shifts_only_its_services_quarters_and_sub_districts(world: World):
    profile = load_profile("tiny")
    plain = build_world(profile.model_copy(update={"story": []}), lambda line: None)
    told, untold = world.rates.service_shares["C4"], plain.rates.service_shares["C4"]
    differs = np.abs(told - untold) > 1e-12
    codes = np.array([sub["code"] for sub in world.places.sub_districts])[world.places.committee_sub_district]
    expected = np.zeros_like(differs)
    expected[codes == "319901002", 5:] = True
    assert (differs == expected).all()


def test_visits_find_most_who_live_otherwise_than_registered_and_few_who_do_not(world: World):
    people, quarter = world.people, world.timeline.count - 1
    last = world.timeline.ends[quarter]
    lives = world.residence.dwelling_of_person(people, quarter, last)
    finding = world.visits.finding[quarter]
    registered = (world.registers.registered_day <= last) & (world.registers.cancelled_day > last)
    elsewhere_here = registered & (lives >= 0) & (lives != world.residence.registered_at[quarter + 1][people.household])
    found = finding[elsewhere_here] == LIVES_HERE
    assert 0.75 < found.mean() < 0.98
    assert (world.visits.dwelling[quarter][elsewhere_here][found] == lives[elsewhere_here][found]).mean() > 0.9
    lives_there = (lives >= 0) & ~elsewhere_here
    assert (finding[lives_there] == NOT_HERE).mean() < 0.01
    assert (world.visits.found_day[quarter][finding > 0] <= last).all()
