"""What a cell should hold, in words and by example: for guides, templates, checks and replies alike.

Belongs here: sentences made from contracts and fields. Does not belong here: reasons (``ingestion.reasons``) or any
value that was sent.
"""

from __future__ import annotations

import datetime as dt
import re

from ingestion.contracts.models import Bilingual, Contract, FieldMeaning
from ingestion.contracts.registry import Registry
from ingestion.discovery import period_days

#: Longer code lists are pointed to, not listed.
_LISTED_CODES = 12
_REPEATED = re.compile(r"(\\d|\[A-Z\]|[A-Z])(?:\{(\d+)\})?")
#: The fields' units in Chinese.
UNITS_ZH = {
    "contacts": "次", "hours": "小时", "months": "月", "persons": "人", "share": "比例", "yuan": "元",
}  # fmt: skip
_PARTS = {"\\d": ("位数字", "digit", "0"), "[A-Z]": ("位大写字母", "capital letter", "A")}


def pattern_words(pattern: str) -> Bilingual | None:
    """A pattern in words, such as 字母 J 加 12 位数字; None for one with alternatives, told by example."""
    found = list(_REPEATED.finditer(pattern))
    if "".join(part[0] for part in found) != pattern:
        return None
    zh, en = [], []
    for part in found:
        count = int(part[2] or 1)
        if part[1] in _PARTS:
            name_zh, name_en, _ = _PARTS[part[1]]
            zh.append(f"{count} {name_zh}")
            en.append(f"{count} {name_en}{'s' if count > 1 else ''}")
        else:
            zh.append(f"字母 {part[1] * count}")
            en.append(f"the letter {part[1] * count}")
    return Bilingual(zh=" 加 ".join(zh), en=", then ".join(en))


def pattern_example(pattern: str) -> str:
    """The shortest text that ``pattern`` matches, its last digits 1. Alternatives and what may be left out are not
    taken up. Raises ValueError for a pattern that it cannot follow."""
    simple = re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)\?", "", pattern)
    text = "".join((_PARTS.get(part[1]) or (part[1],))[-1] * int(part[2] or 1) for part in _REPEATED.finditer(simple))
    plain = f"{text[:-1]}1" if text.endswith("0") else text
    found = next((candidate for candidate in (plain, text) if re.fullmatch(pattern, candidate)), None)
    if found is None:
        raise ValueError(f"no example for the pattern {pattern}")
    return found


def code_words(codes: dict[str, Bilingual]) -> Bilingual:
    """A code list in one line, each code with its name."""
    return Bilingual(
        zh="、".join(f"{code} {names.zh}" for code, names in codes.items()),
        en="; ".join(f"{code} {names.en}" for code, names in codes.items()),
    )


def range_words(meaning: FieldMeaning) -> Bilingual | None:
    """The range of a number with its unit, None when it has no limit."""
    low, high = meaning.minimum, meaning.maximum
    if low is None and high is None:
        return None
    if high is None:
        return Bilingual(zh=f"不小于 {low:.12g}", en=f"at least {low:.12g}")
    if low is None:
        return Bilingual(zh=f"不大于 {high:.12g}", en=f"at most {high:.12g}")
    return Bilingual(zh=f"{low:.12g} 至 {high:.12g}", en=f"{low:.12g} to {high:.12g}")


def field_form(registry: Registry, meaning: FieldMeaning) -> Bilingual:
    """What a cell of the field should hold."""
    match meaning.type:
        case "code":
            codes = registry.code_lists[meaning.codes]
            if len(codes) > _LISTED_CODES:
                return Bilingual(zh=f"代码表 {meaning.codes} 中的代码或名称", en=f"a code or name of {meaning.codes}")
            words = code_words(codes)
            return Bilingual(zh=f"代码或名称：{words.zh}", en=f"a code or its Chinese name: {words.en}")
        case "date":
            end = {"empty": ("；尚未结束留空", "; empty while there is no end")}.get(
                meaning.open_end, ("；长期填“长期”", "; 长期 for no end") if meaning.open_end else ("", "")
            )
            return Bilingual(zh=f"日期，如 2017-03-01{end[0]}", en=f"a date like 2017-03-01{end[1]}")
        case "timestamp":
            return Bilingual(zh="日期和时间，如 2017-03-01 08:30:00", en="date and time like 2017-03-01 08:30:00")
        case "boolean":
            return Bilingual(zh="是 或 否", en="是 (yes) or 否 (no)")
        case "integer" | "decimal":
            return _number_form(meaning)
        case "document_number":
            return Bilingual(
                zh="证件号码，文本格式；居民身份证 18 位", en="the number as text; 18 characters on a resident card"
            )
    if meaning.pattern:
        words = pattern_words(meaning.pattern)
        shown = pattern_example(meaning.pattern)
        return Bilingual(
            zh=f"{words.zh}，如 {shown}" if words else f"如 {shown}",
            en=f"{words.en}, like {shown}" if words else f"like {shown}",
        )
    return Bilingual(zh="文字", en="text")


def _number_form(meaning: FieldMeaning) -> Bilingual:
    whole = meaning.type == "integer"
    zh, en = ("整数", "a whole number") if whole else ("数字，最多两位小数", "a number, at most two decimals")
    if limits := range_words(meaning):
        zh, en = f"{zh}，{limits.zh}", f"{en}, {limits.en}"
    if meaning.unit:
        zh, en = f"{zh}（{UNITS_ZH[meaning.unit]}）", f"{en} ({meaning.unit})"
    return Bilingual(zh=zh, en=en)


def example(registry: Registry, contract: Contract, name: str) -> str:
    """A made cell that the column accepts. Numbers of persons are all zeros, and no person's."""
    meaning = registry.fields[name]
    match meaning.type:
        case "code":
            return next(iter(registry.code_lists[meaning.codes].values())).zh
        case "date":
            return "1980-01-01" if contract.person and name == contract.person.birth_date else "2017-03-01"
        case "timestamp":
            return "2017-03-01 08:30:00"
        case "boolean":
            return "是"
        case "integer" | "decimal":
            return f"{max(1, meaning.minimum or 1):g}"
        case "document_number":
            return "000000000000000000"
        case "name":
            return "某某"
        case "phone":
            return "00000000000"
        case "address":
            return "某路 1 号"
    return pattern_example(meaning.pattern) if meaning.pattern else "文字"


def expected(registry: Registry, contract: Contract, column: str | None, reason_code: str, period: str) -> Bilingual:
    """What was expected where a row was refused for ``reason_code``. ``column`` is None for a whole row."""
    start, end = period_days(period)
    match reason_code:
        case "outside_period":
            return Bilingual(zh=f"{start} 至 {end}", en=f"{start} to {end}")
        case "in_future":
            return Bilingual(zh=f"不晚于 {end}", en=f"not after {end}")
        case "before_other_date":
            others = _others(contract, column, "not_before")
            return Bilingual(zh=f"不早于{others}", en=f"not before {others}")
        case "above_other":
            others = _others(contract, column, "not_above")
            return Bilingual(zh=f"不大于{others}", en=f"not above {others}")
        case "duplicate_key":
            key = "、".join(contract.columns[name].headers[0] for name in contract.key)
            return Bilingual(zh=f"{key} 在文件内不重复", en=f"{key} comes once in the file")
        case "wrong_field_count":
            return Bilingual(zh="与表头列数相同", en="as many cells as the header has")
        case "out_of_range" if limits := range_words(registry.fields[column]):
            return limits
    if column is None:
        return Bilingual(zh="按报送说明", en="as the guide says")
    return field_form(registry, registry.fields[column])


def _others(contract: Contract, column: str | None, kind: str) -> str:
    names = [rule.other for rule in contract.constraints if rule.kind == kind and rule.column == column]
    return "、".join(f"“{contract.columns[name].headers[0]}”" for name in names)


def due_date(contract: Contract, period: str) -> dt.date:
    """The last day on which a delivery of ``period`` is on time: ``due_days`` after the period's last day."""
    return period_days(period)[1] + dt.timedelta(days=contract.delivery.due_days)
