"""Draws, the quarters that windows share, and what is said of draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from safety_index.method.plan import Plan
from safety_index.method.ranking import ranks as ranked
from safety_index.method.scores import score_values
from safety_index.series.settings import RankRule
from safety_index.uncertainty.errors import MeasurementErrors
from safety_index.uncertainty.gammas import GammaTotals
from safety_index.uncertainty.settings import Uncertainty
from safety_index.uncertainty.simulation import simulate
from safety_index.uncertainty.streams import Streams
from safety_index.uncertainty.summaries import (
    change_class,
    interval,
    rank_interval,
    share_at_most,
    share_from,
    share_improved,
)
from safety_index.uncertainty.windows import single_quarters, window_places
from tests.unit.safety_index_draws import (
    QUARTERS,
    SHARE_AND_RATE,
    as_parents,
    level_of,
    posterior_of,
    rows_of,
    series_with,
    some_counts,
)

RNG = np.random.default_rng(11)


def gamma(streams, shape, *names):
    return streams.gammas({names: shape})[names]


def test_a_cell_s_stream_depends_on_its_names_and_the_seed_alone():
    first, second = Streams(1, 50), Streams(1, 50)
    gamma(second, 3.0, "elsewhere", "x")
    assert np.array_equal(gamma(first, 2.5, "a", "b"), gamma(second, 2.5, "a", "b"))
    assert not np.array_equal(gamma(first, 2.5, "a", "b"), gamma(first, 2.5, "ab", ""))
    assert not np.array_equal(gamma(first, 2.5, "a", "b"), gamma(Streams(2, 50), 2.5, "a", "b"))
    assert np.array_equal(first.normal("a"), second.normal("a"))


def test_gammas_that_are_asked_for_together_are_those_asked_for_alone():
    shapes = {("a",): 7.0, ("b",): 0.3, ("c",): 1.5, ("d",): 2.5, ("e",): 2.0, ("f",): 900.0}
    together = Streams(1, 50).gammas(shapes)
    assert together.keys() == shapes.keys()
    for names, shape in shapes.items():
        assert np.array_equal(together[names], gamma(Streams(1, 50), shape, *names))
    assert Streams(1, 50).gammas({}) == {}


def test_streams_of_different_names_are_independent_and_distributed_as_said():
    streams = Streams(5, 4000)
    drawn = np.array([gamma(streams, 4.0, "area", str(number)) for number in range(8)])
    assert np.abs(np.corrcoef(drawn)[np.triu_indices(8, 1)]).max() < 0.06
    assert stats.kstest(drawn.ravel(), "gamma", args=(4.0,)).pvalue > 0.001
    assert stats.kstest(streams.normal("n"), "norm").pvalue > 0.001


def test_single_quarters_come_back_out_of_their_windows():
    own = np.array([[2.0, 0], [1, 5], [0, 3], [4, 1], [2, 2], [7, 0]])
    sums = np.array([own[max(place - 3, 0) : place + 1].sum(axis=0) for place in range(6)])
    lengths = np.minimum(np.arange(6) + 1, 4)[:, None] * np.ones((1, 2), dtype=int)
    assert np.array_equal(single_quarters(sums, lengths, np.arange(100, 106)), own)


def test_a_window_that_reaches_back_before_the_table_says_nothing_of_single_quarters():
    sums = np.array([[9.0], [10.0], [4.0]])
    lengths = np.array([[4], [4], [1]])
    known = single_quarters(sums, lengths, np.array([100, 101, 102]))
    assert np.isnan(known[:2]).all()
    assert known[2] == 4.0


def test_windows_that_contradict_one_another_say_nothing():
    known = single_quarters(np.array([[5.0], [3.0]]), np.array([[1], [2]]), np.array([100, 101]))
    assert known[0] == 5.0
    assert np.isnan(known[1])


def test_a_quarter_that_is_not_in_the_table_is_not_jumped_over():
    known = single_quarters(np.array([[5.0], [8.0]]), np.array([[1], [2]]), np.array([100, 102]))
    assert np.isnan(known[1])
    places = window_places(np.array([100, 101, 103]), 2)
    assert {key: list(value) for key, value in places.items()} == {
        (0, 1): [0],
        (1, 1): [1],
        (1, 2): [1, 0],
        (2, 1): [2],
    }


def test_draws_of_a_rate_without_a_prior_have_the_posterior_of_a_neutral_one():
    series = series_with(**SHARE_AND_RATE)
    counts = some_counts(1)
    (cube,) = level_of(series, rows_of("c1", counts))
    drawn = posterior_of(series, cube).draw(0, Streams(3, 4000))
    for line, length in ((0, 1), (5, 4)):
        total = counts["p2"][line + 1 - length : line + 1].sum()
        rate = drawn[line, 1] / 100 * 200 * length
        assert stats.kstest(rate, "gamma", args=(total + 1 / 3,)).pvalue > 0.001
    hits = counts["p1"][5]
    assert stats.kstest(drawn[5, 0] / 100, "beta", args=(hits + 1 / 3, 200 + 1 / 3 - hits)).pvalue > 0.001
    assert (drawn[:, 2] == 30.0).all()


def test_a_window_that_begins_before_the_table_is_drawn_from_all_its_events():
    series = series_with(**SHARE_AND_RATE)
    rows = [row for row in rows_of("c1", {"p1": [160] * 6, "p2": [7] * 6}) if row["quarter"] >= QUARTERS[3]]
    (cube,) = level_of(series, rows)
    drawn = posterior_of(series, cube, range(3)).draw(0, Streams(3, 4000))
    assert stats.kstest(drawn[0, 1] / 100 * 800, "gamma", args=(28 + 1 / 3,)).pvalue > 0.001


def test_half_of_the_draws_lie_above_the_plain_ratio_where_nothing_is_known_beforehand():
    # a gamma's median is its shape less a third, but for 0.02 by the shape: Jeffreys's would be a sixth of an event
    # above
    series = series_with(**SHARE_AND_RATE)
    events = np.array([1, 3, 8, 20, 60, 150])
    (cube,) = level_of(series, rows_of("c1", {"p1": np.full(6, 100), "p2": events}, size=200.0))
    drawn = posterior_of(series, cube).draw(0, Streams(5, 20_000))
    window = [events[max(line - 3, 0) : line + 1].sum() for line in range(6)]
    assert np.median(drawn[:, 1], axis=-1) == pytest.approx(cube.value[:, 0, 1], rel=0.03)
    assert (drawn[:, 1] > cube.value[:, 0, 1][:, None]).mean(axis=-1) == pytest.approx(0.5, abs=0.02), window
    assert (drawn[:, 0] > 50).mean() == pytest.approx(0.5, abs=0.01)


def test_draws_under_a_prior_have_the_posterior_that_the_estimate_is_the_mean_of():
    rule = {"target": {"committee": "level"}, "adds_up": False}
    series = series_with(**SHARE_AND_RATE, small_counts=rule)
    cube = level_of(series, *(rows_of(f"c{n}", some_counts(n)) for n in range(6)))[0]
    posterior = posterior_of(series, cube)
    found = posterior.found
    for area in (0, 3):
        drawn = posterior.draw(area, Streams(4, 4000))
        mean, strength = found.prior_mean[5, area, 1], found.prior_strength[5, area, 1]
        shape, rate = mean * strength + cube.numerator[5, area, 1], strength + cube.denominator[5, area, 1]
        assert stats.kstest(drawn[5, 1] / 100 * rate, "gamma", args=(shape,)).pvalue > 0.001
        assert drawn[5, 1].mean() == pytest.approx(found.value[5, area, 1], rel=0.03)
        mean, strength = found.prior_mean[5, area, 0], found.prior_strength[5, area, 0]
        hits = cube.numerator[5, area, 0]
        sides = (mean * strength + hits, (1 - mean) * strength + 200 - hits)
        assert stats.kstest(drawn[5, 0] / 100, "beta", args=sides).pvalue > 0.001


def totals(prior, counts, length=1):
    """The totals of one area and indicator in six quarters, each window summing ``length`` of them; before the first
    quarter it was as in the first."""
    single = np.array(counts, dtype=float)
    with_before = np.concatenate([np.full(length - 1, single[0]), single])
    whole = np.array([with_before[place : place + length].sum() for place in range(6)])
    windows = {(place, length): list(range(place, place - length, -1)) for place in range(length - 1, 6)}
    parts = (np.array(part, dtype=float).reshape(6, 1, 1) for part in (prior, whole, single))
    return GammaTotals("hit", *parts, np.full((6, 1, 1), length), windows, QUARTERS)


def drawn_from(found, size=4000, moved=()):
    return found.draw(range(6), 0, [0], [("c1", "p2")], Streams(3, size), moved)[:, 0]


def test_a_prior_is_stretched_up_to_four_times_from_one_quarter_to_another():
    shapes = [2.0, 3.0, 8.0, 7.5, 4.0, 2.0]
    drawn = drawn_from(totals(shapes, [0] * 6))
    assert np.array_equal(drawn[0], drawn[5])
    for line, shape in ((1, 3.0), (2, 8.0)):  # the same mean and variance, and never below nought
        assert drawn[line] == pytest.approx(shape + (drawn[0] - 2) * np.sqrt(shape / 2), abs=1e-5)
        assert drawn[line].mean() == pytest.approx(shape, rel=0.03)
        assert drawn[line].min() > 0
    assert stats.kstest(drawn[0], "gamma", args=(2.0,)).pvalue > 0.001


def test_a_prior_that_changes_more_is_the_same_unknown_all_the_same():
    """Four times is stretched and more is not; what is unknown in two quarters is no change between them."""
    shapes = [0.7, 2.0, 8.5, 40.0, 44.0, 9.0]
    drawn = drawn_from(totals(shapes, [0] * 6))
    for line, shape in enumerate(shapes):
        assert stats.kstest(drawn[line], "gamma", args=(shape,)).pvalue > 0.001
    together = np.corrcoef(drawn)
    for first, second, least in ((0, 1, 0.9), (1, 2, 0.9), (2, 3, 0.95), (2, 5, 0.999), (3, 4, 0.999)):
        assert together[first, second] > least
    # of a rate drawn in either quarter hardly anything is left in the difference
    rates = drawn / np.array(shapes, dtype=np.float32)[:, None]
    assert (rates[3] - rates[4]).std() < 0.1 * rates[3].std()


def test_a_quarter_s_own_events_are_its_own_and_what_is_known_beforehand_is_not():
    drawn = drawn_from(totals([20.0] * 6, [4, 9, 4, 4, 4, 0]))
    assert np.corrcoef(drawn[0], drawn[1])[0, 1] == pytest.approx(20 / np.sqrt(24 * 29), abs=0.02)
    for line, shape in ((0, 24.0), (1, 29.0), (5, 20.0)):
        assert stats.kstest(drawn[line], "gamma", args=(shape,)).pvalue > 0.001


def test_a_window_has_the_parts_of_its_quarters():
    drawn = drawn_from(totals([0.5] * 6, [2, 2, 2, 0, 2, 2], length=2))
    assert stats.kstest(drawn[1], "gamma", args=(4.5,)).pvalue > 0.001
    # windows next to one another share a quarter of 2 and the ½, and windows apart the ½ alone
    assert np.corrcoef(drawn[1], drawn[2])[0, 1] == pytest.approx(2.5 / 4.5, abs=0.03)
    assert np.corrcoef(drawn[1], drawn[5])[0, 1] == pytest.approx(0.5 / 4.5, abs=0.05)
    # the first window reaches back before the table: it is drawn by itself
    assert np.corrcoef(drawn[0], drawn[1])[0, 1] == pytest.approx(0.5 / 4.5, abs=0.05)
    assert stats.kstest(drawn[0], "gamma", args=(4.5,)).pvalue > 0.001


def test_quarters_and_windows_without_events_add_nothing():
    drawn = drawn_from(totals([2.0] * 6, [0] * 6))
    assert np.array_equal(drawn, drawn_from(totals([2.0] * 6, [0] * 6, length=2)))
    assert np.array_equal(drawn[0], drawn[5])


def test_a_quarter_of_one_event_adds_that_event():
    drawn = drawn_from(totals([0.5] * 6, [1] * 6))
    assert stats.kstest(drawn[3], "gamma", args=(1.5,)).pvalue > 0.001
    assert drawn.dtype == np.float32


def test_a_quarter_without_a_prior_leaves_the_others_as_they_are():
    prior = [2.0, 3.0, np.nan, 8.0, 9.0, 4.0]
    known, cell = [0, 1, 3, 4, 5], (0, [0], [("c1", "p2")], Streams(3, 400))
    for top in (8.0, 9.0):  # stretched, and not
        prior[4] = top
        drawn, whole = (totals(shapes, [2] * 6).draw(known, *cell) for shapes in (prior, [*prior[:2], 5.0, *prior[3:]]))
        assert np.array_equal(drawn, whole)
        assert np.isfinite(drawn).all()
        every = totals(prior, [2] * 6).draw(range(6), *cell)
        assert np.array_equal(every[known], drawn)
        assert np.isnan(every[2]).all()


def test_the_same_seed_gives_the_same_totals_of_priors_quarters_and_windows():
    # of shared quarters, and of a window that reaches back before the table; stretched, and of the same numbers
    for shapes, expected in (
        (
            [2.0, 3.0, 7.0, 2.0, 4.0, 2.0],
            [[4.986, 11.501], [2.636, 9.044], [6.564, 16.634], [6.728, 13.15], [7.162, 16.397], [3.052, 8.363]],
        ),
        (
            [2.0, 3.0, 9.0, 2.0, 40.0, 2.0],
            [[5.79, 9.521], [3.671, 6.398], [10.168, 14.324], [7.532, 11.171], [43.138, 52.086], [3.856, 6.383]],
        ),
    ):
        drawn = drawn_from(totals(shapes, [3, 0, 1, 4, 2, 2], length=2), size=2)
        assert drawn == pytest.approx(np.array(expected), abs=2e-3)


def test_what_moves_the_prior_moves_its_share_of_the_total():
    moved = np.full((6, 1, 4000), 1.5, dtype=np.float32)
    found = totals([20.0] * 6, [5] * 6)
    alone, after = drawn_from(found), drawn_from(found, moved=moved)
    # of 25 events 20 are the prior's: 25 becomes 35
    assert (after - alone).mean() == pytest.approx(10, rel=0.03)
    assert (after > alone).all()


def test_windows_that_share_three_quarters_share_their_draws():
    series = series_with(**SHARE_AND_RATE)
    (cube,) = level_of(series, rows_of("c1", some_counts(2)))
    drawn = posterior_of(series, cube).draw(0, Streams(3, 4000))[:, 1]
    counts = some_counts(2)["p2"]
    # four quarters' windows 4 and 5 share quarters 2, 3, 4 and the prior's ½ of a count
    shared, first, second = counts[2:5].sum() + 0.5, counts[1], counts[5]
    expected = shared / np.sqrt((shared + first) * (shared + second))
    assert np.corrcoef(drawn[4], drawn[5])[0, 1] == pytest.approx(expected, abs=0.05)
    assert np.corrcoef(drawn[0], drawn[5])[0, 1] == pytest.approx(
        0.5 / np.sqrt((counts[0] + 0.5) * (counts[2:6].sum() + 0.5)), abs=0.06
    )


def test_an_indicator_whose_window_is_no_sum_is_drawn_by_itself_in_each_quarter():
    stock = {"count_model": "poisson", "window_quarter_count": 4, "window_is_sum": False}
    series = series_with(p1={"count_model": "binomial"}, p2=stock)
    (cube,) = level_of(series, rows_of("c1", some_counts(2)))
    drawn = posterior_of(series, cube).draw(0, Streams(3, 4000))[:, 1]
    assert abs(np.corrcoef(drawn[4], drawn[5])[0, 1]) < 0.12


def test_a_figure_without_its_counts_is_taken_for_exact():
    series = series_with(**SHARE_AND_RATE)
    rows = [
        row | ({"numerator": np.nan} if row["indicator_code"] == "p1" else {}) for row in rows_of("c1", some_counts(2))
    ]
    (cube,) = level_of(series, rows)
    drawn = posterior_of(series, cube).draw(0, Streams(3, 200))
    assert (drawn[5, 0] == np.float32(cube.value[5, 0, 0])).all()
    assert drawn[5, 1].std() > 0


def test_a_share_above_one_is_a_fault_of_the_table():
    series = series_with(**SHARE_AND_RATE)
    rows = [row | {"denominator": 10.0} for row in rows_of("c1", some_counts(2))]
    with pytest.raises(ValueError, match=r"committee 2016Q1 c1 p1: is a share.*and 5 more"):
        level_of(series, rows)


def test_a_passed_down_figure_is_the_parent_s_own_draw():
    series = series_with(**SHARE_AND_RATE)
    above = rows_of("s1", some_counts(4), level="sub_district", parent="d", size=2000.0)
    below = [rows_of(area, some_counts(9), statuses={"p1": "passed_down"}) for area in ("c1", "c2")]
    parents, cube = level_of(series, above, *below)
    streams = Streams(3, 400)
    parent_draws = posterior_of(series, parents).draw(0, streams)
    given_parents = as_parents(series, parent_draws)
    first, second = (posterior_of(series, cube).draw(area, streams, given_parents) for area in (0, 1))
    assert np.array_equal(first[:, 0], parent_draws[:, 0])
    assert np.array_equal(second[:, 0], parent_draws[:, 0])
    assert not np.array_equal(first[:, 1], second[:, 1])


def test_a_figure_passed_down_from_nowhere_is_refused():
    series = series_with(**SHARE_AND_RATE)
    cube = level_of(series, rows_of("c1", some_counts(9), statuses={"p1": "passed_down"}))
    with pytest.raises(KeyError, match="s1"):
        list(simulate(Plan.of(series), cube, QUARTERS, draw_count=200))


def test_a_prior_towards_the_parent_moves_with_the_parent_s_draws():
    rule = {"target": {"committee": "parent"}, "adds_up": False}
    series = series_with(**SHARE_AND_RATE, small_counts=rule)
    rows = [rows_of(f"c{n}", some_counts(n)) for n in range(6)]
    above = rows_of("s1", {key: sum(some_counts(n)[key] for n in range(6)) for key in ("p1", "p2")},
                    level="sub_district", parent="d", size=1200.0)  # fmt: skip
    parents, cube = level_of(series, above, *rows)
    streams = Streams(3, 4000)
    drawn_above = posterior_of(series, parents).draw(0, streams)
    given_parents = as_parents(series, drawn_above)
    posterior = posterior_of(series, cube)
    alone, moved = posterior.draw(0, streams), posterior.draw(0, streams, given_parents)
    for place in (0, 1):
        assert moved[5, place].mean() == pytest.approx(alone[5, place].mean(), rel=0.02)
        assert moved[5, place].var() > alone[5, place].var() * 1.02
        pull = 1 - posterior.found.weight[5, 0, place]
        slope = np.cov(moved[5, place], drawn_above[5, place])[0, 1] / drawn_above[5, place].var()
        assert slope == pytest.approx(pull, abs=0.15)


def test_an_error_of_the_population_moves_all_rates_of_an_area_together():
    series = series_with(**SHARE_AND_RATE)
    (cube,) = level_of(series, rows_of("c1", {"p1": [160] * 6, "p2": [4000] * 6}))
    plain = posterior_of(series, cube).draw(0, Streams(3, 4000))
    errors = MeasurementErrors(exposure={("c1", quarter): 0.1 for quarter in QUARTERS})
    drawn = posterior_of(series, cube, errors=errors).draw(0, Streams(3, 4000))
    rate, exact = np.log(drawn[5, 1] / plain[5, 1]), np.log(drawn[5, 2] / plain[5, 2])
    assert rate.std() == pytest.approx(0.1, rel=0.05)
    in_single_precision = 5e-7
    assert rate == pytest.approx(-exact, abs=in_single_precision)
    same_in_every_quarter = np.log(drawn[0, 1] / plain[0, 1])
    assert rate == pytest.approx(same_in_every_quarter, abs=in_single_precision)
    assert np.array_equal(drawn[5, 0], plain[5, 0])  # a share has no population under it


def test_any_other_error_of_a_figure_is_its_own_in_every_quarter():
    series = series_with(**SHARE_AND_RATE)
    (cube,) = level_of(series, rows_of("c1", some_counts(3)))
    errors = MeasurementErrors(value={("c1", quarter, "q1"): 0.2 for quarter in QUARTERS[4:]})
    drawn = posterior_of(series, cube, errors=errors).draw(0, Streams(3, 4000))
    assert (drawn[0, 2] == 30.0).all()
    assert np.log(drawn[5, 2] / 30).std() == pytest.approx(0.2, rel=0.05)
    assert abs(np.corrcoef(drawn[4, 2], drawn[5, 2])[0, 1]) < 0.06


def simulated(series, rows, quarters=QUARTERS, **options):
    return list(simulate(Plan.of(series), level_of(series, *rows), quarters, draw_count=200, **options))


def test_adding_an_area_changes_no_other_s_draws():
    series = series_with(**SHARE_AND_RATE)
    rows = [rows_of(f"c{n}", some_counts(n)) for n in range(11)]
    (few,), (many,) = simulated(series, rows[:5]), simulated(series, rows)
    assert np.array_equal(few.index, many.index[..., [many.areas.index(code) for code in few.areas]])


def test_threads_and_order_change_no_draw():
    series = series_with(**SHARE_AND_RATE)
    rows = [rows_of(f"c{n:02}", some_counts(n)) for n in range(20)]
    (one,), (two,) = simulated(series, rows, thread_count=1), simulated(series, rows[::-1], thread_count=3)
    assert np.array_equal(one.index, two.index)
    assert np.array_equal(one.rank, two.rank)


def test_an_area_s_draws_do_not_depend_on_which_areas_are_drawn_together():
    # one parent has more areas than are drawn at a time, and those of another lie between them
    series = series_with(**SHARE_AND_RATE)
    rows = [rows_of(f"c{n:02}", some_counts(n), parent="s2" if n % 8 == 3 else "s1") for n in range(32)]
    (all_of_them,) = simulated(series, rows)
    for place in (0, 3, 25, 31):
        (alone,) = simulated(series, rows[place : place + 1])
        assert np.array_equal(all_of_them.index[..., place], alone.index[..., 0])
    rounded = np.floor(all_of_them.index * 10 + 0.5 + 1e-8)
    assert np.array_equal(all_of_them.rank, 1 + (rounded[..., None, :] > rounded[..., None]).sum(axis=-1))


def test_what_is_passed_down_twice_is_the_same_draw_at_every_level():
    series = series_with(**SHARE_AND_RATE)
    passed, counts = {"p1": "passed_down", "p2": "passed_down"}, some_counts(4)
    rows = [
        rows_of("d", counts, level="district", parent=None),
        rows_of("s1", counts, level="sub_district", parent="d", statuses=passed),
        rows_of("c1", counts, statuses=passed),
    ]
    district, sub_district, committee = simulated(series, rows)
    assert district.index.std(axis=1).min() > 0
    assert np.array_equal(sub_district.index, district.index)
    assert np.array_equal(committee.index, district.index)


def test_a_quarter_s_draws_do_not_depend_on_which_others_are_wanted():
    series = series_with(**SHARE_AND_RATE)
    rows = [rows_of("c1", some_counts(1))]
    (all_six,), (one,) = simulated(series, rows), simulated(series, rows, ["2017Q2", "2099Q1"])
    assert one.quarters == ("2017Q2",)
    assert np.array_equal(all_six.index[5], one.index[0])


def test_draws_are_scored_and_ranked_as_values_are():
    series = series_with(**SHARE_AND_RATE)
    rows = [rows_of(f"c{n}", some_counts(n)) for n in range(4)]
    (draws,) = simulated(series, rows, has_groups=True)
    assert draws.index.shape == (6, 200, 4)
    assert draws.groups.shape == (6, 200, 4, 2)
    assert draws.index == pytest.approx(draws.groups @ np.array([0.4, 0.6]), abs=1e-3)
    rounded = np.floor(draws.index * 10 + 0.5 + 1e-8)
    assert np.array_equal(draws.rank, 1 + (rounded[..., None, :] > rounded[..., None]).sum(axis=-1))


def test_a_score_that_looks_at_the_sample_sees_all_areas_of_a_draw():
    rule = {"function": "min_max", "bounds": "each_period", "low": 0, "high": 100}
    series = series_with(**SHARE_AND_RATE, scoring=rule, bands=[])
    rows = [rows_of(f"c{n:02}", some_counts(n), parent=f"s{n % 2}") for n in range(20)]
    (draws,) = simulated(series, rows)
    assert draws.index.max() > 40
    assert (draws.index.max(axis=-1) > draws.index.min(axis=-1)).all()
    posterior = posterior_of(series, level_of(series, *rows)[0])
    values = np.stack([posterior.draw(area, Streams(series.uncertainty.seed, 200))[5] for area in range(20)])[..., 7]
    by_hand = score_values(series, values, ~np.isnan(values), ~np.isnan(values)).index
    assert draws.index[5, 7] == pytest.approx(by_hand, abs=1e-3)


def test_a_level_that_is_not_ranked_has_no_ranks():
    series = series_with(**SHARE_AND_RATE)
    (draws,) = simulated(series, [rows_of("d", some_counts(1), level="district", parent=None)])
    assert np.isnan(draws.rank).all()
    assert not np.isnan(draws.index).any()


def test_intervals_are_type_seven_quantiles():
    draws = np.arange(11.0)[:, None] * [1, 10]
    lower, upper = interval(draws, 0.9)
    assert lower == pytest.approx([0.5, 5.0])
    assert upper == pytest.approx([9.5, 95.0])
    assert np.isnan(interval(np.array([[1.0], [np.nan]]), 0.9)[0])


@given(st.lists(st.integers(1, 10), min_size=20, max_size=60))
def test_a_rank_interval_that_is_never_to_hold_less_is_whole_and_holds_what_it_should(ranks):
    drawn = np.array(ranks, dtype=float)[:, None]
    lower, upper = rank_interval(drawn, 0.9, "at_least")
    assert lower[0] in ranks
    assert upper[0] in ranks
    assert np.mean((drawn >= lower) & (drawn <= upper)) >= 0.9 - 1e-9
    assert np.mean(drawn < lower) <= 0.05 + 1e-9
    assert np.mean(drawn > upper) <= 0.05 + 1e-9


def test_a_rank_interval_on_average_counts_half_of_the_draws_at_a_rank_to_either_side():
    # of 20 draws: rank 1 once, 2 twice, 3 thirteen times, 4 twice, 5 twice, and 5 % is one draw. Beyond them lie of 1:
    # 1/2, out; of 2: 1 + 2/2 = 2; of 4: 2 + 2/2 = 3; of 5: 2/2 = 1, just enough
    drawn = np.repeat([1.0, 2, 3, 4, 5], [1, 2, 13, 2, 2])[:, None]
    assert rank_interval(drawn, 0.9, "on_average") == (2, 5)
    assert rank_interval(drawn, 0.88, "on_average") == (2, 4)
    assert rank_interval(drawn, 0.96, "on_average") == (1, 5)
    assert rank_interval(drawn, 0.1, "on_average") == (3, 3)
    assert rank_interval(drawn, 0.04, "on_average") == (3, 3)  # even of 3 too few lie beyond, and one must be inside
    assert rank_interval(drawn, 0.9, "at_least") == (1, 5)
    # the same in another order, beside an area that is always third and one without a rank
    beside = [np.full(20, 3.0), np.where(np.arange(20) == 7, np.nan, 1.0)]
    lower, upper = rank_interval(np.column_stack([drawn[::-1, 0], *beside]), 0.9, "on_average")
    assert (lower[:2].tolist(), upper[:2].tolist()) == ([2, 3], [5, 3])
    assert np.isnan([lower[2], upper[2]]).all()


@given(st.lists(st.integers(1, 10), min_size=1, max_size=60), st.sampled_from([0.05, 0.5, 0.9, 0.99]))
def test_a_rank_interval_on_average_has_the_ranks_that_its_definition_says(ranks, coverage):
    drawn, tail = np.array(ranks, dtype=float), (1 - coverage) / 2 - 1e-7
    (lower,), (upper,) = rank_interval(drawn[:, None], coverage, "on_average")
    middle = {rank: (drawn < rank).mean() + (drawn == rank).mean() / 2 for rank in set(ranks)}
    depth = {rank: min(middle[rank], 1 - middle[rank]) for rank in middle}
    inside = {rank for rank in depth if depth[rank] >= min(tail, max(depth.values()) - 1e-9)}
    assert inside == {rank for rank in middle if lower <= rank <= upper}
    (least,), (most,) = rank_interval(drawn[:, None], coverage, "at_least")
    assert least <= lower <= upper <= most or coverage < 0.5
    mirrored = rank_interval(11 - drawn[:, None], coverage, "on_average")
    assert [11 - end[0] for end in mirrored] == [upper, lower]


@pytest.mark.parametrize(("areas", "most", "least_more"), [(10, 0.94, 0.02), (100, 0.915, 0.005)])
def test_intervals_on_average_are_nearer_to_what_is_stated_than_those_that_hold_at_least_that(areas, most, least_more):
    # true scores and draws from the same distributions, so that only that ranks are whole, and end at the first and the
    # last, keeps what is held from 90 %
    rng, rule = np.random.default_rng(11), RankRule(decimals=None)
    held = {"on_average": [], "at_least": []}
    for _ in range(4000 // areas):
        middle, spread = rng.normal(0, 1, areas), rng.uniform(0.8, 1.2)
        true = ranked(rng.normal(middle, spread), rule)
        drawn = ranked(rng.normal(middle, spread, (400, areas)), rule)
        for how, found in held.items():
            lower, upper = rank_interval(drawn, 0.9, how)
            found.append(((lower <= true) & (true <= upper)).mean())
    average, least = np.mean(held["on_average"]), np.mean(held["at_least"])
    assert 0.885 < average < most
    assert least > average + least_more


def test_shares_of_draws_count_what_they_say():
    ranks = np.array([[1.0, 4, 2, 3], [2, 1, 3, 4], [4, 1, 3, 2], [1, 2, 3, 4]])
    assert share_at_most(ranks, 2) == pytest.approx([0.75, 0.75, 0.25, 0.25])
    assert share_from(ranks, 0.5) == pytest.approx([0.25, 0.25, 0.75, 0.75])
    assert share_from(ranks, 0.1) == pytest.approx([0.25, 0.25, 0, 0.5])  # at least one area
    missing = np.where(np.arange(4) == 2, np.nan, ranks)
    assert np.isnan(share_at_most(missing, 2)[2])
    assert np.isnan(share_from(missing, 0.5)[2])
    assert share_from(missing, 0.5)[[0, 1, 3]] == pytest.approx([0.25, 0.25, 0.75])


def test_no_change_counts_half():
    changes = np.array([[1.0, 0.0, -1.0], [1.0, 0.0, 1.0], [0.0, 0.0, np.nan], [-1.0, 0.0, 1.0]])
    assert share_improved(changes)[:2] == pytest.approx([0.625, 0.5])
    assert np.isnan(share_improved(changes)[2])


def test_the_words_for_a_change_follow_the_thresholds_of_the_series():
    rule = Uncertainty(clear_probability=0.98, probable_probability=0.9)
    given_shares = np.array([1.0, 0.98, 0.979, 0.9, 0.899, 0.5, 0.101, 0.1, 0.021, 0.02, 0.0, np.nan])
    assert list(change_class(given_shares, rule)) == [
        "clearly_better", "clearly_better", "probably_better", "probably_better", "no_clear_change", "no_clear_change",
        "no_clear_change", "probably_worse", "probably_worse", "clearly_worse", "clearly_worse", None,
    ]  # fmt: skip


def test_a_window_that_is_one_event_short_contradicts_and_one_that_is_rounded_does_not():
    lengths, when = np.array([[1], [2]]), np.array([100, 101])
    assert np.isnan(single_quarters(np.array([[5.0], [4.0]]), lengths, when)[1])
    assert np.isnan(single_quarters(np.array([[5.0], [5.0 - 1e-5]]), lengths, when)[1])
    assert single_quarters(np.array([[5.0], [5.0 - 1e-7]]), lengths, when)[1] == 0.0


def test_the_recorded_seed_gives_these_very_draws():
    """A release can be drawn again from its seed, so the numbers themselves are kept: Philox under the hash of seed
    and names, from the beginning of its stream, 16 bits for each normal, the lowest first."""
    import hashlib
    from statistics import NormalDist

    key = np.frombuffer(hashlib.blake2b(b"7\x1fc1\x1fp2", digest_size=16).digest(), dtype=np.uint64)
    words = [int(word) for word in np.random.Philox(key=key).random_raw(2)]
    bits = [word >> shift & 0xFFFF for word in words for shift in (0, 16, 32, 48)][:6]
    expected = [NormalDist().inv_cdf((number + 0.5) / 65536) for number in bits]
    streams = Streams(7, 6)
    assert streams.normal("c1", "p2") == pytest.approx(expected, rel=1e-6)
    streams.generator("else").integers(0, 9, 3, dtype=np.uint32)  # leaves half a number and a buffer behind
    assert streams.normal("c1", "p2") == pytest.approx(expected, rel=1e-6)
    again = np.random.Generator(np.random.Philox(key=key)).integers(0, 2**32, 3, dtype=np.uint32)
    streams.generator("else").integers(0, 2**32, 1, dtype=np.uint32)
    assert np.array_equal(streams.generator("c1", "p2").integers(0, 2**32, 3, dtype=np.uint32), again)


def test_a_share_s_misses_are_never_fewer_than_none():
    # 200 of 200, and nothing is known of the prior: a beta of 200⅓ and ⅓
    series = series_with(**SHARE_AND_RATE)
    (cube,) = level_of(series, rows_of("c1", {"p1": [200] * 6, "p2": [0] * 6}))
    drawn = posterior_of(series, cube).draw(0, Streams(3, 4000))
    assert stats.kstest(drawn[5, 0] / 100, "beta", args=(200 + 1 / 3, 1 / 3)).pvalue > 0.001
    assert stats.kstest(drawn[5, 1] / 100 * 800, "gamma", args=(1 / 3,)).pvalue > 0.001
