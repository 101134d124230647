"""Births and deaths during the simulation.

Belongs here: who is born into which household, and who dies when. Does not belong here: what offices learn of it
(``registers``).
"""

from __future__ import annotations

import numpy as np

from simulation.households import FEMALE, FIRST_CHILD, MALE, MIGRANT, OVERSEAS, REGISTERED, SPOUSE, TYPES, People
from simulation.profile import Profile
from simulation.randomness import generator
from simulation.timeline import NEVER, Timeline


def add_vital_events(profile: Profile, timeline: Timeline, people: People) -> People:
    """Add the children born during the simulation, and draw everyone's day of death."""
    rng = generator(profile.seed, "vital events")
    _add_births(profile, timeline, people, rng)
    people.death_day = _deaths(profile, timeline, people, rng)
    return people


def _add_births(profile: Profile, timeline: Timeline, people: People, rng: np.random.Generator) -> None:
    """Add the children born during the simulation to couples without a child and a wife under 42."""
    wives = (people.sex == FEMALE) & (people.role <= SPOUSE) & (people.kind != OVERSEAS)
    age = people.age_on(timeline.first_day)
    type_roles = np.array([len(TYPES[k][t].roles) for k in (1, 2) for t in range(len(TYPES[k]))])
    offset = np.where(people.household_kind == MIGRANT, len(TYPES[REGISTERED]), 0)
    is_couple = type_roles[np.minimum(offset + people.household_type, len(type_roles) - 1)] == 2
    chosen = np.flatnonzero(wives & (age >= 22) & (age < 42) & is_couple[people.household])
    wanted = round(profile.population.births_per_1000 / 1000 * profile.population.residents * timeline.count)
    chosen = rng.permutation(chosen)[:wanted]
    household = people.household[chosen]
    birth = rng.integers(timeline.first_day, timeline.last_day + 1, len(chosen))
    inside = (people.household_entry_day[household] < birth) & (people.household_exit_day[household] > birth)
    household, birth = household[inside], birth[inside]
    sex = np.where(rng.random(len(household)) < 0.515, MALE, FEMALE)
    everyone = np.r_[people.household, household]
    order = np.argsort(everyone, kind="stable")
    people.household = everyone[order].astype(np.int32)
    people.role = np.r_[people.role, np.full(len(household), FIRST_CHILD)].astype(np.int8)[order]
    people.sex = np.r_[people.sex, sex].astype(np.int8)[order]
    people.birth_day = np.r_[people.birth_day, birth].astype(np.int32)[order]


def _deaths(profile: Profile, timeline: Timeline, people: People, rng: np.random.Generator) -> np.ndarray:
    """Day of death: a hazard that grows by a tenth each year of age; some died before the start, unnoticed."""
    age = (timeline.first_day - people.birth_day) / 365.2425
    years = (timeline.last_day - timeline.first_day + 1) / 365.2425
    hazard = 0.0003 * np.exp(0.092 * np.clip(age - 30, 0, 75))
    dies = rng.random(len(age)) < 1 - np.exp(-hazard * years)
    day = rng.integers(timeline.first_day, timeline.last_day + 1, len(age))
    death = np.where(dies & (day > people.entry_day) & (day < people.exit_day), day, NEVER)
    unnoticed = profile.registers.dead_before_start_share
    old = (people.kind == REGISTERED) & (age > 70) & (people.household_entry_day[people.household] < timeline.first_day)
    share = unnoticed * (people.kind == REGISTERED).sum() / max(old.sum(), 1)
    before = old & (rng.random(len(age)) < share)
    return np.where(before, timeline.first_day - rng.integers(30, 1100, len(age)), death).astype(np.int32)
