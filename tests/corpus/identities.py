"""IDN: document numbers. Each number is judged; none costs its row."""

from __future__ import annotations

from tests.contract.made_files import with_check
from tests.corpus.case import Category
from tests.corpus.making import COUNT, OVERSEAS, RESIDENTS, book_of, rows_of, sent, table_of

IDN = Category("IDN")
GOOD = with_check("31990119800101123")
ENDS_IN_X = next(number for row in range(200, 300) if (number := with_check(f"31990119800101{row}"))[-1] == "X")


def residents(*numbers: str, **changed) -> bytes:
    return sent(RESIDENTS, document_number=list(numbers), **changed)


def foreigners(type_code: str, number: str) -> bytes:
    rows = rows_of(OVERSEAS, document_type_code=[type_code], document_number=[number])
    return book_of(table_of(OVERSEAS, rows), OVERSEAS.file.sheet)


def judged(title: str, number: str, quality: str, stored: str | None = None) -> None:
    """The first of COUNT residents has ``number``; the others' are sound."""
    counts = {quality: 1, "valid": COUNT - 1} if quality != "valid" else {"valid": COUNT}
    loaded = {"document_number": [stored, *(row["document_number"] for row in rows_of(RESIDENTS)[1:])]}
    IDN.accepts(title, RESIDENTS, lambda: residents(number), COUNT, quality=counts, loaded=loaded)


judged("eighteen digits", GOOD, "valid", GOOD)
judged(
    "the check character X in lower case",
    ENDS_IN_X.lower(),
    "valid",
    ENDS_IN_X,
)
judged("full-width digits", "".join(chr(ord(sign) + 0xFEE0) for sign in GOOD), "valid", GOOD)
judged("blanks inside", f"{GOOD[:6]} {GOOD[6:14]} {GOOD[14:]}", "valid", GOOD)
judged("hyphens inside", f"{GOOD[:6]}-{GOOD[6:14]}-{GOOD[14:]}", "valid", GOOD)
judged("an apostrophe before", f"'{GOOD}", "valid", GOOD)
judged("its name before", f"身份证号：{GOOD}", "valid", GOOD)
judged("signs of no width inside", f"{GOOD[:9]}\u200b{GOOD[9:]}\ufeff", "valid", GOOD)
judged("a wrong check digit", GOOD[:17] + str((int(GOOD[17]) + 1) % 10 if GOOD[17] != "X" else 1), "wrong_check_digit")
judged("two digits exchanged", GOOD[:6] + GOOD[7] + GOOD[6] + GOOD[8:], "wrong_check_digit")
judged("fifteen digits of before 1999", "319901800101123", "upgraded_15", with_check("31990119800101123"))
judged("fifteen digits with an impossible day", "319901800230123", "impossible_date")
judged("seventeen digits", GOOD[:17], "malformed")
judged("nineteen digits", GOOD + "1", "malformed")
judged("scientific notation", "3.19901E+17", "rounded_by_spreadsheet")
judged("zeros where a spreadsheet lost digits", "319901198001011000", "rounded_by_spreadsheet")
judged("with a decimal point", "319901198001011230.0", "rounded_by_spreadsheet")
judged("31 June", with_check("31990119800631123"), "impossible_date")
judged("29 February of a common year", with_check("31990119810229123"), "impossible_date")
judged("29 February of a leap year", with_check("31990119800229123"), "valid", with_check("31990119800229123"))
judged("29 February 1900", with_check("31990119000229123"), "impossible_date")
judged("born after the period", with_check("31990120170401123"), "impossible_date")
judged("born on the period's last day", with_check("31990120170331123"), "valid", with_check("31990120170331123"))
judged("131 years old", with_check("31990118860101123"), "impossible_date")
judged("a district that was abolished", with_check("31010319800101123"), "valid", with_check("31010319800101123"))
judged(
    "a district that libraries do not know", with_check("32111919800101123"), "valid", with_check("32111919800101123")
)
for prefix, place in (("81", "Hong Kong"), ("82", "Macao"), ("83", "Taiwan")):
    permit = with_check(f"{prefix}000019800101123")
    judged(f"a residence permit of {place}", permit, "valid", permit)
judged("a permanent-resident card of 2023", with_check("93115619800101123"), "valid", with_check("93115619800101123"))
judged("masked by the sender", "319901********1234", "malformed")
for filler in ("111111111111111111", "000000000000000000", "无", "不详", "/", "——", "NULL"):
    judged(f"filled with {filler}", filler, "missing")
judged("empty", "", "missing")
judged("two numbers in a cell", f"{GOOD}、{GOOD}", "malformed")
judged("O for zero", GOOD.replace("0", "O", 1), "malformed")
judged("a name in the number's column", "某某甲", "malformed")
judged("a code of an organisation", "91310105MA1FW00X0X", "malformed")
IDN.accepts(
    "two rows of one number", RESIDENTS, lambda: residents(GOOD, GOOD), COUNT - 1, quarantined={"duplicate_key": 1}
)
IDN.accepts(
    "one number in fifteen and in eighteen digits",
    RESIDENTS,
    lambda: residents(GOOD, "319901800101123"),
    COUNT - 1,
    quarantined={"duplicate_key": 1},
)
IDN.accepts(
    "two rows of one broken number are two people until somebody knows better",
    RESIDENTS,
    lambda: residents(GOOD[:17], GOOD[:17]),
    COUNT,
    quality={"malformed": 2, "valid": COUNT - 2},
)
IDN.accepts(
    "a number that says the other sex",
    RESIDENTS,
    lambda: residents(with_check("31990119800101122"), sex_code="1"),
    COUNT,
    quality={"valid": COUNT},
)
for code, number, quality in (
    ("414", "E12345678", "valid"),
    ("414", "e 1234 5678", "valid"),
    ("414", "1234", "malformed"),
    ("414", "护照", "malformed"),
    ("511", "12345678", "valid"),
    ("511", "1234567", "malformed"),
    ("516", "H12345678", "valid"),
    ("516", "M1234567801", "valid"),
    ("516", "K12345678", "malformed"),
    ("553", "FRA310112345678", "valid"),
    ("553", "FRA31011234567", "malformed"),
    ("553", with_check("93115619800101123"), "valid"),
    ("111", "E12345678", "malformed"),
):
    IDN.accepts(
        f"{number} as a document of type {code}",
        OVERSEAS,
        lambda code=code, number=number: foreigners(code, number),
        COUNT,
        quality={"valid": COUNT} if quality == "valid" else {quality: 1, "valid": COUNT - 1},
    )
