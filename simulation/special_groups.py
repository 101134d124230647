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
from simulation.registers import Registers
from simulation.residence import Residence
from simulation.timeline import NEVER, Timeline

DAILY, WEEKLY = 1, 2
_THREE_YEARS = 1096
_CONTACTS_DUE = {"rehabilitation": 3, "corrections": 6}


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
    registers: Registers,
    rates: Rates,
) -> SpecialGroups:
    rng = generator(profile.seed, "special groups")
    where = np.array([_committees(timeline, places, people, residence, quarter) for quarter in range(timeline.count)])
    wanted = profile.services
    age = people.age_on(timeline.first_day)
    window = timeline.last_day - timeline.first_day

    adults = (age >= 18) & (age < 62) & (people.kind == REGISTERED) & (people.birth_day < timeline.first_day - 6600)
    rehabilitation = _pick(adults & (where >= 0).any(axis=0), _ever(wanted.rehabilitation_spells, 900, window), rng)
    start = _starts(timeline, rehabilitation, people, 900, rng)
    end = np.minimum(start + _THREE_YEARS, np.minimum(people.exit_day, people.death_day)[rehabilitation])
    relapse = np.where(rng.random(len(start)) < 0.06, start + rng.integers(60, 800, len(start)), NEVER)
    relapse = np.where(relapse < np.minimum(end, timeline.last_day), relapse, NEVER)
    end = np.where(relapse < NEVER, np.minimum(relapse + _THREE_YEARS, people.exit_day[rehabilitation]), end)
    kinds = rng.choice([1, 2], len(start), p=[0.45, 0.55])
    groups = {"rehabilitation": (rehabilitation, kinds, start, end, relapse)}

    # the register has no column for the type of document: everyone in it has a resident identity card
    has_card = (people.kind != OVERSEAS) & (where >= 0).any(axis=0)
    offenders = (age >= 20) & (age < 70) & has_card
    corrected = _pick(offenders, _ever(wanted.corrections_spells, 380, window), rng)
    minors = _pick((age == 15) & has_card, wanted.corrections_minors, rng)
    as_minors = people.birth_day[minors] + rng.integers(16 * 366, 18 * 365, len(minors))
    start = np.r_[_starts(timeline, corrected, people, 380, rng), as_minors]
    corrected = np.r_[corrected, minors]
    end = np.minimum(start + rng.integers(180, 760, len(start)), people.death_day[corrected])
    kinds = rng.choice([1, 2, 3, 4], len(start), p=[0.03, 0.85, 0.09, 0.03])
    groups["corrections"] = (corrected, kinds, start, end, np.full(len(start), NEVER))

    spells = {}
    for name, (person, kind, start, end, relapse) in groups.items():
        service = {"rehabilitation": "A3", "corrections": "A4"}[name]
        spells[name] = _served(
            timeline, where, rates.service_shares[service], person, kind, start, end, relapse, name, rng
        )
    elderly = _elderly_alone(profile, timeline, people, where, rates, rng)
    return SpecialGroups(spells["rehabilitation"], spells["corrections"], elderly)


def _committees(timeline: Timeline, places: Places, people: People, residence: Residence, quarter: int) -> np.ndarray:
    dwelling = residence.dwelling_of_person(people, quarter, timeline.ends[quarter])
    return np.where(dwelling >= 0, places.committee_of_dwelling(quarter)[np.maximum(dwelling, 0)], -1).astype(np.int16)


def _ever(in_force: int, mean_days: int, window: int) -> int:
    """Spells that touch the window when ``in_force`` are in force on any day."""
    return round(in_force * (1 + window / mean_days))


def _pick(could: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    candidates = np.flatnonzero(could)
    return np.sort(rng.choice(candidates, min(count, len(candidates)), replace=False))


def _starts(timeline: Timeline, person: np.ndarray, people: People, mean_days: int, rng) -> np.ndarray:
    earliest = timeline.first_day - mean_days
    return rng.integers(earliest, timeline.last_day - 20, len(person)).astype(np.int64)


def _served(timeline, where, shares, person, kind, start, end, relapse, name: str, rng) -> Spells:
    """Plans and contacts of every quarter in which a spell is in force and its person lives in the district."""
    shape = (timeline.count, len(person))
    in_force = (start <= timeline.ends[:, None]) & (end >= timeline.starts[:, None])
    committee = np.where(in_force & (where[:, person] >= 0), where[:, person], -1)
    share = shares[np.maximum(committee, 0), np.arange(timeline.count)[:, None]]
    # a contact counts when it is on time and a plan is in place: both together have the share wanted
    plan_draw = rng.random(len(person))
    has_plan = plan_draw < share**0.35
    overlap = np.minimum(end, timeline.ends[:, None]) - np.maximum(start, timeline.starts[:, None]) + 1
    due = np.clip(np.round(_CONTACTS_DUE[name] * overlap / 91), 0, _CONTACTS_DUE[name]).astype(np.int16)
    held = rng.binomial(due, np.broadcast_to(share**0.65, shape)).astype(np.int16)
    return Spells(person, kind, start, end, relapse, committee, has_plan, due, held)


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
