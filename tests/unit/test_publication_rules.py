"""Rounding, complementary suppression and windows, each by itself."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publication.disclosure.policy import load_policy
from publication.disclosure.suppression import parts_to_hide, terms_to_hide, unprotected_parts
from publication.disclosure.windows import gives_away_a_small_count, quarter_bounds
from publication.figures import figure, rounded


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (2.25, 1, 2.3),
        (-2.25, 1, -2.3),
        (0.05, 1, 0.1),
        (86.45, 1, 86.5),
        (1e-9, 1, 0.0),
        (2.5, 0, 3.0),
        (None, 1, None),
    ],
)
def test_figures_are_rounded_half_away_from_zero(value, decimals, expected):
    assert rounded(value, decimals) == expected


def test_a_rounded_small_loss_is_nought_without_a_sign():
    assert str(rounded(-0.04, 1)) == "0.0"
    assert figure(-0.04, 1, signed=True) == "±0.0"


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (1234567, {}, "1,234,567"),
        (-9.524, {"decimals": 2, "signed": True}, "−9.52"),
        (9.525, {"decimals": 2, "signed": True}, "+9.53"),
        (-3, {}, "−3"),
        (None, {"decimals": 1}, "–"),
    ],
)
def test_a_figure_is_written_in_one_way(value, options, text):
    assert figure(value, **options) == text


def test_the_policy_of_the_release_hides_one_to_four_and_for_special_groups_one_to_nine():
    policy = load_policy()
    assert (policy.threshold(False), policy.threshold(True), policy.minimum_resident_count) == (5, 10, 1000)


def test_a_part_that_is_hidden_alone_is_given_company():
    values = {"a": 3, "b": 7, "c": 40}
    assert parts_to_hide(values, {"a"}, {"a": 2.0}) == {"b"}


def test_two_ones_hidden_together_are_not_enough_for_they_add_up_to_two():
    values = {"a": 1, "b": 1, "c": 9, "d": 30}
    assert parts_to_hide(values, {"a", "b"}, {"a": 4.0, "b": 4.0}) == {"c"}


def test_the_total_must_go_when_all_parts_together_are_too_small():
    assert parts_to_hide({"a": 1, "b": 1, "c": 0}, {"a", "b"}, {"a": 4.0, "b": 4.0}) is None


@given(
    values=st.dictionaries(st.integers(0, 9), st.integers(0, 30), min_size=2, max_size=8),
    threshold=st.sampled_from([5, 10]),
)
def test_after_suppression_every_small_part_could_reach_the_threshold(values, threshold):
    small = {part for part, count in values.items() if 0 < count < threshold}
    needs = {part: float(threshold - values[part]) for part in small}
    chosen = parts_to_hide(values, small, needs)
    if chosen is None:
        return
    hidden = small | chosen
    assert unprotected_parts(values, hidden, needs) == {}
    total = sum(values[part] for part in hidden)
    for _part in small:
        # others at their least, one each: then this part holds all the rest
        assert total - (len(hidden) - 1) >= threshold


def test_a_hidden_term_of_a_score_is_given_another_that_can_move_as_far():
    assert terms_to_hide({"a": 8, "b": 2, "c": 5}, {"a"}, {"a", "b", "c"}, 0.5) == {"c"}


def test_terms_stuck_at_an_end_of_the_scale_are_taken_only_when_there_is_no_other():
    weights = {"a": 8, "b": 5, "c": 5}
    assert terms_to_hide(weights, {"a"}, {"a", "c"}, 0.5) == {"c"}
    assert terms_to_hide(weights, {"a"}, {"a"}, 0.5) == {"b"}


def test_the_score_must_go_when_its_only_term_is_hidden():
    assert terms_to_hide({"a": 8}, {"a"}, {"a"}, 0.5) is None
    assert terms_to_hide({"a": 8, "b": 8}, {"a"}, {"a", "b"}, 0.5, fixed={"b"}) is None


def test_a_window_that_grows_gives_the_newest_quarter_away():
    sums, lengths = np.array([[6.0, 9.0]]), np.array([[1, 2]])
    assert gives_away_a_small_count(sums, lengths, np.array([[True, True]]), 5).tolist() == [True]
    assert gives_away_a_small_count(sums, lengths, np.array([[False, True]]), 5).tolist() == [False]


def test_full_windows_that_slide_give_nothing_away_unless_one_is_empty():
    lengths = np.full((1, 3), 4)
    shown = np.ones((1, 3), dtype=bool)
    assert not gives_away_a_small_count(np.array([[9.0, 11.0, 8.0]]), lengths, shown, 5)[0]
    # the second window is empty, so all that is in the third happened in its last quarter
    assert gives_away_a_small_count(np.array([[9.0, 0.0, 3.0]]), lengths, shown, 5)[0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=5, max_size=5), st.lists(st.booleans(), min_size=5, max_size=5))
def test_the_bounds_on_a_quarter_are_those_of_trying_every_history(counts, shown):
    lengths = [min(position + 1, 2) for position in range(5)]
    sums = [sum(counts[end - length + 1 : end + 1]) for end, length in enumerate(lengths)]
    lower, upper = quarter_bounds(np.array([sums], float), np.array([lengths]), np.array([shown]))
    histories = [
        history
        for history in itertools.product(range(8), repeat=5)
        if all(
            sum(history[end - length + 1 : end + 1]) == sums[end] for end, length in enumerate(lengths) if shown[end]
        )
    ]
    for quarter in range(5):
        tried = {history[quarter] for history in histories}
        assert min(tried) == lower[0, quarter + 1]
        assert max(tried) == upper[0, quarter + 1] or (upper[0, quarter + 1] == np.inf and max(tried) == 7)
