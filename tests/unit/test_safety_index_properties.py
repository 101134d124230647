"""What holds for every scoring function and every mean, whatever the values."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_index.method.scores import score_values
from safety_index.series.declaration import Series, load_series, parse_series

DEFAULT = load_series()
FUNCTIONS: list[dict[str, Any]] = [
    {"function": "linear", "floor": 40, "cap": 100},
    {"function": "exponential"},
    {"function": "logarithmic", "floor": 0, "cap": 100},
    {"function": "power", "power": 0.5, "floor": 0},
    {"function": "power", "power": 2, "floor": 0},
    {"function": "tiered"},
    {"function": "tiered", "beyond": -5, "floor": 0},
    {"function": "tiered", "beyond": "extrapolate", "floor": 0},
    {"function": "min_max", "low": 1, "high": 100},
    {"function": "min_max", "bounds": "each_period", "low": 1, "high": 100},
    {"function": "z_score", "centre": 100, "scale": 10},
    {"function": "percentile_rank"},
    {"function": "rank", "ties": "mean"},
    {"function": "exponential_rank"},
    {"function": "benchmark_ratio"},
    {"function": "benchmark_ratio", "negative": "reciprocal"},
    {"function": "benchmark_ratio", "negative": "smoothed", "smoothing": 0.5},
]
#: Functions that look at no other area.
FIXED = [
    scoring for scoring in FUNCTIONS if scoring["function"] in ("linear", "exponential", "tiered", "benchmark_ratio")
]


def series_by(scoring: dict[str, Any], mean: str = "arithmetic", order: tuple[int, ...] = (0, 1, 2)) -> Series:
    """A positive, a negative and a moderate indicator of weights 3, 2 and 1, in ``order``."""
    return _series_by(tuple(scoring.items()), mean, order)


@cache
def _series_by(scoring: tuple[tuple[str, Any], ...], mean: str, order: tuple[int, ...]) -> Series:
    parts = [
        {
            "code": "up",
            "polarity": "positive",
            "weight": 3,
            "goalposts": {"impermissible": 2, "satisfactory": 8},
            "tiers": [{"value": 2, "score": 20}, {"value": 5, "score": 50}, {"value": 8, "score": 100}],
            "benchmark": 5,
        },
        {
            "code": "down",
            "polarity": "negative",
            "weight": 2,
            "goalposts": {"impermissible": 8, "satisfactory": 2},
            "tiers": [{"value": 2, "score": 100}, {"value": 5, "score": 50}, {"value": 8, "score": 20}],
            "benchmark": 5,
        },
        {
            "code": "middle",
            "polarity": "moderate",
            "weight": 1,
            "goalposts": {"impermissible": [1, 9], "satisfactory": [4, 5]},
            "tiers": [{"value": 1, "score": 20}, {"value": 4.5, "score": 100}, {"value": 9, "score": 20}],
        },
    ]
    return parse_series(
        {
            "code": "three",
            "title": "Three",
            "valid_from": "2016",
            "scoring": dict(scoring),
            "aggregation": [{"method": mean}],
            "rank": {"decimals": 6},
            "dimensions": [{"code": "T", "weight": 1, "indicators": [parts[place] for place in order]}],
        }
    )


def scored(series: Series, values: np.ndarray):
    flags = np.ones(values.shape, dtype=bool)
    return score_values(series, values, flags, flags)


values_of_areas = st.lists(
    st.tuples(*[st.floats(0.5, 10).map(lambda number: round(number, 3))] * 3), min_size=2, max_size=6
).map(np.array)


@pytest.mark.parametrize("scoring", FUNCTIONS, ids=str)
@given(values=values_of_areas, better=st.floats(0.01, 4), which=st.integers(0, 2))
@settings(max_examples=15, deadline=None)
def test_a_better_value_never_lowers_the_score_or_the_index(scoring, values, better, which):
    series = series_by(scoring)
    improved = values.copy()
    if which == 2:  # nearer to the ideal from 4 to 5
        nearest = np.clip(values[0, 2], 4.5, 4.5)
        improved[0, 2] = values[0, 2] + (nearest - values[0, 2]) * min(better / 4, 1)
    else:
        improved[0, which] = values[0, which] + better if which == 0 else max(values[0, which] - better, 0.1)
    before, after = scored(series, values), scored(series, improved)
    assert after.indicator.score[0, which] >= before.indicator.score[0, which] - 1e-9
    assert after.index[0] >= before.index[0] - 1e-9


@pytest.mark.parametrize("mean", ["arithmetic", "geometric", "harmonic"])
@given(values=values_of_areas, better=st.floats(0.01, 4), which=st.integers(0, 1))
@settings(max_examples=25, deadline=None)
def test_every_mean_rises_with_its_parts_and_lies_between_them(mean, values, better, which):
    series = series_by({"function": "linear", "floor": 1, "cap": 100}, mean)
    improved = values.copy()
    improved[0, which] += better if which == 0 else -better
    before, after = scored(series, values), scored(series, improved)
    assert after.index[0] >= before.index[0] - 1e-9
    scores = before.indicator.score
    assert np.all(before.index <= scores.max(axis=-1) + 1e-9)
    assert np.all(before.index >= scores.min(axis=-1) - 1e-9)


@given(values=values_of_areas)
@settings(max_examples=25, deadline=None)
def test_a_mean_that_compensates_less_is_never_higher(values):
    scoring = {"function": "linear", "floor": 1, "cap": 100}
    found = [scored(series_by(scoring, mean), values).index for mean in ("arithmetic", "geometric", "harmonic")]
    assert np.all(found[0] >= found[1] - 1e-9)
    assert np.all(found[1] >= found[2] - 1e-9)


@pytest.mark.parametrize("scoring", FUNCTIONS, ids=str)
@given(values=values_of_areas, random=st.randoms(use_true_random=False))
@settings(max_examples=8, deadline=None)
def test_the_order_of_areas_and_of_indicators_does_not_matter(scoring, values, random):
    areas, order = list(range(len(values))), [0, 1, 2]
    random.shuffle(areas)
    random.shuffle(order)
    plain = scored(series_by(scoring), values)
    turned = scored(series_by(scoring, order=tuple(order)), values[areas][:, order])
    np.testing.assert_allclose(turned.indicator.score, plain.indicator.score[areas][:, order], rtol=0, atol=1e-9)
    np.testing.assert_allclose(turned.index, plain.index[areas], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(turned.rank, plain.rank[areas])


@pytest.mark.parametrize("scoring", FIXED, ids=str)
@given(values=values_of_areas, other=values_of_areas)
@settings(max_examples=15, deadline=None)
def test_under_fixed_goalposts_another_area_changes_nobodys_score(scoring, values, other):
    alone = scored(series_by(scoring), values).index
    beside = scored(series_by(scoring), np.vstack([values, other])).index
    np.testing.assert_allclose(beside[: len(values)], alone, rtol=0, atol=1e-12)


def test_within_a_sample_another_area_does_change_scores():
    values = np.array([[3.0, 3, 4], [4, 4, 4]])
    series = series_by({"function": "min_max", "bounds": "each_period"})
    beside = scored(series, np.vstack([values, [[9.0, 9, 9]]])).index[:2]
    assert not np.allclose(scored(series, values).index, beside)


@pytest.mark.parametrize("place", range(22))
@given(low=st.floats(-0.5, 1.5), high=st.floats(-0.5, 1.5))
@settings(max_examples=10, deadline=None)
def test_no_indicator_of_the_series_in_force_is_turned_the_wrong_way(place, low, high):
    series = DEFAULT
    indicator = series.indicators[place]
    bad, good = indicator.goalposts.impermissible, indicator.goalposts.satisfactory
    if indicator.polarity == "moderate":
        bad, good = bad[0], good[0]
    low, high = sorted((low, high))
    values = np.full((2, 22), np.nan)
    values[:, place] = (
        bad + low * (good - bad),
        bad + min(high, 1.0 if indicator.polarity == "moderate" else high) * (good - bad),
    )
    found = score_values(series, values, ~np.isnan(values), np.ones(values.shape, dtype=bool)).indicator.score[:, place]
    assert found[1] >= found[0] - 1e-9
