"""Who truly lives where: the dwelling of every household at the end of every quarter.

Belongs here: taking, leaving and changing dwellings, and absence from where one is registered. Does not belong
here: what offices know of it (``registers``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.households import HEAD, REGISTERED, People, household_counts
from simulation.places import Places
from simulation.profile import Profile
from simulation.randomness import generator
from simulation.timeline import NEVER, Timeline

NOWHERE = np.int32(-1)
#: Of the registered who live outside the district: alone, the household staying behind.
_ALONE_SHARE = 0.5
#: Of the registered who move within the district: those who take their registration along.
_REGISTRATION_MOVES_SHARE = 0.75


@dataclass(frozen=True)
class Residence:
    """Dwellings by quarter and household; row ``q + 1`` is the end of quarter ``q``, row 0 the start.

    ``lives_in`` is -1 outside the district; ``registered_at`` is -1 for those who are registered elsewhere;
    ``known_dwelling`` is where the population office believes the household to be;
    ``away_from_day`` is the day from which a person alone lives outside the district (NEVER: does not).
    """

    lives_in: np.ndarray
    registered_at: np.ndarray
    known_dwelling: np.ndarray
    away_from_day: np.ndarray

    def dwelling_of_person(self, people: People, quarter: int, day: int) -> np.ndarray:
        """Dwelling in which every person truly lives on the quarter's last day; -1 outside the district."""
        here = people.is_here(day) & (self.away_from_day > day)
        return np.where(here, self.lives_in[quarter + 1][people.household], NOWHERE)


def dwellings_needed(profile: Profile) -> int:
    """Dwellings for every household at the start, with the vacant ones."""
    counts = household_counts(profile)
    population = profile.population
    outside = population.registered_absent_share * (1 - population.absent_within_district_share)
    living = sum(counts.values()) - counts[REGISTERED] * outside * (1 - _ALONE_SHARE)
    return round(living / (1 - profile.places.vacant_dwelling_share))


def make_residence(profile: Profile, timeline: Timeline, places: Places, people: People) -> Residence:
    """Let the households find dwellings quarter by quarter."""
    rng = generator(profile.seed, "residence")
    population = profile.population
    count = len(people.household_kind)
    dwelling_count = len(places.dwelling_compound)
    lives_in = np.full((timeline.count + 1, count), NOWHERE, np.int32)
    registered_at = np.full((timeline.count + 1, count), NOWHERE, np.int32)
    known = np.full((timeline.count + 1, count), NOWHERE, np.int32)

    at_start = people.household_entry_day < timeline.first_day
    is_registered = people.household_kind == REGISTERED
    absent_share, within_share = population.registered_absent_share, population.absent_within_district_share
    # of the absent, those within the district and a part of the others are absent with their household
    alone_share = absent_share * (1 - within_share) * _ALONE_SHARE
    household_absent = at_start & is_registered & (rng.random(count) < absent_share - alone_share)
    stays_within = rng.random(count) < absent_share * within_share / (absent_share - alone_share or 1)
    living = at_start & (~household_absent | stays_within)
    shuffled = rng.permutation(dwelling_count).astype(np.int32)
    lives_in[0, living] = _filled(shuffled, int(living.sum()), rng)
    at_home = living & is_registered & ~household_absent
    registered_at[0, at_home] = lives_in[0, at_home]
    taken = np.zeros(dwelling_count, bool)
    taken[lives_in[0, at_home]] = True
    free = rng.permutation(np.flatnonzero(~taken)).astype(np.int32)
    registered_at[0, household_absent] = _filled(free, int(household_absent.sum()), rng)
    known[0] = lives_in[0]

    for quarter in range(timeline.count):
        first, last = timeline.starts[quarter], timeline.ends[quarter]
        now, registered = lives_in[quarter].copy(), registered_at[quarter].copy()
        now[people.household_exit_day <= last] = NOWHERE
        comes = (people.household_entry_day >= first) & (people.household_entry_day <= last)
        comes &= people.household_exit_day > last
        moves = (now != NOWHERE) & (rng.random(count) < population.moves_within_share)
        vacant = np.ones(dwelling_count, bool)
        vacant[now[now != NOWHERE]] = False
        seekers = rng.permutation(np.flatnonzero(comes | moves))
        now[seekers] = _filled(rng.permutation(np.flatnonzero(vacant)).astype(np.int32), len(seekers), rng)
        registered_here = is_registered | (people.household_gained_registration_day <= last)
        takes_registration = registered_here & (comes | (moves & (rng.random(count) < _REGISTRATION_MOVES_SHARE)))
        takes_registration |= (people.household_gained_registration_day >= first) & registered_here & (registered < 0)
        registered[takes_registration & (now >= 0)] = now[takes_registration & (now >= 0)]
        learns = comes | (rng.random(count) < profile.registers.move_known_within_quarter_share)
        known[quarter + 1] = np.where(learns & (now >= 0), now, known[quarter])
        lives_in[quarter + 1], registered_at[quarter + 1] = now, registered
    return Residence(
        lives_in, registered_at, known, _away(profile, timeline, people, household_absent, alone_share, rng)
    )


def _filled(free: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """The first ``count`` free dwellings; when they run out, some are shared."""
    if count <= len(free):
        return free[:count]
    return np.r_[free, rng.choice(free, count - len(free))] if len(free) else np.zeros(count, np.int32)


def _away(profile, timeline: Timeline, people: People, household_absent, alone_share: float, rng) -> np.ndarray:
    """Days from which single members of registered households live outside the district."""
    age = people.age_on(timeline.first_day)
    could = (people.kind == REGISTERED) & (people.role != HEAD) & (age >= 17) & (age < 62)
    could &= ~household_absent[people.household] & (people.birth_day < timeline.first_day)
    wanted = alone_share * (people.kind == REGISTERED).sum() / max(could.sum(), 1)
    away = np.full(len(age), NEVER, np.int32)
    away[could & (rng.random(len(age)) < wanted)] = timeline.first_day - 400
    leaves = could & (away == NEVER) & (rng.random(len(age)) < 0.001 * timeline.count)
    away[leaves] = rng.integers(timeline.first_day, timeline.last_day + 1, leaves.sum())
    return away
