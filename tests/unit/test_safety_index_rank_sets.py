"""Ranks that hold for all areas at once."""

import numpy as np
import pytest
from scipy import stats

from safety_index.uncertainty.count_ranks import count_rank_sets, holm, places
from safety_index.uncertainty.rank_sets import rank_sets, tiers


def drawn_around(scores, spread, seed=1, count=2000):
    return scores + np.random.default_rng(seed).normal(0, spread, (count, len(scores)))


def test_areas_far_apart_have_one_rank_each_and_close_ones_share():
    scores = np.array([90.0, 80.0, 79.9, 60.0])
    found = rank_sets(scores, drawn_around(scores, 0.5), 0.1)
    assert list(found.best) == [1, 2, 2, 4]
    assert list(found.worst) == [1, 3, 3, 4]
    assert found.is_above[0].tolist() == [False, True, True, True]
    assert list(tiers(scores, found)) == [1, 2, 2, 3]


def test_what_never_varies_is_told_apart_by_any_difference():
    scores = np.array([3.0, 2.0, 2.0])
    found = rank_sets(scores, np.tile(scores, (200, 1)), 0.1)
    assert list(found.best) == [1, 2, 2]
    assert list(found.worst) == [1, 3, 3]


def test_the_critical_value_is_that_of_the_largest_difference():
    """Two areas: the ratio of the gap to its standard deviation is compared with the normal's 1 − α/2 quantile."""
    rng = np.random.default_rng(2)
    draws = rng.normal(0, 1, (20_000, 2))
    critical = stats.norm.ppf(0.95) * np.sqrt(2)
    for factor, is_told in ((0.97, False), (1.03, True)):
        scores = np.array([critical * factor, 0.0])
        assert rank_sets(scores, draws + scores, 0.1).is_above[0, 1] == is_told


def test_errors_that_areas_share_do_not_blur_their_order():
    scores = np.array([80.0, 79.0])
    common = np.random.default_rng(3).normal(0, 5, (2000, 1))
    own = np.random.default_rng(4).normal(0, 0.1, (2000, 2))
    assert rank_sets(scores, scores + common + own, 0.1).is_above[0, 1]
    assert not rank_sets(scores, drawn_around(scores, 5), 0.1).is_above[0, 1]


def test_stepping_down_tells_more_areas_apart_than_the_first_step():
    """Many clear pairs leave a smaller family: the middle pair falls only in a later step."""
    scores = np.concatenate([np.arange(0, 60, 10.0), [100.0, 103.6]])
    found = rank_sets(scores, drawn_around(scores, 1.0, count=8000), 0.1)
    first, second = np.triu_indices(len(scores), 1)
    draws = drawn_around(scores, 1.0, count=8000) - scores
    largest = np.quantile((np.abs(draws[:, first] - draws[:, second]) / np.sqrt(2)).max(axis=1), 0.9)
    assert 3.6 / np.sqrt(2) < largest
    assert found.is_above[7, 6]


def test_rank_sets_hold_for_all_areas_at_once_as_often_as_said():
    truth = np.array([10.0, 10.0, 10.0, 11.0, 13.0])
    true_rank = 1 + (truth[None] > truth[:, None]).sum(axis=1)
    rng, held = np.random.default_rng(6), []
    for trial in range(150):
        scores = truth + rng.normal(0, 1, 5)
        found = rank_sets(scores, drawn_around(scores, 1.0, seed=trial, count=500), 0.1)
        held.append(np.all((found.best <= true_rank) & (true_rank + 0 <= found.worst)))
    assert np.mean(held) >= 0.87


def test_holm_steps_down_and_stops_at_the_first_that_stands():
    assert holm(np.array([0.01, 0.04, 0.03, 0.2]), 0.1).tolist() == [True, True, True, False]
    # 0.02 ≤ .1/4; 0.04 > .1/3: nothing after it falls, though 0.045 ≤ .1/2
    assert holm(np.array([0.045, 0.02, 0.04, 0.9]), 0.1).tolist() == [False, True, False, False]


def test_raw_counts_are_compared_by_the_exact_binomial_test():
    count, exposure = np.array([2, 30, 3]), np.array([1000.0, 1000.0, 1000.0])
    found = count_rank_sets(count, exposure, 0.1)
    assert list(found.best) == [1, 3, 1]
    assert list(found.worst) == [2, 3, 2]
    p_value = stats.binomtest(2, 32, 0.5).pvalue
    alone = count_rank_sets(np.array([2, 30]), exposure[:2], p_value * 1.001)
    assert alone.is_above[0, 1]
    assert not count_rank_sets(np.array([2, 30]), exposure[:2], p_value * 0.999).is_above[0, 1]


def test_an_area_s_exposure_counts_in_the_comparison():
    assert not count_rank_sets(np.array([2, 20]), np.array([100.0, 1000.0]), 0.1).is_above.any()
    found = count_rank_sets(np.array([20, 20]), np.array([100.0, 1000.0]), 0.1)
    assert found.is_above[1, 0]
    assert not found.is_above[0, 1]


def told_apart(counts, exposures, error_share, **how):
    return bool(count_rank_sets(np.array(counts), np.array(exposures, dtype=float), error_share, **how).is_above[0, 1])


def test_of_shares_the_test_is_fisher_s_exact_one():
    # twice the hypergeometric tail: 12 of 20 beside 18 of 20, so at most 12 of the 30 hits among the first 20 of 40
    p_value = 2 * stats.hypergeom.cdf(12, 40, 30, 20)
    assert 0.05 < p_value < 0.1
    for factor, is_told in ((1.001, True), (0.999, False)):
        limit = p_value * factor
        assert told_apart([12, 18], [20, 20], limit, model="binomial") == is_told
        assert told_apart([18, 12], [20, 20], limit, model="binomial", is_highest_first=True) == is_told
        assert not told_apart([12, 18], [20, 20], limit, model="binomial", is_highest_first=True)
    # the same counts as events of unbounded number tell less
    assert not told_apart([12, 18], [20, 20], p_value * 1.001)


@pytest.mark.parametrize(
    ("few", "many"), [((0, 7), (9, 30)), ((3, 5), (40, 41)), ((870, 1000), (930, 1010)), ((0, 4), (4, 4))]
)
def test_a_tail_is_summed_to_its_last_figure(few, many):
    p_value = 2 * stats.hypergeom.cdf(few[0], few[1] + many[1], few[0] + many[0], few[1])
    assert p_value < 0.5
    counts, sizes = [few[0], many[0]], [few[1], many[1]]
    assert told_apart(counts, sizes, p_value * (1 + 1e-9), model="binomial")
    assert not told_apart(counts, sizes, p_value * (1 - 1e-9), model="binomial")


def test_sets_of_shares_hold_for_all_areas_at_once_at_least_as_often_as_said():
    rng, size, truth = np.random.default_rng(7), np.full(5, 60.0), np.array([0.3, 0.3, 0.5, 0.5, 0.9])
    true_rank, held = np.array([4, 4, 2, 2, 1]), []
    for _ in range(200):
        found = count_rank_sets(rng.binomial(60, truth), size, 0.1, model="binomial", is_highest_first=True)
        held.append(np.all((found.best <= true_rank) & (true_rank <= found.worst)))
        assert found.best[4] <= 2
    assert np.mean(held) >= 0.9


def test_many_areas_are_tested_in_parts_with_the_same_result(monkeypatch):
    rng = np.random.default_rng(8)
    counts, sizes = rng.poisson(20, 12), rng.uniform(500, 2000, 12)
    whole = count_rank_sets(counts, sizes, 0.1)
    monkeypatch.setattr("safety_index.uncertainty.count_ranks._TESTED_TOGETHER", 7)
    parts = count_rank_sets(counts, sizes, 0.1)
    assert whole.is_above.any()
    assert (parts.is_above == whole.is_above).all()


def test_places_by_raw_rates_are_shared_by_equal_ones():
    counts, sizes = np.array([1, 2, 3, 0]), np.array([100.0, 200.0, 100.0, 50.0])
    assert places(counts, sizes, False).tolist() == [2, 2, 4, 1]
    assert places(counts, sizes, True).tolist() == [2, 2, 1, 4]


@pytest.mark.parametrize("count", [1, 2])
def test_few_areas_are_no_trouble(count):
    scores = np.zeros(count)
    found = rank_sets(scores, drawn_around(scores, 1.0, count=200), 0.1)
    assert list(found.best) == [1] * count
    assert list(found.worst) == [count] * count
