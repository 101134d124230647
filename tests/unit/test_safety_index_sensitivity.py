"""What the index hangs on: choices of the method one at a time, together, and the first place."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_index.method.plan import Plan
from safety_index.method.scores import score_values
from safety_index.sensitivity.choices import (
    Inputs,
    equal_weights,
    other_function,
    top_places,
    with_aggregation,
    with_goalposts_moved,
    with_weights,
)
from safety_index.sensitivity.first_place import smallest_weight_shift
from safety_index.sensitivity.global_analysis import method_sensitivity, ranks_at
from safety_index.sensitivity.scenarios import Scenario, scenarios, shift, shifts
from safety_index.sensitivity.sobol import analyse, design, sobol_indices
from safety_index.tables.cube import cubes
from tests.unit.safety_index_builders import small_content, small_series, table, value_rows

RNG = np.random.default_rng(5)


def cube_of(series, count=8, seed=5):
    rng, rows = np.random.default_rng(seed), []
    for area in range(count):
        values = {
            "p1": rng.uniform(20, 95),
            "p2": rng.uniform(1, 9),
            "q1": rng.uniform(5, 62),
            "q2": rng.uniform(5, 45),
        }
        rows.append(value_rows(series, "2016Q1", "committee", f"c{area}", values, "s1"))
    return next(iter(cubes(series, table(*rows))))


def test_the_design_has_one_point_in_each_part_and_swaps_one_column_at_a_time():
    points = design(16, 3, seed=1)
    assert points.shape == (16 * 5, 3)
    a, b, *mixed = points.reshape(5, 16, 3)
    for block in (a, b):
        assert (np.sort(np.floor(block * 16), axis=0) == np.arange(16)[:, None]).all()
    for column in range(3):
        assert (mixed[column][:, column] == b[:, column]).all()
        others = [other for other in range(3) if other != column]
        assert (mixed[column][:, others] == a[:, others]).all()
    assert not (a == b).any()
    assert (design(16, 3, seed=1) == points).all()
    assert (design(16, 3, seed=2) != points).any()


def test_sobol_indices_of_an_additive_model_are_its_shares_of_variance():
    # y = 3a + 4b, uniform: variances 9/12 and 16/12; the third input does nothing
    found = analyse(lambda x: 3 * x[:, 0] + 4 * x[:, 1], 4096, 3, seed=2)
    assert found.first == pytest.approx([0.36, 0.64, 0], abs=0.03)
    assert found.total == pytest.approx([0.36, 0.64, 0], abs=0.02)
    assert found.run_count == 4096 * 5
    assert found.mean == pytest.approx(3.5, abs=0.01)
    assert found.variance == pytest.approx(25 / 12, rel=0.03)
    assert (found.first_half_width < 0.1).all()
    assert (found.total_half_width[:2] > 0).all()


def test_every_run_takes_part_in_the_width_of_a_sobol_index():
    # of two points the first alone depends on the input: resamples with and without it differ
    found = sobol_indices(np.array([0.0, 1.0, 1.0, 1.0, 3.0, 1.0]), 1, seed=1)
    assert found.first_half_width[0] > 0
    assert found.total_half_width[0] > 0


def test_sobol_indices_of_ishigami_s_function_are_the_known_ones():
    """Ishigami and Homma (1990), a = 7, b = 0.1: S = .3139, .4424, 0; ST = .5576, .4424, .2437."""

    def ishigami(x):
        a, b, c = (2 * np.pi * x - np.pi).T
        return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)

    found = analyse(ishigami, 8192, 3, seed=3)
    assert found.first == pytest.approx([0.3139, 0.4424, 0], abs=0.04)
    assert found.total == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.03)


def test_a_result_that_never_varies_hangs_on_nothing():
    found = sobol_indices(np.full(4 * 5, 2.0), 3, seed=1)
    assert (found.first == 0).all()
    assert (found.total == 0).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 5), st.integers(2, 6), st.integers(0, 10_000))
def test_the_smallest_shift_of_weights_ties_the_first_place_and_nothing_smaller_does(areas, parts, seed):
    rng = np.random.default_rng(seed)
    scores, weights = rng.uniform(40, 100, (areas, parts)), rng.uniform(1, 10, parts)
    found = smallest_weight_shift(scores, weights)
    totals = scores @ weights
    leader = int(np.argmax(totals))
    if found.rival < 0:
        assert (scores[leader] >= scores).all(axis=1).sum() == areas
        return
    assert found.weights.sum() == pytest.approx(weights.sum())
    assert (found.weights >= -1e-12).all()
    assert np.abs(found.weights - weights).sum() / 2 == pytest.approx(found.moved)
    assert scores[leader] @ found.weights == pytest.approx(scores[found.rival] @ found.weights)
    for _ in range(30):  # random smaller transfers never do it
        giver, receiver = rng.integers(0, parts, 2)
        moved = weights.copy()
        amount = min(weights[giver], found.moved * 0.99)
        moved[giver] -= amount
        moved[receiver] += amount
        assert np.argmax(scores @ moved) == leader


def test_a_leader_that_is_best_in_everything_stays_first():
    found = smallest_weight_shift(np.array([[90.0, 80], [80, 70]]), np.array([1.0, 1.0]))
    assert (found.rival, found.moved) == (-1, np.inf)


def test_the_rest_of_a_shift_comes_from_the_next_best_giver():
    # leads: 10, 4, −1; weights .1, 1, 1: gap 4; first giver closes 1.1 with all of its .1, the second 2.9/5 more
    scores = np.array([[10.0, 4, 0], [0, 0, 1]])
    found = smallest_weight_shift(scores, np.array([0.1, 1.0, 1.0]))
    assert found.moved == pytest.approx(0.1 + 2.9 / 5)
    assert found.weights == pytest.approx([0, 1 - 2.9 / 5, 1 + 0.1 + 2.9 / 5])


def test_moving_the_goalposts_is_moving_the_values():
    content, rng = small_content(), np.random.default_rng(2)
    values = rng.uniform([-20, -2, 0, -10], [120, 14, 70, 60], (200, 4))
    for shares in ((0.1, 0.0), (-0.1, 0.0), (0.0, 0.1), (0.05, -0.1)):
        moved = {
            "p1": (0 + 100 * shares[0], 100 + 100 * shares[1]), "p2": (10 - 10 * shares[0], 0 - 10 * shares[1]),
            "q1": ([10 + 10 * shares[0], 60 - 20 * shares[0]], [20 + 10 * shares[1], 40 - 20 * shares[1]]),
            "q2": (0 + 50 * shares[0], 50 + 50 * shares[1]),
        }  # fmt: skip
        for group in content["dimensions"]:
            for part in group["indicators"]:
                bad, good = moved[part["code"]]
                part["goalposts"] = {"impermissible": bad, "satisfactory": good}
        other = small_series(dimensions=content["dimensions"])
        there = np.ones((200, 4), dtype=bool)
        expected = score_values(other, values, there, there).indicator.score
        got = score_values(small_series(), with_goalposts_moved(values, small_series(), *shares), there, there)
        assert got.indicator.score == pytest.approx(expected)


def test_choices_change_what_they_say_and_nothing_else():
    series = small_series()
    assert {group.aggregation.method for group in Plan.of(with_aggregation(series, "harmonic")).groups} == {"harmonic"}
    exponential = other_function(series)
    assert (exponential.scoring.function, exponential.scoring.base, exponential.scoring.cap) == ("exponential", 60, 100)
    assert other_function(exponential).scoring == series.scoring
    assert other_function(small_series(scoring={"function": "z_score"}, bands=[])) is None
    plan = Plan.of(series)
    assert list(top_places(plan)) == [4, 5]
    equal = equal_weights(plan)
    assert equal.weight[:4] == pytest.approx([20, 20, 30, 30])
    assert equal.weight[4:6] == pytest.approx([50, 50])
    doubled = with_weights(plan, np.full((3, 6), 2.0))
    assert doubled.weight.shape == (3, 6)
    assert doubled.declared_share[0] == pytest.approx(plan.declared_share)
    assert Inputs.of(series).codes == ("weight_P", "weight_Q", "mean", "function", "impermissible", "satisfactory")


def test_every_choice_is_tried_once_and_the_series_itself_first():
    series = small_series(small_counts={"target": {"committee": "level"}})
    tried = list(scenarios(Plan.of(series), cube_of(series), 0))
    assert [one.code for one in tried] == [
        "series", "weight_more_P", "weight_less_P", "weight_more_Q", "weight_less_Q", "weight_equal", "mean_geometric",
        "mean_harmonic", "function_exponential", "goalpost_impermissible_easier", "goalpost_impermissible_harder",
        "goalpost_satisfactory_easier", "goalpost_satisfactory_harder", "small_counts_none", "without_p1",
        "without_p2", "without_q1", "without_q2", "without_P", "without_Q",
    ]  # fmt: skip
    ranks = {one.code: one.rank for one in tried}
    assert (ranks["small_counts_none"] == ranks["series"]).all()  # no indicator is counted
    assert (ranks["without_P"] != ranks["series"]).any()
    assert (ranks["weight_more_P"] != ranks["weight_less_P"]).any()


def test_leaving_an_indicator_out_ranks_by_the_others():
    series = small_series()
    cube = cube_of(series)
    ranks = {one.code: one.rank for one in scenarios(Plan.of(series), cube, 0)}
    score = score_values(series, cube.value, cube.is_scored, cube.is_applicable).indicator.score[0]
    by_hand = score[:, 0] * 0.4 + (score[:, 2] * 40 + score[:, 3] * 20) / 60 * 0.6
    rounded = np.floor(by_hand * 10 + 0.5 + 1e-8)
    assert (ranks["without_p2"] == 1 + (rounded[None] > rounded[:, None]).sum(axis=1)).all()


def test_a_window_s_own_quarter_is_a_choice_where_it_is_known():
    content = small_content()
    content["dimensions"][0]["indicators"][1]["window_quarter_count"] = 2
    series, rng, rows = small_series(dimensions=content["dimensions"]), np.random.default_rng(4), []
    for quarter, length in (("2016Q1", 1), ("2016Q2", 2)):
        for area in range(6):
            for code in series.indicator_codes:
                top, bottom = (rng.integers(5, 9) * length + (area if length == 2 else 0), 100.0 * length)
                if code != "p2":
                    top, bottom = 30.0, 100.0
                rows.append({"area_code": f"c{area}", "quarter": quarter, "indicator_code": code, "parent_code": "s",
                             "area_level_code": "committee", "numerator": float(top), "denominator": bottom,
                             "value": top / bottom * 100, "status_code": "observed",
                             "window_quarter_count": length if code == "p2" else 1})  # fmt: skip
    cube = next(iter(cubes(series, table(rows))))
    ranks = {one.code: one.rank for one in scenarios(Plan.of(series), cube, 1)}
    own = cube.numerator[1, :, 1] - cube.numerator[0, :, 1]
    assert (ranks["window_one_quarter"] == 1 + (own[None] < own[:, None]).sum(axis=1)).all()
    assert "window_one_quarter" not in {
        one.code for one in scenarios(Plan.of(small_series()), cube_of(small_series()), 0)
    }


def test_a_shift_is_the_mean_and_the_largest_distance_of_ranks():
    found = shifts([Scenario("series", np.array([1.0, 2, 3, np.nan])), Scenario("x", np.array([1.0, 3, 2, 1]))])
    assert found == [("x", pytest.approx(2 / 3), 1.0, False)]
    assert shift("y", np.array([1.0, 2]), np.array([2.0, 1])).is_first_another
    assert np.isnan(shift("z", np.array([np.nan]), np.array([1.0])).mean)


def test_the_joint_analysis_names_what_moves_the_ranks():
    series = small_series()
    cube = cube_of(series, count=10)
    found = method_sensitivity(Plan.of(series), cube, 0, sample_count=128)
    assert found.inputs == Inputs.of(series).codes
    assert found.indices.run_count == 128 * 8
    assert (found.indices.total > -0.01).all()
    assert found.indices.total.max() > 0.2
    nominal = score_values(series, cube.value, cube.is_scored, cube.is_applicable).rank[0]
    assert (found.rank_lower <= found.rank_upper).all()
    assert ((found.rank_lower <= nominal) & (nominal <= found.rank_upper)).mean() >= 0.8
    again = method_sensitivity(Plan.of(series), cube, 0, sample_count=128)
    assert (again.indices.total == found.indices.total).all()


def test_the_middle_of_all_inputs_is_the_series_itself():
    series = small_series()
    cube = cube_of(series, count=10)
    nominal = score_values(series, cube.value, cube.is_scored, cube.is_applicable).rank[0]
    middle = ranks_at(Plan.of(series), cube, 0, np.full((2, 6), 0.5), is_nominal=True)
    assert (middle == nominal).all()
    geometric = score_values(with_aggregation(series, "geometric"), cube.value, cube.is_scored, cube.is_applicable)
    half = np.array([[0.5, 0.5, 0.9, 0.1, 0.5, 0.5]])
    assert (ranks_at(Plan.of(series), cube, 0, half)[0] == geometric.rank[0]).all()
    heavier = Plan.of(series)
    heavier = with_weights(heavier, np.array([1, 1, 1, 1, 1.25, 0.75]))
    rank = score_values(heavier, cube.value, cube.is_scored, cube.is_applicable).rank[0]
    assert (ranks_at(Plan.of(series), cube, 0, np.array([[1, 0, 0.1, 0.1, 0.5, 0.5]]))[0] == rank).all()
    exponential = score_values(other_function(series), cube.value, cube.is_scored, cube.is_applicable).rank[0]
    assert (ranks_at(Plan.of(series), cube, 0, np.array([[0.5, 0.5, 0.1, 0.9, 0.5, 0.5]]))[0] == exponential).all()


def rank_by_hand(score, weights):
    """Ranks of the weighted mean, rounded to one decimal first; the higher is the better."""
    rounded = np.floor(score @ (np.array(weights) / sum(weights)) * 10 + 0.5 + 1e-8)
    return 1 + (rounded[None] > rounded[:, None]).sum(axis=1)


def test_a_weight_goes_a_quarter_up_and_down():
    """P weighs 40 (p1 30, p2 10) and Q 60 (q1 40, q2 20): a quarter more of P is 50 against 60, a quarter less 30."""
    series = small_series()
    cube = cube_of(series, count=30, seed=8)
    score = score_values(series, cube.value, cube.is_scored, cube.is_applicable).indicator.score[0]
    ranks = {one.code: one.rank for one in scenarios(Plan.of(series), cube, 0)}
    by_hand = {
        "series": (30, 10, 40, 20), "weight_more_P": (37.5, 12.5, 40, 20), "weight_less_P": (22.5, 7.5, 40, 20),
        "weight_more_Q": (30, 10, 50, 25), "weight_less_Q": (30, 10, 30, 15), "weight_equal": (25, 25, 25, 25),
        "without_P": (0, 0, 40, 20), "without_q1": (30, 10, 0, 60),
    }  # fmt: skip
    for code, weights in by_hand.items():
        assert (ranks[code] == rank_by_hand(score, weights)).all(), code
    assert len({tuple(ranks[code]) for code in by_hand}) == len(by_hand)
    plan = Plan.of(series)
    tripled = with_weights(plan, np.array([1, 1, 1, 1, 3, 1.0]))
    assert tripled.weight[4:6] == pytest.approx(plan.weight[4:6] * [3, 1])


def test_one_goalpost_is_moved_and_the_other_stays():
    series = small_series()
    cube = cube_of(series, count=30, seed=8)
    ranks = {one.code: one.rank for one in scenarios(Plan.of(series), cube, 0)}
    moves = {
        "impermissible_easier": (-0.1, 0), "impermissible_harder": (0.1, 0), "satisfactory_easier": (0, -0.1),
        "satisfactory_harder": (0, 0.1),
    }  # fmt: skip
    for code, shares in moves.items():
        moved = with_goalposts_moved(cube.value, series, *shares)
        score = score_values(series, moved, cube.is_scored, cube.is_applicable).indicator.score[0]
        assert (ranks[f"goalpost_{code}"] == rank_by_hand(score, (30, 10, 40, 20))).all(), code
    assert len({tuple(ranks[f"goalpost_{code}"]) for code in moves}) == len(moves)


def test_an_exponential_score_needs_a_base_above_nought():
    low, one = (small_series(scoring={"function": "linear", "base": base, "span": 60}, bands=[]) for base in (0.0, 1.0))
    assert other_function(low) is None
    assert other_function(one).scoring.function == "exponential"


def test_of_two_rivals_equally_near_the_first_is_named():
    # the leader is 2 ahead on one and 1 behind on the other: gap 1, a unit moved closes 3
    found = smallest_weight_shift(np.array([[10.0, 0], [8, 1], [8, 1]]), np.array([1.0, 1.0]))
    assert found.rival == 1
    assert found.moved == pytest.approx(1 / 3)
    assert found.weights == pytest.approx([2 / 3, 4 / 3])


def test_a_rival_that_draws_level_needs_no_shift():
    found = smallest_weight_shift(np.array([[9.0, 1], [1, 9]]), np.array([1.0, 1.0]))
    assert (found.rival, found.moved) == (1, 0.0)
    assert found.weights == pytest.approx([1, 1])


def test_the_last_indicator_s_weight_may_be_what_it_takes():
    # leads 4 and 0: all of the first weight must go before the two are level
    found = smallest_weight_shift(np.array([[5.0, 1], [1, 1]]), np.array([0.5, 2.0]))
    assert (found.rival, found.moved) == (1, 0.5)
    assert found.weights == pytest.approx([0, 2.5])


def test_the_question_may_be_asked_of_another_area_than_the_first():
    # the second area leads nobody: area 0 is ahead already, so nothing need be moved
    found = smallest_weight_shift(np.array([[9.0, 9], [8, 8]]), np.array([1.0, 1.0]), leader=1)
    assert (found.rival, found.moved) == (0, 0.0)


@pytest.mark.parametrize(("method", "count", "seed"), [("arithmetic", 10, 5), ("geometric", 20, 8)])
def test_the_joint_analysis_is_of_the_mean_shift_from_the_series_s_own_ranks(method, count, seed):
    content = small_content()
    content |= {"uncertainty": {"coverage": 0.8}, "aggregation": [{"method": method}]}
    series = small_series(**content)
    cube, plan = cube_of(series, count, seed), Plan.of(series)
    found = method_sensitivity(plan, cube, 0, seed=4)
    points = design(512, 6, seed=4)
    tried = ranks_at(plan, cube, 0, points)
    own = score_values(series, cube.value, cube.is_scored, cube.is_applicable).rank[0]
    if method == "geometric":  # the other function begins in the middle
        assert (ranks_at(plan, cube, 0, np.full((1, 6), 0.5))[0] != own).any()
    shift_of_run = np.abs(tried - own).mean(axis=1)
    expected = sobol_indices(shift_of_run, 6, 4)
    assert found.indices.run_count == 512 * 8
    assert found.indices.first == pytest.approx(expected.first, abs=1e-5)
    assert found.indices.mean == pytest.approx(shift_of_run[:1024].mean(), abs=1e-6)
    # the middle 80 % of the ranks under the 1,024 combinations that are independent: the blocks A and B
    ordered = np.sort(tried[:1024], axis=0)
    assert (found.rank_lower == ordered[int(np.ceil(0.1 * 1024)) - 1]).all()
    assert (found.rank_upper == ordered[int(np.ceil(0.9 * 1024)) - 1]).all()


def test_an_area_without_a_rank_does_not_thin_out_the_mean_shift():
    series = small_series()
    rng, rows = np.random.default_rng(5), []
    for area in range(6):
        values = {"p1": rng.uniform(20, 95), "p2": rng.uniform(1, 9), "q1": rng.uniform(5, 62), "q2": 30.0}
        values = dict.fromkeys(values, "missing") if area == 5 else values
        rows.append(value_rows(series, "2016Q1", "committee", f"c{area}", values, "s1"))
    plan = Plan.of(series)
    with_gap, without = (next(iter(cubes(series, table(*part)))) for part in (rows, rows[:5]))
    found, expected = (method_sensitivity(plan, cube, 0, sample_count=16) for cube in (with_gap, without))
    assert found.indices.mean == pytest.approx(expected.indices.mean)
    assert np.isnan(found.rank_lower[5])
