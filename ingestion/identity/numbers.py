"""Document numbers: normalised, and judged by form, check digit and birth date, as SQL over a whole column.

Resident identity numbers follow GB 11643-1999: 6 digits of the place of first registration, 8 of the birth date, 3 of
a sequence, and a check character by ISO 7064 MOD 11-2. Places are not looked up: codes of abolished districts stay
valid, and 81, 82, 83 stand for permits of Hong Kong, Macao and Taiwan residents. A leading 9 is a foreign
permanent-resident card in its form of 2023, with the same birth date and check.

Belongs here: the rule. Does not belong here: pseudonyms (``pseudonyms``) or linking records to persons.
"""

from __future__ import annotations

#: What a number is worth, in the order to which ``quality`` refers. The first two are identified.
QUALITY_CODES = (
    "valid",
    "upgraded_15",
    "wrong_check_digit",
    "impossible_date",
    "rounded_by_spreadsheet",
    "malformed",
    "missing",
)
RESIDENT_CARD, PASSPORT, TAIWAN_PERMIT, HONG_KONG_MACAO_PERMIT, PERMANENT_RESIDENT_CARD = (
    "111",
    "414",
    "511",
    "516",
    "553",
)
#: Weights of the first 17 digits, and the check character for each remainder of their sum by 11.
CHECK_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
#: Nobody is older than this, in years before the end of the delivery's period.
OLDEST_AGE = 130

_WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
_NARROW = "".join(map(chr, range(0x21, 0x7F))) + " "
_EIGHTEEN = r"[1-9]\d{16}[\dX]"
#: Forms of the documents that have no check digit.
_OTHER_FORMS = {
    PASSPORT: r"[A-Z0-9]{5,20}",
    TAIWAN_PERMIT: r"\d{8}(\d{2})?",
    HONG_KONG_MACAO_PERMIT: r"[HM]\d{8}(\d{2})?",
    PERMANENT_RESIDENT_CARD: r"[A-Z]{3}\d{12}",
}
_LABEL = r"^\s*(公民)?(身份证件?|身份|证件)(号码|号)?\s*[:：]?\s*"
#: What clerks put around and into a number, of ASCII.
ASCII_WRAPPING = " \t\n\f\r'`\"-"
_ASCII_WRAPPING = "".join(["[", *(rf"\x{ord(sign):02X}" for sign in ASCII_WRAPPING), "]"])
_WRAPPING = _ASCII_WRAPPING.replace("]", r"’‘\x{200B}-\x{200D}\x{FEFF}]")
_ABSENT = ("", "/", "—", "——", "无", "不详", "未知", "NULL")


def number_levels(raw: str, type_code: str, stored_as_number: str) -> list[str]:
    """Column lists of consecutive SELECTs over a table that has the columns ``raw`` (the number as sent) and what
    the expressions ``type_code`` (never NULL) and ``stored_as_number`` name.

    The last adds ``number_quality`` (place in QUALITY_CODES), ``number_type`` and ``number`` (both NULL unless
    identified). Parameter: ``period_end``, after which nobody was born.
    """
    absent = " ".join(f"WHEN '{word}' THEN NULL" for word in _ABSENT)
    other = " ".join(
        f"WHEN '{code}' THEN regexp_full_match(number_text, '{form}')" for code, form in _OTHER_FORMS.items()
    )
    weighted = " + ".join(
        f"{weight} * (number_body // {10 ** (16 - place)} % 10)" for place, weight in enumerate(CHECK_WEIGHTS)
    )
    birth = "number_body // 1000 % 100000000"
    return [
        f"CASE WHEN regexp_full_match({raw}, '{_EIGHTEEN}') THEN {raw} ELSE {_unwrapped(raw)} END AS number_unwrapped, "
        f"{type_code} AS number_declared_type",
        # One character throughout is how clerks fill a cell that must not be empty.
        f"CASE number_unwrapped {absent} ELSE CASE WHEN replace(number_unwrapped, left(number_unwrapped, 1), '') <> '' "
        "THEN number_unwrapped END END AS number_text",
        f"""CASE WHEN number_declared_type NOT IN ('{RESIDENT_CARD}', '{PERMANENT_RESIDENT_CARD}') THEN NULL
            WHEN regexp_full_match(number_text, '{_EIGHTEEN}') THEN CAST(left(number_text, 17) AS BIGINT)
            WHEN number_declared_type = '{RESIDENT_CARD}' AND regexp_full_match(number_text, '[1-9]\\d{{14}}')
            THEN CAST(left(number_text, 6) || '19' || substr(number_text, 7) AS BIGINT) END AS number_body""",
        f"substr('{CHECK_CHARACTERS}', CAST(({weighted}) % 11 AS INTEGER) + 1, 1) AS number_check, "
        f"TRY(make_date({birth} // 10000, {birth} // 100 % 100, {birth} % 100)) "
        f"BETWEEN $period_end - INTERVAL {OLDEST_AGE} YEARS AND $period_end AS number_date_is_possible",
        f"""CAST(CASE
            WHEN number_text IS NULL THEN {_quality("missing")}
            WHEN {stored_as_number} THEN {_quality("rounded_by_spreadsheet")}
            WHEN number_body IS NULL THEN CASE
                WHEN CASE number_declared_type {other} ELSE false END THEN {_quality("valid")}
                WHEN regexp_full_match(number_text, '\\d(\\.\\d+)?E\\+?\\d{{2}}|\\d{{15,}}\\.0+')
                THEN {_quality("rounded_by_spreadsheet")}
                ELSE {_quality("malformed")} END
            WHEN length(number_text) = 15 THEN CASE
                WHEN coalesce(number_date_is_possible, false) THEN {_quality("upgraded_15")}
                ELSE {_quality("impossible_date")} END
            WHEN number_check <> right(number_text, 1) THEN CASE
                WHEN right(number_text, 3) = '000' THEN {_quality("rounded_by_spreadsheet")}
                ELSE {_quality("wrong_check_digit")} END
            WHEN number_declared_type = '{PERMANENT_RESIDENT_CARD}' AND left(number_text, 1) <> '9'
            THEN {_quality("malformed")}
            WHEN NOT coalesce(number_date_is_possible, false) THEN {_quality("impossible_date")}
            ELSE {_quality("valid")} END AS UTINYINT) AS number_quality""",
        f"""CASE WHEN number_quality = {_quality("valid")} THEN number_text
            WHEN number_quality = {_quality("upgraded_15")} THEN CAST(number_body AS VARCHAR) || number_check
            END AS number,
            CASE WHEN number_quality > {_quality("upgraded_15")} THEN NULL
            WHEN number_body IS NOT NULL AND left(number_text, 1) = '9' AND length(number_text) = 18
            THEN '{PERMANENT_RESIDENT_CARD}' ELSE number_declared_type END AS number_type""",
    ]


def _quality(code: str) -> int:
    return QUALITY_CODES.index(code)


def _unwrapped(raw: str) -> str:
    """The number without what stands around it: a label, blanks, an apostrophe, full-width forms."""
    wide, narrow = _WIDE.replace("'", "''"), _NARROW.replace("'", "''")
    plain = f"upper(translate({raw}, '{wide}', '{narrow}'))"
    wrapping = _WRAPPING.replace("'", "''")
    whole = f"regexp_replace(regexp_replace({plain}, '{_LABEL}', ''), '{wrapping}', '', 'g')"
    # ASCII holds no label and nothing wide, and to look up each of its characters would take most of the time.
    return f"""CASE WHEN strlen({raw}) = length({raw})
        THEN regexp_replace(upper({raw}), '{_ASCII_WRAPPING}', '', 'g') ELSE {whole} END"""
