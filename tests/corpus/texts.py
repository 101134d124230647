"""TXT: names and other free text. What a name holds is kept as it came."""

from __future__ import annotations

from tests.corpus.case import Category
from tests.corpus.making import AREAS, CASES, COUNT, RESIDENTS, sent

TXT = Category("TXT")


def named(title: str, cell: str, stored: str | None = None) -> None:
    TXT.accepts(
        title,
        RESIDENTS,
        lambda: sent(RESIDENTS, person_name=cell),
        COUNT,
        loaded={"person_name": [cell if stored is None else stored] * COUNT},
    )


named("a wide blank inside a name", "张　三")
named("full-width letters in a name", "ＡＮＮＡ")
for dot in "·•‧・．.":
    named(f"the dot {dot} of a name of several parts", f"买买提{dot}艾合买提")
named("letters with accents put together", "Jose\u0301")
named("letters with accents as one", "José")
named("a joiner of no width", "王\u200d小")
named("a mark that turns the direction", "王\u202e小")
named("a sign of emotion", "王😀")
named("control characters", "王\x01\x1b[31m")
named("markup", "<b>王</b>")
named("a tab inside", "王\t小")
named("a radical that looks like a character", "⼈某")
named("ten thousand characters", "长" * 10_000)
named("a number in the name's column", "319901198001010011")
for title, cell in (("blanks alone", "   "), ("wide blanks alone", "　　"), ("nothing", "")):
    TXT.accepts(
        f"{title} for a required name",
        RESIDENTS,
        lambda cell=cell: sent(RESIDENTS, person_name=[cell]),
        COUNT - 1,
        quarantined={"missing_required": 1},
    )
TXT.accepts(
    "code-like text in full-width forms",
    CASES,
    lambda: sent(CASES, case_number=["Ａ０００００００００００９"]),
    COUNT,
    loaded={"case_number": ["A000000000009", *(f"A{row:012d}" for row in range(1, COUNT))]},
)
TXT.accepts(
    "a sign of no width in a key",
    CASES,
    lambda: sent(CASES, case_number=["A00000\u200b0000009"]),
    COUNT - 1,
    quarantined={"bad_pattern": 1},
)
TXT.accepts(
    "a Cyrillic letter that looks like a Latin one",
    CASES,
    lambda: sent(CASES, case_number=["А000000000009"]),
    COUNT - 1,
    quarantined={"bad_pattern": 1},
)
TXT.accepts(
    "an area's name in rare characters",
    AREAS,
    lambda: sent(AREAS, area_name=["𠮷祥小区（东）"]),
    COUNT,
    loaded={"area_name": ["𠮷祥小区（东）", *(str(row) for row in range(1, COUNT))]},
)
