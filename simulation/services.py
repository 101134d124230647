"""Work, insurance and benefits of everyone: the five service systems.

Belongs here: who works, is insured, pays contributions, is assisted or served. Does not belong here: special
groups (``special_groups``) and the columns of the extracts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.households import FEMALE, OVERSEAS, REGISTERED, People
from simulation.places import Places
from simulation.profile import Profile
from simulation.randomness import generator
from simulation.residence import Residence
from simulation.timeline import NEVER, Timeline


@dataclass(frozen=True)
class Services:
    """Per person: fixed draws that decide membership, and dates.

    ``job_start``/``job_end`` are two jobs in a row (NEVER: no second), ``work`` and ``insured`` are uniform draws
    compared with shares by age and kind, ``known_committee`` (quarter, person) is where the service systems
    believe the person to live (-1: they do not know).
    """

    is_employed: np.ndarray
    employment_type: np.ndarray
    job_start: np.ndarray
    job_end: np.ndarray
    pays_contributions: np.ndarray
    is_insured: np.ndarray
    insured_activity: np.ndarray
    is_assisted_household: np.ndarray
    known_committee: np.ndarray

    def job_in_force(self, first: int, last: int) -> np.ndarray:
        """0 or 1 for the job that overlaps the days, the later one first; -1 for none."""
        later, earlier = (
            (self.job_start[job] <= last) & (self.job_end[job] >= first) & self.is_employed for job in (1, 0)
        )
        return np.where(later, 1, np.where(earlier, 0, -1))


def make_services(
    profile: Profile, timeline: Timeline, places: Places, people: People, residence: Residence
) -> Services:
    rng = generator(profile.seed, "services")
    count = len(people.household)
    wanted = profile.services
    age = people.age_on((timeline.first_day + timeline.last_day) // 2)
    is_local = people.kind == REGISTERED
    works_age = (age >= 18) & (age < np.where(people.sex == FEMALE, 55, 60))
    outside = residence.dwelling_of_person(people, timeline.count // 2, timeline.ends[timeline.count // 2]) < 0
    # those who live elsewhere are insured there more often; those from abroad have schemes of their own
    weaker = np.where(outside & is_local, 0.45, 1.0) * np.where(people.kind == OVERSEAS, 0.15, 1.0)
    is_employed = works_age & (rng.random(count) < wanted.employed_share * weaker)
    job_start, job_end = _jobs(timeline, people, rng)
    pays = works_age & (rng.random(count) < np.where(is_employed, wanted.social_security_share, 0.25) * weaker)
    insured_share = np.where(is_local, wanted.medical_insurance_share * 1.08, wanted.medical_insurance_share * 0.62)
    is_insured = rng.random(count) < np.minimum(insured_share * weaker, 1)
    # a third has some activity in a given month; those who live elsewhere have little
    activity = rng.exponential(np.where(outside, 260, 55), (timeline.count, count)).astype(np.int32)
    assisted = rng.random(len(people.household_kind)) < wanted.assistance_household_share
    return Services(
        is_employed=is_employed,
        employment_type=rng.choice([1, 2, 3], count, p=[0.84, 0.12, 0.04]),
        job_start=job_start,
        job_end=job_end,
        pays_contributions=pays,
        is_insured=is_insured,
        insured_activity=activity,
        is_assisted_household=assisted & (people.household_kind == REGISTERED),
        known_committee=_known_committees(timeline, places, people, residence, rng),
    )


def _jobs(timeline: Timeline, people: People, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    count = len(people.household)
    gone = np.minimum(people.exit_day, people.death_day)
    first_start = np.maximum(timeline.first_day - rng.exponential(1100, count), people.birth_day + 18 * 365.25)
    first_start = np.maximum(first_start, people.entry_day)
    length = rng.exponential(1800, count) + 60
    first_end = np.where(rng.random(count) < 0.5, NEVER, np.maximum(first_start, timeline.first_day) + length)
    second_start = np.where(first_end < NEVER, first_end + rng.integers(15, 150, count), NEVER)
    ends = [np.minimum(first_end, gone), np.minimum(gone, NEVER)]
    starts = [np.minimum(start, NEVER) for start in (first_start, second_start)]
    ends = [np.maximum(end, start) for start, end in zip(starts, ends, strict=True)]
    return np.array(starts).astype(np.int32), np.array(ends).astype(np.int32)


def _known_committees(timeline, places: Places, people: People, residence: Residence, rng) -> np.ndarray:
    """Where the service systems believe everyone to live: mostly the truth, else the registration, else nothing."""
    draw = rng.random(len(people.household))
    known = np.empty((timeline.count, len(people.household)), np.int16)
    for quarter in range(timeline.count):
        committee_of = places.committee_of_dwelling(quarter)
        lives = residence.dwelling_of_person(people, quarter, timeline.ends[quarter])
        registered = residence.registered_at[quarter + 1][people.household]
        dwelling = np.where((lives >= 0) & (draw < 0.93), lives, np.where(draw < 0.98, registered, -1))
        known[quarter] = np.where(dwelling >= 0, committee_of[np.maximum(dwelling, 0)], -1)
    return known
