"""What happens: every event of every kind, with its day, committee and compound.

Belongs here: when and where. Does not belong here: how an event ends and how a department writes it down
(``extracts``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.places import Places
from simulation.profile import Profile
from simulation.profile_sections import EVENTS
from simulation.randomness import cumulative_counts, generator, spread_evenly
from simulation.rates import Exposures, Rates
from simulation.timeline import Timeline

_COMPOUND_VARIATION = 0.5


@dataclass(frozen=True)
class Events:
    """Events of one kind (one entry each), in the order of time."""

    quarter: np.ndarray
    day: np.ndarray
    second: np.ndarray
    committee: np.ndarray
    compound: np.ndarray

    def of_quarter(self, quarter: int) -> np.ndarray:
        """Positions of a quarter's events."""
        return np.flatnonzero(self.quarter == quarter)


def draw_events(
    profile: Profile, timeline: Timeline, places: Places, exposures: Exposures, rates: Rates
) -> dict[str, Events]:
    """Events of every kind. Totals follow the rates closely (``cumulative_counts``), places are drawn freely."""
    return {name: _draw(profile, timeline, places, exposures, rates.expected_events[name], name) for name in EVENTS}


def _draw(profile, timeline: Timeline, places: Places, exposures: Exposures, expected: np.ndarray, name: str) -> Events:
    rng = generator(profile.seed, "events", name)
    compounds = len(places.compound_codes)
    effect = rng.gamma(1 / _COMPOUND_VARIATION**2, _COMPOUND_VARIATION**2, compounds)
    by_household = profile.events[name].exposure == "households"
    weights = (exposures.compound_households if by_household else exposures.compound_residents) * effect[:, None]
    counts = cumulative_counts(expected.sum(axis=0), profile.total_noise_share, rng)
    parts = []
    for quarter, count in enumerate(counts):
        per_committee = rng.multinomial(count, expected[:, quarter] / expected[:, quarter].sum())
        committee = rng.permutation(np.repeat(np.arange(len(per_committee)), per_committee))
        compound = _compounds(places.committee_of_compound(quarter), weights[:, quarter], committee, rng)
        length = int(timeline.ends[quarter] - timeline.starts[quarter]) + 1
        moment = np.sort(spread_evenly(count, rng)) * length
        day = timeline.starts[quarter] + np.floor(moment).astype(np.int64)
        second = np.floor(moment % 1 * 86_400).astype(np.int64)
        parts.append((np.full(count, quarter), day, second, committee, compound))
    return Events(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _compounds(committee_of: np.ndarray, weight: np.ndarray, committee: np.ndarray, rng) -> np.ndarray:
    """A compound of each event's committee, by weight: one search in the cumulative weights of all."""
    order = np.argsort(committee_of, kind="stable")
    cumulative = np.cumsum(weight[order])
    total = np.bincount(committee_of, weights=weight, minlength=committee_of.max() + 1)
    before = np.cumsum(total) - total
    position = before[committee] + rng.random(len(committee)) * total[committee]
    found = np.searchsorted(cumulative, position, side="right")
    return order[np.minimum(found, len(order) - 1)]
