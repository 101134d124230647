"""Rows that are not data: titles, notes, totals, signatures, blank rows. Recognised by rule, and counted.

Belongs here: the rules, as patterns that Python and DuckDB read alike. Does not belong here: finding the header
(``headers``).
"""

from __future__ import annotations

import re

#: What stands in a row that is blank to the eye; the last is the end-of-file sign of old systems.
_BLANKS = " \t\r\n\f\v\u3000\u00a0\u200b\ufeff\x1a"
_SIGNERS = (
    "填表人|制表人|审核人|复核人|负责人|填报人|经办人|单位负责人|联系人|签字|签章|盖章"
    "|填表日期|填报日期|制表日期|报送日期"
)
_NOTED = "注|备注|说明|附注|填报说明|填表说明|注意|填报单位|报送单位|单位|数据截止|统计口径"
#: What the first filled cell of such a row looks like, by kind.
PATTERNS = {
    "total": r"^(本页|本表|全区)?\s*(合\s*计|总\s*计|小\s*计|共\s*计)\s*([:：\d（(].*)?$",
    "signature": rf"^({_SIGNERS})\s*([:：（(].*)?$",
    "note": rf"^(({_NOTED})\s*[:：].*|[*＊※].*|（以下空白）|以下空白)$",
}
_COMPILED = {kind: re.compile(pattern) for kind, pattern in PATTERNS.items()}


def furniture_kind(cells: list[str]) -> str | None:
    """What kind of row ``cells`` is, or None for a row that may be data."""
    first = next((text for cell in cells if (text := cell.strip(_BLANKS))), None)
    if first is None:
        return "blank"
    return next((kind for kind, pattern in _COMPILED.items() if pattern.match(first)), None)


def preamble_kind(cells: list[str]) -> str:
    """What kind of row ``cells`` is when it stands above the header; a title unless it says otherwise."""
    return furniture_kind(cells) or "title"
