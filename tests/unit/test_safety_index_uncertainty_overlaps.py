"""Indicators that rest on the same events, and what they have in common beside that."""

import numpy as np
import pytest
from scipy import stats

from safety_index.uncertainty.errors import MeasurementErrors
from safety_index.uncertainty.overlaps import normal_scores, tie
from safety_index.uncertainty.streams import Streams
from tests.unit.safety_index_draws import (
    QUARTERS,
    as_parents,
    level_of,
    posterior_of,
    rows_of,
    series_with,
    some_counts,
)

TO_THE_PARENT = {"target": {"committee": "parent"}, "adds_up": False}


def together(drawn):
    """The correlation of normal scores of the first two indicators, by quarter."""
    first, second = (normal_scores(drawn[:, place]) for place in (0, 1))
    return np.array([np.corrcoef(*pair)[0, 1] for pair in zip(first, second, strict=True)])


def tied_series(correlation=-0.8, model="binomial", **changes):
    overlap = {"overlap": {"indicator": "p2", "correlation": correlation}} if correlation else {}
    return series_with(p1={"count_model": model} | overlap, p2={"count_model": "poisson"}, **changes)


def family(series, statuses=None):
    """A committee of six and its sub-district, of so few events that the sub-district's draws weigh in it."""
    rows = [rows_of(f"c{n}", some_counts(n), statuses=statuses) for n in range(6)]
    above = rows_of("s1", {key: sum(some_counts(n)[key] for n in range(6)) for key in ("p1", "p2")},
                    level="sub_district", parent="d", size=1200.0)  # fmt: skip
    streams = Streams(3, 4000)
    parents, cube = level_of(series, above, *rows)
    drawn_above = posterior_of(series, parents).draw(0, streams)
    return drawn_above, posterior_of(series, cube).draw(0, streams, as_parents(series, drawn_above))


def test_overlapping_indicators_go_together_and_keep_their_own_draws():
    series = series_with(
        p1={"count_model": "binomial", "overlap": {"indicator": "p2", "correlation": -0.8}},
        p2={"count_model": "poisson"},
    )
    free = series_with(p1={"count_model": "binomial"}, p2={"count_model": "poisson"})
    drawn, alone = (
        posterior_of(one, level_of(one, rows_of("c1", some_counts(1)))[0]).draw(0, Streams(3, 4000))
        for one in (series, free)
    )
    assert np.array_equal(np.sort(drawn[2, 0]), np.sort(alone[2, 0]))
    assert np.array_equal(drawn[2, 1], alone[2, 1])
    assert stats.spearmanr(drawn[2, 0], drawn[2, 1])[0] == pytest.approx(-0.79, abs=0.04)


def test_overlapping_indicators_share_between_quarters_what_each_shares_by_itself():
    """Without a prior, windows apart have nothing in common: their draws go together in neither indicator."""
    series = series_with(
        p1={"count_model": "binomial", "overlap": {"indicator": "p2", "correlation": -0.8}},
        p2={"count_model": "poisson"},
    )
    (cube,) = level_of(series, rows_of("c1", {"p1": [120] * 6, "p2": [60] * 6}))
    drawn = posterior_of(series, cube).draw(0, Streams(3, 4000))
    own, other = (np.corrcoef(drawn[1, place], drawn[5, place])[0, 1] for place in (0, 1))
    assert abs(own) < 0.05
    assert abs(other) < 0.05


def test_normal_scores_are_the_quantiles_of_the_places():
    assert normal_scores(np.array([3.0, 1.0, 2.0])) == pytest.approx(stats.norm.ppf([0.75, 0.25, 0.5]))


def test_children_of_a_tied_parent_go_together_as_declared():
    series, free = tied_series(small_counts=TO_THE_PARENT), tied_series(0, small_counts=TO_THE_PARENT)
    above, drawn = family(series)
    assert together(above) == pytest.approx(-0.8, abs=0.02)
    assert together(drawn) == pytest.approx(-0.8, abs=0.02)
    assert np.abs(together(family(free)[1])).max() < 0.06  # what goes together does so by the parent's being tied
    assert abs(stats.spearmanr(drawn[5, 0], above[5, 0])[0]) > 0.2


@pytest.mark.parametrize("declared", [0.8, 0.1, -0.8])
def test_two_rates_with_one_error_of_the_population_go_together_as_declared(declared):
    errors = MeasurementErrors(exposure={("c1", quarter): 0.1 for quarter in QUARTERS})
    drawn, free = (
        posterior_of(series, level_of(series, rows_of("c1", {"p1": [70] * 6, "p2": [70] * 6}))[0], errors=errors).draw(
            0, Streams(3, 4000)
        )
        for series in (tied_series(declared, "poisson"), tied_series(0, "poisson"))
    )
    assert together(free).min() > 0.3
    assert together(drawn) == pytest.approx(declared, abs=0.02)
    assert np.array_equal(np.sort(drawn[:, 0]), np.sort(free[:, 0]))
    assert np.array_equal(drawn[:, 1], free[:, 1])


def test_what_is_passed_down_keeps_the_draws_of_the_tied_parent():
    above, drawn = family(tied_series(), {"p1": "passed_down", "p2": "passed_down"})
    assert np.array_equal(drawn[:, :2], above[:, :2])
    assert together(drawn) == pytest.approx(-0.8, abs=0.02)


def test_only_the_one_of_the_two_that_is_its_own_is_reordered():
    above, drawn = family(tied_series(), {"p1": "passed_down"})
    assert np.array_equal(drawn[:, 0], above[:, 0])
    above, drawn = family(tied_series(), {"p2": "passed_down"})
    assert np.array_equal(drawn[:, 1], above[:, 1])
    assert together(drawn) == pytest.approx(-0.8, abs=0.02)


def correlated(correlation, seed=5):
    rng = np.random.default_rng(seed)
    theirs = rng.normal(size=(3, 4000))
    ours = correlation * theirs + np.sqrt(1 - correlation**2) * rng.normal(size=(3, 4000))
    return np.exp(ours).astype(np.float32), theirs.astype(np.float32)


@pytest.mark.parametrize("present", [-0.98, -0.6, 0.0, 0.9])
@pytest.mark.parametrize("declared", [-0.8, 0.3])
def test_draws_are_tied_as_declared_whatever_they_had_in_common(present, declared):
    ours, theirs = correlated(present)
    before = ours.copy()
    tie(ours, theirs, declared)
    assert together(np.stack([ours, theirs], axis=1)) == pytest.approx(declared, abs=0.01)
    assert np.array_equal(np.sort(ours), np.sort(before))
    again = ours.copy()
    tie(again, theirs, declared)
    assert [stats.spearmanr(*pair)[0] for pair in zip(again, ours, strict=True)] == pytest.approx([1] * 3, abs=1e-3)


def test_what_is_exact_without_a_value_or_the_same_unknown_stays_as_it_is():
    ours, theirs = correlated(0.3)
    theirs[0], theirs[1] = 7.0, np.nan
    ours[2] = -3 * theirs[2]
    before = ours.copy()
    tie(ours, theirs, -0.8)
    assert np.array_equal(ours, before)
    tie(theirs, ours, 0.5)
    assert (theirs[0] == 7.0).all()
    assert np.isnan(theirs[1]).all()
    assert np.array_equal(ours[2], -3 * theirs[2])
    one_draw = np.ones((3, 1), dtype=np.float32)
    tie(one_draw, one_draw.copy(), 0.5)
    assert (one_draw == 1).all()
