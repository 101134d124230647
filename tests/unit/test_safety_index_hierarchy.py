"""Groups of any depth, joined by any mean, with weights normalised or as they stand; figures worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_index.method.aggregation import aggregate, weights_in_force
from safety_index.method.changes import Result, change_terms, points
from safety_index.method.plan import Plan
from safety_index.method.scores import score_values
from safety_index.series.declaration import SeriesFaults, parse_series
from tests.unit.safety_index_builders import indicator, small_content, words


def group(code: str, weight: float, *, dimensions=(), indicators=(), **more) -> dict:
    return {
        "code": code,
        "name": words(code),
        "weight": weight,
        "dimensions": list(dimensions),
        "indicators": list(indicators),
        **more,
    }


def leaf(code: str, weight: float) -> dict:
    return indicator(code, weight, "positive", 0, 100)


def deep_plan(**changes) -> Plan:
    """The index of X (3) and Y (1); X of its own indicator a (1) and the group Z (1) of b (1) and c (3); Y of d."""
    inner = group("Z", 1, indicators=[leaf("b", 1), leaf("c", 3)])
    top = [group("X", 3, dimensions=[inner], indicators=[leaf("a", 1)]), group("Y", 1, indicators=[leaf("d", 5)])]
    content = small_content() | {"dimensions": top, "data_thresholds": {}} | changes
    del content["weight_total"]
    return Plan.of(parse_series(content))


def combined(plan: Plan, scores: list[float], row: str = "oooo"):
    letters = np.array([list(row)])
    weights = weights_in_force(plan, letters == "o", letters != "n")
    groups, index = aggregate(plan, np.array([scores], dtype=float), weights)
    return groups[0], index[0], weights


def test_a_group_may_hold_indicators_and_groups_to_any_depth():
    # Order: a, b, c, d; groups X, Z, Y. Z = (80 + 3·60) ÷ 4 = 65; X = (90 + 65) ÷ 2 = 77.5; index (3·77.5 + 70) ÷ 4.
    plan = deep_plan()
    assert plan.series.indicator_codes == ("a", "b", "c", "d")
    assert plan.series.dimension_codes == ("X", "Z", "Y")
    groups, index, weights = combined(plan, [90, 80, 60, 70])
    assert groups == pytest.approx([77.5, 65, 70])
    assert index == pytest.approx((3 * 77.5 + 70) / 4)
    # a: ¾·½; b: ¾·½·¼; c: ¾·½·¾; d: ¼.
    assert weights.in_index[0] == pytest.approx([0.375, 0.09375, 0.28125, 0.25])


def test_the_weight_of_an_absent_group_goes_to_the_others_of_its_own_group():
    groups, index, weights = combined(deep_plan(), [90, np.nan, np.nan, 70], "onno")
    assert groups == pytest.approx([90, np.nan, 70], nan_ok=True)
    assert index == pytest.approx((3 * 90 + 70) / 4)
    assert weights.in_index[0] == pytest.approx([0.75, 0, 0, 0.25])


def test_every_depth_has_its_own_mean_and_a_group_may_have_another():
    # Z harmonic by its own rule: 4 ÷ (1/80 + 3/60) = 64. X, second depth, geometric: √(81·64) = 72. Index arithmetic.
    rules = [{"method": "arithmetic"}, {"method": "geometric"}]
    plan = deep_plan(aggregation=rules)
    content = plan.series.model_dump(mode="json", exclude_none=True)
    content["dimensions"][0]["dimensions"][0]["aggregation"] = {"method": "harmonic"}
    groups, index, _ = combined(Plan.of(parse_series(content)), [81, 80, 60, 70])
    assert groups == pytest.approx([72, 64, 70])
    assert index == pytest.approx((3 * 72 + 70) / 4)


def test_the_last_rule_holds_for_all_deeper_groups():
    groups, _, _ = combined(deep_plan(aggregation=[{"method": "geometric"}]), [81, 16, 16, 70])
    assert groups == pytest.approx([36, 16, 70])


def test_a_geometric_and_a_harmonic_mean_are_zero_where_a_part_is_zero_and_none_where_one_is_negative():
    for method in ("geometric", "harmonic"):
        plan = deep_plan(aggregation=[{"method": method}])
        assert combined(plan, [0, 80, 60, 70])[0][0] == 0
        assert np.isnan(combined(plan, [-1, 80, 60, 70])[1])
        assert np.isnan(combined(plan, [-0.5, 80, 60, 70])[0][0])


def test_weights_as_they_stand_are_not_made_to_add_up():
    # 0.6·90 + 0.399·80 = 85.92, which normalised weights would raise to 86.006.
    content = small_content() | {"dimensions": [group("X", 1, indicators=[leaf("a", 60), leaf("b", 39.9)])]}
    del content["weight_total"]
    content["aggregation"] = [{}, {"weights": "as_they_stand", "weight_unit": 100}]
    as_published, normalised = Plan.of(parse_series(content)), Plan.of(parse_series(content | {"aggregation": [{}]}))
    assert combined(as_published, [90, 80], "oo")[1] == pytest.approx(85.92)
    assert combined(normalised, [90, 80], "oo")[1] == pytest.approx(85.92 / 0.999)
    # A part that is not there leaves its weight to the others: 0.999·90.
    assert combined(as_published, [90, np.nan], "on")[1] == pytest.approx(89.91)


def test_weights_as_they_stand_and_shares_of_a_total_exclude_each_other():
    content = small_content() | {"aggregation": [{"weights": "as_they_stand"}]}
    with pytest.raises(SeriesFaults, match="leave weight_total out"):
        parse_series(content)


def test_a_group_without_parts_is_refused_and_shares_of_a_total_are_checked_at_every_depth():
    content = small_content()
    content["dimensions"][0]["dimensions"] = [group("R", 5)]
    with pytest.raises(SeriesFaults) as caught:
        parse_series(content)
    assert "dimension R has no indicators and no dimensions" in str(caught.value)
    assert "dimension P: the weights add up to 45, not to the stated 40" in str(caught.value)


def test_many_sets_of_weights_are_scored_in_one_call():
    plan, random = deep_plan(), np.random.default_rng(11)
    sets = plan.weight * random.uniform(0.75, 1.25, (6, plan.weight.size))
    values, flags = random.uniform(0, 100, (6, 9, 4)), np.ones((9, 4), dtype=bool)
    together = score_values(replace(plan, weight=sets), values, flags, flags)
    for number, weights in enumerate(sets):
        alone = score_values(replace(plan, weight=weights), values[number], flags, flags)
        np.testing.assert_allclose(together.index[number], alone.index, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(together.rank[number], alone.rank)


letters = st.text("onm", min_size=4, max_size=4)
four_scores = st.lists(st.one_of(st.floats(40, 100), st.just(0.0)), min_size=4, max_size=4)
means = st.lists(
    st.fixed_dictionaries(
        {
            "method": st.sampled_from(["arithmetic", "geometric", "harmonic"]),
            "weights": st.sampled_from(["normalised", "as_they_stand"]),
            "weight_unit": st.just(4.004),
            "decimals": st.sampled_from([None, 1]),
        }
    ),
    min_size=1,
    max_size=3,
)


@given(st.tuples(letters, letters), st.tuples(four_scores, four_scores), means)
@settings(max_examples=150, deadline=None)
def test_points_and_terms_of_a_change_add_up_at_any_depth_and_for_any_mean(rows, scores, rules):
    plan = deep_plan(aggregation=rules)
    results = []
    for row, found in zip(rows, scores, strict=True):
        found = np.array([found])
        letters = np.array([list(row)])
        weights = weights_in_force(plan, letters == "o", letters != "n")
        results.append(Result.of(found, *aggregate(plan, found, weights), weights))
    indices = [result.index[0] for result in results]
    for result, index in zip(results, indices, strict=True):
        assert points(plan, result).sum() == pytest.approx(np.nan_to_num(index), abs=1e-9)
    if not np.isnan(indices).any():
        assert change_terms(plan, *results).sum() == pytest.approx(indices[1] - indices[0], abs=1e-9)


def test_the_plan_knows_every_part_s_share_and_place():
    """Parts in order: a, b, c, d, then X, Z, Y; X is ¾ of the index, a and Z halves of X, b ¼ and c ¾ of Z."""
    plan = deep_plan()
    assert (plan.indicator_count, plan.group_count) == (4, 3)
    assert plan.declared_share == pytest.approx([3 / 8, 3 / 32, 9 / 32, 1 / 4, 3 / 4, 3 / 8, 1 / 4])
    assert plan.ancestry.astype(int).tolist() == [[1, 1, 1, 0], [0, 1, 1, 0], [0, 0, 0, 1]]
    assert plan.parent.tolist() == [4, 5, 5, 6, 7, 4, 7]
