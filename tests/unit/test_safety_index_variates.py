"""Normal and gamma variates, and the order of many rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from safety_index.method.order import in_order
from safety_index.uncertainty.variates import POLYNOMIAL_FROM, gammas, like_gammas, normals, polynomials


def generator(key=1):
    return np.random.Generator(np.random.Philox(key=key))


def test_normals_are_as_many_as_asked_and_distributed_as_said():
    for size in (1, 4, 5):
        assert normals([generator()], size).shape == (1, size)
    (drawn,) = normals([generator()], 100_000)
    assert stats.kstest(drawn, "norm").pvalue > 0.001
    assert drawn.dtype == np.float32


def test_a_normal_is_a_quantile_chosen_by_sixteen_bits():
    drawn = np.unique(normals([generator()], 2_000_000))
    assert len(drawn) == 65_536
    assert drawn[0] == pytest.approx(stats.norm.ppf(0.5 / 65_536), rel=1e-6)
    assert drawn == pytest.approx(-drawn[::-1])


@pytest.mark.parametrize("shape", [0.125, 0.5, 1.0, 1.5, 2.2, 2.5, 3.0, 7.0, 40.0, 5000.0])
def test_gammas_of_any_shape_are_distributed_as_said(shape):
    drawn = gammas(generator(), shape, 50_000)
    assert drawn.dtype == np.float32
    assert drawn.min() >= 0
    assert stats.kstest(drawn, "gamma", args=(shape,)).pvalue > 0.001
    assert drawn.mean() == pytest.approx(shape, rel=4.5 / np.sqrt(shape * 50_000))


def test_gammas_made_together_are_those_made_one_by_one():
    shapes = [2.5, 3.0, 40.0]
    together = polynomials(normals([generator(key) for key in range(3)], 101), shapes)
    for key, shape in enumerate(shapes):
        assert np.array_equal(together[key], gammas(generator(key), shape, 101))


@pytest.mark.parametrize(("shape", "most"), [(POLYNOMIAL_FROM, 8e-4), (5.0, 1e-4), (20.0, 1e-5), (1000.0, 1e-5)])
def test_the_polynomial_puts_no_probability_off_by_more_than_is_said(shape, most):
    share = (np.arange(4096) + 0.5) / 4096
    (drawn,) = polynomials(stats.norm.ppf(share).astype(np.float32)[None], [shape])
    assert np.abs(stats.gamma.cdf(drawn.astype(float), shape) - share).max() < most


def test_the_polynomial_has_the_gamma_s_mean_to_its_last_figure():
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    for shape in (10.0, 40.0):
        mean = (weights * polynomials(nodes.astype(np.float32)[None], [shape])[0]).sum() / weights.sum()
        assert mean == pytest.approx(shape, abs=1e-5)


def test_the_polynomial_of_a_normal_far_below_is_nought_and_not_less():
    # at shape 2.5 the expansion falls below 0 beyond 4 standard deviations
    assert polynomials(np.array([[-4.2]], dtype=np.float32), [2.5]) == 0
    assert polynomials(np.array([[-3.0]], dtype=np.float32), [2.5]) > 0


NUMBERS = st.one_of(st.floats(-100, 100, width=32), st.sampled_from([0.0, -0.0, 1.5, -1.5, np.nan, -np.nan, np.inf]))


@given(arrays.arrays(np.float32, (3, 9), elements=NUMBERS))
def test_rows_in_single_precision_are_ordered_as_a_stable_sort_orders_them(values):
    found, expected = in_order(values), in_order(values.astype(np.float64))
    for got, wanted in zip(found, expected, strict=True):
        assert np.array_equal(got, wanted) or np.isnan(values).any()
    ordered = np.take_along_axis(values, found[0], axis=-1)
    assert np.array_equal(ordered, np.sort(values, axis=-1), equal_nan=True)
    assert np.array_equal(np.isnan(ordered), found[2])


def test_order_says_where_values_come_from_which_begin_anew_and_which_are_no_numbers():
    order, begins, is_nan = in_order(np.array([2.0, -1.0, np.nan, 2.0, -0.0, 0.0], dtype=np.float32))
    assert order.tolist() == [1, 4, 5, 0, 3, 2]
    assert begins.tolist() == [True, True, False, True, False, True]
    assert is_nan.tolist() == [False] * 5 + [True]


@pytest.mark.parametrize("shapes", [(0.2, 0.5, 1.0), (1.7, 2.4, 2.6), (2.6, 60.0)])
def test_like_gammas_have_each_its_own_shape_and_rise_together(shapes):
    drawn = like_gammas(generator(5), shapes, shapes[0], 40_000)
    assert drawn.dtype == np.float32
    for row, shape in zip(drawn, shapes, strict=True):
        assert stats.kstest(row, "gamma", args=(shape,)).statistic < 0.009
        assert row.mean() == pytest.approx(shape, rel=0.03)
        assert row.var() == pytest.approx(shape, rel=0.06)
    assert stats.spearmanr(drawn[0], drawn[-1]).statistic > 0.85


def test_a_like_gamma_does_not_depend_on_which_others_are_asked_for():
    def drawn(*shapes):
        return like_gammas(generator(6), shapes, 0.3, 1000)

    together = drawn(0.4, 1.4, 2.4, 9.0)
    for row, shape in zip(together, (0.4, 1.4, 2.4, 9.0), strict=True):
        assert np.array_equal(drawn(shape)[0], row)
    assert (together > 0).all()
