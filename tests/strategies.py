"""Hypothesis strategies derived from contracts: valid rows in any of the ways clerks write them, and what they mean.

Belongs here: what may be drawn. Does not belong here: files (``corpus.making``) or verdicts (the tests).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ingestion.contracts.models import Contract, FieldMeaning
from ingestion.contracts.registry import registry
from ingestion.discovery import period_days
from ingestion.parsing.cells import FALSE_WORDS, PLACEHOLDERS, TRUE_WORDS
from tests.contract.made_files import numbered, period_of, resident_number

#: A cell as sent, and the value that raw then has.
Cell = tuple[str, Any]
_HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)
_WIDE = str.maketrans("0123456789.-/:", "０１２３４５６７８９．－／：")


def written_day(day: dt.date) -> st.SearchStrategy[str]:
    """A day in any way in which it is understood."""
    return st.sampled_from(
        [
            f"{day}",
            f"{day.year}/{day.month}/{day.day}",
            f"{day.year}.{day.month}.{day.day}",
            f"{day.year}年{day.month}月{day.day}日",
            f"{day:%Y%m%d}",
            f"{day} 00:00:00",
            str((day - dt.date(1899, 12, 30)).days),
            f" {day}",
            f"'{day}",
            f"{day}".translate(_WIDE),
        ]
    )


def written_moment(moment: dt.datetime) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            f"{moment:%Y-%m-%d %H:%M:%S}",
            f"{moment:%Y/%m/%d %H:%M:%S}",
            f"{moment:%Y%m%d%H%M%S}",
            f"{moment:%Y-%m-%dT%H:%M:%S}",
            f"{moment.year}年{moment.month}月{moment.day}日{moment.hour}时{moment.minute}分{moment.second}秒",
        ]
    )


def written_number(number: int) -> st.SearchStrategy[str]:
    return st.sampled_from([str(number), f"{number}.0", f" {number} ", str(number).translate(_WIDE), f"{number:,}"])


@st.composite
def rows(draw, contract: Contract, row: int) -> dict[str, Cell]:
    """A row that keeps every rule of the contract. All its days are one day and all its counts one count, so that no
    rule between columns is broken; ``row`` makes its key differ from other rows'."""
    start, end = period_days(period_of(contract))
    day = draw(st.dates(start, end))
    count = draw(st.integers(0, 3))
    found = {}
    for name, column in contract.columns.items():
        meaning = registry().fields[name]
        if not column.required and draw(st.integers(0, 4)) == 0:
            words = [word for word in PLACEHOLDERS if meaning.type in ("date", "integer", "decimal", "code")] or [""]
            found[name] = (draw(st.sampled_from(words)), None)
        else:
            found[name] = draw(_cell(contract, name, meaning, row, day, count))
    return found


def _cell(
    contract: Contract, name: str, meaning: FieldMeaning, row: int, day: dt.date, count: int
) -> st.SearchStrategy[Cell]:
    def meaning_of(value: Any):
        return lambda text: (text, value)

    match meaning.type:
        case "date" if name == "birth_date":
            return written_day(dt.date(1980, 1, 1)).map(meaning_of(None))
        case "date":
            return written_day(day).map(meaning_of(day))
        case "timestamp":
            times = st.times().map(lambda time: dt.datetime.combine(day, time.replace(microsecond=0)))
            return times.flatmap(lambda moment: written_moment(moment).map(meaning_of(moment)))
        case "integer":
            return written_number(count).map(meaning_of(count))
        case "decimal":
            most = 100 if meaning.maximum is None else int(meaning.maximum * 100)
            return st.integers(0, most).flatmap(
                lambda cents: st.sampled_from([f"{cents / 100:.2f}", f"{cents / 100:.2f}".translate(_WIDE)]).map(
                    meaning_of(Decimal(cents) / 100)
                )
            )
        case "boolean" if name == "is_minor":  # a minor's row is taken out again
            return st.sampled_from(FALSE_WORDS).map(meaning_of(False))
        case "boolean":
            yes, no = (st.sampled_from(words) for words in (TRUE_WORDS, FALSE_WORDS))
            return st.one_of(yes.map(meaning_of(True)), no.map(meaning_of(False)))
        case "code" if contract.person and name == contract.person.type:
            return st.just(("111", "111"))
        case "code":
            codes = registry().code_lists[meaning.codes]
            return st.sampled_from(sorted(codes)).flatmap(
                lambda code: st.sampled_from([code, codes[code].zh, f" {code} "]).map(meaning_of(code))
            )
        case "document_number":
            number = resident_number(row)
            return st.sampled_from([number, f"'{number}", number.lower(), f"{number[:6]} {number[6:]}"]).map(
                meaning_of(None)
            )
        case "text" if meaning.pattern:
            return st.just((numbered(meaning.pattern, row),) * 2)
        case "phone":
            return st.just((f"1390000{row:04d}", None))
    return _HAN.map(lambda text: (text, text))
