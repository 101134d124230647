"""How areas differ and drift: expected events and shares of services done well, by committee and quarter.

Belongs here: the truth's rates, in which the profile's story is told. Does not belong here: drawing what happens
(``events``, ``services``), and any score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.households import People
from simulation.places import Places
from simulation.profile import Profile
from simulation.profile_sections import EVENTS, SERVICES
from simulation.randomness import generator
from simulation.residence import Residence
from simulation.timeline import Timeline
from warehouse.quarters import Quarter

#: Of the residents of a place that nobody comes to, about this share is there by day: the old, the small, who works at
#: home.
_AT_HOME_BY_DAY = 0.3


@dataclass(frozen=True)
class Exposures:
    """People and households at the end of each quarter: (committee, quarter) and (compound, quarter) arrays."""

    residents: np.ndarray
    households: np.ndarray
    daytime: np.ndarray
    compound_residents: np.ndarray
    compound_households: np.ndarray


@dataclass(frozen=True)
class Rates:
    """(committee, quarter) arrays by name: expected events, and shares of services done well (0 to 1)."""

    expected_events: dict[str, np.ndarray]
    service_shares: dict[str, np.ndarray]


def measure_exposures(
    profile: Profile, timeline: Timeline, places: Places, people: People, residence: Residence
) -> Exposures:
    """Count residents and households where they truly live; spread the daytime population over committees."""
    committees, compounds = len(places.committee_codes), len(places.compound_codes)
    shape = timeline.count
    residents, households = np.zeros((committees, shape)), np.zeros((committees, shape))
    compound_residents, compound_households = np.zeros((compounds, shape)), np.zeros((compounds, shape))
    for quarter in range(timeline.count):
        compound_of = places.compound_of_dwelling(quarter)
        committee_of = places.committee_of_dwelling(quarter)
        dwelling = residence.dwelling_of_person(people, quarter, timeline.ends[quarter])
        living = dwelling >= 0
        occupied = np.unique(people.household[living])
        homes = residence.lives_in[quarter + 1][occupied]
        residents[:, quarter] = np.bincount(committee_of[dwelling[living]], minlength=committees)
        households[:, quarter] = np.bincount(committee_of[homes], minlength=committees)
        compound_residents[:, quarter] = np.bincount(compound_of[dwelling[living]], minlength=compounds)
        compound_households[:, quarter] = np.bincount(compound_of[homes], minlength=compounds)
    total = profile.population.daytime_ratio * residents.sum(axis=0)
    share = residents * daytime_attraction(profile, committees)[:, None]
    daytime = share / share.sum(axis=0) * total
    return Exposures(residents, households, daytime, compound_residents, compound_households)


def daytime_attraction(profile: Profile, committees: int) -> np.ndarray:
    """How much more than its residents each committee draws by day; about 1 on average."""
    population = profile.population
    if not population.daytime_variation:
        return np.ones(committees)
    variance = population.daytime_variation**2
    drawn = generator(profile.seed, "daytime").gamma(1 / variance, variance, committees)
    return np.maximum(drawn, _AT_HOME_BY_DAY / population.daytime_ratio)


def make_rates(profile: Profile, timeline: Timeline, places: Places, exposures: Exposures) -> Rates:
    """Combine the profile's rates with area effects, drift, season and story."""
    service_shift, factors = story(profile, timeline, places)
    steps_back = np.arange(timeline.count) - (timeline.count - 1)
    expected, shares = {}, {}
    for name in EVENTS:
        rate = profile.events[name]
        drift = (1 + rate.year_change_share) ** (steps_back / 4)
        season = np.array([rate.season[quarter.number - 1] for quarter in timeline.quarters])
        exposure = getattr(exposures, rate.exposure)
        effect = _event_effect(profile, timeline, places, name)
        # effects say where, not how many: weighted by exposure they average one
        effect = effect * exposure.sum(axis=0) / (effect * exposure).sum(axis=0)
        expected[name] = rate.per_1000 / 1000 * exposure * effect * drift * season * factors[name]
    for name in SERVICES:
        wanted = profile.service_shares[name]
        logit = np.log(wanted.share / (1 - wanted.share)) + wanted.quarterly_rise * steps_back
        logit = logit + _service_effect(profile, timeline, places, name) + service_shift[name]
        shares[name] = 1 / (1 + np.exp(-logit))
    return Rates(expected, shares)


def story(profile: Profile, timeline: Timeline, places: Places):
    """The story as (committee, quarter) shifts by service and factors by event."""
    shape = (len(places.committee_codes), timeline.count)
    shifts = {name: np.zeros(shape) for name in SERVICES}
    factors = {name: np.ones(shape) for name in EVENTS}
    codes = np.array([sub["code"] for sub in places.sub_districts])[places.committee_sub_district]
    for step in profile.story:
        first, last = (timeline.index(Quarter.parse(text)) for text in (step.first, step.last))
        inside = np.arange(timeline.count)
        here = np.isin(codes, step.sub_districts)[:, None] & ((inside >= first) & (inside <= last))
        for name in step.services:
            shifts[name][here] += step.service_shift
        for name, factor in step.event_factors.items():
            factors[name][here] *= factor
    return shifts, factors


def _event_effect(profile: Profile, timeline: Timeline, places: Places, name: str) -> np.ndarray:
    effects = profile.area_effects
    rng = generator(profile.seed, "event effect", name)
    committees, subs = len(places.committee_codes), len(places.sub_districts)
    of_committee = _gamma(effects.event_variation_committee, committees, rng)
    of_sub = _gamma(effects.event_variation_sub_district, subs, rng)[places.committee_sub_district]
    wander = np.cumsum(rng.normal(0, effects.quarterly_wander, (committees, timeline.count)), axis=1)
    return (of_committee * of_sub)[:, None] * np.exp(wander)


def _service_effect(profile: Profile, timeline: Timeline, places: Places, name: str) -> np.ndarray:
    effects = profile.area_effects
    rng = generator(profile.seed, "service effect", name)
    committees, subs = len(places.committee_codes), len(places.sub_districts)
    level = np.array([effects.sub_district_levels.get(sub["code"], 0.0) for sub in places.sub_districts])
    level = level + rng.normal(0, effects.service_shift_sub_district, subs)
    own = rng.normal(0, effects.service_shift_committee, committees)
    wander = rng.normal(0, effects.quarterly_wander, (committees, timeline.count))
    return (level[places.committee_sub_district] + own)[:, None] + wander


def _gamma(variation: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Gamma-distributed factors of mean one with the coefficient of variation."""
    return rng.gamma(1 / variation**2, variation**2, count) if variation else np.ones(count)
