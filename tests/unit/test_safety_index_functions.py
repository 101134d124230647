"""Every scoring function and transformation, with values worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from safety_index.method.goalposts import GoalpostArrays
from safety_index.method.scores import score_values
from safety_index.method.scoring import indicator_scores
from safety_index.series.declaration import Indicator, parse_series
from safety_index.series.scoring_settings import (
    BenchmarkRatio,
    Exponential,
    ExponentialRank,
    Linear,
    Logarithmic,
    MinMax,
    PercentileRank,
    Power,
    Rank,
    Tiered,
    ZScore,
)
from tests.unit.safety_index_builders import indicator, small_content


def one(polarity: str = "positive", **fields) -> Indicator:
    return Indicator.model_validate({"code": "x", "polarity": polarity, "weight": 1} | fields)


def posts(bad, good) -> dict:
    return {"goalposts": {"impermissible": bad, "satisfactory": good}}


def scores(scoring, indicator, *values, base=None):
    """Scores of one indicator in as many areas as there are values."""
    own_base = None if base is None else np.array(base, dtype=float)[:, None]
    found = indicator_scores(np.array(values, dtype=float)[:, None], [indicator], [scoring], own_base)
    return found.score[:, 0].tolist()


def test_the_exponential_coefficient_grows_faster_near_the_satisfactory_value():
    # 60·(100/60)^t: t = ½ gives √6000 = 77.459667; t = −½ gives 60·√0.6 = 46.475800.
    found = scores(Exponential(), one(**posts(0, 10)), 0, 5, 10, -5)
    assert found == pytest.approx([60, 77.459667, 100, 46.475800], abs=1e-6)
    # The same function as it is written in Chinese sources: A·e^(B·t) with A = 60 and B = −ln 0.6.
    assert found[1] == pytest.approx(60 * math.exp(-math.log(0.6) * 0.5))
    # Negative: 2.5 is ¾ of the way from 10 to 0: 60·(5/3)^¾ = 88.011173.
    assert scores(Exponential(), one("negative", **posts(10, 0)), 2.5) == pytest.approx([88.011173], abs=1e-6)


def test_the_logarithmic_coefficient_is_linear_in_the_logarithm():
    # From 10 to 1000, 100 is half of the way: 80. 1: ln(1/10) ÷ ln 100 = −½: 40. Zero and below have no logarithm.
    found = scores(Logarithmic(), one(**posts(10, 1000)), 10, 100, 1000, 1, 0, -3)
    assert found == pytest.approx([60, 80, 100, 40, np.nan, np.nan], nan_ok=True)
    assert scores(Logarithmic(), one("negative", **posts(1000, 10)), 100) == pytest.approx([80])
    # Moderate from 1 over [10, 20] to 400: 200 is ln(400/200) ÷ ln(400/20) = 0.2313782.
    found = scores(Logarithmic(), one("moderate", **posts([1, 400], [10, 20])), 15, 200, math.sqrt(10))
    assert found == pytest.approx([100, 60 + 40 * 0.2313782, 80], abs=1e-5)


def test_the_power_coefficient_bends_and_keeps_the_sign_below_the_impermissible_value():
    # t = ½: ½² = ¼ gives 70; √½ gives 88.284271. t = −½ with 2: 60 − 40·¼ = 50.
    assert scores(Power(power=2), one(**posts(0, 10)), 0, 5, 10, -5) == pytest.approx([60, 70, 100, 50])
    assert scores(Power(power=0.5), one(**posts(0, 10)), 5) == pytest.approx([88.284271], abs=1e-6)


def test_the_original_coefficient_and_other_constants_are_settings():
    # 功效系数 from 0 to 1, and 50 + 50·t; a quarter of the way from 20 to 60 is 30.
    assert scores(Linear(base=0, span=1), one(**posts(20, 60)), 30, 70) == pytest.approx([0.25, 1.25])
    assert scores(Linear(base=50, span=50), one(**posts(20, 60)), 30) == pytest.approx([62.5])


def test_a_moderate_indicator_may_have_an_ideal_point():
    # From 1 over 1.5 to 3: 1.25 and 2.25 are half of the way.
    assert scores(Linear(), one("moderate", **posts([1, 3], 1.5)), 1.5, 1.25, 2.25) == pytest.approx([100, 80, 80])


TIERS = {
    "tiers": [{"value": value, "score": score} for value, score in ((2, 20), (4, 40), (6, 60), (8, 80), (12, 100))]
}


def test_a_tiered_score_lies_on_the_line_between_two_grades():
    # 10 lies halfway from 8 to 12: 80 + ½·20 = 90. 5: 40 + ½·20 = 50. Beyond the ends the end's score holds.
    assert scores(Tiered(), one(**TIERS), 10, 5, 2, 12, 1, 20) == pytest.approx([90, 50, 20, 100, 20, 100])
    assert scores(Tiered(beyond=0), one(**TIERS), 1, 2, 20) == pytest.approx([0, 20, 100])
    # The line goes on at 10 a unit below 2 and at 5 a unit above 12.
    assert scores(Tiered(beyond="extrapolate"), one(**TIERS), 1, 13) == pytest.approx([10, 105])
    assert np.isnan(scores(Tiered(beyond=0), one(**TIERS), np.nan)[0])


def test_tiers_of_negative_and_moderate_indicators_fall():
    falling = {"tiers": [{"value": 1, "score": 100}, {"value": 3, "score": 60}, {"value": 5, "score": 0}]}
    assert scores(Tiered(), one("negative", **falling), 0, 2, 4, 6) == pytest.approx([100, 80, 30, 0])
    assert scores(Tiered(beyond=-10), one("negative", **falling), 0, 6) == pytest.approx([100, -10])
    both = {"tiers": [{"value": 0, "score": 0}, {"value": 2, "score": 100}, {"value": 6, "score": 0}]}
    assert scores(Tiered(beyond=-10), one("moderate", **both), 1, 4, -1, 7) == pytest.approx([50, 50, -10, -10])


def test_steps_give_the_score_of_the_best_tier_reached():
    assert scores(Tiered(between="step"), one(**TIERS), 1, 2, 3.9, 4, 12, 30) == [20, 20, 20, 40, 100, 100]
    falling = {"tiers": [{"value": 1, "score": 5}, {"value": 3, "score": 3}, {"value": 5, "score": 1}]}
    assert scores(Tiered(between="step"), one("negative", **falling), 0, 1, 1.1, 3, 5, 9) == [5, 5, 3, 3, 1, 1]
    assert scores(Tiered(between="step", beyond=0), one("negative", **falling), 5, 9) == [1, 0]


def test_min_max_between_goalposts_is_clipped_or_not():
    posted = one(**posts(20, 85))
    assert scores(MinMax(), posted, 52.5, 90, 10) == pytest.approx([0.5, 1, 0])
    assert scores(MinMax(clip=False), posted, 98, 7) == pytest.approx([1.2, -0.2])
    assert scores(MinMax(low=1, high=100), posted, 52.5) == pytest.approx([50.5])
    assert scores(MinMax(floor=0.3), posted, 10) == pytest.approx([0.3])


def test_min_max_within_the_sample_depends_on_direction_and_period():
    sample = MinMax(bounds="each_period", high=100)
    assert scores(sample, one(), 2, 4, 10) == pytest.approx([0, 25, 100])
    assert scores(sample, one("negative"), 2, 4, 10) == pytest.approx([100, 75, 0])
    # Distances from [3, 4] are 1, 0 and 6.
    ideal = one("moderate", goalposts={"satisfactory": [3, 4]})
    assert scores(sample, ideal, 2, 4, 10) == pytest.approx([100 * 5 / 6, 100, 0])
    assert scores(sample, one(), 7, 7) == [50, 50]
    two_periods = np.array([[[2.0], [4.0]], [[6.0], [10.0]]])
    each = indicator_scores(two_periods, [one()], [sample]).score[..., 0]
    every = indicator_scores(two_periods, [one()], [MinMax(bounds="all_periods", high=100)]).score[..., 0]
    assert each.tolist() == [[0, 100], [0, 100]]
    assert every.tolist() == [[0, 25], [50, 100]]


def test_a_z_score_is_in_standard_deviations_of_the_sample():
    # 2, 4, 6: mean 4, deviation 2 with n − 1 and √(8/3) = 1.632993 with n.
    assert scores(ZScore(), one(), 2, 4, 6) == pytest.approx([-1, 0, 1])
    assert scores(ZScore(lost_degrees=0), one(), 6) == [0]
    assert scores(ZScore(lost_degrees=0), one(), 2, 4, 6) == pytest.approx([-1.224745, 0, 1.224745], abs=1e-6)
    assert scores(ZScore(centre=100, scale=10), one("negative"), 2, 4, 6) == pytest.approx([110, 100, 90])
    assert scores(ZScore(centre=5), one(), 3, 3) == [5, 5]
    periods = np.array([[[2.0], [4.0]], [[6.0], [8.0]]])
    found = indicator_scores(periods, [one()], [ZScore(sample="all_periods", lost_degrees=0)]).score.ravel()
    assert found == pytest.approx(np.array([-3, -1, 1, 3]) / math.sqrt(5))


def test_percentile_ranks_have_three_forms_and_share_ties():
    assert scores(PercentileRank(), one(), 5, 1, 3, 3, 9) == pytest.approx([75, 0, 37.5, 37.5, 100])
    assert scores(PercentileRank(form="to_one", ties="min"), one(), 5, 1, 3, 3) == pytest.approx([100, 25, 50, 50])
    assert scores(PercentileRank(form="midpoint", ties="max"), one(), 5, 1, 3, 3) == pytest.approx(
        [87.5, 12.5, 62.5, 62.5]
    )
    assert scores(PercentileRank(low=1, high=5), one("negative"), 1, 2, 3) == pytest.approx([5, 3, 1])
    assert scores(PercentileRank(), one(), 7) == [50]
    # Values that differ only in the last bits are equal.
    assert scores(Rank(ties="mean"), one(), 0.3, 0.1 + 0.2, 1000) == [1.5, 1.5, 3]


def test_the_rank_itself_may_be_the_score():
    assert scores(Rank(), one(), 5, 1, 3, 3, np.nan) == pytest.approx([4, 1, 2, 2, np.nan], nan_ok=True)
    assert scores(Rank(), one("negative"), 5, 1, 3, 3) == [1, 4, 2, 2]
    periods = np.array([[[2.0], [9.0]], [[6.0], [8.0]]])
    assert indicator_scores(periods, [one()], [Rank(sample="all_periods")]).score.ravel().tolist() == [1, 4, 2, 3]
    assert indicator_scores(periods, [one()], [Rank()]).score.ravel().tolist() == [1, 2, 1, 2]


def test_the_exponential_transformation_spreads_the_worst_tenth_over_half_of_the_scale():
    # R = r ÷ 10. R = 1: −23·ln(e^(−100/23)) = 100. R = 0.9: −23·ln(1 − 0.9·(1 − e^(−100/23))) = 50.3 (technical report:
    # the most deprived tenth lies between 50 and 100).
    found = scores(ExponentialRank(), one(), *range(1, 11))
    assert found[9] == pytest.approx(100)
    assert found[8] == pytest.approx(-23 * math.log(1 - 0.9 * (1 - math.exp(-100 / 23))))
    assert 50 < found[8] < 51
    assert scores(ExponentialRank(constant=50), one(), *range(1, 11))[9] == pytest.approx(100)


def test_an_individual_index_is_the_value_against_its_benchmark():
    ratio = BenchmarkRatio()
    assert scores(ratio, one(benchmark=50), 55, 0) == pytest.approx([110, 0])
    # Mirrored 100·(2 − 30/40) = 125; 100 against 40 is −50, raised to the floor of 0.
    assert scores(ratio, one("negative", benchmark=40), 30, 100, 0) == pytest.approx([125, 0, 200])
    assert scores(BenchmarkRatio(negative="reciprocal"), one("negative", benchmark=40), 32, 0) == pytest.approx(
        [125, np.nan], nan_ok=True
    )
    # (40 + 10) ÷ (30 + 10) = 1.25.
    smooth = BenchmarkRatio(negative="smoothed", smoothing=10)
    assert scores(smooth, one("negative", benchmark=40), 30, 0) == pytest.approx([125, 500])
    assert scores(BenchmarkRatio(scale=1), one(benchmark=50), 55) == pytest.approx([1.1])


def test_an_individual_index_of_a_moderate_indicator_falls_with_the_distance_from_the_ideal():
    assert scores(BenchmarkRatio(), one("moderate", benchmark=50), 50, 40, 65, 200) == pytest.approx([100, 80, 70, 0])
    interval = one("moderate", goalposts={"satisfactory": [40, 50]})
    assert scores(BenchmarkRatio(), interval, 45, 30, 60) == pytest.approx([100, 75, 80])


def test_an_area_may_be_its_own_benchmark():
    own = BenchmarkRatio(base="year_ago")
    assert scores(own, one(), 6, 6, 6, base=[5, 0, np.nan]) == pytest.approx([120, np.nan, np.nan], nan_ok=True)
    with pytest.raises(ValueError, match="year_ago need the base values"):
        scores(own, one(), 6)


def test_transformations_take_the_goalposts_along():
    # HDI income index: (ln 11250 − ln 100) ÷ (ln 75000 − ln 100).
    income = one(transformation="natural_log", **posts(100, 75000))
    assert scores(MinMax(), income, 11250) == pytest.approx([math.log(112.5) / math.log(750)])
    assert np.isnan(scores(MinMax(), income, 0)[0])
    # Ranks 1, 2.5, 2.5, 4 between goalposts of rank 1 and 4.
    ranked = one(transformation="rank", **posts(1, 4))
    assert scores(MinMax(), ranked, 10, 30, 30, 99) == pytest.approx([0, 0.5, 0.5, 1])
    assert scores(BenchmarkRatio(base="previous"), one(transformation="natural_log"), 100, base=[10]) == pytest.approx(
        [200]
    )


def test_scores_are_rounded_after_clamping_half_away_from_zero():
    assert scores(MinMax(decimals=3), one(**posts(0, 1)), 0.1235, 0.12349, 2) == [0.124, 0.123, 1]


def test_what_was_cut_off_is_kept_and_flagged_for_each_function_in_a_mixture():
    content = small_content()
    content["dimensions"][0]["indicators"] = [
        indicator("p1", 30, "positive", 0, 100),
        indicator("p2", 10, "positive", 0, 10, scoring={"function": "min_max", "high": 50}),
    ]
    series = parse_series(content)
    flags = np.ones((1, 4), dtype=bool)
    found = score_values(series, np.array([[150.0, 12, 30, 12.5]]), flags, flags).indicator
    assert found.score[0].tolist() == pytest.approx([100, 50, 100, 70])
    assert found.unclamped[0].tolist() == pytest.approx([120, 60, 100, 70])
    assert found.is_clamped[0].tolist() == [True, True, False, False]
    lean = score_values(series, np.array([[150.0, 12, 30, 12.5]]), flags, flags, with_unclamped=False)
    assert lean.indicator.unclamped is lean.indicator.is_clamped is None
    np.testing.assert_array_equal(lean.indicator.score, found.score)


def test_scores_keep_the_type_of_the_values_and_leave_them_alone():
    series, flags = parse_series(small_content()), np.ones((1, 4), dtype=bool)
    values = np.array([[50, 10, 30, 12.5]], dtype=np.float32)
    found = score_values(series, values, flags, flags)
    assert found.indicator.score.dtype == found.groups.dtype == np.float32
    assert values.tolist() == [[50, 10, 30, 12.5]]
    assert found.index == pytest.approx([84], abs=1e-4)
    assert score_values(series, np.array([[50, 10, 30, 12]]), flags, flags).index[0] == pytest.approx(83.92)


def test_a_sample_that_varies_little_is_still_measured_in_its_own_deviations():
    assert scores(ZScore(), one(), 0.2, 0.4, 0.6) == pytest.approx([-1, 0, 1])
    assert scores(ZScore(), one(), 0, 0) == [0, 0]


def test_values_that_agree_in_twelve_digits_of_the_largest_share_a_rank():
    # 5 is below 10, so a unit is 10 ÷ 10¹²
    assert scores(Rank(), one(), 5, 5 + 2e-12) == [1, 1]
    assert scores(Rank(), one(), 5, 5 + 2e-11) == [1, 2]
    # 0.005 is below 0.01: a unit is 10⁻¹⁴
    assert scores(Rank(), one(), 0.005, 0.005 + 2e-15) == [1, 1]
    assert scores(Rank(), one(), 0.005, 0.005 + 2e-14) == [1, 2]
    assert scores(Rank(), one(), 0, 0) == [1, 1]


def test_goalposts_of_indicators_without_a_moderate_one_have_no_falling_side():
    found = GoalpostArrays.of([one(**posts(0, 10)), one("negative", **posts(5, 1))], lambda values: values)
    assert (found.start.tolist(), found.end.tolist()) == ([0, 5], [10, 1])
    assert found.moderate.size == found.fall_start.size == found.fall_end.size == 0
    mixed = GoalpostArrays.of([one(**posts(0, 10)), one("moderate", **posts([1, 9], [3, 4]))], lambda values: values)
    assert mixed.moderate.tolist() == [1]
    assert (mixed.fall_start.tolist(), mixed.fall_end.tolist()) == ([9], [4])
