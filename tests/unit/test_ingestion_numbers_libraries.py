"""The check of identity numbers beside two independent libraries, and where they differ on purpose.

``python-stdnum`` and ``id-validator`` both look the place up in a table of their own and know neither the delivery's
period nor the cards of foreigners. So they agree with the warehouse on places that both know and births that anyone
living may have, and the rest is listed here, with the reason.
"""

from __future__ import annotations

import datetime as dt

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from id_validator import validator
from stdnum.cn import ric

from ingestion.identity.judgement import judge_numbers
from ingestion.identity.numbers import CHECK_CHARACTERS, QUALITY_CODES
from ingestion.prepared import Asker
from tests.contract.made_files import with_check

PERIOD_END = dt.date(2017, 3, 31)
#: Districts that have had these codes since 1990, so that the libraries' tables raise no question.
KNOWN_PLACES = ("310105", "110101", "330106", "440106")
asker = Asker(duckdb.connect())


def judged(numbers: list[str]) -> list[str]:
    found = judge_numbers(asker, pa.array(numbers), pa.array(["111"] * len(numbers)), None, PERIOD_END)
    return [QUALITY_CODES[place] for place in found["number_quality"].to_pylist()]


@st.composite
def numbers_of_known_places(draw) -> str:
    """Eighteen digits with any month and day, of a year of which both know all places; half of them checked."""
    place = draw(st.sampled_from(KNOWN_PLACES))
    born = f"{draw(st.integers(1990, 2016))}{draw(st.integers(0, 13)):02}{draw(st.integers(0, 32)):02}"
    body = f"{place}{born}{draw(st.integers(0, 999)):03}"
    return with_check(body) if draw(st.booleans()) else body + draw(st.sampled_from(CHECK_CHARACTERS))


@given(st.lists(numbers_of_known_places(), min_size=20, max_size=60))
@settings(max_examples=20, deadline=None)
def test_what_python_stdnum_takes_for_valid_is_valid_and_nothing_else(numbers):
    assert [quality == "valid" for quality in judged(numbers)] == [ric.is_valid(number) for number in numbers]


@given(st.lists(numbers_of_known_places(), min_size=3, max_size=5))
@settings(max_examples=15, deadline=None)
def test_what_id_validator_takes_for_valid_is_valid_and_nothing_else(numbers):
    assert [quality == "valid" for quality in judged(numbers)] == [validator.is_valid(number) for number in numbers]


@given(st.lists(st.integers(10**16, 10**17 - 1), min_size=1, max_size=50))
@settings(max_examples=20, deadline=None)
def test_the_check_character_is_that_of_python_stdnum_for_any_digits(bodies):
    numbers = [f"{body}{ric.calc_check_digit(f'{body}0')}" for body in bodies]
    assert "wrong_check_digit" not in judged(numbers)
    others = [number[:-1] + next(sign for sign in CHECK_CHARACTERS if sign != number[-1]) for number in numbers]
    assert set(judged(others)) <= {"wrong_check_digit", "rounded_by_spreadsheet", "missing"}


@given(st.sampled_from(KNOWN_PLACES), st.dates(dt.date(1990, 1, 1), dt.date(1999, 12, 31)), st.integers(0, 995))
@settings(max_examples=15, deadline=None)
def test_fifteen_digits_are_upgraded_as_id_validator_does(place, birth, sequence):
    short = f"{place}{birth:%y%m%d}{sequence:03}"
    found = judge_numbers(asker, pa.array([short]), pa.array(["111"]), None, PERIOD_END)
    assert found["number"].to_pylist() == [validator.upgrade_id(short)]


#: What the number is; the number; what we, python-stdnum and id-validator say; why ours stands.
DIVERGENCES = [
    (
        "a permit of Hong Kong",
        with_check("81000019900307123"),
        "valid",
        False,
        True,
        "issued since 2018 with this code",
    ),
    ("a permit of Macao", with_check("82000019900307123"), "valid", False, True, "issued since 2018 with this code"),
    ("a permit of Taiwan", with_check("83000019900307123"), "valid", False, True, "issued since 2018 with this code"),
    ("a permanent resident's card", with_check("93115619900307123"), "valid", False, False, "the form of 2023"),
    ("a district newer than a table", with_check("31015119900307123"), "valid", False, True, "codes change each year"),
    ("a district that a table lacks", with_check("32111919900307123"), "valid", KeyError, False, "it exists"),
    (
        "a place that was never assigned",
        with_check("31990119900307123"),
        "valid",
        KeyError,
        True,
        "places are not looked up",
    ),
    ("born in 2030", with_check("31010520300307123"), "impossible_date", True, False, "in the future"),
    ("born after the period", with_check("31010520180307123"), "impossible_date", True, True, "not yet born then"),
    ("born in 1850", with_check("31010518500307123"), "impossible_date", True, True, "nobody is that old"),
    (
        "born in 1886, 131 years ago",
        with_check("31010518860307123"),
        "impossible_date",
        True,
        True,
        "nobody is that old",
    ),
    ("fifteen digits", "310105900307123", "upgraded_15", False, True, "issued until 1999, and still in registers"),
]


@pytest.mark.parametrize(
    ("number", "ours", "stdnum_says", "id_validator_says"),
    [divergence[1:5] for divergence in DIVERGENCES],
    ids=[f"{what}: {why}" for what, *_, why in DIVERGENCES],
)
def test_a_divergence_is_as_it_is_explained(number, ours, stdnum_says, id_validator_says):
    assert judged([number]) == [ours]
    assert validator.is_valid(number) is id_validator_says
    if stdnum_says is KeyError:
        # The library stumbles over a county that its table does not have.
        with pytest.raises(KeyError):
            ric.is_valid(number)
    else:
        assert ric.is_valid(number) is stdnum_says
