"""SQL for one cell: what it may look like for its type, and the value it then has.

Belongs here: expressions over a column of text. Each type has a *fast* form, taken by nearly every cell of a tidy
file, and a *slow* one over the cleaned text for the rest. Does not belong here: rules between columns (``statement``).
"""

from __future__ import annotations

from ingestion.contracts.models import Bilingual, FieldMeaning

#: Full-width forms and the wide blank, with what NFKC makes of them.
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000\u00a0"
NARROW = "".join(map(chr, range(0x21, 0x7F))) + "  "
#: Blanks of every kind, as the inside of a character class of a regular expression.
BLANKS = r"\s\x{3000}\x{00A0}\x{200B}-\x{200D}\x{FEFF}"
_EDGE = f"^[{BLANKS}]+|[{BLANKS}]+$"
_WRAPPED = f"^[{BLANKS}''’]|[{BLANKS}]$|[\\x{{FF01}}-\\x{{FF5E}}]"
#: What clerks write into a cell that has no value.
PLACEHOLDERS = ("", "/", "—", "——", "-", "--", "无", "不详")
TRUE_WORDS = ("是", "有", "1", "Y", "YES", "TRUE", "√", "✓", "✔")
FALSE_WORDS = ("否", "无", "0", "N", "NO", "FALSE", "×")
OPEN_END = "9999-12-31"
#: Years before 1850 or after 2199 are typing errors; the open end stands apart.
_YEAR = r"(18[5-9]|19\d|20\d|21\d)\d"
OPEN_END_WORDS = ("9999-12-31", "9999/12/31", "9999.12.31", "99991231", "9999年12月31日", "长期", "永久", "长期有效")

_INTEGER = r"[+-]?\d+"
_GROUPED = r"[+-]?\d{1,3}(,\d{3})+"
_TIME = r"\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,6})?)?"

#: The reason of a cell that has no value of its type.
INVALID_REASONS = {
    "date": "invalid_date",
    "timestamp": "invalid_date",
    "integer": "invalid_number",
    "decimal": "invalid_number",
    "boolean": "invalid_boolean",
    "code": "unknown_code",
    "text": "bad_pattern",
}


def literal(text: str) -> str:
    """``text`` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def half_width(text: str) -> str:
    """Full-width forms to half-width, as the SQL of ``clean_text`` does."""
    return text.translate(str.maketrans(WIDE, NARROW))


def is_code_like(meaning: FieldMeaning) -> bool:
    """Whether full-width forms and placeholders carry no meaning of their own in this field."""
    return meaning.type not in ("name", "address") and not (meaning.type == "text" and meaning.pattern is None)


def stripped(meaning: FieldMeaning, raw: str) -> str:
    """The cell's text without its wrapping: blanks around it, full-width forms, the apostrophe that marks text."""
    if not is_code_like(meaning):
        return (
            f"CASE WHEN regexp_matches({raw}, '{_EDGE}') THEN regexp_replace({raw}, '{_EDGE}', '', 'g') ELSE {raw} END"
        )
    narrow = f"translate({raw}, {literal(WIDE)}, {literal(NARROW)})"
    bare = f"regexp_replace({narrow}, '{_EDGE}|^[''’]', '', 'g')"
    return f"CASE WHEN regexp_matches({raw}, '{_WRAPPED}') THEN {bare} ELSE {raw} END"


def absent(meaning: FieldMeaning, text: str) -> str:
    """Stripped text, or NULL when it says that there is no value."""
    words = PLACEHOLDERS if is_code_like(meaning) else ("",)
    # In a boolean, 无 is a value.
    words = [word for word in words if meaning.type != "boolean" or word not in FALSE_WORDS]
    branches = " ".join(f"WHEN {literal(word)} THEN NULL" for word in words)
    return f"CASE {text} {branches} ELSE {text} END"


def is_absent(meaning: FieldMeaning, raw: str) -> str:
    """Whether a cell whose text is kept as it was sent says that there is no value."""
    # What begins with a digit or an ideograph is neither blank nor wrapped, and in a name no word stands for nothing.
    plain = f"{raw} >= '0' AND {raw} < ':'"
    if not is_code_like(meaning):
        plain = f"({plain} OR {raw} >= '一' AND {raw} < '鿿')"
    return (
        f"CASE WHEN {plain} THEN false ELSE {raw} = '' OR {absent(meaning, f'({stripped(meaning, raw)})')} IS NULL END"
    )


def fast_value(meaning: FieldMeaning, raw: str, codes: dict[str, Bilingual] | None) -> str:
    """The value of a cell that is written plainly, else NULL. ``codes`` is the field's code list."""
    match meaning.type:
        case "date":
            separated = f"{_YEAR}(-\\d{{1,2}}-\\d{{1,2}}|/\\d{{1,2}}/\\d{{1,2}})"
            return (
                f"CASE WHEN regexp_full_match({raw}, '{_YEAR}\\d{{4}}') THEN {_compact_date(raw)} "
                f"WHEN regexp_full_match({raw}, '{separated}') THEN try_cast({raw} AS DATE) END"
            )
        case "timestamp":
            shape = _YEAR + r"(-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2})[ T]([01]?\d|2[0-3]):\d{2}(:\d{2})?"
            return f"CASE WHEN regexp_full_match({raw}, {literal(shape)}) THEN try_cast({raw} AS TIMESTAMP) END"
        case "integer":
            return f"CASE WHEN regexp_full_match({raw}, '\\d{{1,9}}') THEN CAST({raw} AS INTEGER) END"
        case "decimal":
            shape = r"\d{1,15}(\.\d{1,2})?"
            return f"CASE WHEN regexp_full_match({raw}, {literal(shape)}) THEN CAST({raw} AS DECIMAL(18,2)) END"
        case "boolean":
            return f"CASE {raw} WHEN '是' THEN true WHEN '否' THEN false WHEN '1' THEN true WHEN '0' THEN false END"
        case "code":
            return _code_index(raw, codes or {})
        case "text" if meaning.pattern:
            return f"CASE WHEN regexp_full_match({raw}, {literal(meaning.pattern)}) THEN {raw} END"
        case _:
            return "CAST(NULL AS VARCHAR)"


def slow_value(meaning: FieldMeaning, text: str, codes: dict[str, Bilingual] | None) -> str:
    """The value of a cleaned cell in any of the ways clerks write it; NULL when it has none."""
    match meaning.type:
        case "date":
            return _with_open_end(meaning, text, _day(_date_part(text)))
        case "timestamp":
            return _moment(text)
        case "integer":
            whole = f"regexp_replace(replace({text}, ',', ''), '\\.0+$', '')"
            shape = f"({_INTEGER}|{_GROUPED})(\\.0+)?"
            return f"CASE WHEN regexp_full_match({text}, {literal(shape)}) THEN try_cast({whole} AS INTEGER) END"
        case "decimal":
            shape = f"({_INTEGER}|{_GROUPED})(\\.\\d{{1,2}}0*)?"
            number = f"try_cast(replace({text}, ',', '') AS DECIMAL(18,2))"
            return f"CASE WHEN regexp_full_match({text}, {literal(shape)}) THEN {number} END"
        case "boolean":
            yes = " ".join(f"WHEN {literal(word)} THEN true" for word in TRUE_WORDS)
            no = " ".join(f"WHEN {literal(word)} THEN false" for word in FALSE_WORDS)
            return f"CASE upper({text}) {yes} {no} END"
        case "code":
            return _code_index(text, codes or {})
        case "text" if meaning.pattern:
            return f"CASE WHEN regexp_full_match({text}, {literal(meaning.pattern)}) THEN {text} END"
        case _:
            return text


def code_values(codes: dict[str, Bilingual]) -> list[str]:
    """The codes in the order to which the SQL's index refers."""
    return list(codes)


def _code_index(text: str, codes: dict[str, Bilingual]) -> str:
    """The place of the code in its list: an index is cheaper to carry than text and makes a dictionary column."""
    words = {code: index for index, code in enumerate(codes)}
    for index, names in enumerate(codes.values()):
        words.setdefault(names.zh, index)
        words.setdefault(half_width(names.zh), index)
    branches = " ".join(f"WHEN {literal(word)} THEN {index}" for word, index in words.items())
    return f"CAST(CASE {text} {branches} END AS UTINYINT)"


def _compact_date(text: str) -> str:
    number = f"CAST({text} AS INTEGER)"
    return f"TRY(make_date({number} // 10000, {number} // 100 % 100, {number} % 100))"


def _date_part(text: str) -> str:
    """A date without the time that follows it."""
    time = literal(f"^(.*?)[ T]*{_TIME}$")
    return f"CASE WHEN contains({text}, ':') THEN regexp_extract({text}, {time}, 1) ELSE {text} END"


def _day(text: str) -> str:
    """A date as 20170301, 2017-3-1, 2017/3/1, 2017.3.1, 2017年3月1日, or a spreadsheet's serial of five digits."""
    shape = _YEAR + r"(-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|\.\d{1,2}\.\d{1,2}|年\d{1,2}月\d{1,2}日?)"
    dashed = f"translate({text}, './年月日', '----')"
    return (
        f"CASE WHEN regexp_full_match({text}, {literal(shape)}) THEN try_cast({dashed} AS DATE) "
        f"WHEN regexp_full_match({text}, '{_YEAR}\\d{{4}}') THEN {_compact_date(text)} "
        # Day 1 is 1900-01-01, and the spreadsheet believes in a 29 February 1900: hence the 30th.
        f"WHEN regexp_full_match({text}, '\\d{{5}}(\\.0+)?') "
        f"THEN DATE '1899-12-30' + CAST(CAST({text} AS DOUBLE) AS INTEGER) END"
    )


def _with_open_end(meaning: FieldMeaning, text: str, day: str) -> str:
    if meaning.open_end is None:
        return day
    end = f"DATE '{OPEN_END}'"
    words = " ".join(f"WHEN {literal(word)} THEN {end}" for word in OPEN_END_WORDS)
    return f"coalesce(CASE {text} {words} END, {day})"


def _moment(text: str) -> str:
    """A day with a time; midnight when there is none, as a spreadsheet stores midnight."""
    spoken = f"rtrim(translate({text}, '时点分秒', ':::'), ':')"
    shape = literal(f"^(.*?)[ T]*({_TIME})$")
    hour_only = f"regexp_replace({spoken}, '([ 日T]\\d{{1,2}})$', '\\1:00')"
    day = _day(f"rtrim(regexp_extract({hour_only}, {shape}, 1))")
    time = f"regexp_extract({hour_only}, {shape}, 2)"
    clock = f"regexp_full_match({time}, '([01]?\\d|2[0-3]):.*')"
    compact = f"try_strptime({text}, '%Y%m%d%H%M%S')"
    serial = f"TIMESTAMP '1899-12-30' + to_seconds(round(CAST({text} AS DOUBLE) * 86400))"
    return (
        f"CASE WHEN regexp_full_match({text}, '\\d{{14}}') THEN {compact} "
        f"WHEN regexp_full_match({text}, '\\d{{5}}\\.\\d+') THEN {serial} "
        f"WHEN regexp_matches({spoken}, ':|[ 日T]\\d{{1,2}}$') "
        f"THEN CASE WHEN {clock} THEN try_cast(CAST({day} AS VARCHAR) || ' ' || {time} AS TIMESTAMP) END "
        f"ELSE CAST({_day(text)} AS TIMESTAMP) END"
    )


def comparable_name(raw: str) -> str:
    """A name without blanks, dots and full-width forms, in capitals."""
    narrow = f"translate({raw}, {literal(WIDE)}, {literal(NARROW)})"
    return f"upper(regexp_replace({narrow}, '[{BLANKS}·•‧・．.]', '', 'g'))"
