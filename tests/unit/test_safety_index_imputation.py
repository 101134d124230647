"""How far filled-in values may be off, worked by hand on a small table."""

import numpy as np
import pandas as pd
import pytest

from safety_index.evidence.assembly import evidence
from safety_index.tables.cube import cubes
from safety_index.uncertainty.errors import MeasurementErrors
from safety_index.uncertainty.imputation import imputation_errors
from tests.unit.safety_index_builders import small_series

CODES = ("p1", "p2", "q1", "q2")
QUARTERS = ("2016Q1", "2016Q2")


def values_of(p1, parents=("s", "s", "s")):
    """One parent's three areas in two quarters, ``p1`` by quarter, None where it is missing; all else is 30."""
    return pd.DataFrame(
        {
            "area_code": f"a{area}", "quarter": quarter, "indicator_code": code, "area_level_code": "committee",
            "parent_code": parents[area], "numerator": np.nan, "denominator": np.nan,
            "value": figures[area] if code == "p1" else 30.0,
            "status_code": "missing" if code == "p1" and figures[area] is None else "observed",
            "window_quarter_count": 1,
        }
        for quarter, figures in zip(QUARTERS, p1, strict=True) for area in range(3) for code in CODES
    ).astype({"value": float})  # fmt: skip


def errors_of(p1, parents=("s", "s", "s"), **rule):
    series = small_series(missing=rule)
    (cube,) = cubes(series, values_of(p1, parents))
    return imputation_errors(cube.filled(series.missing), CODES)


def test_a_value_carried_forward_is_off_as_far_as_values_moved_in_a_quarter():
    # the two that are known moved from 50 to 60 and from 80 to 80: √(100 + 0) ÷ √(3600 + 6400)
    found = errors_of([[50.0, 80.0, 70.0], [60.0, 80.0, None]], carry_forward=True)
    assert found == {("a2", "2016Q2", "p1"): pytest.approx(10 / 100)}


def test_a_mean_of_its_group_is_off_as_far_as_known_values_lie_from_the_mean_of_the_others():
    # the first quarter: 50, 60, 70 lie −15, 0, 15 from the others' means; the second: 60 and 80 lie −20 and 20
    found = errors_of([[50.0, 60.0, 70.0], [60.0, 80.0, None]], group_mean=True)
    wrong, squares = 15**2 + 15**2 + 20**2 + 20**2, 50**2 + 60**2 + 70**2 + 60**2 + 80**2
    assert found == {("a2", "2016Q2", "p1"): pytest.approx((wrong / squares) ** 0.5)}


def test_an_area_alone_in_its_group_has_no_others_to_be_tried_on():
    # of s only a0 is known in either quarter, and a1, alone in t, has no others
    found = errors_of([[50.0, 60.0, None], [60.0, 80.0, None]], parents=("s", "t", "s"), group_mean=True)
    assert found == {}


def test_nothing_is_said_of_a_table_without_gaps_or_one_in_which_nothing_moved():
    assert errors_of([[50.0, 60.0, 70.0], [60.0, 80.0, 70.0]], group_mean=True, carry_forward=True) == {}
    assert errors_of([[50.0, 60.0, 70.0], [50.0, 60.0, None]], carry_forward=True) == {}
    assert errors_of([[0.0, 0.0, 70.0], [0.0, 0.0, None]], carry_forward=True) == {}


def test_a_filled_in_value_makes_the_score_s_interval_wider():
    rows = values_of([[50.0, 80.0, 70.0], [60.0, 80.0, None]])
    series = small_series(missing={"carry_forward": True})
    found = evidence(series, rows, "2016Q2", draw_count=400)["intervals"].set_index("area_code")
    width = found["score_high"] - found["score_low"]
    assert width["a0"] == pytest.approx(0, abs=1e-4)  # figures without counts are exact
    # p1 is off by 10 % of 70, worth 0.4 points each at a weight of 0.3: ±1.645 · 7 · 0.12
    assert width["a2"] == pytest.approx(2 * 1.645 * 7 * 0.4 * 0.3, rel=0.1)


def test_two_errors_of_one_figure_are_independent():
    key, other = ("a", "2016Q1", "p1"), ("a", "2016Q1", "p2")
    found = MeasurementErrors({("a", "2016Q1"): 0.2}, {key: 0.03, other: 0.1}).and_values({key: 0.04})
    assert found.value == {key: pytest.approx(0.05), other: 0.1}
    assert found.exposure == {("a", "2016Q1"): 0.2}
