"""Why a score changed: causes, terms that add up, ranks, mix, prices and peers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety_index.explanation.causes import CAUSES, ScoredCounts, change_causes
from safety_index.explanation.mix import mix_terms
from safety_index.explanation.peers import Traits, against_peers, nearest, traits
from safety_index.explanation.price import event_prices
from safety_index.explanation.ranks import rank_change_parts
from safety_index.explanation.settings import Peers
from safety_index.explanation.waterfall import TERMS, change_terms_by_cause
from safety_index.levels import ScoredLevel
from safety_index.method.changes import Result, change_parts, change_terms
from safety_index.method.plan import Plan
from safety_index.series.settings import RankRule
from safety_index.tables.cube import cubes
from tests.unit.safety_index_builders import small_content, small_series

RULE = RankRule(decimals=1, ties="min")


def counted(count, exposure, score, prior=(0.0, 0.0), factor=1.0, value=np.nan, slope=-10.0, start=100.0):
    arrays = (np.array([[part]], dtype=float) for part in (count, exposure, *prior, factor, value, score))
    return ScoredCounts(*arrays, lambda values: start + slope * values)


def causes_of(earlier, later, multiplier=1000.0):
    return dict(zip(CAUSES, change_causes(earlier, later, np.array([multiplier]))[0, 0], strict=True))


def test_events_and_exposure_share_a_change_of_both():
    # 4/1000 → 9/1500, per 1,000: 4 → 6, score 100 − 10·x: 60 → 40
    # events first: 9/1000 = 9 → −50; last: 4/1500 = 2.667, 6 → −33.33; mean −41.667; exposure the rest
    found = causes_of(counted(4, 1000, 60), counted(9, 1500, 40))
    assert found["events"] == pytest.approx(-(50 + 100 / 3) / 2)
    assert found["exposure"] == pytest.approx(-20 + (50 + 100 / 3) / 2)
    assert (found["shrinkage"], found["method"], found["clamp"]) == (0, 0, pytest.approx(0))


def test_a_stronger_pull_is_shrinkage_and_nothing_else():
    # (0.002·s + 4)/(s + 1000): s 0 → 1000: 4 → 3 per 1,000, so 60 → 70
    found = causes_of(counted(4, 1000, 60), counted(4, 1000, 70, prior=(0.002, 1000.0)))
    assert found == pytest.approx({"events": 0, "exposure": 0, "shrinkage": 10, "method": 0, "clamp": 0}, abs=1e-9)


def test_other_goalposts_are_the_method_s_part():
    found = causes_of(counted(4, 1000, 60), counted(4, 1000, 80, slope=-5.0))
    assert found == pytest.approx({"events": 0, "exposure": 0, "shrinkage": 0, "method": 20, "clamp": 0}, abs=1e-9)


def test_what_floor_and_cap_held_back_is_the_clamp():
    # unclamped 60 → −50, held at 40
    found = causes_of(counted(4, 1000, 60), counted(15, 1000, 40))
    assert found == pytest.approx({"events": -110, "exposure": 0, "shrinkage": 0, "method": 0, "clamp": 90}, abs=1e-9)


def test_a_figure_without_counts_is_all_events():
    found = causes_of(counted(np.nan, np.nan, 60, value=4.0), counted(np.nan, np.nan, 50, value=5.0))
    assert found == pytest.approx({"events": -10, "exposure": 0, "shrinkage": 0, "method": 0, "clamp": 0}, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_causes_add_up_to_the_change_of_score(data):
    number = st.floats(0.5, 500)
    sides = []
    for _ in range(2):
        count, exposure = data.draw(number), data.draw(st.floats(100, 5000))
        prior, factor = (
            (data.draw(st.floats(1e-4, 0.1)), data.draw(st.sampled_from([0.0, 50.0, 4000.0]))),
            data.draw(st.floats(0.5, 2)),
        )
        sides.append(counted(count, exposure, data.draw(st.floats(40, 100)), prior, factor))
    found = change_causes(*sides, np.array([1000.0]))
    assert found.sum() == pytest.approx(sides[1].score[0, 0] - sides[0].score[0, 0], abs=1e-9)


def changed_series(method="arithmetic", small_counts=None):
    content = small_content()
    p1, p2 = content["dimensions"][0]["indicators"]
    p1["count_model"], p2["count_model"] = "binomial", "poisson"
    rules = {"aggregation": [{"method": method}], "small_counts": small_counts or {}}
    return small_series(**({"dimensions": content["dimensions"]} | rules))


def random_rows(series, seed, quarters=("2016Q1", "2016Q2"), count=5, gap=0.1):
    rng, rows = np.random.default_rng(seed), []
    for quarter in quarters:
        for area in range(count):
            for code in series.indicator_codes:
                size = float(rng.integers(80, 300))
                hits = float(rng.binomial(int(size), 0.35) if code != "p2" else rng.poisson(size * 0.03))
                status = rng.choice(["observed", "not_applicable"], p=[1 - gap, gap])
                rows.append(
                    {"area_code": f"c{area}", "quarter": quarter, "indicator_code": code,
                     "area_level_code": "committee", "parent_code": f"s{area // 3}", "numerator": hits,
                     "denominator": size, "value": hits / size * 100, "status_code": status,
                     "window_quarter_count": 1}
                )  # fmt: skip
    return pd.DataFrame(rows).assign(value=lambda t: t["value"].where(t["status_code"] == "observed"))


def levels_of(series, rows):
    plan = Plan.of(series)
    return plan, [ScoredLevel.of(plan, cube) for cube in cubes(series, rows)]


@pytest.mark.parametrize("method", ["arithmetic", "geometric", "harmonic"])
@pytest.mark.parametrize("target", [None, "parent", "level"])
@pytest.mark.parametrize("seed", range(4))
def test_terms_add_up_to_the_change_of_the_index_within_a_billionth(method, target, seed):
    rule = {"target": {"committee": target}, "adds_up": True} if target else {}
    series = changed_series(method, rule)
    plan, (level,) = levels_of(series, random_rows(series, seed))
    areas, terms = change_terms_by_cause(plan, level, "2016Q1", level, "2016Q2")
    index = level.scored.index
    both = np.isfinite(index).all(axis=0)
    assert list(areas) == [code for code, has in zip(level.cube.areas, both, strict=True) if has]
    assert len(areas) >= 2
    assert terms.sum(axis=(1, 2)) == pytest.approx((index[1] - index[0])[both], abs=1e-9)
    assert (np.abs(terms[..., TERMS.index("shrinkage")]).max() > 0) == bool(target)
    assert (terms[..., TERMS.index("revision")] == 0).all()


def test_terms_by_indicator_are_those_of_the_engine():
    series = changed_series()
    plan, (level,) = levels_of(series, random_rows(series, 9))
    _, terms = change_terms_by_cause(plan, level, "2016Q1", level, "2016Q2")
    both = np.flatnonzero(np.isfinite(level.scored.index).all(axis=0))
    expected = change_terms(plan, level.result(0, both), level.result(1, both))
    assert terms.sum(axis=2) == pytest.approx(expected, abs=1e-9)


def test_a_revision_is_one_term_and_a_new_method_another():
    series = changed_series()
    rows, better = (random_rows(series, 4, gap=0.0) for _ in range(2))
    better["numerator"] = np.where(better["indicator_code"] == "q2", better["numerator"] - 5, better["numerator"])
    better["value"] = better["numerator"] / better["denominator"] * 100
    plan, (then,) = levels_of(series, rows)
    _, (now,) = levels_of(series, better)
    _, terms = change_terms_by_cause(plan, then, "2016Q1", now, "2016Q1", is_revision=True)
    kinds = np.abs(terms).max(axis=(0, 1))
    assert kinds[TERMS.index("revision")] > 0
    assert np.delete(kinds, TERMS.index("revision")).max() == 0
    assert terms.sum(axis=(1, 2)) == pytest.approx(now.scored.index[0] - then.scored.index[0], abs=1e-9)
    content = small_content()
    content["dimensions"][1]["indicators"][1]["goalposts"] = {"impermissible": 0, "satisfactory": 70}
    other = small_series(dimensions=content["dimensions"])
    plan, (changed,) = levels_of(other, rows)
    _, terms = change_terms_by_cause(plan, then, "2016Q1", changed, "2016Q1", is_revision=True)
    assert np.abs(terms[..., TERMS.index("method")]).max() > 0
    assert np.abs(terms[..., TERMS.index("revision")]).max() < 1e-9


def test_an_area_or_a_quarter_that_was_not_there_has_no_terms():
    series = changed_series()
    plan, (level,) = levels_of(series, random_rows(series, 4, gap=0.0))
    _, (fewer,) = levels_of(series, random_rows(series, 4, gap=0.0, count=3))
    areas, terms = change_terms_by_cause(plan, fewer, "2016Q1", level, "2016Q2")
    assert areas == ("c0", "c1", "c2")
    assert terms.shape == (3, 4, len(TERMS))
    areas, terms = change_terms_by_cause(plan, level, "2015Q4", level, "2016Q2")
    assert areas == ()
    assert terms.shape == (0, 4, len(TERMS))


def test_worth_is_the_mean_weight_in_a_weighted_mean():
    series = changed_series()
    plan, (level,) = levels_of(series, random_rows(series, 4, gap=0.0))
    everyone = np.arange(5)
    parts = change_parts(plan, level.result(0, everyone), level.result(1, everyone))
    assert parts.worth == pytest.approx(np.tile([0.3, 0.1, 0.4, 0.2], (5, 1)))
    assert parts.weighting == pytest.approx(np.zeros((5, 4)))
    assert isinstance(level.result(0, everyone), Result)


def test_a_change_of_rank_is_split_into_own_and_others_part():
    # the third jumps from 60 to 95 and first place; the first keeps 90 and falls to second by others' doing
    found = rank_change_parts(np.array([90.0, 80, 60]), np.array([90.0, 80, 95]), RULE)
    assert found.own == pytest.approx([0, 0, 2])
    assert found.others == pytest.approx([-1, -1, 0])


def test_own_and_others_part_are_the_mean_of_two_orders():
    # second: 80 → 85 gains a place only because the first fell to 84: own part 0 among the old, 1 among the later
    found = rank_change_parts(np.array([90.0, 80]), np.array([84.0, 85]), RULE)
    assert found.own == pytest.approx([-0.5, 0.5])
    assert found.others == pytest.approx([-0.5, 0.5])


def test_ranks_that_are_not_there_have_no_parts():
    found = rank_change_parts(np.array([90.0, np.nan, 60]), np.array([90.0, 80, np.nan]), RULE)
    assert np.isnan(found.own[1:]).all()
    assert found.own[0] + found.others[0] == 0


def test_a_parent_s_score_is_its_areas_mean_and_the_mix():
    mean, mix = mix_terms(np.array([85.0]), np.array([[80.0], [90.0], [np.nan]]), np.array([[300.0], [100.0], [50.0]]))
    assert mean == pytest.approx([82.5])
    assert mix == pytest.approx([2.5])
    nothing, _ = mix_terms(np.array([85.0]), np.array([[np.nan], [70.0]]), np.array([[10.0], [0.0]]))
    assert np.isnan(nothing).all()


def test_the_price_of_an_event_is_what_one_more_costs():
    # one burglary in 1,450 households: 1/1450 per 1,000 = 0.6897; 40 ÷ 0.8 points each; weight 8 of 100
    score = lambda values: np.clip(100 - 50 * values, 40, 100)  # noqa: E731
    one = {"prior_mean": np.array([0.0]), "factor": np.array([1.0]), "multiplier": np.array([1000.0])}
    price = event_prices(
        np.array([0.0]), np.array([1450.0]), prior_strength=np.array([0.0]), is_share=np.array([False]), score=score,
        weight=np.array([0.08]), **one,
    )  # fmt: skip
    assert price == pytest.approx([-0.08 * 50 / 1.45])
    pulled = event_prices(
        np.array([0.0]), np.array([1450.0]), prior_strength=np.array([1450.0]), is_share=np.array([False]),
        score=score, weight=np.array([0.08]), **(one | {"prior_mean": np.array([0.0002])}),
    )  # fmt: skip
    assert pulled == pytest.approx([-0.08 * 50 / 2.9])
    beyond = event_prices(
        np.array([9.0]), np.array([1450.0]), prior_strength=np.array([0.0]), is_share=np.array([False]), score=score,
        weight=np.array([0.08]), **one,
    )  # fmt: skip
    assert beyond == [0.0]


def test_the_price_of_a_missed_visit_is_one_success_less():
    values = event_prices(
        np.array([[9.0, 0.0, np.nan, 3.0]]), np.array([[10.0, 10.0, 10.0, 0.0]]), np.zeros(4), np.zeros(4), np.ones(4),
        np.full(4, 100.0), np.full(4, True), lambda values: values, np.full(4, 0.5),
    )  # fmt: skip
    assert values[0, 0] == pytest.approx(-5.0)
    assert np.isnan(values[0, 1:]).all()


def peers_of(rows, count=10, weights=None, **how):
    figures = np.array(rows, dtype=float)
    return nearest(Traits(figures, np.ones(figures.shape[1]) if weights is None else np.array(weights)), count, **how)


def test_peers_are_the_nearest_in_all_traits_together():
    # two traits of standard deviation 1 each: the corners of a square, with a fifth area beside the first corner
    rows = [(-1, -1), (-1, 1), (1, -1), (1, 1), (0, 0)]
    found = peers_of(rows, 3)
    # the middle is √(2/0.8 ÷ 2) = 1.118 from every corner: variances are 4/5; sides are √(4/0.8 ÷ 2) = 1.581
    assert found.area[0].tolist() == [4, 1, 2]
    assert found.distance[0] == pytest.approx([1.25**0.5, 2.5**0.5, 2.5**0.5])
    assert found.area[4].tolist() == [0, 1, 2]  # equally near: in their order


def test_a_trait_counts_by_its_weight_and_not_by_its_unit():
    rows = [(0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5)]
    heavy = peers_of(rows, 3, weights=[3.0, 1.0])
    # variances 0.2; to b 3·1/0.2 ÷ 4 = 3.75, to c 1/0.2 ÷ 4 = 1.25, to the middle a quarter of their sum, 1.25
    assert heavy.area[0].tolist() == [2, 4, 1]
    assert heavy.distance[0] == pytest.approx([1.25**0.5, 1.25**0.5, 3.75**0.5])
    scaled = peers_of([(1000 * x, y) for x, y in rows], 3, weights=[3.0, 1.0])
    assert scaled.area.tolist() == heavy.area.tolist()
    assert scaled.distance == pytest.approx(heavy.distance)


def test_a_trait_in_which_no_areas_differ_adds_nothing():
    found = peers_of([(0.3, x) for x in (1, 2, 4, 8)], 3)
    assert found.area[:, 0].tolist() == [1, 0, 1, 2]
    assert np.isfinite(found.distance).all()


def test_who_lacks_a_trait_has_no_peers_and_is_nobody_s():
    found = peers_of([(1, 1), (2, np.nan), (3, 1), (4, 2), (5, 2)], 3)
    assert found.area[1].tolist() == [-1, -1, -1]
    assert np.isnan(found.distance[1]).all()
    assert not (found.area == 1).any()
    assert sorted(found.area[0].tolist()) == [2, 3, 4]
    assert (peers_of([(1,), (2,), (3,)]).area == -1).all()  # two others are no peers


def test_no_more_than_a_share_of_the_level_are_peers_but_three_are():
    rows = [(x,) for x in range(11)]
    assert peers_of(rows, 10, level_share=0.5).area.shape[1] == 5
    assert peers_of(rows, 4, level_share=0.5).area.shape[1] == 4
    assert peers_of(rows, 10, level_share=0.1).area.shape[1] == 3
    whole = peers_of(rows, 10, level_share=1.0)
    assert whole.area.shape[1] == 10
    assert (whole.area >= 0).all()


def rule_of(**parts):
    return Peers.model_validate(parts)


def test_traits_are_the_logarithm_of_the_size_and_the_shares_that_are_known():
    areas, sizes = ["a", "b", "c"], {"a": 1000.0, "b": 2000.0, "c": 0.0}
    shares = {"elderly": {"a": 0.2, "b": 0.3}, "nobody": {}}
    rule = rule_of(size_weight=2, shares=[{"code": "elderly"}, {"code": "nobody"}, {"code": "unheard", "weight": 3}])
    found = traits(areas, sizes, shares, rule)
    assert found.weight.tolist() == [2, 1]
    assert found.figures[:2] == pytest.approx(np.array([[np.log(1000), 0.2], [np.log(2000), 0.3]]))
    assert np.isnan(found.figures[2]).all()
    kind = traits(areas, sizes, shares, rule_of(size_weight=0, least_size=2000, shares=[{"code": "elderly"}]))
    assert kind.weight.tolist() == [1]
    assert kind.figures[1] == pytest.approx([0.3])
    assert np.isnan(kind.figures[[0, 2]]).all()  # too small
    unsized = traits(areas, {}, shares, rule_of(least_size=2000, shares=[{"code": "elderly"}]))
    assert unsized.figures[:2, 0].tolist() == [0.2, 0.3]
    assert np.isnan(traits(areas, {}, {}, rule_of()).figures).all()
    thousands = traits(areas, {"a": 0.5, "b": 1.0, "c": 0.0}, {}, rule_of())
    assert thousands.figures[:, 0] == pytest.approx([np.log(0.5), 0, np.nan], nan_ok=True)


def test_strengths_and_weaknesses_are_distances_from_the_median_of_peers():
    scores = np.array([[70.0, 1], [80, 2], [90, 3], [80, np.nan], [60, 5]])
    chosen = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 4], [0, 1, 2], [0, 1, -1]])
    distance, above = against_peers(scores, chosen)
    assert distance[:, 0] == pytest.approx([-10, 0, 20, 0, np.nan], nan_ok=True)
    assert above[:, 0] == pytest.approx([0, 0.5, 1, 0.5, np.nan], nan_ok=True)
    assert np.isnan(distance[3, 1])
    assert np.isnan(distance[1, 1])  # two peers with a score are too few


def test_a_child_of_half_an_exposure_counts_half():
    mean, mix = mix_terms(np.array([80.0]), np.array([[80.0], [90.0]]), np.array([[0.5], [0.5]]))
    assert (mean, mix) == (pytest.approx([85.0]), pytest.approx([-5.0]))


def test_a_figure_counted_in_only_one_quarter_is_all_events_by_its_value():
    found = causes_of(counted(np.nan, np.nan, 60, value=4.0), counted(9, 1500, 50, value=5.0))
    assert found == pytest.approx({"events": -10, "exposure": 0, "shrinkage": 0, "method": 0, "clamp": 0}, abs=1e-9)
    nobody = causes_of(counted(4, 0, 60, value=4.0, prior=(0.002, 10.0)), counted(9, 1500, 50, value=5.0))
    assert nobody["events"] == pytest.approx(-10)


def price_of(count, exposure, *, prior=(0.0, 0.0), factor=1.0, multiplier=1.0, is_share=False, weight=1.0):
    parts = (np.array([float(part)]) for part in (count, exposure, *prior, factor, multiplier))
    return event_prices(*parts, np.array([is_share]), lambda values: -values, np.array([weight]))[0]


def test_the_price_of_an_event_is_rescaled_and_multiplied_as_the_value_is():
    # one in 4 + 16, times the factor 1/2 and 100: 2.5 more of what is bad, a weight of 0.2: half a point
    assert price_of(3, 16, prior=(0.5, 4.0), factor=0.5, multiplier=100, weight=0.2) == pytest.approx(-0.5)


def test_a_price_needs_an_exposure_even_where_there_is_a_prior():
    assert np.isnan(price_of(3, 0, prior=(0.5, 4.0)))
    assert price_of(3, 1, prior=(0.5, 4.0)) == pytest.approx(-0.2)


def test_the_last_success_of_a_share_can_be_lost():
    assert price_of(1, 10, is_share=True) == pytest.approx(0.1)
    assert np.isnan(price_of(0, 10, is_share=True))
    assert price_of(0, 10) == pytest.approx(-0.1)


def test_peers_that_are_not_there_count_for_nothing():
    scores = np.array([[70.0], [80], [60], [50], [np.nan]])
    # of three peers with a score two are below and one above; the fourth has none, the fifth place is empty
    distance, above = against_peers(scores, np.array([[1, 2, 3, 4, -1]] * 5))
    assert above[0, 0] == pytest.approx(2 / 3)
    assert distance[0, 0] == pytest.approx(10)


def test_an_area_s_peers_are_ten_if_nothing_is_said():
    figures = np.arange(1.0, 14.0)[:, None]
    found = nearest(Traits(figures, np.ones(1)))
    assert found.area.shape == (13, 10)
    assert found.area[0].tolist() == list(range(1, 11))
    assert (Peers().count, Peers().level_share, Peers().size_weight, Peers().least_size) == (10, 0.5, 1, 0)


def test_what_the_areas_of_a_parent_are_rescaled_by_is_part_of_the_pull():
    """10 of 100 times 1.2, then 20 of 100 times 1.5. Events first: 0.1·1.2 and then 0.2·0.3; events last: 0.1·0.3 and
    then 0.1·1.5. Half of each: events 0.135, the factor 0.045, and nothing is left for floor and cap."""

    def counts(events, factor):
        one = np.ones(1)
        value = events / 100 * factor * one
        return ScoredCounts(events * one, 100 * one, np.nan * one, 0 * one, factor * one, value, value, lambda v: v)

    found = change_causes(counts(10, 1.2), counts(20, 1.5), np.ones(1))[0]
    assert dict(zip(CAUSES, found, strict=True)) == pytest.approx(
        {"events": 0.135, "exposure": 0.0, "shrinkage": 0.045, "method": 0.0, "clamp": 0.0}
    )
