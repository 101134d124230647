"""People in special groups and the services they get: spells, plans, contacts due and held.

Belongs here: rehabilitation, community corrections, elderly people living alone. Does not belong here: groups
that are only counted by area (``extracts.counts``), and any grading of a person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.households import HEAD, OVERSEAS, REGISTERED, People
from simulation.places import Places
from simulation.profile import Profile
from simulation.randomness import generator
from simulation.rates import Rates
from simulation.residence import Residence
from simulation.timeline import NEVER, Timeline

DAILY, WEEKLY = 1, 2
_THREE_YEARS = 1096
_CORRECTION_DAYS = (180, 760)


@dataclass(frozen=True)
class Spells:
    """Spells of one group (one entry each): person, first and last day (NEVER: open), and by quarter (quarter, spell)
    the committee (-1: not in force), whether a plan is in place, contacts due and held on time."""

    person: np.ndarray
    kind: np.ndarray
    start_day: np.ndarray
    end_day: np.ndarray
    relapse_day: np.ndarray
    committee: np.ndarray
    has_plan: np.ndarray
    contacts_due: np.ndarray
    contacts_held: np.ndarray


@dataclass(frozen=True)
class SpecialGroups:
    rehabilitation: Spells
    corrections: Spells
    elderly_alone: Spells


def make_special_groups(
    profile: Profile,
    timeline: Timeline,
    places: Places,
    people: People,
    residence: Residence,
    rates: Rates,
) -> SpecialGroups:
    rng = generator(profile.seed, "special groups")
    where = np.array([_committees(timeline, places, people, residence, quarter) for quarter in range(timeline.count)])
    # the registers have no column for the type of document: everyone in them has a resident identity card
    could = (people.kind != OVERSEAS) & (where >= 0).any(axis=0)
    rehabilitation = _rehabilitation(profile, timeline, people, could, rng)
    corrections = _corrections(profile, timeline, people, could, rng)
    return SpecialGroups(
        _served(timeline, where, rates.service_shares["A3"], 3, rehabilitation, rng),
        _served(timeline, where, rates.service_shares["A4"], 6, corrections, rng),
        _elderly_alone(profile, timeline, people, where, rates, rng),
    )


def _rehabilitation(profile: Profile, timeline: Timeline, people: People, could: np.ndarray, rng) -> tuple:
    """Person, kind, start, end and relapse of every spell: three years, begun again after a relapse."""
    age = people.age_on(timeline.first_day)
    adults = could & (people.kind == REGISTERED) & (age >= 19) & (age < 62)
    wanted = profile.services.rehabilitation_spells
    person = _pick(adults, _ever(wanted, _THREE_YEARS, _THREE_YEARS, timeline), rng)
    start = _starts(timeline, len(person), _THREE_YEARS, rng)
    gone = np.minimum(people.exit_day, people.death_day)[person]
    end = np.minimum(start + _THREE_YEARS, gone)
    relapse = np.where(rng.random(len(start)) < 0.06, start + rng.integers(60, 800, len(start)), NEVER)
    relapse = np.where(relapse < np.minimum(end, timeline.last_day), relapse, NEVER)
    end = np.where(relapse < NEVER, np.minimum(relapse + _THREE_YEARS, gone), end)
    return person, rng.choice([1, 2], len(start), p=[0.45, 0.55]), start, end, relapse


def _corrections(profile: Profile, timeline: Timeline, people: People, could: np.ndarray, rng) -> tuple:
    """The same for community corrections; a few begin before the person is 18."""
    age = people.age_on(timeline.first_day)
    shortest, longest = _CORRECTION_DAYS
    count = _ever(profile.services.corrections_spells, (shortest + longest) // 2, longest, timeline)
    adults = _pick(could & (age >= 21) & (age < 70), count, rng)
    minors = _pick(could & (age == 15), profile.services.corrections_minors, rng)
    as_minors = people.birth_day[minors] + rng.integers(16 * 366, 18 * 365, len(minors))
    start = np.r_[_starts(timeline, len(adults), longest, rng), as_minors]
    person = np.r_[adults, minors]
    end = np.minimum(start + rng.integers(shortest, longest, len(start)), people.death_day[person])
    kind = rng.choice([1, 2, 3, 4], len(start), p=[0.03, 0.85, 0.09, 0.03])
    return person, kind, start, end, np.full(len(start), NEVER)


def _committees(timeline: Timeline, places: Places, people: People, residence: Residence, quarter: int) -> np.ndarray:
    dwelling = residence.dwelling_of_person(people, quarter, timeline.ends[quarter])
    return np.where(dwelling >= 0, places.committee_of_dwelling(quarter)[np.maximum(dwelling, 0)], -1).astype(np.int16)


def _ever(in_force: int, mean_days: int, longest_days: int, timeline: Timeline) -> int:
    """Spells to start in the simulation or up to ``longest_days`` before it: ``in_force`` are in force on any day."""
    return round(in_force * (longest_days + timeline.last_day - timeline.first_day) / mean_days)


def _pick(could: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    candidates = np.flatnonzero(could)
    return np.sort(rng.choice(candidates, min(count, len(candidates)), replace=False))


def _starts(timeline: Timeline, count: int, longest_days: int, rng: np.random.Generator) -> np.ndarray:
    return rng.integers(timeline.first_day - longest_days, timeline.last_day - 20, count).astype(np.int64)


def _served(timeline: Timeline, where: np.ndarray, shares: np.ndarray, due_count: int, spells: tuple, rng) -> Spells:
    """Plans and contacts of every quarter in which a spell is in force and its person lives in the district."""
    person, _, start, end, _ = spells
    in_force = (start <= timeline.ends[:, None]) & (end >= timeline.starts[:, None])
    committee = np.where(in_force & (where[:, person] >= 0), where[:, person], -1)
    share = shares[np.maximum(committee, 0), np.arange(timeline.count)[:, None]]
    # a contact counts when it is on time and a plan is in place: both together have the share wanted
    has_plan = rng.random(len(person)) < share**0.35
    overlap = np.minimum(end, timeline.ends[:, None]) - np.maximum(start, timeline.starts[:, None]) + 1
    due = np.clip(np.round(due_count * overlap / 91), 0, due_count).astype(np.int16)
    held = rng.binomial(due, share**0.65).astype(np.int16)
    return Spells(*spells, committee, has_plan, due, held)


def _elderly_alone(profile: Profile, timeline, people: People, where, rates: Rates, rng) -> Spells:
    """Everyone of 70 or older in a household of one; most are on the list, and are contacted daily or weekly."""
    sizes = np.bincount(people.household, minlength=len(people.household_kind))
    old = (people.age_on(timeline.first_day) >= 69) & (people.kind == REGISTERED) & (people.role == HEAD)
    old &= (sizes[people.household] == 1) & (where >= 0).any(axis=0)
    person = np.flatnonzero(old & (rng.random(len(old)) < profile.services.elderly_alone_listed_share))
    first = np.maximum(timeline.first_day - rng.integers(60, 1500, len(person)), people.birth_day[person] + 25_600)
    start = np.maximum(first, people.entry_day[person])
    end = np.minimum(people.exit_day, people.death_day)[person]
    in_force = (start <= timeline.ends[:, None]) & (end >= timeline.starts[:, None])
    committee = np.where(in_force & (where[:, person] >= 0), where[:, person], -1)
    share = rates.service_shares["A6"][np.maximum(committee, 0), np.arange(timeline.count)[:, None]]
    kind = rng.choice([DAILY, WEEKLY], len(person), p=[0.35, 0.65])
    due = np.where(kind == DAILY, 91, 13) * np.ones((timeline.count, 1), np.int16)
    kept = rng.random(share.shape) < share
    held = np.where(kept, due, np.floor(due * rng.uniform(0, 0.6, share.shape))).astype(np.int16)
    none = np.full(len(person), NEVER)
    return Spells(person, kind, start, end, none, committee, kept, due, held)
