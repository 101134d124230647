"""Do the indicators go together, and does the index follow what it should not?"""

import numpy as np
import pytest

from safety_index.coherence.fairness import ALARM, associations
from safety_index.coherence.incentives import jumped_to_full, parted, share_of, shrank
from safety_index.coherence.settings import Alarms
from safety_index.coherence.structure import (
    REDUNDANT,
    correlations,
    cronbach_alpha,
    influence,
    principal_components,
    redundant_pairs,
)

RNG = np.random.default_rng(1)


def test_correlations_are_pearson_s():
    scores = RNG.normal(size=(30, 3))
    scores[:, 2] = 2 * scores[:, 0] + 0.1 * scores[:, 2]
    assert correlations(scores) == pytest.approx(np.corrcoef(scores.T))


def test_gaps_are_left_out_pair_by_pair():
    scores = RNG.normal(size=(12, 3))
    scores[0, 0] = scores[1, 1] = np.nan
    found = correlations(scores)
    assert found[0, 1] == pytest.approx(np.corrcoef(scores[2:, :2].T)[0, 1])
    assert found[0, 2] == pytest.approx(np.corrcoef(scores[1:, [0, 2]].T)[0, 1])
    few = np.where(np.arange(12)[:, None] < 10, np.nan, scores)
    assert np.isnan(correlations(few)).all()


def test_what_does_not_vary_has_no_correlation():
    scores = np.column_stack([np.full(9, 100.0), RNG.normal(size=9), np.full(9, 0.1) * 3])
    found = correlations(scores)
    assert np.isnan(found[0]).all()
    assert np.isnan(found[2]).all()
    assert found[1, 1] == pytest.approx(1)


def test_influence_is_the_squared_correlation_with_the_index():
    scores = RNG.normal(size=(50, 2))
    index = scores @ [0.9, 0.1]
    expected = [np.corrcoef(scores[:, place], index)[0, 1] ** 2 for place in range(2)]
    assert influence(scores, index) == pytest.approx(expected)


def test_cronbach_s_alpha_is_the_textbook_figure():
    # three items: variances 1, 1, 1 and of their sum 7: 3/2·(1 − 3/7)
    scores = np.array([[1.0, 1, 1], [2, 2, 3], [3, 3, 2]])
    assert cronbach_alpha(scores) == pytest.approx(1.5 * (1 - 3 / scores.sum(axis=1).var(ddof=1)))
    same = np.tile(np.arange(5.0)[:, None], 4)
    assert cronbach_alpha(same) == pytest.approx(1)
    assert np.isnan(cronbach_alpha(scores[:, :1]))
    assert np.isnan(cronbach_alpha(scores[:2]))
    assert np.isnan(cronbach_alpha(np.array([[1.0, -1], [2, -2], [3, -3]])))
    with_gap = np.vstack([scores, [np.nan, 1, 1]])
    assert cronbach_alpha(with_gap) == cronbach_alpha(scores)


def test_principal_components_take_the_correlation_matrix_apart():
    scores = RNG.normal(size=(200, 3))
    scores[:, 1] += 2 * scores[:, 0]
    found = principal_components(scores)
    values = np.sort(np.linalg.eigvalsh(np.corrcoef(scores.T)))[::-1]
    assert found.explained == pytest.approx(values / 3)
    assert found.loadings @ found.loadings.T == pytest.approx(np.corrcoef(scores.T))
    largest = np.abs(found.loadings).argmax(axis=0)
    assert (found.loadings[largest, range(3)] > 0).all()


def test_only_pairs_above_the_limit_are_redundant_the_closest_first():
    matrix = np.array([[1, 0.91, -0.95], [0.91, 1, 0.9], [-0.95, 0.9, 1]])
    assert redundant_pairs(matrix) == [(0, 2), (0, 1)]
    assert redundant_pairs(np.full((2, 2), np.nan)) == []


def test_an_association_alarms_only_when_large_and_sure():
    share = np.linspace(0, 1, 40)
    scores = np.column_stack([share * 10 + RNG.normal(0, 3, 40), RNG.normal(size=40)])
    (strong, weak) = associations(scores, ["B1", "C1"], {"elderly": share})
    expected = np.corrcoef(scores[:, 0], share)[0, 1]
    assert (strong.subject, strong.companion, strong.area_count) == ("B1", "elderly", 40)
    assert strong.correlation == pytest.approx(expected)
    half = 1.645 / np.sqrt(37)
    assert (strong.lower, strong.upper) == pytest.approx(tuple(np.tanh(np.arctanh(expected) + np.array([-half, half]))))
    assert strong.is_alarm
    assert not weak.is_alarm
    (few,) = associations(scores[:8, :1] * [[1], [-1], [1], [-1], [1], [-1], [1], [1]], ["B1"], {"x": share[:8]})
    assert not few.is_alarm or abs(few.correlation) > 0.6


def test_an_association_of_too_few_areas_is_not_stated():
    (found,) = associations(np.array([[1.0], [2], [np.nan], [3]]), ["B1"], {"x": np.array([1.0, 2, 3, 4])})
    assert np.isnan(found.correlation)
    assert found.area_count == 3
    assert not found.is_alarm


def test_the_alarm_s_limit_is_a_setting():
    share = np.linspace(0, 1, 400)
    scores = (share + np.random.default_rng(3).normal(0, 0.7, 400))[:, None]
    (loose,), (strict,) = (associations(scores, ["B1"], {"x": share}, limit) for limit in (0.3, 0.6))
    assert 0.3 < loose.correlation < 0.6
    assert loose.is_alarm
    assert not strict.is_alarm


def test_a_jump_to_exactly_everything_is_noticed():
    earlier = np.array([90.0, 96, 90, 9, 90]), np.array([100.0, 100, 100, 10, 100])
    later = np.array([100.0, 100, 99, 10, 100]), np.array([100.0, 100, 100, 10, 19])
    assert jumped_to_full(earlier, later).tolist() == [True, False, False, False, False]
    edge = jumped_to_full((np.array([95.0]), np.array([100.0])), (np.array([20.0]), np.array([20.0])))
    assert edge.tolist() == [True]


def test_calls_that_fall_while_complaints_rise_are_noticed():
    calls = np.array([100.0, 100, 100, 4]), np.array([60.0, 95, 60, 1])
    complaints = np.array([40.0, 40, 40, 40]), np.array([80.0, 80, 45, 80])
    # (60 − 100)/√160 = −3.2 and (80 − 40)/√120 = 3.7
    assert parted(calls, complaints).tolist() == [True, False, False, False]


def test_a_list_that_shrinks_beyond_chance_is_noticed():
    earlier, later = np.array([200.0, 200, 10, 0, np.nan]), np.array([150.0, 170, 7, 5, 3])
    # (150 − 200)/√350 = −2.7 and a quarter lost; 15 % is too little; 3 of 10 may be chance
    assert shrank(earlier, later).tolist() == [True, False, False, False, False]
    assert shrank(np.array([200.0]), np.array([160.0])).tolist() == [True]


def test_a_share_of_nothing_is_not_known():
    assert np.isnan(share_of(np.array([1.0, 1]), np.array([0.0, np.nan]))).all()
    assert share_of(np.array([1.0]), np.array([4.0])) == [0.25]


def test_four_areas_are_enough_for_an_association_and_their_interval_is_wide():
    # ranks 1, 2, 4, 3 against 1 to 4: r = 4/5; arctanh(0.8) = 1.0986 ∓ 1.645/√1: −0.5464 and 2.7436
    (found,) = associations(np.array([[1.0], [2], [4], [3]]), ["B1"], {"x": np.array([1.0, 2, 3, 4])})
    assert found.correlation == pytest.approx(0.8)
    assert (found.lower, found.upper) == pytest.approx((np.tanh(-0.5464), np.tanh(2.7436)), abs=1e-4)
    assert not found.is_alarm


def test_an_association_downwards_alarms_as_one_upwards_does():
    share = np.array([1.0, 2, 3, 4, 5])
    up, down = (associations(sign * share[:, None], ["B1"], {"x": share})[0] for sign in (1, -1))
    assert up.is_alarm
    assert down.is_alarm
    # a perfect correlation is taken for 0.999999, whose arctanh is 7.2543; less 1.645/√2
    assert up.lower == pytest.approx(np.tanh(7.2543 - 1.645 / np.sqrt(2)), abs=1e-7)
    assert up.upper < 1
    assert (down.lower, down.upper) == pytest.approx((-up.upper, -up.lower))


def test_a_correlation_at_the_limit_is_no_alarm():
    share, scores = np.arange(40.0), np.arange(40.0)[:, None]
    scores[::2] += 3
    (found,) = associations(scores, ["B1"], {"x": share})
    assert found.lower > 0
    (at_limit,) = associations(scores, ["B1"], {"x": share}, found.correlation)
    assert not at_limit.is_alarm


def test_the_limits_of_a_series_are_those_of_the_audit():
    assert Alarms().association == ALARM == 0.3
    assert REDUNDANT == 0.9


def test_one_entry_is_enough_to_be_counted():
    one, none = np.array([1.0]), np.array([0.0])
    assert share_of(np.array([1.0, 1.0]), np.array([1.0, 0.5])).tolist() == [1.0, 2.0]
    # (0 − 1)/√1 = −1 and (1 − 0)/√1 = 1
    assert parted((one, none), (none, one), 0.9).tolist() == [True]
    assert shrank(one, none, 0.2, 0.9).tolist() == [True]
    assert parted((none, none), (none, none), 0.0).tolist() == [False]


def test_a_deviation_at_the_limit_is_still_chance():
    # (0 − 4)/√4 = −2, and (9 − 0)/√9 = 3
    four, nine, none = np.array([4.0]), np.array([9.0]), np.array([0.0])
    assert parted((four, none), (none, nine)).tolist() == [False]
    assert parted((nine, none), (none, four)).tolist() == [False]
    assert parted((nine, none), (none, nine)).tolist() == [True]
    assert shrank(four, none).tolist() == [False]


def test_three_areas_are_the_fewest_with_a_correlation():
    three = np.array([[1.0, 1], [2, 3], [3, 2]])  # r = 1/2
    assert correlations(three)[0, 1] == pytest.approx(0.5)
    assert np.isnan(correlations(three[:2])).all()
    with_gap = np.vstack([three, [np.nan, 1]])
    assert correlations(with_gap)[0, 1] == pytest.approx(0.5)
    assert cronbach_alpha(three) == pytest.approx(2 * (1 - 2 / 3))  # variances 1 and 1, of the sum 3


def test_a_part_that_does_not_vary_has_no_loading_and_nothing_varying_explains_nothing():
    found = principal_components(np.column_stack([np.arange(5.0), np.full(5, 7.0)]))
    assert found.explained == pytest.approx([1, 0])
    assert found.loadings == pytest.approx(np.array([[1.0, 0], [0, 0]]))
    assert (principal_components(np.ones((5, 2))).explained == 0).all()
