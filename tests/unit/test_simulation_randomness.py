"""Whole numbers that follow their expectation, and positions that leave no long gap."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulation.randomness import cumulative_counts, generator, spread_evenly


@given(st.lists(st.floats(0, 500), min_size=1, max_size=12))
def test_without_noise_the_running_total_is_never_off_by_more_than_a_half(expected):
    counts = cumulative_counts(np.array(expected), 0.0, np.random.default_rng(0))
    assert (counts >= 0).all()
    assert np.abs(np.cumsum(counts) - np.cumsum(expected)).max() <= 0.5 + 1e-9


@given(st.integers(0, 200), st.integers(0, 5))
def test_spread_positions_fill_every_equal_part_once(count, seed):
    positions = spread_evenly(count, np.random.default_rng(seed))
    assert sorted(np.floor(positions * count).astype(int)) == list(range(count))


def test_generators_depend_on_seed_and_names_only():
    first = generator(1, "people", 3).random(4)
    assert (first == generator(1, "people", 3).random(4)).all()
    assert (first != generator(1, "people", 4).random(4)).all()
    assert (first != generator(2, "people", 3).random(4)).all()
