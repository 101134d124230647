"""Efficacy coefficients, weights, ranks and bands, with values worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_index.method.aggregation import aggregate, weights_in_force
from safety_index.method.plan import Plan
from safety_index.method.ranking import bands, ranks, round_half_away
from safety_index.method.scoring import indicator_scores
from safety_index.series.declaration import load_series
from safety_index.series.settings import RankRule
from tests.unit.safety_index_builders import small_content, small_series

DEFAULT = load_series()
CODES = list(DEFAULT.indicator_codes)


def efficacy(code: str, *values: float):
    """Scores of one indicator of the default series."""
    table = np.full((len(values), len(CODES)), np.nan)
    table[:, CODES.index(code)] = values
    result = indicator_scores(table, DEFAULT.indicators, DEFAULT.scorings)
    return [part[:, CODES.index(code)].tolist() for part in result]


def test_a_positive_indicator_scores_60_at_the_impermissible_and_100_at_the_satisfactory_value():
    # A1 from 85 to 99: 92 is half of the way, 60 + 40·0.5 = 80; 88.5 a quarter of it, 70.
    assert efficacy("A1", 85, 88.5, 92, 99)[0] == pytest.approx([60, 70, 80, 100])


def test_a_negative_indicator_scores_more_for_less():
    # B1 from 12 to 2: 7 is half of the way, 80; 4.5 three quarters of it, 90; 14.5 a quarter beyond 12, 60 − 10 = 50.
    assert efficacy("B1", 12, 7, 4.5, 2, 14.5)[0] == pytest.approx([60, 80, 90, 100, 50])


def test_a_moderate_indicator_falls_on_both_sides_of_its_ideal_interval():
    # C2, ideal 2,500 to 4,000, impermissible below 1,500 and above 6,500.
    # 2,000: (2,000 − 1,500) ÷ 1,000 = 0.5, so 80. 5,250: (6,500 − 5,250) ÷ 2,500 = 0.5, so 80.
    # 1,000: −0.5, so 40. 7,750: −0.5, so 40, which is the floor itself and not clamped.
    values = 1500, 2000, 2500, 3000, 4000, 5250, 6500, 1000, 7750
    score, unclamped, is_clamped = efficacy("C2", *values)
    assert score == pytest.approx([60, 80, 100, 100, 100, 80, 60, 40, 40])
    assert unclamped == pytest.approx(score)
    assert not any(is_clamped)


def test_what_floor_and_cap_cut_off_is_kept_and_flagged():
    # B1: 20 is 0.8 beyond 12, 60 − 32 = 28, raised to 40. 0 is 0.2 beyond 2, 108, lowered to 100.
    score, unclamped, is_clamped = efficacy("B1", 20, 0, 2)
    assert score == pytest.approx([40, 100, 100])
    assert unclamped == pytest.approx([28, 108, 100])
    assert is_clamped == [True, True, False]


def test_no_value_gives_no_score_and_is_not_clamped():
    score, unclamped, is_clamped = efficacy("D1", np.nan)
    assert np.isnan(score[0])
    assert np.isnan(unclamped[0])
    assert is_clamped == [False]


@pytest.mark.parametrize("code", [code for code in CODES if code != "C2"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_better_value_never_lowers_the_score(code, data):
    indicator = DEFAULT.indicators[CODES.index(code)]
    bad, good = indicator.goalposts.impermissible, indicator.goalposts.satisfactory
    low, high = sorted(data.draw(st.tuples(st.floats(-1, 2), st.floats(-1, 2))))
    worse, better = efficacy(code, bad + low * (good - bad), bad + high * (good - bad))[0]
    assert worse <= better + 1e-9
    if 0 < low < high - 1e-6 < 1 - 1e-6:
        assert worse < better


@given(st.floats(0, 10_000), st.floats(0, 10_000))
@settings(max_examples=50, deadline=None)
def test_a_moderate_indicator_never_scores_less_nearer_to_its_ideal_interval(first, second):
    for side in (lambda x: x <= 2500, lambda x: x >= 4000):
        if side(first) and side(second):
            nearer, farther = sorted((first, second), key=lambda x: abs(x - 3250))
            scores = efficacy("C2", nearer, farther)[0]
            assert scores[0] >= scores[1]


def scored_flags(*rows: str) -> tuple[np.ndarray, np.ndarray]:
    """Flags (is_scored, is_applicable) from a letter for each indicator: o observed, n not applicable, m missing."""
    letters = np.array([list(row) for row in rows])
    return letters == "o", letters != "n"


def composite(scores: list[float], row: str):
    plan = Plan.of(small_series())
    weights = weights_in_force(plan, *scored_flags(row))
    dimensions, index = aggregate(plan, np.array([scores], dtype=float), weights)
    return weights, dimensions[0], index[0]


def test_the_index_is_the_weighted_mean_of_the_scores():
    # (30·80 + 10·60 + 40·100 + 20·70) ÷ 100 = 84; P: (30·80 + 10·60) ÷ 40 = 75; Q: (40·100 + 20·70) ÷ 60 = 90.
    weights, dimensions, index = composite([80, 60, 100, 70], "oooo")
    assert index == pytest.approx(84)
    assert dimensions == pytest.approx([75, 90])
    assert weights.in_index[0] == pytest.approx([0.3, 0.1, 0.4, 0.2])


def test_the_weight_of_what_does_not_apply_is_spread_inside_its_dimension():
    # p1 does not apply: P is p2 alone, 60, with the whole weight 40. Index 0.4·60 + 0.6·90 = 78.
    weights, dimensions, index = composite([np.nan, 60, 100, 70], "nooo")
    assert dimensions == pytest.approx([60, 90])
    assert index == pytest.approx(78)
    assert weights.in_index[0] == pytest.approx([0, 0.4, 0.4, 0.2])
    assert weights.has_enough_data.all()


def test_a_missing_value_is_not_one_that_does_not_apply():
    # p1 (30 of 40) missing: only 25 % of P is there, below 70 %, so P has no score; 60 % of the index is there: no
    # rank.
    weights, dimensions, index = composite([np.nan, 60, 100, 70], "mooo")
    assert np.isnan(dimensions[0])
    assert index == pytest.approx(90)
    assert not weights.has_enough_data.any()
    # p2 (10 of 40) missing: 75 % of P and 90 % of the index are there, so P scores 80 and the area is ranked.
    weights, dimensions, index = composite([80, np.nan, 100, 70], "omoo")
    assert dimensions == pytest.approx([80, 90])
    assert index == pytest.approx(0.4 * 80 + 0.6 * 90)
    assert weights.has_enough_data.all()


def test_exactly_the_threshold_is_enough():
    # 28 of 40 is 70 % of P, and 28 + 60 of 100 is 88 % of the index.
    content = small_content()
    for part, weight in zip(content["dimensions"][0]["indicators"], (28, 12), strict=True):
        part["weight"] = weight
    for index_share, is_ranked in ((0.8, True), (0.88, True), (0.881, False)):
        content["data_thresholds"] = {"dimension_weight_share": 0.7, "index_weight_share": index_share}
        found = weights_in_force(Plan.of(small_series(**content)), *scored_flags("omoo"))
        assert found.in_group[0, 4:] == pytest.approx([0.4, 0.6])
        assert found.has_enough_data.all() == is_ranked


def test_a_dimension_that_does_not_apply_leaves_its_weight_to_the_others():
    weights, dimensions, index = composite([80, 60, np.nan, np.nan], "oonn")
    assert np.isnan(dimensions[1])
    assert index == pytest.approx(75)
    assert weights.has_enough_data.all()


def test_an_area_without_any_value_has_no_score():
    for row in ("nnnn", "mmmm"):
        weights, dimensions, index = composite([np.nan] * 4, row)
        assert np.isnan(index)
        assert np.isnan(dimensions).all()
        assert not weights.has_enough_data.any()


@given(st.floats(0.01, 100), st.lists(st.floats(40, 100), min_size=4, max_size=4))
@settings(max_examples=30, deadline=None)
def test_scaling_all_weights_changes_no_score(factor, scores):
    content = small_content()
    content["weight_total"] *= factor
    for dimension in content["dimensions"]:
        dimension["weight"] *= factor
        for part in dimension["indicators"]:
            part["weight"] *= factor
    flags = scored_flags("ooon")
    indices = []
    for series in (small_series(), small_series(**content)):
        plan = Plan.of(series)
        indices.append(aggregate(plan, np.array([scores]), weights_in_force(plan, *flags))[1])
    assert indices[0] == pytest.approx(indices[1], abs=1e-9)


@given(st.lists(st.text("onm", min_size=4, max_size=4), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_effective_weights_are_shares_that_add_up_to_one_wherever_there_is_a_score(rows):
    is_scored, is_applicable = scored_flags(*rows)
    weights = weights_in_force(Plan.of(small_series()), is_scored, is_applicable)
    total = weights.in_index.sum(axis=-1)
    assert np.all(np.isclose(total, 1) | (total == 0))
    assert np.all(weights.in_index[~is_scored] == 0)
    assert np.all((weights.in_index >= 0) & (weights.in_index <= 1 + 1e-12))


def test_rounding_is_half_away_from_zero_and_does_not_depend_on_the_last_bit():
    assert round_half_away(np.array([84.25, -84.25, 84.24, 0.1 + 0.2 + 83.95]), 1).tolist() == [84.3, -84.3, 84.2, 84.3]
    assert round_half_away(np.array([84.249999999999986]), 1).tolist() == [84.3]
    assert np.isnan(round_half_away(np.array([np.nan]), 1)).all()


def test_equal_rounded_scores_share_the_first_of_their_places():
    # 90.04 and 89.96 both round to 90.0; 88.0 follows in place 4, and the area without a score has none.
    scores = np.array([90.04, 95.0, np.nan, 89.96, 88.0])
    assert ranks(scores, RankRule(decimals=1, ties="min"))[[0, 1, 3, 4]].tolist() == [2, 1, 2, 4]
    assert ranks(scores, RankRule(decimals=1, ties="max"))[[0, 1, 3, 4]].tolist() == [3, 1, 3, 4]
    assert ranks(scores, RankRule(decimals=1, ties="mean"))[[0, 1, 3, 4]].tolist() == [2.5, 1, 2.5, 4]
    assert ranks(scores, RankRule(decimals=1, ties="dense"))[[0, 1, 3, 4]].tolist() == [2, 1, 2, 3]
    assert ranks(scores, RankRule(decimals=2, ties="min"))[[0, 1, 3, 4]].tolist() == [2, 1, 3, 4]
    assert ranks(scores, RankRule(decimals=None, ties="min"))[[0, 1, 3, 4]].tolist() == [2, 1, 3, 4]
    lowest = RankRule(decimals=1, ties="min", order="lowest_first")
    assert ranks(scores, lowest)[[0, 1, 3, 4]].tolist() == [2, 4, 2, 1]
    assert np.isnan(ranks(scores, lowest)[2])
    assert np.isnan(ranks(scores, RankRule(decimals=1, ties="min"))[2])


@given(
    st.lists(st.one_of(st.floats(40, 100), st.sampled_from([70.0, 80.0, float("nan")])), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
@settings(max_examples=60, deadline=None)
def test_ranks_are_valid_whatever_the_ties_and_follow_a_permutation_of_the_areas(scores, random):
    scores = np.array(scores)
    rank = ranks(scores, RankRule(decimals=1, ties="min"))
    rounded = round_half_away(scores, 1)
    for place, value in zip(rank, rounded, strict=True):
        assert np.isnan(place) == np.isnan(value)
        if not np.isnan(place):
            assert place == 1 + np.sum(rounded > value)
    order = list(range(len(scores)))
    random.shuffle(order)
    assert np.array_equal(ranks(scores[order], RankRule(decimals=1, ties="min")), rank[order], equal_nan=True)


def test_ranks_are_taken_along_the_areas_for_any_leading_axes():
    scores = np.random.default_rng(7).uniform(60, 100, (3, 4, 9))
    rule = RankRule(decimals=1, ties="min")
    together = ranks(scores, rule)
    for first in range(3):
        for second in range(4):
            assert np.array_equal(together[first, second], ranks(scores[first, second], rule))


def test_a_band_holds_the_scores_from_its_minimum_as_published():
    # 79.95 is published as 80.0 and stands in the band from 80.
    series = small_series()
    result = bands(np.array([95.0, 90.0, 89.94, 79.95, 79.94, 40.0, np.nan]), series.bands, series.rank.decimals)
    assert result.tolist() == ["high", "high", "middle", "middle", "low", "low", None]
