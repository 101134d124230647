"""Everyone who is ever in the district: households by kind, and the people in them.

Belongs here: who belongs together, sexes, birth days, days of coming and going. Does not belong here: births
and deaths on the way (``vital_events``), where they live (``residence``), how they are called (``names``) or what
offices know (``registers``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.profile import Profile
from simulation.randomness import generator
from simulation.timeline import NEVER, Timeline

REGISTERED, MIGRANT, OVERSEAS = 1, 2, 3
HEAD, SPOUSE, FIRST_CHILD, SECOND_CHILD, FATHER, MOTHER, OTHER = range(7)
MALE, FEMALE = 1, 2
_PAST = np.int32(-(2**30))


@dataclass(frozen=True)
class HouseholdType:
    """Share of a kind's households, age of the head, and how many others live in it (drawn from the pair)."""

    share: float
    head_age: tuple[int, int]
    roles: tuple[int, ...]
    others: tuple[int, int] = (0, 0)


_COUPLE, _CHILD = (HEAD, SPOUSE), (HEAD, SPOUSE, FIRST_CHILD)
TYPES = {
    REGISTERED: (
        HouseholdType(0.105, (66, 92), (HEAD,)),
        HouseholdType(0.16, (60, 88), _COUPLE),
        HouseholdType(0.07, (22, 62), (HEAD,)),
        HouseholdType(0.13, (26, 60), _COUPLE),
        HouseholdType(0.31, (28, 58), _CHILD),
        HouseholdType(0.06, (30, 48), (*_CHILD, SECOND_CHILD)),
        HouseholdType(0.14, (32, 52), (*_CHILD, FATHER, MOTHER)),
        HouseholdType(0.025, (30, 55), (HEAD, FIRST_CHILD)),
    ),
    MIGRANT: (
        HouseholdType(0.26, (18, 55), (HEAD,)),
        HouseholdType(0.28, (22, 58), _COUPLE),
        HouseholdType(0.28, (25, 48), _CHILD),
        HouseholdType(0.18, (20, 45), (HEAD,), others=(1, 4)),
    ),
    OVERSEAS: (
        HouseholdType(0.50, (22, 64), (HEAD,)),
        HouseholdType(0.25, (25, 66), _COUPLE),
        HouseholdType(0.15, (28, 55), _CHILD),
        HouseholdType(0.10, (30, 50), (*_CHILD, SECOND_CHILD)),
    ),
}


def mean_size(kind: int) -> float:
    return sum(form.share * (len(form.roles) + sum(form.others) / 2) for form in TYPES[kind])


@dataclass
class People:
    """Households (``household_…``, one entry each) and persons (one entry each, sorted by household).

    Days are day numbers; ``entry_day`` is far in the past for those there at the start, ``exit_day``,
    ``death_day`` and ``gained_registration_day`` are NEVER when it does not happen.
    """

    household_kind: np.ndarray
    household_type: np.ndarray
    household_entry_day: np.ndarray
    household_exit_day: np.ndarray
    household_gained_registration_day: np.ndarray
    household: np.ndarray
    role: np.ndarray
    sex: np.ndarray
    birth_day: np.ndarray
    death_day: np.ndarray

    @property
    def kind(self) -> np.ndarray:
        return self.household_kind[self.household]

    @property
    def entry_day(self) -> np.ndarray:
        """Day of coming: the household's, or the birth."""
        return np.maximum(self.household_entry_day[self.household], self.birth_day)

    @property
    def exit_day(self) -> np.ndarray:
        return self.household_exit_day[self.household]

    def age_on(self, day: int) -> np.ndarray:
        """Completed years, to within a day."""
        return np.floor((day - self.birth_day) / 365.2425).astype(np.int16)

    def is_here(self, day: int) -> np.ndarray:
        """Born, come, not gone and not dead on the day; says nothing of absence from where one is registered."""
        return (self.entry_day <= day) & (self.exit_day > day) & (self.death_day > day)


def household_counts(profile: Profile) -> dict[int, int]:
    """Households at the start by kind, so that the residents are as many as the profile says."""
    population = profile.population
    absent_outside = population.registered_absent_share * (1 - population.absent_within_district_share)
    registered_share = 1 - population.migrant_share - population.overseas_share
    persons = {
        REGISTERED: population.residents * registered_share / (1 - absent_outside),
        MIGRANT: population.residents * population.migrant_share,
        OVERSEAS: population.residents * population.overseas_share,
    }
    return {kind: max(round(count / mean_size(kind)), 1) for kind, count in persons.items()}


def make_people(profile: Profile, timeline: Timeline) -> People:
    """Draw every household that is ever there, and its people; births and deaths are drawn by ``vital_events``."""
    rng = generator(profile.seed, "people")
    kinds, entries, exits = _stays(profile, timeline, rng)
    types = np.concatenate([_draw_types(kind, int((kinds == kind).sum()), rng) for kind in (1, 2, 3)])
    household, role = _members(kinds, types, rng)
    sex, birth_day = _sexes_and_births(kinds, types, household, role, entries, timeline, rng)
    gained = np.full(len(kinds), NEVER, np.int32)
    share = profile.population.gains_registration_share * timeline.count
    lucky = (kinds == MIGRANT) & (entries < timeline.first_day) & (rng.random(len(kinds)) < share)
    gained[lucky] = rng.integers(timeline.first_day, timeline.last_day, lucky.sum())
    gained[gained >= exits] = NEVER
    alive = np.full(len(household), NEVER, np.int32)
    return People(kinds, types, entries, exits, gained, household, role, sex, birth_day, alive)


def _stays(profile: Profile, timeline: Timeline, rng: np.random.Generator):
    """Kind, entry day and exit day of every household; kinds in blocks."""
    population = profile.population
    coming = {
        REGISTERED: population.registered_moves_in_share,
        MIGRANT: population.migrant_turnover_share,
        OVERSEAS: population.overseas_turnover_share,
    }
    going = coming | {REGISTERED: population.registered_moves_out_share}
    kinds, entries, exits = [], [], []
    for kind, count in household_counts(profile).items():
        arrivals = round(count * coming[kind])
        entry = np.r_[
            np.full(count, _PAST),
            *(rng.integers(timeline.starts[q], timeline.ends[q] + 1, arrivals) for q in range(timeline.count)),
        ].astype(np.int64)
        # every quarter the same share of those who are there leaves
        quarters = rng.geometric(max(going[kind], 1e-9), len(entry)) - 1 + rng.random(len(entry))
        exit_day = np.maximum(entry, timeline.first_day) + np.minimum(quarters * 91.3, 2**28)
        kinds.append(np.full(len(entry), kind, np.int8))
        entries.append(entry.astype(np.int32))
        exits.append(np.where(exit_day > timeline.last_day, NEVER, exit_day).astype(np.int32))
    return np.concatenate(kinds), np.concatenate(entries), np.concatenate(exits)


def _draw_types(kind: int, count: int, rng: np.random.Generator) -> np.ndarray:
    shares = np.array([form.share for form in TYPES[kind]])
    return rng.choice(len(shares), count, p=shares / shares.sum()).astype(np.int8)


def _members(kinds: np.ndarray, types: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Household and role of every person, sorted by household."""
    households, roles = [], []
    for kind, forms in TYPES.items():
        for number, form in enumerate(forms):
            chosen = np.flatnonzero((kinds == kind) & (types == number))
            households.append(np.repeat(chosen, len(form.roles)))
            roles.append(np.tile(np.array(form.roles, np.int8), len(chosen)))
            if form.others[1]:
                others = rng.integers(form.others[0], form.others[1] + 1, len(chosen))
                households.append(np.repeat(chosen, others))
                roles.append(np.full(others.sum(), OTHER, np.int8))
    household, role = np.concatenate(households), np.concatenate(roles)
    order = np.lexsort((role, household))
    return household[order].astype(np.int32), role[order]


def _sexes_and_births(kinds, types, household, role, entries, timeline: Timeline, rng: np.random.Generator):
    """Sex and birth day from the head's age: spouses alike, children and parents a generation apart."""
    ages = np.zeros((len(kinds), 2))
    for kind, forms in TYPES.items():
        for number, form in enumerate(forms):
            ages[(kinds == kind) & (types == number)] = form.head_age
    # an age holds at the start, or on the day of coming
    reference = np.maximum(entries, timeline.first_day)
    head_age = ages[:, 0] + rng.beta(1.1, 1.2, len(kinds)) * (ages[:, 1] - ages[:, 0])
    is_elderly_alone = (kinds == REGISTERED) & (types == 0)
    head_sex = np.where(rng.random(len(kinds)) < np.where(is_elderly_alone, 0.32, 0.62), MALE, FEMALE)
    generation = rng.uniform(22, 33, len(kinds))
    head = head_age[household]
    age = np.select(
        [role == HEAD, role == SPOUSE, role == FIRST_CHILD, role == SECOND_CHILD, role == FATHER, role == MOTHER],
        [
            head,
            head + rng.normal(-1.5, 2.5, len(household)) * np.where(head_sex[household] == MALE, 1, -1),
            head - generation[household],
            head - generation[household] - rng.uniform(1.2, 7, len(household)),
            head + rng.uniform(23, 33, len(household)),
            head + rng.uniform(21, 30, len(household)),
        ],
        head + rng.normal(0, 5, len(household)),
    )
    age = np.where(np.isin(role, (HEAD, SPOUSE, OTHER)), np.maximum(age, 18), np.clip(age, 0.02, 102))
    birth = reference[household] - (age * 365.2425).astype(np.int64)
    birth = _twins(household, role, birth, rng)
    random_sex = np.where(rng.random(len(household)) < 0.515, MALE, FEMALE)
    sex = np.select(
        [role == HEAD, role == SPOUSE, role == FATHER, role == MOTHER],
        [head_sex[household], MALE + FEMALE - head_sex[household], MALE, FEMALE],
        random_sex,
    )
    return sex.astype(np.int8), birth.astype(np.int32)


def _twins(household, role, birth, rng: np.random.Generator) -> np.ndarray:
    """Every thirtieth second child is born on the day of the first."""
    second = np.flatnonzero(role == SECOND_CHILD)
    second = second[rng.random(len(second)) < 1 / 30]
    birth[second] = birth[second - 1]
    return birth
