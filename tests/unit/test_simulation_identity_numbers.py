"""Made identity numbers pass every check, are all different, and can be no real person's."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.identity_numbers import as_text, permanent_resident_numbers, resident_numbers
from simulation.profile import load_profile
from simulation.timeline import day_number
from simulation.world import build_world

WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]

people = st.lists(
    st.tuples(
        st.integers(319_901, 319_920),
        st.dates(dt.date(1905, 1, 1), dt.date(2017, 6, 30)),
        st.sampled_from([1, 2]),
    ),
    max_size=40,
)


def check_character(digits: str) -> str:
    """GB 11643 by its definition: the weighted sum with the check is 1 modulo 11."""
    rest = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True)) % 11
    return "0123456789X"[(1 - rest) % 11]


def numbers_of(drawn: list[tuple[int, dt.date, int]]) -> list[str]:
    county, birth, sex = (np.array(column) for column in zip(*drawn, strict=True)) if drawn else (np.empty(0),) * 3
    days = np.array([day_number(day) for day in birth], np.int32)
    return as_text(resident_numbers(county.astype(np.int64), days, sex.astype(np.int8))).to_pylist()


@given(people)
def test_a_resident_number_says_county_birth_and_sex_and_has_the_check_character(drawn):
    for number, (county, birth, sex) in zip(numbers_of(drawn), drawn, strict=True):
        assert number[:6] == str(county)
        assert number[6:14] == birth.strftime("%Y%m%d")
        assert int(number[16]) % 2 == sex % 2
        assert number[17] == check_character(number[:17])


@given(people)
def test_no_two_people_have_the_same_number_even_when_born_alike(drawn):
    alike = drawn * 10
    assert len(set(numbers_of(alike))) == len(alike)


def test_more_people_than_sequences_are_refused():
    with pytest.raises(ValueError, match="sequences"):
        numbers_of([(319_901, dt.date(1980, 5, 1), 1)] * 498)


def test_permanent_resident_numbers_begin_with_nine_and_a_province_that_does_not_exist():
    numbers = as_text(permanent_resident_numbers(np.array([392, 36]), np.array([0, 9000]), np.array([7, 1007])))
    for number, nation in zip(numbers.to_pylist(), ("392", "036"), strict=True):
        assert number[:6] == "999" + nation
        assert number[17] == check_character(number[:17])


def test_nobody_in_a_made_district_has_a_number_that_could_have_been_issued():
    documents = build_world(load_profile("tiny"), lambda line: None).documents
    numbers = np.array(documents.number.to_pylist())
    assert len(set(numbers)) == len(numbers)
    forms = {
        "111": lambda number: len(number) == 18 and number[2:4] == "99",
        "414": lambda number: len(number) == 10,
        "511": lambda number: number.startswith("99") and len(number) == 8,
        "516": lambda number: number.startswith("H99") and len(number) == 9,
        "553": lambda number: number.startswith("999") and len(number) == 18,
    }
    assert set(documents.type_code) == set(forms)
    wrong = [code for code, number in zip(documents.type_code, numbers, strict=True) if not forms[code](number)]
    assert wrong == []
    assert all(phone.startswith("12") and len(phone) == 11 for phone in documents.phone.to_pylist())
