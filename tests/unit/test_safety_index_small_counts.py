"""Small counts: priors by moments, shrinkage, and intervals of a single count."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from safety_index.small_counts.estimates import estimates, prior_of
from safety_index.small_counts.intervals import byar_interval, exact_poisson_interval, wilson_interval
from safety_index.small_counts.priors import LEAST_VARIATION, Prior, beta_prior, gamma_prior
from safety_index.small_counts.shrinkage import shrunken
from safety_index.tables.cube import cubes
from tests.unit.safety_index_builders import small_content, small_series, table

COUNT, SIZE = np.array([0.0, 2.0, 5.0, 9.0]), np.array([100.0, 100.0, 200.0, 100.0])


def test_marshall_s_prior_is_the_formula_worked_by_hand():
    # m = 16/500 = 0.032; rates 0, .02, .025, .09; Σn(r − m)² = .1024 + .0144 + .0098 + .3364 = .463
    # A = .463/500 − .032/125 = .000926 − .000256 = .00067; strength m/A
    prior = gamma_prior(COUNT, SIZE, is_corrected=False)
    assert prior.mean == pytest.approx([0.032] * 4)
    assert prior.strength == pytest.approx([0.032 / 0.00067] * 4)


def test_marshall_s_rule_without_variance_takes_five_per_cent_of_the_mean():
    prior = gamma_prior(np.full(4, 5.0), np.full(4, 100.0), is_corrected=False)
    assert prior.strength == pytest.approx(1 / (LEAST_VARIATION**2 * 0.05))


def test_a_beta_prior_is_the_formula_worked_by_hand():
    # m = .032, v = .030976; Σn(p − m)² = .463; Σv = .123904; Σ(n − 1)v = 496 · .030976 = 15.364096
    # ρ = (.463 − .123904)/15.364096 = .0220707
    prior = beta_prior(COUNT, SIZE, is_corrected=False)
    steadied = (16 + (16.5 / 501)) / 501
    assert prior.mean == pytest.approx(steadied)
    assert prior.strength == pytest.approx(15.364096 / (0.463 - 0.123904) - 1)


def test_areas_are_pulled_towards_their_own_group_s_mean():
    group = np.array([0, 0, 1, 1])
    prior = gamma_prior(np.array([1.0, 3.0, 20.0, 24.0]), np.full(4, 100.0), group)
    assert prior.mean[0] == prior.mean[1]
    # half an event at the mean of all, 48.25/400, is added: (4 + .5)/(200 + .5 · 400/48.25)
    assert prior.mean[0] == pytest.approx(4.5 / (200 + 0.5 * 400 / 48.25))
    assert prior.mean[2] == pytest.approx(44.5 / (200 + 0.5 * 400 / 48.25))
    # one coefficient of variation for all: strength · mean, the gamma's shape, is the same everywhere
    assert prior.mean * prior.strength == pytest.approx([prior.mean[0] * prior.strength[0]] * 4)


@pytest.mark.parametrize(("learn", "share"), [(gamma_prior, 0.3), (beta_prior, 0.3)])
def test_the_corrected_estimate_is_nearly_unbiased_where_areas_truly_differ(learn, share):
    rng = np.random.default_rng(3)
    found = []
    for _ in range(60):
        size = rng.integers(20, 60, 200).astype(float)
        group = np.repeat(np.arange(20), 10)
        if learn is gamma_prior:
            rate = share * rng.gamma(4, 1 / 4, 200)  # strength 4/share
            found.append(np.median(learn(rng.poisson(rate * size), size, group).strength) * share)
        else:
            rate = rng.beta(share * 13, (1 - share) * 13, 200)  # strength 13
            found.append(learn(rng.binomial(size.astype(int), rate), size, group).strength[0])
    assert np.median(found) == pytest.approx(4 if learn is gamma_prior else 13, rel=0.12)


def test_a_small_variance_is_never_taken_for_none():
    even = gamma_prior(np.full(20, 5.0), np.full(20, 100.0))
    assert 20 < even.strength[0] * 0.05 < 1000  # a variation of 3 % to 22 %, though the counts show none
    sharper = gamma_prior(np.full(20, 500.0), np.full(20, 10_000.0))
    assert sharper.strength[0] > even.strength[0] * 10


def test_no_group_s_mean_is_nothing_or_everything():
    group = np.array([0, 0, 1, 1])
    rates = gamma_prior(np.array([0.0, 0, 5, 7]), np.full(4, 100.0), group)
    shares = beta_prior(np.array([100.0, 100, 50, 60]), np.full(4, 100.0), group)
    assert (rates.mean > 0).all()
    assert ((shares.mean > 0) & (shares.mean < 1)).all()
    assert shares.mean[0] == pytest.approx((200 + (310.5 / 401)) / 201)
    assert rates.mean[0] == pytest.approx(0.5 / (200 + 0.5 / (12.25 / 400)))


def test_an_area_without_exposure_takes_no_part_and_gets_its_group_s_prior():
    with_gap = gamma_prior(np.array([*COUNT, np.nan]), np.array([*SIZE, 0.0]))
    assert with_gap.mean[:4] == pytest.approx(gamma_prior(COUNT, SIZE).mean)
    assert with_gap.strength[:4] == pytest.approx(gamma_prior(COUNT, SIZE).strength)
    assert with_gap.mean[4] == with_gap.mean[0]


@pytest.mark.parametrize("learn", [gamma_prior, beta_prior])
def test_nothing_is_learnt_from_no_exposure(learn):
    with pytest.raises(ValueError, match="nothing to learn"):
        learn(np.zeros(3), np.zeros(3))


def test_a_share_with_more_successes_than_trials_is_refused():
    with pytest.raises(ValueError, match="poisson"):
        beta_prior(np.array([5.0, 1.0]), np.array([4.0, 9.0]))


def test_a_shrunken_rate_is_the_weighted_mean_of_own_and_prior():
    # (0.04·50 + 9)/(50 + 100) = 11/150; own weight 100/150
    found = shrunken(np.array([9.0]), np.array([100.0]), Prior(np.array([0.04]), np.array([50.0])))
    assert found.estimate == pytest.approx([11 / 150])
    assert found.weight == pytest.approx([2 / 3])
    assert found.factor == [1.0]


def test_an_area_without_exposure_has_the_prior_s_mean_and_no_weight():
    found = shrunken(np.array([np.nan]), np.array([0.0]), Prior(np.array([0.04]), np.array([50.0])))
    assert found.estimate == pytest.approx([0.04])
    assert found.weight == [0.0]


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 500), st.integers(0, 2)), min_size=2, max_size=12),
    st.floats(0.001, 0.5),
    st.floats(0.1, 1000),
)
def test_rescaled_estimates_add_up_to_the_parent_s_count(areas, mean, strength):
    count, size, parent = (np.array(part, dtype=float) for part in zip(*areas, strict=True))
    parent = parent.astype(int)
    prior = Prior(np.full(len(count), mean), np.full(len(count), strength))
    found = shrunken(count, size, prior, parent)
    for one in np.unique(parent):
        inside = parent == one
        if count[inside].sum() > 0:
            assert np.sum(size[inside] * found.estimate[inside]) == pytest.approx(count[inside].sum())
        else:
            assert (found.factor[inside] == 1).all()
    assert found.estimate / found.factor == pytest.approx((mean * strength + count) / (strength + size))


def test_shrinkage_hides_true_pockets_no_more_than_its_weight_says():
    """A pocket with four times the mean keeps, on average, the share of its excess that the weight states."""
    rng = np.random.default_rng(8)
    size, kept, weights = np.full(185, 1450.0), [], []
    for _ in range(60):
        rate = 0.7e-3 * rng.gamma(4, 1 / 4, 185)
        rate[0] = 2.8e-3
        count = rng.poisson(rate * size).astype(float)
        found = shrunken(count, size, gamma_prior(count, size))
        mean = count.sum() / size.sum()
        kept.append((found.estimate[0] - mean) / (2.8e-3 - mean))
        weights.append(found.weight[0])
    assert np.mean(kept) == pytest.approx(np.mean(weights), abs=0.06)
    assert 0.1 < np.mean(weights) < 0.5


def test_wilson_s_interval_has_the_textbook_ends():
    # 8 of 10, 95 %: 0.4902 to 0.9433
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 10)[0] == pytest.approx(0, abs=1e-12)
    assert wilson_interval(10, 10)[1] == pytest.approx(1)
    assert np.isnan(wilson_interval(0, 0)).all()
    narrow, wide = wilson_interval(8, 10, 0.5), wilson_interval(8, 10, 0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_exact_poisson_interval_has_the_textbook_ends():
    # Garwood's table, 95 %: 0 → 0 to 3.689; 1 → 0.0253 to 5.572; 10 → 4.795 to 18.391
    lower, upper = exact_poisson_interval([0, 1, 10])
    assert lower == pytest.approx([0, 0.0253, 4.7954], abs=1e-4)
    assert upper == pytest.approx([3.6889, 5.5716, 18.3904], abs=1e-4)


def test_less_than_one_event_has_an_interval_of_its_own():
    # half an event: the ends are half the χ² quantiles of 1 and 3 degrees of freedom
    lower, upper = exact_poisson_interval([0.5, 1.0])
    assert lower[0] == pytest.approx(stats.chi2.ppf(0.025, 1) / 2)
    assert upper[0] == pytest.approx(stats.chi2.ppf(0.975, 3) / 2)
    assert lower[0] < lower[1]


def test_byar_s_interval_is_close_to_the_exact_one():
    counts = np.array([1, 3, 10, 100])
    for byar, exact in zip(byar_interval(counts), exact_poisson_interval(counts), strict=True):
        assert byar[1:] == pytest.approx(exact[1:], rel=0.03)
    assert byar_interval(0)[0] == 0
    # 10 events: 10·(1 − 1/90 − 1.96/(3√10))³ and 11·(1 − 1/99 + 1.96/(3√11))³
    assert byar_interval(10) == pytest.approx((4.7922, 18.3891), abs=5e-3)


@pytest.mark.parametrize("interval", [lambda c: wilson_interval(1, 2, c), lambda c: exact_poisson_interval(1, c)])
@pytest.mark.parametrize("coverage", [0.0, 1.0, 95])
def test_a_coverage_that_is_no_share_is_refused(interval, coverage):
    with pytest.raises(ValueError, match="between 0 and 1"):
        interval(coverage)


def counted_series(**changes):
    content = small_content()
    p1, p2 = content["dimensions"][0]["indicators"]
    p1["count_model"], p2["count_model"] = "binomial", "poisson"
    return small_series(**({"dimensions": content["dimensions"]} | changes))


def counted_rows(series, area, hits, level="committee", parent="s1", status="observed", size=200.0):
    return [
        {
            "area_code": area, "quarter": "2016Q1", "indicator_code": code, "area_level_code": level,
            "parent_code": parent, "numerator": hit, "denominator": size,
            "value": np.nan if status == "missing" else hit / size * 100, "status_code": status,
            "window_quarter_count": 1,
        }
        for code, hit in zip(series.indicator_codes, hits, strict=True)
    ]  # fmt: skip


def only_cube(series, *rows):
    return next(iter(cubes(series, table(*rows))))


def test_a_series_pulls_only_the_levels_and_indicators_that_it_names():
    areas = [("c1", (150, 2, 40, 20)), ("c2", (190, 9, 60, 30)), ("c3", (120, 0, 50, 25))]
    pulled = counted_series(small_counts={"target": {"committee": "parent"}})
    cube = only_cube(pulled, *(counted_rows(pulled, *area) for area in areas))
    found = estimates(pulled, cube)
    assert np.array_equal(found.value[..., 2:], cube.value[..., 2:])
    assert (found.weight[..., 2:] == 1).all()
    assert (found.prior_strength[..., 2:] == 0).all()
    prior = gamma_prior(cube.numerator[0, :, 1], cube.denominator[0, :, 1], np.zeros(3, int))
    by_hand = (prior.mean * prior.strength + [2, 9, 0]) / (prior.strength + 200) * 100
    assert found.value[0, :, 1] == pytest.approx(by_hand)
    assert found.weight[0, :, 1] == pytest.approx(200 / (200 + prior.strength))
    assert found.prior_mean[0, :, 1] == pytest.approx(prior.mean)
    shares = beta_prior(cube.numerator[0, :, 0], cube.denominator[0, :, 0], np.zeros(3, int))
    assert found.value[0, :, 0] == pytest.approx(
        (shares.mean * shares.strength + [150, 190, 120]) / (shares.strength + 200) * 100
    )
    untouched = counted_series(small_counts={"target": {"sub_district": "parent"}})
    assert np.array_equal(estimates(untouched, cube).value, cube.value)


def test_estimates_add_up_to_the_parent_where_the_series_says_so():
    series = counted_series(small_counts={"target": {"committee": "level"}, "adds_up": True})
    areas = [("c1", (150, 2, 1, 1), "s1"), ("c2", (190, 9, 1, 1), "s1"), ("c3", (120, 4, 1, 1), "s2")]
    cube = only_cube(series, *(counted_rows(series, area, hits, parent=parent) for area, hits, parent in areas))
    found = estimates(series, cube)
    assert found.value[0, :2, 1].sum() * 2 == pytest.approx(11)
    assert found.value[0, 2, 1] * 2 == pytest.approx(4)
    assert found.factor[0, 0, 1] == found.factor[0, 1, 1] != 1


def test_what_is_not_observed_is_left_as_it_is():
    series = counted_series(small_counts={"target": {"committee": "level"}})
    rows = [
        counted_rows(series, "c1", (150, 2, 40, 20)),
        counted_rows(series, "c2", (190, 9, 60, 30)),
        counted_rows(series, "c3", (10, 1, 1, 1), status="passed_down"),
        counted_rows(series, "c4", (10, 1, 1, 1), status="missing"),
    ]
    cube = only_cube(series, *rows)
    found = estimates(series, cube)
    assert np.array_equal(found.value[0, 2], cube.value[0, 2])
    assert np.isnan(found.value[0, 3]).all()
    assert found.weight[0, 2, 0] == 1
    assert np.isnan(found.weight[0, 3]).all()


def test_a_target_of_parent_has_a_mean_for_each_parent_and_a_target_of_level_one_for_all():
    areas = [("c1", (150, 2, 1, 1), "s1"), ("c2", (160, 4, 1, 1), "s1"), ("c3", (60, 30, 1, 1), "s2")]
    for target, group in (("parent", np.array([0, 0, 1])), ("level", None)):
        series = counted_series(small_counts={"target": {"committee": target}})
        cube = only_cube(series, *(counted_rows(series, area, hits, parent=parent) for area, hits, parent in areas))
        found = estimates(series, cube)
        for place, learn in ((0, beta_prior), (1, gamma_prior)):
            prior = learn(cube.numerator[0, :, place], cube.denominator[0, :, place], group)
            assert found.prior_mean[0, :, place] == pytest.approx(prior.mean)
            assert found.prior_strength[0, :, place] == pytest.approx(prior.strength)


def test_one_in_the_denominator_is_enough_to_be_pulled_and_none_is_not():
    series = counted_series(small_counts={"target": {"committee": "level"}})
    rows = [counted_rows(series, f"c{n}", (150, n, 40, 20)) for n in range(1, 4)]
    cube = only_cube(series, *rows)
    denominator = cube.denominator.copy()
    denominator[0, 0, 1], denominator[0, 1, 1] = 0.0, 1.0
    found = estimates(series, replace(cube, denominator=denominator))
    assert (found.weight[0, 0, 1], found.prior_strength[0, 0, 1]) == (1, 0)
    assert found.value[0, 0, 1] == cube.value[0, 0, 1]
    assert 0 < found.weight[0, 1, 1] < 1
    assert found.weight[0, 1, 1] == pytest.approx(1 / (1 + found.prior_strength[0, 1, 1]))


def test_where_nothing_is_known_of_one_indicator_the_others_are_still_pulled():
    series = counted_series(small_counts={"target": {"committee": "level"}})
    rows = [counted_rows(series, f"c{n}", (150, n, 40, 20)) for n in range(1, 4)]
    cube = only_cube(series, *rows)
    denominator = cube.denominator.copy()
    denominator[0, :, 0] = 0.0
    found = estimates(series, replace(cube, denominator=denominator))
    assert (found.prior_strength[0, :, 0] == 0).all()
    assert (found.prior_strength[0, :, 1] > 0).all()


def test_a_quarter_s_prior_is_handed_out_by_indicator():
    series = counted_series(small_counts={"target": {"committee": "level"}})
    cube = only_cube(series, *(counted_rows(series, f"c{n}", (150 + n, n, 40, 20)) for n in range(1, 4)))
    found = estimates(series, cube)
    shares, rates = (prior_of(found, 0, place) for place in (0, 1))
    assert shares.mean == pytest.approx(beta_prior(cube.numerator[0, :, 0], cube.denominator[0, :, 0]).mean)
    assert rates.mean == pytest.approx(gamma_prior(cube.numerator[0, :, 1], cube.denominator[0, :, 1]).mean)
    assert rates.strength == pytest.approx(found.prior_strength[0, :, 1])


def test_a_parent_with_a_single_event_is_added_up_to_too():
    # (0.1·5 + y)/(5 + 10): 1.5/15 and 0.5/15, which make (1.5 + 0.5)·10/15 = 4/3 events where 1 was counted
    prior = Prior(np.full(2, 0.1), np.full(2, 5.0))
    found = shrunken(np.array([1.0, 0]), np.full(2, 10.0), prior, np.zeros(2, int))
    assert found.factor == pytest.approx([0.75] * 2)
    # with a prior of hardly any events the estimates make less than the one: (0.001·5 + y)·10/15
    prior = Prior(np.full(2, 0.001), np.full(2, 5.0))
    found = shrunken(np.array([1.0, 0]), np.full(2, 10.0), prior, np.zeros(2, int))
    assert found.factor == pytest.approx([1.5 / 1.01] * 2)


def test_lists_of_one_say_nothing_of_how_much_areas_differ():
    # nothing is left to learn from, so the share between areas is the mean of a standard half-normal, √(2/π)
    prior = beta_prior(np.array([1.0, 0.0, 1.0]), np.ones(3))
    assert prior.strength == pytest.approx(1 / np.sqrt(2 / np.pi) - 1)
