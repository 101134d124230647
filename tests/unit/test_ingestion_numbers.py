"""Document numbers: the set-based check against a plain one, and pseudonyms made one by one in Python."""

import datetime as dt
import hmac
import re
import uuid

import duckdb
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.identity.numbers import QUALITY_CODES, number_levels
from ingestion.identity.pseudonyms import Pseudonyms
from tests.benches import KEYS
from warehouse.pseudonyms import hmac_pads, hmac_sql, pseudonyms_of_marks

connection = duckdb.connect()
connection.execute("SET arrow_lossless_conversion = true")
PERIOD_END = dt.date(2017, 3, 31)


def judged(number: str | None, document_type: str = "111", stored_as_number: bool = False):
    """Quality, normalised number and type as the SQL has them."""
    source = "SELECT $number::VARCHAR AS sent, $type AS declared, $numeric AS stored"
    for level in number_levels("sent", "declared", "stored"):
        source = f"SELECT *, {level} FROM ({source})"
    quality, text, kind = connection.execute(
        f"SELECT number_quality, number, number_type FROM ({source})",
        {"number": number, "type": document_type, "numeric": stored_as_number, "period_end": PERIOD_END},
    ).fetchone()
    return QUALITY_CODES[quality], text, kind


def check_character(body: str) -> str:
    """GB 11643-1999 as it is written: the sum of 2^(18-i) mod 11 times each digit, and 12 less that."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    remainder = (12 - total % 11) % 11
    return "X" if remainder == 10 else str(remainder)


def plainly_judged(number: str) -> str:
    """The rule for resident numbers of 18 digits, one at a time."""
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        return "malformed"
    if check_character(number[:17]) != number[17]:
        return "rounded_by_spreadsheet" if number.endswith("000") else "wrong_check_digit"
    try:
        birth = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "impossible_date"
    return "valid" if PERIOD_END.replace(year=PERIOD_END.year - 130) <= birth <= PERIOD_END else "impossible_date"


places = st.sampled_from(["319901", "310103", "110000", "810000", "830000", "931156"])
births = st.one_of(
    st.dates(dt.date(1880, 1, 1), dt.date(2019, 1, 1)).map(lambda day: f"{day:%Y%m%d}"),
    st.builds("{:04}{:02}{:02}".format, st.integers(0, 9999), st.integers(0, 19), st.integers(0, 39)),
)
bodies = st.builds("{}{}{:03}".format, places, births, st.integers(0, 999))
valid_numbers = st.builds(
    lambda place, day, sequence: (body := f"{place}{day:%Y%m%d}{sequence:03}") + check_character(body),
    places, st.dates(dt.date(1900, 1, 1), PERIOD_END), st.integers(0, 999),
)  # fmt: skip


@given(bodies, st.one_of(st.none(), st.sampled_from("0123456789X")))
@settings(max_examples=200, deadline=None)
def test_the_set_based_check_agrees_with_a_plain_one(body, last):
    number = body + (last or check_character(body))
    quality, text, kind = judged(number)
    assert quality == plainly_judged(number)
    assert text == (number if quality == "valid" else None)
    assert kind == (None if text is None else "553" if number[0] == "9" else "111")


@given(valid_numbers, st.integers(0, 16), st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_one_wrong_digit_is_always_noticed(number, place, step):
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert judged(wrong)[0] != "valid"


@given(valid_numbers, st.integers(0, 15))
@settings(max_examples=100, deadline=None)
def test_two_exchanged_neighbours_are_always_noticed(number, place):
    if number[place] != number[place + 1]:
        exchanged = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert judged(exchanged)[0] != "valid"


@given(valid_numbers)
@settings(max_examples=20, deadline=None)
def test_what_clerks_wrap_around_a_number_changes_nothing(number):
    wide = "".join(chr(ord(character) + 0xFEE0) for character in number)
    forms = [
        number.lower(), f"'{number}", f"’{number}", f" {number}　", wide, f"身份证:{number}", f"公民身份号码：{number}",
        f"{number[:6]} {number[6:14]} {number[14:]}", f"{number[:6]}-{number[6:]}", f"\ufeff{number}\u200b",
    ]  # fmt: skip
    assert {judged(form)[:2] for form in forms} == {("valid", number)}


@given(
    places.filter(lambda place: place[0] != "9"),
    st.dates(dt.date(1900, 1, 1), dt.date(1999, 12, 31)),
    st.integers(0, 999),
)
@settings(max_examples=80, deadline=None)
def test_fifteen_digits_become_the_number_of_the_same_person(place, birth, sequence):
    body = f"{place}{birth:%Y%m%d}{sequence:03}"
    short = body[:6] + body[8:]
    if len(set(short)) > 1:
        assert judged(short) == ("upgraded_15", body + check_character(body), "111")


@pytest.mark.parametrize(
    ("number", "quality"),
    [
        (None, "missing"), ("", "missing"), ("/", "missing"), ("无", "missing"), ("不详", "missing"), ("0", "missing"),
        ("111111111111111111", "missing"), ("-", "missing"),
        ("3.19901E+17", "rounded_by_spreadsheet"), ("3.19901198001010e+17", "rounded_by_spreadsheet"),
        ("319901198001010000.0", "rounded_by_spreadsheet"), ("319901198001011000", "rounded_by_spreadsheet"),
        ("31990119800101001", "malformed"), ("3199011980010100123", "malformed"), ("31990119800101O012", "malformed"),
        ("319901800230001", "impossible_date"),
    ],
)  # fmt: skip
def test_a_damaged_or_missing_number_is_told_by_its_kind(number, quality):
    assert judged(number) == (quality, None, None)


def test_a_number_that_a_workbook_stored_as_a_number_is_damaged_whatever_it_looks_like():
    body = "31990119800101001"
    assert judged(body + check_character(body), stored_as_number=True)[0] == "rounded_by_spreadsheet"


@pytest.mark.parametrize(
    ("document_type", "number", "quality"),
    [
        ("414", "E12345678", "valid"), ("414", "e 1234 5678", "valid"), ("414", "护照12", "malformed"),
        ("511", "12345678", "valid"), ("511", "1234567", "malformed"),
        ("516", "H12345678", "valid"), ("516", "K12345678", "malformed"),
        ("553", "FRA123456789012", "valid"), ("553", "319901198001010011", "wrong_check_digit"),
    ],
)  # fmt: skip
def test_documents_without_a_check_digit_are_judged_by_their_form(document_type, number, quality):
    assert judged(number, document_type)[0] == quality


def test_a_resident_number_is_no_permanent_resident_card():
    body = "31990119800101001"
    assert judged(body + check_character(body), "553")[0] == "malformed"


def first_bits(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")[:16]


@given(st.binary(min_size=32, max_size=64), st.text(max_size=80).filter(lambda text: "\0" not in text))
@settings(max_examples=100, deadline=None)
def test_the_pseudonym_in_sql_is_pythons_hmac(key, message):
    (found,) = connection.execute(f"SELECT {hmac_sql('$message')}", {**hmac_pads(key), "message": message}).fetchone()
    assert found == uuid.UUID(bytes=first_bits(key, message.encode()))


def one_block(mark: bytes) -> bytes:
    key = hmac.digest(KEYS.by_purpose["identity"], b"pseudonym of a mark", "sha256")
    encryptor = Cipher(algorithms.AES256(key), modes.CBC(bytes(16))).encryptor()
    return encryptor.update(mark) + encryptor.finalize()


def named_rows(*rows: tuple[str | None, str | None, int | None, str | None]) -> pa.Table:
    columns = list(zip(*rows, strict=True))
    types = (pa.string(), pa.string(), pa.int64(), pa.string())
    names = ("number_type", "number", "number_body", "unidentified")
    return pa.table({name: pa.array(c, t) for name, c, t in zip(names, columns, types, strict=True)})


def test_a_pseudonym_is_the_same_whether_it_was_known_or_not():
    pseudonyms = Pseudonyms(KEYS)
    rows = named_rows(
        ("111", "319901198001010011", 31990119800101001, None),
        (None, None, None, "unidentified|police|某||"),
        ("414", "E12345678", None, None),
        ("111", "319901198001010011", 31990119800101001, None),
    )
    messages = ["111|319901198001010011", "unidentified|police|某||", "414|E12345678", "111|319901198001010011"]
    for _ in range(2):
        marks = [first_bits(KEYS.lasting.key, message.encode()) for message in messages]
        expected = [uuid.UUID(bytes=one_block(mark)) for mark in marks]
        assert pseudonyms.of(connection, rows).to_pylist() == expected


def test_pseudonyms_of_marks_follow_the_marks_through_slices_and_chunks():
    marks = pa.array([uuid.UUID(int=place).bytes for place in range(7)], pa.uuid())
    whole = pseudonyms_of_marks(marks, KEYS).to_pylist()
    assert len(set(whole)) == 7
    assert pseudonyms_of_marks(marks[2:5], KEYS).to_pylist() == whole[2:5]
    assert pseudonyms_of_marks(pa.chunked_array([marks[5:], marks[:2]]), KEYS).to_pylist() == whole[5:] + whole[:2]
    assert pseudonyms_of_marks(marks[:0], KEYS).to_pylist() == []


def test_nothing_has_no_pseudonym():
    with pytest.raises(ValueError, match="nothing"):
        pseudonyms_of_marks(pa.array([None], pa.uuid()), KEYS)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32"):
        hmac_pads(b"short")
    with pytest.raises(ValueError, match="64 bytes"):
        hmac_pads(b"x" * 65)
