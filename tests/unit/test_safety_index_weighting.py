"""Weights by judgement and from data, against textbook examples and figures worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_index.series.declaration import Indicator
from safety_index.weighting.ahp import ComparisonFaults, analytic_hierarchy
from safety_index.weighting.budget import BudgetFaults, budget_allocation, concordance
from safety_index.weighting.from_data import critic_weights, entropy_weights, equal_weights, scaled


def test_ahp_weights_of_the_holiday_example_of_chinese_textbooks():
    # 姜启源等《数学模型》, choice of a place for a holiday. By the eigenvector λ = 5.0721 and weights 0.2636, 0.4758,
    # 0.0538, 0.0981, 0.1087; as printed in the book λ = 5.073, CI = 0.018 and CR = 0.018 ÷ 1.12 = 0.016.
    matrix = [
        [1, 1 / 2, 4, 3, 3],
        [2, 1, 7, 5, 5],
        [1 / 4, 1 / 7, 1, 1 / 2, 1 / 3],
        [1 / 3, 1 / 5, 2, 1, 1],
        [1 / 3, 1 / 5, 3, 1, 1],
    ]
    found = analytic_hierarchy(np.array(matrix))
    assert np.round(found.weights, 4).tolist() == [0.2636, 0.4758, 0.0538, 0.0981, 0.1087]
    assert round(found.principal_eigenvalue, 4) == 5.0721
    for method in ("eigenvector", "column_mean", "row_geometric_mean"):
        approximate = analytic_hierarchy(np.array(matrix), method=method)
        assert round(approximate.consistency_index, 3) == 0.018
        assert round(approximate.consistency_ratio, 3) == 0.016
        assert approximate.weights == pytest.approx(found.weights, abs=2e-3)


def test_ahp_by_hand_takes_means_of_columns_or_of_rows():
    matrix = np.array([[1, 2, 6], [1 / 2, 1, 4], [1 / 6, 1 / 4, 1]])
    # 和法, the example of the same book: columns add up to 5/3, 13/4, 11; the rows' means are 0.587, 0.324, 0.089.
    by_columns = analytic_hierarchy(matrix, method="column_mean")
    assert np.round(by_columns.weights, 3).tolist() == [0.587, 0.324, 0.089]
    assert by_columns.principal_eigenvalue == pytest.approx(3.009, abs=1e-3)
    # Rows: ∛12, ∛2, ∛(1/24) = 2.289428, 1.259921, 0.346681, together 3.896031.
    by_rows = analytic_hierarchy(matrix, method="row_geometric_mean")
    assert by_rows.weights == pytest.approx(np.array([2.289428, 1.259921, 0.346681]) / 3.896031, abs=1e-6)


def test_consistent_comparisons_give_back_their_weights():
    weights = np.array([0.5, 0.3, 0.2])
    found = analytic_hierarchy(weights[:, None] / weights)
    assert found.weights == pytest.approx(weights)
    assert found.principal_eigenvalue == pytest.approx(3)
    assert found.consistency_index == pytest.approx(0, abs=1e-12)
    assert analytic_hierarchy(np.array([[1, 3], [1 / 3, 1]])).weights == pytest.approx([0.75, 0.25])
    assert analytic_hierarchy(np.array([[1.0]])).weights.tolist() == [1]
    assert analytic_hierarchy(np.array([[1, 3], [1 / 3, 1]])).consistency_ratio == 0


def test_contradictory_comparisons_are_refused_unless_allowed():
    # 1 over 2 by 5, 2 over 3 by 5, but 3 over 1 by 5: a circle. λmax of it is 1 + 5 + 1/5 = 6.2, so CI 1.6, CR 2.7586.
    circle = np.array([[1, 5, 1 / 5], [1 / 5, 1, 5], [5, 1 / 5, 1]])
    with pytest.raises(ComparisonFaults, match=r"consistency ratio 2\.759 is above 0\.1"):
        analytic_hierarchy(circle)
    found = analytic_hierarchy(circle, allow_inconsistent=True)
    assert found.weights == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    assert found.principal_eigenvalue == pytest.approx(6.2)
    assert found.consistency_ratio == pytest.approx(1.6 / 0.58)
    assert analytic_hierarchy(circle, allow_inconsistent=True, random_index=0.52).consistency_ratio == pytest.approx(
        1.6 / 0.52
    )
    slip = np.array([[1, 2, 4, 1 / 9], [1 / 2, 1, 2, 1], [1 / 4, 1 / 2, 1, 1 / 2], [9, 1, 2, 1]])
    with pytest.raises(ComparisonFaults, match=r"row 1, column 4 \(0\.111111, where 0\.\d+ would fit\)"):
        analytic_hierarchy(slip)


RANDOM = (0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.54, 1.56, 1.58, 1.59)


@pytest.mark.parametrize(("count", "expected"), zip(range(3, 16), RANDOM, strict=True))
def test_the_consistency_ratio_is_against_random_matrices_of_the_same_size(count, expected):
    # Saaty's random indices as Chinese textbooks print them.
    matrix = np.ones((count, count))
    matrix[0, 1], matrix[1, 0] = 2, 1 / 2
    found = analytic_hierarchy(matrix)
    assert found.consistency_index > 0
    assert found.consistency_index / found.consistency_ratio == pytest.approx(expected)


def test_every_fault_of_a_matrix_is_named():
    wrong = np.array([[1, 3, -2], [1, 2, 5], [0.5, 0.2, 1]])
    with pytest.raises(ComparisonFaults) as caught:
        analytic_hierarchy(wrong)
    assert caught.value.faults == (
        "row 1, column 2: 3 is not the reciprocal of its mirror 1",
        "row 1, column 3: -2 and its mirror 0.5 are not both above 0",
        "row 2, column 2: 2 on the diagonal is not 1",
    )
    with pytest.raises(ComparisonFaults, match="square matrix"):
        analytic_hierarchy(np.ones((2, 3)))
    with pytest.raises(ComparisonFaults, match="no random index is known for 16 parts"):
        analytic_hierarchy(np.ones((16, 16)))
    # Fractions typed with two digits are reciprocal enough.
    assert analytic_hierarchy(np.array([[1, 3], [0.33, 1]])).weights == pytest.approx([0.75, 0.25], abs=2e-3)


def test_budget_allocation_takes_the_medians_and_tells_their_spread():
    points = np.array([[50, 30, 20], [40, 40, 20], [60, 20, 20], [50, 25, 25]])
    found = budget_allocation(points)
    # Medians 50, 27.5, 20 of 97.5; quartiles of the first 47.5 and 52.5.
    assert found.weights == pytest.approx(np.array([50, 27.5, 20]) / 97.5)
    assert (found.lower_quartile[0], found.median[0], found.upper_quartile[0]) == (47.5, 50, 52.5)
    assert budget_allocation(points, centre="mean").weights == pytest.approx([0.5, 0.2875, 0.2125])
    assert budget_allocation(points / 100, total=1).weights == pytest.approx(found.weights)


def test_kendalls_w_counts_ties():
    assert concordance(np.array([[3, 2, 1], [30, 20, 10]])) == pytest.approx(1)
    assert concordance(np.array([[3, 2, 1], [1, 2, 3]])) == pytest.approx(0)
    # Three experts, the third the other way round: sums 5, 6, 7, so 12·2 ÷ (9·24).
    assert concordance(np.array([[3, 2, 1], [3, 2, 1], [1, 2, 3]])) == pytest.approx(1 / 9)
    # Ranks (1, 2, 3) and (1, 2.5, 2.5): sums 2, 4.5, 5.5 around 4: S = 4 + 0.25 + 2.25 = 6.5; T = 6.
    # W = 12·6.5 ÷ (4·24 − 2·6) = 78 ÷ 84.
    assert concordance(np.array([[50, 30, 20], [50, 25, 25]])) == pytest.approx(78 / 84)
    assert concordance(np.array([[50.0, 50.0], [50.0, 50.0]])) == 1


def test_every_expert_who_did_not_keep_to_the_budget_is_named():
    with pytest.raises(BudgetFaults) as caught:
        budget_allocation(np.array([[50, 50], [60, 50], [-10, 110], [np.nan, 1]]))
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["expert 2", "expert 3", "expert 4"]
    assert "add up to 110, not to 100" in caught.value.faults[0]
    with pytest.raises(BudgetFaults, match="no expert"):
        budget_allocation(np.empty((0, 3)))
    with pytest.raises(BudgetFaults, match="take the means"):
        budget_allocation(np.array([[100, 0, 0], [0, 100, 0], [0, 0, 100]]))


def test_entropy_weights_by_hand():
    # First part p = ½, ½, 0: e = ln 2 ÷ ln 3 = 0.630930. Second ¼, ¼, ½: e = 1.5·ln 2 ÷ ln 3 = 0.946395.
    # 1 − e: 0.369070 and 0.053605: weights 0.873177 and 0.126823.
    scores = np.array([[1, 1], [1, 1], [0, 2]])
    assert entropy_weights(scores) == pytest.approx([0.873177, 0.126823], abs=1e-6)
    assert entropy_weights(np.array([[1, 1], [1, 1], [1, 2]]))[0] == pytest.approx(0)
    assert entropy_weights(np.ones((3, 4))) == pytest.approx([0.25] * 4)
    assert entropy_weights(np.array([[1, 1], [np.nan, 1], [0, 2]]))[0] == pytest.approx(1 / 1.053605, abs=1e-6)


def test_critic_weights_by_hand():
    # Deviations 1, 1, 1; r12 = 1, r13 = r23 = −1: sums of 1 − r: 2, 2, 4, so ¼, ¼, ½.
    scores = np.array([[0, 10, 2], [1, 11, 1], [2, 12, 0]])
    assert critic_weights(scores) == pytest.approx([0.25, 0.25, 0.5])
    assert critic_weights(scores * [1, 3, 1]) == pytest.approx(np.array([2, 6, 4]) / 12)
    constant = np.column_stack([scores, np.full(3, 7)])
    assert critic_weights(constant)[3] == 0
    # Against a constant r counts as 0: 1·(0 + 2 + 1), 1·(0 + 2 + 1), 1·(2 + 2 + 1).
    assert critic_weights(constant)[:3] == pytest.approx(np.array([3, 3, 5]) / 11)
    gaps = np.vstack([scores, [np.nan, 1, 1]])
    assert critic_weights(gaps) == pytest.approx([0.25, 0.25, 0.5])
    assert critic_weights(scores[:1]) == pytest.approx([1 / 3] * 3)


def test_values_are_scaled_by_direction_before_weights_are_taken_from_them():
    parts = [
        Indicator.model_validate({"code": "a", "polarity": "positive", "weight": 1}),
        Indicator.model_validate({"code": "b", "polarity": "negative", "weight": 1}),
    ]
    values = np.array([[0, 0], [5, 1], [10, np.nan], [5, 4]])
    expected = np.array([[0, 1], [0.5, 0.75], [1, np.nan], [0.5, 0]])
    np.testing.assert_allclose(scaled(values, parts), expected)
    assert equal_weights(4).tolist() == [0.25] * 4


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=8))
@settings(max_examples=60, deadline=None)
def test_weights_from_data_are_shares(rows):
    for weights in (entropy_weights(np.array(rows)), critic_weights(np.array(rows))):
        assert weights.sum() == pytest.approx(1)
        assert np.all(weights >= -1e-12)


@pytest.mark.parametrize("weigh", [entropy_weights, critic_weights])
def test_weights_from_data_do_not_depend_on_the_unit_of_the_scores(weigh):
    scores = np.array([[0.2, 0.9, 0.5], [0.8, 0.1, 0.6], [0.4, 0.4, 0.9]])
    assert weigh(scores * 0.01) == pytest.approx(weigh(scores))
    assert weigh(scores * 1000) == pytest.approx(weigh(scores))


def test_entropy_weights_of_two_parts_worked_by_hand():
    # shares ½, ½: e = 1, w = 0; shares 1/10, 9/10: e = −(0.1·ln 0.1 + 0.9·ln 0.9)/ln 2 = 0.4690, w = all of it
    assert entropy_weights(np.array([[0.2, 0.05], [0.2, 0.45]])) == pytest.approx([0, 1])
    # a third part of ¼ and ¾: e = 0.8113; the two divide 0.5310 and 0.1887
    found = entropy_weights(np.array([[0.2, 0.05, 1], [0.2, 0.45, 3]]))
    assert found == pytest.approx(np.array([0, 0.5310, 0.1887]) / 0.7197, abs=1e-4)
