"""Plainly written numbers are judged by digits, and must come out as the full rule would have them."""

import datetime as dt

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.identity.judgement import judge_numbers
from ingestion.identity.numbers import CHECK_CHARACTERS, CHECK_WEIGHTS, QUALITY_CODES, number_levels
from ingestion.identity.plain_numbers import UNDECIDED, plain_qualities
from ingestion.prepared import Asker

connection = duckdb.connect()
asker = Asker(connection)
PERIOD_ENDS = st.sampled_from([dt.date(2017, 3, 31), dt.date(2016, 2, 29), dt.date(2015, 12, 31)])
TYPES = ("111", "553", "414", "511", "516")


def by_the_full_rule(rows: pa.Table, period_end: dt.date) -> list[tuple]:
    source = "rows"
    for level in number_levels("sent", "declared", "stored"):
        source = f"(SELECT *, {level} FROM {source})"
    return connection.execute(
        f"SELECT number_quality, number_type, number, CASE WHEN number IS NOT NULL THEN number_body END FROM {source}",
        {"period_end": period_end},
    ).fetchall()


def with_check_character(body: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(body, CHECK_WEIGHTS, strict=True))
    return body + CHECK_CHARACTERS[total % 11]


days = st.one_of(
    st.dates(dt.date(1880, 1, 1), dt.date(2019, 1, 1)).map(lambda day: f"{day:%Y%m%d}"),
    st.builds("{:04}{:02}{:02}".format, st.integers(1880, 2020), st.integers(0, 13), st.integers(0, 32)),
    st.sampled_from(["18860228", "18860301", "20160229", "20150229", "19000229", "20000229", "18870331", "18870330"]),
)
right = st.builds("{}{}{:03}".format, st.integers(100000, 999999), days, st.integers(0, 999)).map(with_check_character)
numbers = st.one_of(
    right,
    st.tuples(right, st.integers(0, 17), st.sampled_from("0123456789Xx／:А")).map(
        lambda drawn: drawn[0][: drawn[1]] + drawn[2] + drawn[0][drawn[1] + 1 :]
    ),
    right.map(lambda number: number[:15] + "000"),
    right.map(lambda number: f" {number}"),
    right.map(lambda number: f"‘{number}’\t"),
    right.map(lambda number: f"身份证号：{number}\u200b"),
    right.map(lambda number: number[:6] + number[8:17]),
    st.text(max_size=20).filter(lambda text: "\0" not in text),
    st.sampled_from(
        [
            "",
            "无",
            "/",
            "null",
            "'",
            "3.19901E+17",
            "319901198001010000.0",
            "E12345678",
            "1" * 18,
            "0" * 18,
            "31990119800101E+1",
        ]
    ),
)


@given(st.lists(st.tuples(numbers, st.sampled_from(TYPES), st.booleans()), min_size=1, max_size=40), PERIOD_ENDS)
@settings(max_examples=150, deadline=None)
def test_a_number_is_worth_what_the_full_rule_says(drawn, period_end):
    sent, declared, stored = (list(column) for column in zip(*drawn, strict=True))
    rows = pa.table({"sent": pa.array(sent, pa.string()), "declared": declared, "stored": stored})
    judged = judge_numbers(asker, *(rows[name].combine_chunks() for name in rows.column_names), period_end)
    expected = by_the_full_rule(rows, period_end)
    assert list(zip(*(column.to_pylist() for column in judged.columns), strict=True)) == expected


def test_a_tidy_number_right_or_wrong_needs_no_full_rule():
    number = with_check_character("31990119800101001")
    wrong = number[:17] + ("0" if number[17] != "0" else "1")
    unborn = with_check_character("31990120180101001")
    bodies, qualities = plain_qualities(
        pa.array([number, wrong, unborn, number[:-1], "", "1" * 18]), dt.date(2017, 3, 31)
    )
    assert bodies.tolist() == [31990119800101001, 31990119800101001, 31990120180101001, -1, -1, -1]
    assert [code if code == UNDECIDED else QUALITY_CODES[code] for code in qualities.tolist()] == [
        "valid", "wrong_check_digit", "impossible_date", UNDECIDED, "missing", UNDECIDED,
    ]  # fmt: skip


def test_a_part_of_a_column_is_judged_as_the_whole_is():
    valid = with_check_character("31990119800101001")
    judged = judge_numbers(asker, pa.array(["x", valid, "yz"])[1:], pa.array(["111"] * 2), None, dt.date(2017, 3, 31))
    assert [QUALITY_CODES[code] for code in judged["number_quality"].to_pylist()] == ["valid", "malformed"]
