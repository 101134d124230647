"""What a cell may look like, and the value that it then has."""

import datetime as dt
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.contracts.models import FieldMeaning
from ingestion.contracts.registry import registry
from ingestion.parsing import cells

connection = duckdb.connect()
DATE = FieldMeaning(type="date", zh="日期", en="A day.", sensitivity="internal")
MOMENT = FieldMeaning(type="timestamp", zh="时间", en="A time.", sensitivity="internal")
INTEGER = FieldMeaning(type="integer", zh="数", en="A number.", sensitivity="internal")
DECIMAL = FieldMeaning(type="decimal", zh="数", en="A number.", sensitivity="internal")
BOOLEAN = FieldMeaning(type="boolean", zh="是否", en="Whether.", sensitivity="internal")
COMMITTEE = registry().fields["committee_code"]
SEX = registry().fields["sex_code"]


def value_of(meaning: FieldMeaning, text: str, codes=None):
    """The value of ``text`` by the same levels as the statement, and whether it says that there is no value."""
    fast, slow = cells.fast_value(meaning, "raw", codes), cells.slow_value(meaning, "text", codes)
    (value, absent) = connection.execute(
        f"""SELECT coalesce(fast, CASE WHEN text IS NOT NULL THEN {slow} END), fast IS NULL AND text IS NULL
        FROM (SELECT *, {cells.absent(meaning, "bare")} AS text FROM (
        SELECT *, {cells.stripped(meaning, "raw")} AS bare FROM (
        SELECT *, {fast} AS fast FROM (SELECT $raw AS raw))))""",
        {"raw": text},
    ).fetchone()
    return "absent" if absent else value


days = st.dates(dt.date(1930, 1, 1), dt.date(2099, 12, 31))
DATE_FORMS = {
    "compact": lambda day: f"{day:%Y%m%d}",
    "slashes": lambda day: f"{day.year}/{day.month}/{day.day}",
    "dashes": lambda day: f"{day.year}-{day.month}-{day.day}",
    "iso": lambda day: day.isoformat(),
    "dots": lambda day: f"{day.year}.{day.month}.{day.day}",
    "chinese": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "serial": lambda day: str((day - dt.date(1899, 12, 30)).days),
    "with a time": lambda day: f"{day.isoformat()} 13:45:00",
}


@given(days, st.sampled_from(sorted(DATE_FORMS)), st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_day_is_read_back_from_every_form_in_which_clerks_write_it(day, form, full_width):
    text = DATE_FORMS[form](day)
    if full_width:
        text = "　" + "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text) + " "
    assert value_of(DATE, text) == day


@given(
    st.integers(1850, 2199),
    st.integers(0, 19),
    st.integers(0, 39),
    st.sampled_from(["{}{:02}{:02}", "{}-{}-{}", "{}/{}/{}", "{}年{}月{}日"]),
)
@settings(max_examples=150, deadline=None)
def test_a_day_that_does_not_exist_has_no_value(year, month, day, form):
    try:
        expected = dt.date(year, month, day)
    except ValueError:
        expected = None
    assert value_of(DATE, form.format(year, month, day)) == expected


@pytest.mark.parametrize(
    "text",
    ["2017-02-30", "2017-13-01", "0000-00-00", "9999-12-31", "长期", "昨天", "1-2-2017", "17.3.1", "infinity", "42"],
)
def test_what_is_no_day_is_a_defect_and_not_an_empty_cell(text):
    assert value_of(DATE, text) is None


@pytest.mark.parametrize("text", ["", " ", "　", "/", "—", "-", "无", "不详"])
def test_a_placeholder_says_that_there_is_no_value(text):
    assert value_of(DATE, text) == value_of(COMMITTEE, text) == "absent"


@pytest.mark.parametrize("text", ["9999-12-31", "99991231", "长期"])
def test_an_open_end_is_read_where_the_field_can_have_one(text):
    end = registry().fields["permit_expiry_date"]
    assert value_of(end, text) == dt.date(9999, 12, 31)


@given(st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2099, 12, 31)))
@settings(max_examples=60, deadline=None)
def test_a_time_is_read_back_from_every_form(moment):
    moment = moment.replace(microsecond=0)
    day = moment.date()
    clock = f"{moment.hour}:{moment.minute:02}:{moment.second:02}"
    forms = [
        moment.isoformat(" "), moment.isoformat("T"), f"{moment:%Y%m%d%H%M%S}",
        f"{day.year}/{day.month}/{day.day} {clock}", f"{day.year}.{day.month}.{day.day} {clock}",
        f"{day.year}年{day.month}月{day.day}日 {moment.hour}时{moment.minute}分{moment.second}秒",
        f"{day.year}年{day.month}月{day.day}日{clock}",
    ]  # fmt: skip
    assert {value_of(MOMENT, form) for form in forms} == {moment}
    serial = (moment - dt.datetime(1899, 12, 30)).total_seconds() / 86400
    if "." in f"{serial:.6f}".rstrip("0").rstrip("."):
        assert abs(value_of(MOMENT, f"{serial:.9f}") - moment) <= dt.timedelta(seconds=1)


@pytest.mark.parametrize("text", ["2017-03-01", "2017/3/1", "20170301", "2017年3月1日", "42795"])
def test_a_time_without_a_clock_is_midnight(text):
    assert value_of(MOMENT, text) == dt.datetime(2017, 3, 1)


@pytest.mark.parametrize(
    "text", ["2017-03-01 25:00", "2017-03-01 24:00:00", "2017-02-30 08:00", "08:30", "2017-03-01 08:61"]
)
def test_a_time_that_does_not_exist_has_no_value(text):
    assert value_of(MOMENT, text) is None


@given(st.integers(-(2**31), 2**31 - 1), st.sampled_from(["{}", "{:,}", "{}.0", " {} "]))
@settings(max_examples=80, deadline=None)
def test_a_whole_number_is_read_with_and_without_separators(number, form):
    assert value_of(INTEGER, form.format(number)) == number


@given(st.decimals(-(10**12), 10**12, places=2), st.sampled_from(["{}", "{:,}", "{}0"]))
@settings(max_examples=80, deadline=None)
def test_an_amount_is_read_exactly(number, form):
    assert value_of(DECIMAL, form.format(number)) == number


def test_full_width_digits_are_digits():
    assert value_of(INTEGER, "１２３") == 123
    assert value_of(DECIMAL, "１，２３４．５０") == Decimal("1234.50")
    assert value_of(COMMITTEE, "３１９９０１００１００１") == "319901001001"


@pytest.mark.parametrize("text", ["1.5", "1,23", "12a", "1e3", "99999999999", "二十"])
def test_what_is_no_whole_number_has_no_value(text):
    assert value_of(INTEGER, text) is None


@pytest.mark.parametrize("text", ["1.234", "1.2.3", "12%", "9" * 17])
def test_an_amount_is_never_rounded_to_fit(text):
    assert value_of(DECIMAL, text) is None


@pytest.mark.parametrize(
    ("words", "value"),
    [("是 有 1 Y y yes true TRUE √", True), ("否 无 0 N n no false FALSE ×", False), ("2 也许", None)],
)
def test_a_boolean_is_read_from_the_words_in_use(words, value):
    assert {value_of(BOOLEAN, word) for word in words.split()} == {value}


def test_a_code_is_read_by_itself_or_by_its_chinese_name():
    codes = registry().code_lists["sex"]
    order = cells.code_values(codes)
    for code, names in codes.items():
        assert order[value_of(SEX, code, codes)] == order[value_of(SEX, f" {names.zh} ", codes)] == code
    assert value_of(SEX, "男性", codes) is None


def test_every_code_list_has_one_meaning_for_each_word():
    for name, codes in registry().code_lists.items():
        names = [names.zh for names in codes.values()]
        assert len(set(names) | set(codes)) == len(names) + len(codes), name
