"""What the population office knows: who stands in its three registers, verified when, cancelled when.

Belongs here: registration, sign-off, verification and permits of persons, and the registration of rented
dwellings. Does not belong here: the truth (``households``, ``residence``) and the columns of the extracts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.households import MIGRANT, REGISTERED, People
from simulation.places import Places
from simulation.profile import Profile
from simulation.randomness import generator
from simulation.rates import Rates
from simulation.residence import Residence
from simulation.timeline import NEVER, Timeline

YEAR = 365
OWNED, RENTED, VACANT = 1, 2, 3
#: Quarters for which a cancelled row is still delivered, and days for which an expired permit is.
_CANCELLED_QUARTERS, _EXPIRED_DAYS = 2, 270


@dataclass(frozen=True)
class Registers:
    """Per person (one entry each), per quarter and person, or per quarter and dwelling.

    ``registered_day`` is the registration of residents of this district (NEVER: none); ``stay_day`` that of people
    from elsewhere (NEVER: they never registered). ``cancelled_day`` and ``signed_off_day`` are NEVER while in force.
    """

    registered_day: np.ndarray
    cancelled_day: np.ndarray
    arrival_day: np.ndarray
    stay_day: np.ndarray
    signed_off_day: np.ndarray
    permit_lapse_day: np.ndarray
    verified_day: np.ndarray
    occupancy: np.ndarray
    rental_registered_day: np.ndarray
    safety_checked_day: np.ndarray

    def permit_expiry(self, day: int) -> np.ndarray:
        """Last valid day of everyone's permit as it stands on ``day``: a year from each renewal."""
        anchor = np.minimum(day, self.permit_lapse_day)
        years = np.maximum((anchor - self.stay_day) // YEAR, 0) + 1
        return np.where(self.stay_day == NEVER, NEVER, self.stay_day + years * YEAR)

    def in_registered_extract(self, first: int, last: int) -> np.ndarray:
        """Rows of the registered residents' extract of the quarter from ``first`` to ``last``."""
        since = first - (_CANCELLED_QUARTERS - 1) * 91
        return (self.registered_day <= last) & (self.cancelled_day >= since)

    def in_stay_extract(self, first: int, last: int) -> np.ndarray:
        """Rows of the extracts of people from elsewhere and from abroad."""
        since = first - (_CANCELLED_QUARTERS - 1) * 91
        forgotten = self.permit_expiry(last) < first - _EXPIRED_DAYS
        return (self.stay_day <= last) & (self.signed_off_day >= since) & ~forgotten


def make_registers(
    profile: Profile, timeline: Timeline, places: Places, people: People, residence: Residence, rates: Rates
) -> Registers:
    rng = generator(profile.seed, "registers")
    registered, cancelled = _registered(profile, timeline, people, rng)
    arrival, stay, signed_off, lapse = _stays(profile, timeline, places, people, residence, rates, rng)
    verified = np.full((timeline.count, len(people.household)), -NEVER, np.int32)
    day = timeline.first_day - rng.integers(0, 360, len(people.household)).astype(np.int32)
    rental = timeline.first_day - rng.integers(0, 360, len(places.dwelling_compound)).astype(np.int32)
    occupancy = np.empty((timeline.count, len(places.dwelling_compound)), np.int8)
    rentals, checks = np.empty_like(occupancy, np.int32), np.empty_like(occupancy, np.int32)
    unsafe = rng.random(len(places.dwelling_compound)) < 0.012
    for quarter in range(timeline.count):
        first, last = int(timeline.starts[quarter]), int(timeline.ends[quarter])
        committee_of = places.committee_of_dwelling(quarter)
        home = np.where(
            people.kind == REGISTERED,
            residence.registered_at[quarter + 1][people.household],
            residence.known_dwelling[quarter + 1][people.household],
        )
        committee = np.where(home >= 0, committee_of[home], 0)
        enters = np.minimum(registered, stay)
        day = np.where((enters >= first) & (enters <= last), enters, day)
        counted = (enters <= last) & (home >= 0) & (cancelled > last) & (signed_off > last)
        day = _renewed(day, counted, committee, rates.service_shares["A1"][:, quarter], first, last, rng)
        verified[quarter] = day
        occupancy[quarter] = _occupancy(places, people, residence, quarter)
        rented = occupancy[quarter] == RENTED
        rental = _renewed(rental, rented, committee_of, rates.service_shares["A2"][:, quarter], first, last, rng)
        rentals[quarter] = rental
        checks[quarter] = np.where(unsafe, rental - YEAR - 30, rental)
    return Registers(registered, cancelled, arrival, stay, signed_off, lapse, verified, occupancy, rentals, checks)


def _registered(profile: Profile, timeline: Timeline, people: People, rng: np.random.Generator):
    """Days of registration and cancellation of the district's own registered residents."""
    count = len(people.household)
    entry = people.household_entry_day[people.household]
    lived = np.maximum(timeline.first_day - people.birth_day, 1)
    since_before = people.birth_day + (lived * rng.beta(0.6, 1.2, count)).astype(np.int64)
    newborn = people.birth_day + rng.integers(3, 50, count)
    day = np.where(entry >= timeline.first_day, np.maximum(entry, newborn), np.maximum(since_before, newborn))
    day = np.where(people.birth_day > timeline.first_day - 60, newborn, day)
    gained = people.household_gained_registration_day[people.household]
    day = np.where(people.kind == REGISTERED, day, np.where(gained < NEVER, np.maximum(gained, newborn), NEVER))
    day = np.where(day > people.death_day, NEVER, day)
    never = rng.random(count)
    lag = rng.exponential(35, count).astype(np.int64) + 1
    by_death = np.where(
        (never < profile.registers.dead_never_cancelled_share) | (people.death_day < timeline.first_day),
        NEVER,
        people.death_day + lag,
    )
    by_move = np.where(never < profile.registers.left_never_signed_off_share / 3, NEVER, people.exit_day + lag // 2)
    return day.astype(np.int32), np.minimum(np.minimum(by_death, by_move), NEVER).astype(np.int32)


def _stays(profile, timeline: Timeline, places: Places, people: People, residence: Residence, rates: Rates, rng):
    """Days of arrival, registration, sign-off and permit lapse of people from elsewhere and from abroad."""
    count = len(people.household)
    entry = people.entry_day
    before = timeline.first_day - 1 - rng.exponential(900, count).astype(np.int64)
    # nobody arrives before birth; a child born here counts as arriving then
    arrival = np.where(entry >= timeline.first_day, entry, np.maximum(before, people.birth_day))
    quarter = np.clip(timeline.quarter_index(arrival), 0, timeline.count - 1)
    home = residence.known_dwelling.max(axis=0)[people.household]
    committee = np.where(home >= 0, places.committee_of_dwelling(timeline.count)[home], 0)
    timely = rng.random(count) < rates.service_shares["A2"][committee, quarter]
    # at most three days, or clearly more than three working days
    stay = arrival + np.where(timely, rng.integers(0, 4, count), rng.integers(9, 41, count))
    stay = np.where(people.kind == REGISTERED, NEVER, stay)
    unregistered = rng.random(people.household_kind.size) < profile.registers.migrant_never_registered_share
    stay = np.where(unregistered[people.household] & (people.kind == MIGRANT), NEVER, stay)
    stay = np.where(stay >= np.minimum(people.exit_day, people.death_day), NEVER, stay)
    gone = np.minimum(people.exit_day, people.death_day)
    forgets = rng.random(people.household_kind.size) < profile.registers.left_never_signed_off_share
    signed_off = np.where(forgets[people.household], NEVER, gone + rng.exponential(20, count).astype(np.int64))
    gained = people.household_gained_registration_day[people.household]
    stops_renewing = np.minimum(gone, np.where(gained < NEVER, gained, NEVER))
    return (
        np.minimum(arrival, NEVER).astype(np.int32),
        np.minimum(stay, NEVER).astype(np.int32),
        np.minimum(signed_off, NEVER).astype(np.int32),
        stops_renewing.astype(np.int32),
    )


def registered_as_present(profile: Profile, at_home: np.ndarray) -> np.ndarray:
    """Whether the register of the registered says of everyone that they live there; it errs for ever the same way."""
    draw = generator(profile.seed, "residence match").random(len(at_home))
    wrong = np.where(at_home, profile.registers.match_flag_wrong_share, profile.registers.absent_flagged_present_share)
    return at_home == (draw >= wrong)


def _renewed(day, counted, committee, target, first: int, last: int, rng) -> np.ndarray:
    """Renew just enough of what is older than a year that ``target`` of each committee's is not."""
    valid = day > last - YEAR
    total = np.bincount(committee[counted], minlength=len(target))
    still = np.bincount(committee[counted & valid], minlength=len(target))
    chance = np.clip((target * total - still) / np.maximum(total - still, 1), 0, 1)
    renews = counted & ~valid & (rng.random(len(day)) < chance[committee])
    return np.where(renews, rng.integers(first, last + 1, len(day)), day).astype(np.int32)


def _occupancy(places: Places, people: People, residence: Residence, quarter: int) -> np.ndarray:
    """How every dwelling is used: rented by people not registered here, by nobody, or by its registered household."""
    lives_in = residence.lives_in[quarter + 1]
    use = np.full(len(places.dwelling_compound), VACANT, np.int8)
    tenants = (lives_in >= 0) & (people.household_kind != REGISTERED)
    owners = (lives_in >= 0) & ~tenants
    use[lives_in[tenants]] = RENTED
    use[lives_in[owners]] = np.where(lives_in[owners] == residence.registered_at[quarter + 1][owners], OWNED, RENTED)
    return use
