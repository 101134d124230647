"""What population coordinators find when they visit homes, where it differs from what the registers say.

Belongs here: who is met or missed at home, what families and neighbours tell, and wrong notes. Does not belong here:
the registers themselves (``registers``) and the columns of the extract (``extracts.population``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.households import REGISTERED, People
from simulation.places import Places
from simulation.profile import Profile
from simulation.randomness import generator
from simulation.registers import RENTED, Registers, registered_as_present
from simulation.residence import Residence
from simulation.timeline import NEVER, Timeline

NO_FINDING, LIVES_HERE, NOT_HERE, MOVED_OUT, DIED, IN_INSTITUTION = range(6)
#: Rounds of visits before the first quarter: findings stay until a later visit or the register settles them.
_ROUNDS_BEFORE = 8
_INSTITUTION_SHARE = 0.03


@dataclass(frozen=True)
class Visits:
    """Open findings at the end of every quarter, (quarter, person): what, when, and in which dwelling (-1: none)."""

    finding: np.ndarray
    found_day: np.ndarray
    dwelling: np.ndarray


def make_visits(
    profile: Profile, timeline: Timeline, places: Places, people: People, residence: Residence, registers: Registers
) -> Visits:
    """Visit homes quarter by quarter; a visit replaces what an earlier one noted of the same people."""
    rng = generator(profile.seed, "visits")
    visits, count = profile.visits, len(people.household)
    is_told = rng.random(count) < np.where(residence.away_from_day < NEVER, visits.absent_member_told_share, 0.97)
    is_met = rng.random(count) < visits.resident_met_share
    in_institution = rng.random(count) < _INSTITUTION_SHARE
    finding = np.zeros(count, np.int8)
    found_day = np.full(count, NEVER, np.int32)
    dwelling = np.full(count, -1, np.int32)
    kept: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for step in range(-_ROUNDS_BEFORE, timeline.count):
        quarter = max(step, 0)
        first, last = int(timeline.starts[quarter]), int(timeline.ends[quarter])
        shift = 91 * min(step, 0)
        # the state of the rounds before the first quarter is that at its start
        state, today = (quarter, last) if step >= 0 else (-1, timeline.first_day - 1)
        lives = residence.dwelling_of_person(people, state, today)
        claimed = _claimed(people, residence, registers, state, today)
        # a home is visited as a rented one while a stay is registered there, whoever has left meanwhile
        rented = registers.occupancy[quarter] == RENTED
        rented[claimed[(claimed >= 0) & (people.kind != REGISTERED)]] = True
        chance = np.where(rented, visits.rented_home_visited_share, visits.owned_home_visited_share)
        answered = rng.random(len(rented)) < chance * (1 - visits.nobody_home_share)
        day = rng.integers(first, last + 1, len(rented)) + shift
        # the register does not doubt the presence of the dead
        as_registered = (lives == claimed) | (people.death_day <= last)
        says_present = (people.kind != REGISTERED) | registered_as_present(profile, as_registered)

        seen_at_home = (lives >= 0) & answered[np.maximum(lives, 0)]
        asked_for = (claimed >= 0) & answered[np.maximum(claimed, 0)] & (lives != claimed)
        revisited = (finding == LIVES_HERE) & (dwelling >= 0) & answered[np.maximum(dwelling, 0)]
        finding[revisited & (lives != dwelling)] = NO_FINDING
        gone = asked_for & is_told & says_present & (finding != LIVES_HERE)
        finding[gone] = np.select(
            [people.death_day[gone] <= last, people.exit_day[gone] <= last, in_institution[gone]],
            [DIED, MOVED_OUT, IN_INSTITUTION],
            NOT_HERE,
        )
        agrees = seen_at_home & (lives == claimed) & says_present
        misnoted = agrees & (rng.random(count) < visits.wrong_finding_share)
        differs = seen_at_home & ~agrees & is_met
        finding[agrees] = NO_FINDING
        finding[misnoted] = NOT_HERE
        finding[differs] = LIVES_HERE
        dwelling = np.where(differs, lives, np.where(gone | misnoted, claimed, dwelling))
        fresh = gone | misnoted | differs
        found_day = np.where(fresh, day[np.maximum(dwelling, 0)], found_day).astype(np.int32)
        finding[(claimed < 0) & (finding != LIVES_HERE)] = NO_FINDING
        if step >= 0:
            open_ = finding != NO_FINDING
            kept.append((finding.copy(), np.where(open_, found_day, NEVER), np.where(open_, dwelling, -1)))
    return Visits(*(np.array(parts) for parts in zip(*kept, strict=True)))


def _claimed(people: People, residence: Residence, registers: Registers, quarter: int, last: int) -> np.ndarray:
    """The dwelling at which a register in force holds everyone; -1 for none."""
    registered = (registers.registered_day <= last) & (registers.cancelled_day > last)
    stays = registers.in_stay_extract(last - 90, last) & (registers.signed_off_day > last)
    at_registered = residence.registered_at[quarter + 1][people.household]
    at_stay = residence.known_dwelling[quarter + 1][people.household]
    return np.where(registered, at_registered, np.where(stays & (people.kind != REGISTERED), at_stay, -1))
