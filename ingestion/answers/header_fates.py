"""What became of each header of a file: recognised, not agreed, missing, not wanted, and what it may have meant.

Belongs here: telling a sender about the header row. Does not belong here: reading by it (``readers.headers``), or
laying the answer out.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ingestion.contracts.models import Bilingual, Contract
from ingestion.readers import first_rows
from ingestion.readers.headers import likeliest_header, normalised
from ingestion.readers.mistakes import HEADER_REASONS
from ingestion.reasons import FileRefused, shown

Fate = Literal["recognised", "twice", "not_in_use", "not_wanted", "unknown", "missing"]
FATES: dict[Fate, Bilingual] = {
    "recognised": Bilingual(zh="已识别", en="recognised"),
    "twice": Bilingual(zh="重复：同一列出现多次，请只留一列", en="comes twice: keep one of them"),
    "not_in_use": Bilingual(
        zh="该列名在本期不使用，请用现行列名", en="not in use in this period: write the header that is"
    ),
    "not_wanted": Bilingual(zh="不应报送，内容不读取，请删除", en="not wanted, its content is not read: remove it"),
    "unknown": Bilingual(zh="未约定，请改名或删除", en="not agreed: rename it or remove it"),
    "missing": Bilingual(zh="必填列缺失，请补上", en="required and missing: add it"),
}
#: How alike an unknown header and an agreed one must be for the one to be taken for the other, from 0 to 1.
_ALIKE = 0.5


@dataclass(frozen=True)
class HeaderFate:
    """``place`` counts columns from 1 and is None for one that is not there; ``sent`` is the header as it may be shown;
    ``agreed`` is the contract's header that it stands for or, of one that is not agreed, the likeliest to be meant."""

    place: int | None
    sent: str
    fate: Fate
    agreed: str | None


@dataclass(frozen=True)
class SentHeader:
    """The header row by its number in the file, and its headers in order, followed by what is missing."""

    row_number: int
    fates: tuple[HeaderFate, ...]


def sent_header(path: Path, contract: Contract, agreed: Contract, refusal_code: str | None) -> SentHeader | None:
    """What became of the headers of a file that was refused for them, ``refusal_code``; None of any other file.

    agreed: ``contract`` with the headers in use for the file. Where no row was taken for a header, only what is
    recognised of the likeliest one is told: the rest may be a row of data.
    """
    if refusal_code not in HEADER_REASONS:
        return None
    try:
        rows = first_rows(path, agreed)
    except FileRefused:
        return None
    place, _ = likeliest_header(rows, agreed)
    fates = header_fates(rows[place], contract, agreed)
    if refusal_code == "no_header":
        fates = [one for one in fates if one.fate in ("recognised", "missing")]
        if fates[0].fate != "recognised":
            return None
    return SentHeader(place + 1, tuple(fates))


def fate_words(one: HeaderFate) -> Bilingual:
    """What became of it and what is to be done, with the header that may have been meant."""
    words = FATES[one.fate]
    if one.fate == "unknown" and one.agreed:
        return Bilingual(
            zh=f"{words.zh}；所缺的“{one.agreed}”是否即此列？",
            en=f"{words.en}. Is it “{one.agreed}”, which is missing?",
        )
    return words


def header_fates(row: list[str], contract: Contract, agreed: Contract) -> list[HeaderFate]:
    """The fate of each header in ``row`` that is not blank, then the required columns that it lacks, those left out
    for which one that is not agreed may stand."""
    names = _names(agreed)
    once_known = _names(contract)
    not_wanted = {normalised(header) for header in contract.refused_headers}
    keys = [normalised(cell) for cell in row]
    counted = Counter(names[key] for key in keys if key in names)
    lacking = [name for name, column in agreed.columns.items() if name not in counted and column.headers]
    fates = []
    for place, (cell, key) in enumerate(zip(row, keys, strict=True), start=1):
        if not key:
            continue
        name = names.get(key) or once_known.get(key)
        if key in names:
            fate: Fate = "twice" if counted[names[key]] > 1 else "recognised"
        elif key in not_wanted:
            fate = "not_wanted"
        else:
            fate = "not_in_use" if key in once_known else "unknown"
        usual = (
            agreed.columns[name].headers[:1] if name else [] if fate == "not_wanted" else _alike(key, agreed, lacking)
        )
        fates.append(HeaderFate(place, shown(cell.strip()), fate, usual[0] if usual else None))
    meant = {one.agreed for one in fates if one.fate == "unknown"}
    missing = [agreed.columns[name].headers[0] for name in lacking if agreed.columns[name].required]
    missing = [header for header in missing if header not in meant]
    return [*fates, *(HeaderFate(None, "", "missing", header) for header in missing)]


def _names(contract: Contract) -> dict[str, str]:
    return {normalised(header): name for name, column in contract.columns.items() for header in column.headers}


def _alike(key: str, agreed: Contract, lacking: list[str]) -> list[str]:
    """The usual header of the column without a header whose headers are most like ``key``, if any is like it."""
    headers = {normalised(header): name for name in lacking for header in agreed.columns[name].headers}
    found = difflib.get_close_matches(key, headers, n=1, cutoff=_ALIKE)
    return [agreed.columns[headers[found[0]]].headers[0]] if found else []
