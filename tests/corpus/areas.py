"""GEO: areas. Reading judges the form of a code; whether an area exists and all are there, the checks on deliveries."""

from __future__ import annotations

from tests.corpus.case import Category
from tests.corpus.making import AREAS, CASES, COUNT, sent

GEO = Category("GEO")


def cases(*codes: str) -> bytes:
    return sent(CASES, committee_code=list(codes))


def areas(**changed) -> bytes:
    return sent(AREAS, **changed)


GEO.accepts("every committee by its code", CASES, lambda: cases(*[f"319901001{n:03d}" for n in range(COUNT)]), COUNT)
GEO.accepts("a committee of another district has a sound form", CASES, lambda: cases("310105001001"), COUNT)
for title, code, reason in (
    ("eleven digits", "31990100100", "bad_pattern"),
    ("thirteen digits", "3199010010011", "bad_pattern"),
    ("the sub-district's code alone", "319901001", "bad_pattern"),
    ("a name in place of the code", "某居委会", "bad_pattern"),
    ("a name behind the code", "319901001001某居委会", "bad_pattern"),
    ("a letter in the code", "31990100100O", "bad_pattern"),
    ("no code", "", "missing_required"),
    ("a stroke for no code", "/", "missing_required"),
    ("as a spreadsheet shows it", "3.19901E+11", "bad_pattern"),
):
    GEO.accepts(
        f"{title} where a committee's code belongs",
        CASES,
        lambda code=code: cases(code),
        COUNT - 1,
        quarantined={reason: 1},
    )
GEO.accepts("a code in full-width digits", CASES, lambda: cases("３１９９０１００１００１"), COUNT)
GEO.accepts("a code with an apostrophe", CASES, lambda: cases("'319901001001"), COUNT)
GEO.accepts(
    "an area renamed in the quarter: one row for each of its times",
    AREAS,
    lambda: areas(
        area_code="319901001001",
        valid_from_date=[f"20{n:02d}-01-01" for n in range(COUNT)],
        valid_to_date=[f"20{n:02d}-12-31" for n in range(COUNT)],
    ),
    COUNT,
)
GEO.accepts(
    "an area that ends before it begins",
    AREAS,
    lambda: areas(valid_from_date=["2017-01-02"], valid_to_date=["2017-01-01"]),
    COUNT - 1,
    quarantined={"before_other_date": 1},
)
GEO.accepts(
    "one area from one day twice",
    AREAS,
    lambda: areas(area_code=["319901001001"] * 2, valid_from_date=["2017-01-01"] * 2),
    COUNT - 1,
    quarantined={"duplicate_key": 1},
)
GEO.accepts(
    "one name in two sub-districts",
    AREAS,
    lambda: areas(area_name="光明居委会"),
    COUNT,
    loaded={"area_name": ["光明居委会"] * COUNT},
)
GEO.accepts(
    "endings of names", AREAS, lambda: areas(area_name=["甲社区", "甲居委会", "甲社区居委会", "甲村委会"]), COUNT
)
GEO.accepts(
    "an area still in force",
    AREAS,
    lambda: areas(valid_to_date="9999-12-31"),
    COUNT,
    loaded={"valid_to_date": [None] * COUNT},
)
GEO.accepts(
    "a level that does not exist",
    AREAS,
    lambda: areas(area_level_code=["nation"]),
    COUNT - 1,
    quarantined={"unknown_code": 1},
)
