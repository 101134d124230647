"""Level, split and level with trend; the composite index beside them; gaps and outliers of whole tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from safety_index.engine import score
from safety_index.method.outliers import excess_kurtosis, fit_treatments, passes, skewness
from safety_index.method.plan import Plan
from safety_index.method.scores import fitted, score_values
from safety_index.series.declaration import Series, SeriesFaults, parse_series
from safety_index.series.settings import Outliers
from safety_index.tables.cube import cubes
from tests.unit.safety_index_builders import indicator, small_content, small_series, table, value_rows, words


def two_indicators(**changes) -> Series:
    """One dimension of p (positive, 0 to 100, weight 3, benchmark 50) and n (negative, 10 to 0, weight 1, at 4)."""
    parts = [
        indicator("p", 3, "positive", 0, 100, benchmark=50),
        indicator("n", 1, "negative", 10, 0, benchmark=4),
    ]
    content = small_content() | {
        "dimensions": [{"code": "T", "name": words("T"), "weight": 1, "indicators": parts}],
        "scoring": {"function": "linear"},
        "bands": [],
        "data_thresholds": {},
    }
    del content["weight_total"]
    return parse_series(content | changes)


def periods(series: Series, values: dict[str, list[dict]], parent: str | None = "s") -> pd.DataFrame:
    """A table of areas ``a0``, ``a1``, … for each period."""
    return table(
        *(
            value_rows(series, period, "committee", f"a{number}", row, parent)
            for period, rows in values.items()
            for number, row in enumerate(rows)
        )
    )


def column(frame: pd.DataFrame, name: str) -> list[float]:
    return frame[name].tolist()


def test_the_composite_index_stands_beside_the_level():
    # d: 60 + 40·0.55 = 82 and 60 + 40·0.7 = 88: index 83.5. k: 100·55/50 = 110 and 100·(2 − 3/4) = 125: 113.75.
    series = two_indicators(combination={"companion": {"function": "benchmark_ratio"}})
    result = score(series, periods(series, {"2016Q1": [{"p": 55.0, "n": 3.0}]}))
    assert column(result.scores, "score") == pytest.approx([83.5])
    assert column(result.scores, "composite_index") == pytest.approx([113.75])
    assert column(result.indicator_scores, "individual_index") == pytest.approx([110, 125])


def test_without_a_companion_there_is_no_composite_index():
    series = two_indicators()
    result = score(series, periods(series, {"2016Q1": [{"p": 55.0, "n": 3.0}]}))
    assert result.scores["composite_index"].isna().all()
    assert result.indicator_scores["individual_index"].isna().all()


def test_level_and_trend_are_mixed_by_alpha_and_explained_by_indicator():
    # 0.8·83.5 + 0.2·113.75 = 89.55; p holds 0.8·¾·82 + 0.2·¾·110 = 65.7, n 0.8·¼·88 + 0.2·¼·125 = 23.85.
    trend = {"mode": "level_trend", "alpha": 0.8, "companion": {"function": "benchmark_ratio"}}
    series = two_indicators(combination=trend)
    values = {"2016Q1": [{"p": 55.0, "n": 3.0}], "2016Q2": [{"p": 65.0, "n": 3.0}]}
    result = score(series, periods(series, values))
    assert column(result.scores, "score")[0] == pytest.approx(89.55)
    assert column(result.dimension_scores, "score")[0] == pytest.approx(89.55)
    assert column(result.indicator_scores, "points")[:2] == pytest.approx([65.7, 23.85])
    # p rises by 4 points of score and 20 of ratio: 0.8·¾·4 + 0.2·¾·20 = 5.4.
    assert column(result.changes, "points_change") == pytest.approx([5.4, 0])
    assert column(result.scores, "score_change")[1] == pytest.approx(5.4)


def test_a_trend_against_last_year_needs_last_year():
    trend = {"mode": "level_trend", "alpha": 0.5, "companion": {"function": "benchmark_ratio", "base": "year_ago"}}
    series = two_indicators(combination=trend)
    values = {period: [{"p": 50.0, "n": 4.0}] for period in ("2016Q1", "2016Q2", "2016Q4")}
    values["2017Q1"] = [{"p": 60.0, "n": 2.0}]
    result = score(series, periods(series, values)).scores.set_index("quarter")
    # Composite 0.75·120 + 0.25·150 = 127.5; level 0.75·84 + 0.25·92 = 86.
    assert result.loc["2017Q1", "score"] == pytest.approx((86 + 127.5) / 2)
    assert result.loc[["2016Q1", "2016Q2", "2016Q4"], ["score", "composite_index"]].isna().all(axis=None)
    base = {"function": "benchmark_ratio", "base": "base_period", "base_period": "2016Q2"}
    against = two_indicators(combination={"companion": base})
    found = score(against, periods(against, values)).scores.set_index("quarter")["composite_index"]
    assert found.to_dict() == pytest.approx({"2016Q1": 100, "2016Q2": 100, "2016Q4": 100, "2017Q1": 127.5})
    before = two_indicators(combination={"companion": base | {"base": "previous", "base_period": None}})
    found = score(before, periods(before, values)).scores.set_index("quarter")["composite_index"]
    assert found.to_dict() == pytest.approx(
        {"2016Q1": np.nan, "2016Q2": 100, "2016Q4": np.nan, "2017Q1": 127.5}, nan_ok=True
    )
    lost = two_indicators(combination={"companion": base | {"base_period": "2010Q1"}})
    assert score(lost, periods(lost, values)).scores["composite_index"].isna().all()


def test_split_scores_each_indicator_by_its_own_method():
    # p by its ratio 110, n by its efficacy coefficient 88: ¾·110 + ¼·88 = 104.5.
    series = two_indicators()
    content = series.model_dump(mode="json", exclude_none=True)
    content["combination"] = {"mode": "split"}
    content["dimensions"][0]["indicators"][0]["scoring"] = {"function": "benchmark_ratio"}
    split = parse_series(content)
    result = score(split, periods(split, {"2016Q1": [{"p": 55.0, "n": 3.0}]}))
    assert column(result.scores, "score") == pytest.approx([104.5])
    content["combination"] = {"mode": "level"}
    with pytest.raises(SeriesFaults, match="only split has"):
        parse_series(content)


def test_a_ratio_to_nothing_leaves_its_weight_to_the_others():
    series = two_indicators(combination={"companion": {"function": "benchmark_ratio", "base": "previous"}})
    values = {"2016Q1": [{"p": 50.0, "n": 0.0}], "2016Q2": [{"p": 60.0, "n": 2.0}]}
    assert column(score(series, periods(series, values)).scores, "composite_index")[1] == pytest.approx(120)
    alone = {"function": "benchmark_ratio", "base": "previous"}
    ratios = two_indicators(scoring=alone)
    assert column(score(ratios, periods(ratios, values)).scores, "score")[1] == pytest.approx(120)


def test_a_missing_value_is_carried_forward_once_and_then_takes_its_groups_mean():
    series = two_indicators(missing={"carry_forward": True, "group_mean": True})
    values = {
        "2016Q1": [{"p": 40.0, "n": 3.0}, {"p": 60.0, "n": 3.0}, {"p": 80.0, "n": 3.0}],
        "2016Q2": [{"p": "missing", "n": 3.0}, {"p": 62.0, "n": "not_applicable"}, {"p": 82.0, "n": 3.0}],
        "2016Q3": [{"p": "missing", "n": 3.0}, {"p": 64.0, "n": 3.0}, {"p": 84.0, "n": 3.0}],
    }
    frame = periods(series, values)
    frame.loc[frame["area_code"] == "a2", "parent_code"] = "elsewhere"
    result = score(series, frame).indicator_scores
    of = result[result["area_code"] == "a0"].set_index(["quarter", "indicator_code"])
    assert of.loc[("2016Q2", "p"), ["value", "status_code"]].tolist() == [40, "carried_forward"]
    # Carried once: in the third quarter the mean of the neighbour a1; a2 has another parent.
    assert of.loc[("2016Q3", "p"), ["value", "status_code"]].tolist() == [64, "group_mean"]
    other = result[result["area_code"] == "a1"].set_index(["quarter", "indicator_code"])
    assert other.loc[("2016Q2", "n"), "status_code"] == "not_applicable"
    assert np.isnan(other.loc[("2016Q2", "n"), "value"])


@pytest.mark.parametrize(("rule", "status"), [({}, "missing"), ({"carry_forward": True}, "carried_forward")])
def test_a_gap_stays_a_gap_unless_the_series_fills_it(rule, status):
    series = two_indicators(missing=rule)
    values = {"2016Q1": [{"p": 40.0, "n": 3.0}], "2016Q2": [{"p": "missing", "n": 3.0}]}
    result = score(series, periods(series, values, parent=None)).indicator_scores
    assert column(result, "status_code")[2:] == [status, "observed"]


def test_a_group_without_any_value_has_no_mean_to_give():
    series = two_indicators(missing={"group_mean": True})
    values = {"2016Q1": [{"p": "missing", "n": 3.0}, {"p": "missing", "n": 3.0}]}
    assert set(score(series, periods(series, values)).indicator_scores["status_code"]) == {"missing", "observed"}
    orphans = score(series, periods(series, {"2016Q1": [{"p": "missing", "n": 1.0}, {"p": 4.0, "n": 1.0}]}, None))
    assert column(orphans.indicator_scores, "status_code")[0] == "missing"


def test_skewness_and_kurtosis_are_those_of_spreadsheets():
    # The data of Excel's help pages for SKEW and KURT: 3, 4, 5, 2, 3, 4, 5, 6, 4, 7 give 0.359543 and −0.151800.
    values = np.array([3, 4, 5, 2, 3, 4, 5, 6, 4, 7], dtype=float)
    assert skewness(values) == pytest.approx(0.359543, abs=1e-6)
    assert excess_kurtosis(values) == pytest.approx(-0.151800, abs=1e-6)
    assert skewness(np.full(5, 3.0)) == excess_kurtosis(np.full(5, 3.0)) == 0


def test_outliers_are_drawn_in_a_point_at_a_time_until_the_shape_passes():
    rule = Outliers(then="keep")
    body = np.linspace(0, 10, 30)
    values = np.concatenate([body, [60.0, 200.0]])[:, None]
    assert not passes(values[:, 0], rule)
    assert passes(np.clip(values[:, 0], None, 10), rule)
    found = fit_treatments(values, rule)
    assert found.points.tolist() == [[2]]
    assert found.apply(values)[-3:, 0].tolist() == [10, 10, 10]
    low = fit_treatments(-values, rule)
    assert low.apply(-values)[-3:, 0].tolist() == [-10, -10, -10]
    untouched = fit_treatments(body[:, None], rule)
    assert untouched.points.tolist() == [[0]]
    assert np.array_equal(untouched.apply(values), values)


def test_what_does_not_pass_with_the_points_allowed_becomes_a_logarithm():
    values = (10.0 ** np.linspace(0, 4, 40))[:, None]
    rule = Outliers(maximum_points=1)
    found = fit_treatments(values, rule)
    # ln(x − 1 + 0.01·9999), from ln 99.99 to ln 10098.99.
    assert found.apply(values)[[0, -1], 0] == pytest.approx(np.log([99.99, 10098.99]))
    mirrored = fit_treatments(-values, rule).apply(-values)
    assert mirrored[[0, -1], 0] == pytest.approx(-np.log([99.99, 10098.99]))
    kept = fit_treatments(values, Outliers(maximum_points=1, then="keep"))
    assert kept.points.tolist() == [[1]]
    assert kept.apply(values)[:, 0].max() == values[-2, 0]
    assert fit_treatments(values[:3], rule).points.tolist() == [[0]]


def test_one_treatment_holds_for_all_periods_or_each_period_has_its_own():
    calm, wild = np.linspace(0, 10, 20), np.concatenate([np.linspace(0, 10, 19), [500.0]])
    cube = np.stack([calm, wild])[..., None]
    both = fit_treatments(cube, Outliers(then="keep"))
    assert both.points.tolist() == [[1]]
    assert both.apply(cube).max() == 10
    each = fit_treatments(cube, Outliers(then="keep", sample="each_period"))
    assert each.points.tolist() == [[0], [1]]
    wide = np.stack([2 * calm, wild])[..., None]
    treated = fit_treatments(wide, Outliers(then="keep", sample="each_period")).apply(wide)[..., 0]
    assert treated[0] == pytest.approx(2 * calm)
    assert treated[1].max() == pytest.approx(10)


def test_the_longer_side_is_drawn_in_however_little_longer_it_is():
    values = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 8, 12])[:, None]  # a skewness of 0.66
    strict = Outliers(skewness=0.5, kurtosis=-10, then="keep")
    found = fit_treatments(values, strict)
    assert (found.lower.item(), found.upper.item()) == (0, 8)
    mirrored = fit_treatments(-values, strict)
    assert (mirrored.lower.item(), mirrored.upper.item()) == (-8, 0)


def test_areas_of_no_stated_period_are_treated_as_in_the_last_one():
    steep = np.exp(np.linspace(0, 8, 20))
    for last in (10 * steep, -steep):  # logarithms from either side
        cube = np.stack([steep, last])[..., None]
        each = fit_treatments(cube, Outliers(maximum_points=0, sample="each_period"))
        assert each.log_side.all()
        assert np.array_equal(each.apply(cube[1]), each.apply(cube)[1])
    calm = np.linspace(0, 20, 20)
    for wild in (np.concatenate([calm[:19], [500.0]]), np.concatenate([[-400.0], calm[1:]])):
        cube = np.stack([calm, wild])[..., None]
        each = fit_treatments(cube, Outliers(then="keep", sample="each_period"))
        assert each.points.tolist() == [[0], [1]]
        assert np.array_equal(each.apply(cube[1]), each.apply(cube)[1])


def test_draws_use_the_treatment_that_was_fitted_on_the_values():
    series = two_indicators(
        outliers={"maximum_points": 2},
        scoring={"function": "min_max", "bounds": "each_period"},
    )
    random = np.random.default_rng(3)
    values = random.gamma(2, 10, (2, 25, 2))
    values[1, 3, 0] = 5000
    flags = np.ones(values.shape, dtype=bool)
    plan = fitted(Plan.of(series), values, flags)
    assert plan.treatments.points.tolist() == [[1, 0]]
    draws = score_values(plan, np.stack([values, values]), flags, flags)
    alone = score_values(series, values, flags, flags)
    np.testing.assert_array_equal(draws.index[0], alone.index)
    with pytest.raises(ValueError, match="treatment of outliers was fitted"):
        score_values(series, np.stack([values, values]), flags, flags)
    plain = Plan.of(two_indicators())
    assert fitted(plain, values, flags) is plain


def test_a_row_that_does_not_say_its_window_has_none():
    rows = table(value_rows(small_series(), "2016Q1", "committee", "a", {"p1": 1.0, "p2": 2.0}))
    rows["window_quarter_count"] = [4.0, np.nan]
    (cube,) = cubes(small_series(), rows)
    assert cube.window.tolist() == [[[4, 0, 0, 0]]]
    assert cube.window.dtype == np.int64
