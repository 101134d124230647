"""NUM: counts, amounts and codes of digits."""

from __future__ import annotations

from decimal import Decimal

from tests.corpus.case import Category
from tests.corpus.making import CASES, COUNT, FIRES, sent

NUM = Category("NUM")


def fires(column: str, cell: str) -> bytes:
    return sent(FIRES, **{column: [cell]})


def counted(cell: str, value: int) -> None:
    NUM.accepts(
        f"{cell!r} people are {value}",
        FIRES,
        lambda: fires("injured_count", cell),
        COUNT,
        loaded={"injured_count": [value, *[1] * (COUNT - 1)]},
    )


def paid(cell: str, value: str) -> None:
    NUM.accepts(
        f"{cell!r} yuan are {value}",
        FIRES,
        lambda: fires("direct_loss_yuan", cell),
        COUNT,
        loaded={"direct_loss_yuan": [Decimal(value), *[Decimal("1.00")] * (COUNT - 1)]},
    )


def wrong(column: str, cell: str, reason: str) -> None:
    NUM.accepts(f"{cell!r} is no {column}", FIRES, lambda: fires(column, cell), COUNT - 1, quarantined={reason: 1})


for cell, value in (("3", 3), ("３", 3), (" 3 ", 3), ("003", 3), ("3.0", 3), ("+3", 3), ("-0", 0)):
    counted(cell, value)
for cell, value in (
    ("1,234.50", "1234.50"),
    ("1234.5", "1234.50"),
    ("１２３４．５", "1234.50"),
    ("0", "0.00"),
    ("1,234,567", "1234567.00"),
    ("12.500", "12.50"),
    ("-0", "0.00"),
):
    paid(cell, value)
for cell in (
    "3.5",
    "3人",
    "三",
    "二十三",
    "约3",
    "1e2",
    "NaN",
    "Inf",
    "∞",
    "0x10",
    "3,4",
    "1.2万",
    "3 4",
    "2147483648",
):
    wrong("injured_count", cell, "invalid_number")
for cell in ("1.2万", "￥12", "12元", "12%", "1,23", "12,50", "1e308", "12.345", "NaN", "1 234", "1.234.567", "一百"):
    wrong("direct_loss_yuan", cell, "invalid_number")
for cell in ("-1", "-3", "501"):
    wrong("injured_count", cell, "out_of_range")
wrong("direct_loss_yuan", "-0.01", "out_of_range")
for cell in ("", "-", "/", "——", "无"):
    wrong("injured_count", cell, "missing_required")
for cell, found in (
    ("是", True),
    ("否", False),
    ("1", True),
    ("0", False),
    ("Y", True),
    ("√", True),
    ("true", True),
    ("×", False),
    ("无", False),
):
    NUM.accepts(
        f"{cell!r} means {found}",
        FIRES,
        lambda cell=cell: fires("is_confirmed", cell),
        COUNT,
        loaded={"is_confirmed": [found, *[True] * (COUNT - 1)]},
    )
for cell, reason in (("也许", "invalid_boolean"), ("2", "invalid_boolean"), ("", "missing_required")):
    wrong("is_confirmed", cell, reason)
NUM.accepts(
    "a code without its leading zero",
    CASES,
    lambda: sent(CASES, case_type_code=["501"]),
    COUNT - 1,
    quarantined={"unknown_code": 1},
)
NUM.accepts(
    "a code by its Chinese name",
    CASES,
    lambda: sent(CASES, case_type_code=["扒窃"]),
    COUNT,
    loaded={"case_type_code": ["0700", *["0501"] * (COUNT - 1)]},
)
