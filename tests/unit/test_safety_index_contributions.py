"""What each indicator adds to an index and to its change, worked by hand for each mean."""

from __future__ import annotations

import numpy as np
import pytest

from safety_index.method.aggregation import aggregate, weights_in_force
from safety_index.method.changes import Result, change_terms, points
from safety_index.method.plan import Plan
from safety_index.series.declaration import parse_series


def plan_of(mean: str, **rule) -> Plan:
    """Two indicators of equal weight in one group."""
    parts = [{"code": code, "polarity": "positive", "weight": 1, "benchmark": 1} for code in ("a", "b")]
    content = {
        "code": "two",
        "title": "Two",
        "valid_from": 2016,
        "scoring": {"function": "rank"},
        "aggregation": [{"method": mean} | rule],
        "dimensions": [{"code": "T", "weight": 1, "indicators": parts}],
    }
    return Plan.of(parse_series(content))


def result_of(plan: Plan, first: float, second: float) -> Result:
    scores = np.array([[first, second]])
    weights = weights_in_force(plan, ~np.isnan(scores), np.ones((1, 2), dtype=bool))
    return Result.of(scores, *aggregate(plan, scores, weights), weights)


def held(mean: str, first: float, second: float) -> list[float]:
    plan = plan_of(mean)
    return points(plan, result_of(plan, first, second))[0].tolist()


def moved(mean: str, before: tuple[float, float], after: tuple[float, float], **rule) -> list[float]:
    plan = plan_of(mean, **rule)
    return change_terms(plan, result_of(plan, *before), result_of(plan, *after))[0].tolist()


def test_points_are_weight_times_score_in_an_arithmetic_mean():
    assert held("arithmetic", 60, 30) == pytest.approx([30, 15])


def test_points_are_weights_of_the_mean_itself_in_a_geometric_one():
    # √(60·30) = 42.4264, half for each.
    assert held("geometric", 60, 30) == pytest.approx([21.2132, 21.2132], abs=1e-4)


def test_points_go_by_weight_over_score_in_a_harmonic_mean():
    # 1 ÷ (½/60 + ½/30) = 40; 1/120 and 1/60 are a third and two thirds.
    assert held("harmonic", 60, 30) == pytest.approx([40 / 3, 80 / 3])
    assert held("harmonic", 0, 30) == pytest.approx([0, 0])


def test_what_does_not_count_holds_nothing():
    for mean in ("arithmetic", "geometric", "harmonic"):
        assert held(mean, np.nan, 30) == pytest.approx([0, 30])


@pytest.mark.parametrize("mean", ["arithmetic", "geometric", "harmonic"])
def test_the_whole_change_belongs_to_the_one_that_moved(mean):
    # Geometric: √(60·45) − √(60·30) = 51.9615 − 42.4264. Harmonic: 51.4286 − 40.
    expected = {"arithmetic": 7.5, "geometric": 9.5351, "harmonic": 11.4286}[mean]
    assert moved(mean, (60, 30), (60, 45)) == pytest.approx([0, expected], abs=1e-4)


def test_moves_that_cancel_are_told_apart():
    # Geometric: 60·30 = 40·45, so nothing changes on the whole; ±42.4264·½·ln 1.5 = 8.6012.
    assert moved("geometric", (60, 30), (40, 45)) == pytest.approx([-8.6012, 8.6012], abs=1e-4)
    # Harmonic: 1/60 + 1/30 = 1/30 + 1/60; ∓40²·½·(1/60) = 13.3333.
    assert moved("harmonic", (60, 30), (30, 60)) == pytest.approx([-40 / 3, 40 / 3])
    assert moved("arithmetic", (60, 30), (50, 40)) == pytest.approx([-5, 5])


def test_a_logarithmic_mean_weighs_moves_that_do_not_cancel():
    # √1800 to √2400: (48.9898 − 42.4264) ÷ ln(48.9898 ÷ 42.4264) = 45.6281 times ½·ln(80/60) and ½·ln(30/30).
    assert moved("geometric", (60, 30), (80, 30)) == pytest.approx([6.5634, 0], abs=1e-4)
    # To (80, 45): 60 − 42.4264 = 17.5736 over ln √2 = 0.346574: 50.7067; ½·ln(4/3), ½·ln(3/2).
    assert moved("geometric", (60, 30), (80, 45)) == pytest.approx([7.2937, 10.2799], abs=1e-4)


def test_an_indicator_that_drops_out_is_credited_with_what_it_held_the_others_down_by():
    # 60 and 30 to 60 alone: √1800 to 60. In logarithms the mean level is (3.747815 + 4.094345) ÷ 2 = 3.921080. Slope
    # 17.5736 ÷ 0.346530. Own: 60 by ½·(4.094345 − 3.921080), 30 by −½·(3.401197 − 3.921080).
    found = moved("geometric", (60, 30), (60, np.nan))
    assert found == pytest.approx([4.3934, 13.1802], abs=1e-3)
    assert sum(found) == pytest.approx(60 - np.sqrt(1800))
    # Arithmetic: 45 to 60, mean level 52.5: ½·(60 − 52.5) and −½·(30 − 52.5).
    assert moved("arithmetic", (60, 30), (60, np.nan)) == pytest.approx([3.75, 11.25])


def test_terms_add_up_for_weights_as_they_stand_and_for_rounded_groups():
    standing = moved("arithmetic", (60, 30), (50, 40), weights="as_they_stand", weight_unit=4)
    assert sum(standing) == pytest.approx(0, abs=1e-12)
    # The group counts for ¼ of a mean that itself stands for ½: −10·½·¼, and the same again.
    assert standing == pytest.approx([-0.625, 0.625])
    # 45.2 and 46.9 are published as 45 and 47: 2 points for a rise of 1.7.
    assert moved("arithmetic", (60, 30.4), (63.4, 30.4), decimals=0) == pytest.approx([2, 0])


def test_weight_that_is_lent_counts_from_the_group_s_own_level_however_small_the_weights_are():
    """Weights of ⅕ in a group of weight ⅕: a keeps 60 and is lent the ⅕ of b, which had 80 and drops out. The group's
    level is (⅕·60 + ⅕·80 + ⅖·60) ÷ ⅘ = 65: a is charged ⅕·(60 − 65) = −1, b ⅕·(65 − 80) = −3, both times ⅕."""
    terms = moved("arithmetic", (60, 80), (60, np.nan), weights="as_they_stand", weight_unit=5)
    assert terms == pytest.approx([-0.2, -0.6])
