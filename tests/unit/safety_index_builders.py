"""Small series and tables of values for the index's tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from safety_index.series.declaration import Series, parse_series

LEVELS = [
    {"code": "district", "is_ranked": False},
    {"code": "sub_district", "is_ranked": True},
    {"code": "committee", "is_ranked": True},
]


def words(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


def indicator(code: str, weight: float, polarity: str, bad: Any, good: Any, **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": words(code),
        "unit": words("%"),
        "polarity": polarity,
        "weight": weight,
        "goalposts": {"impermissible": bad, "satisfactory": good},
        "value_multiplier": 100,
        "sources": ["a.b"],
        "formula": words("n ÷ d"),
        "quarter_rule": words("its day"),
        **more,
    }


def small_content() -> dict[str, Any]:
    """Two dimensions: P with p1 (positive, 30), p2 (negative, 10); Q with q1 (moderate, 40), q2 (positive, 20)."""
    return {
        "code": "small-v1",
        "title": words("small"),
        "valid_from": "2016Q1",
        "weight_total": 100,
        "scoring": {"function": "linear", "base": 60, "span": 40, "floor": 40, "cap": 100},
        "rank": {"decimals": 1, "ties": "min"},
        "data_thresholds": {"dimension_weight_share": 0.7, "index_weight_share": 0.8},
        "levels": LEVELS,
        "bands": [
            {"code": "high", "minimum": 90, "name": words("high")},
            {"code": "middle", "minimum": 80, "name": words("middle")},
            {"code": "low", "minimum": 0, "name": words("low")},
        ],
        "dimensions": [
            {
                "code": "P",
                "name": words("P"),
                "weight": 40,
                "indicators": [
                    indicator("p1", 30, "positive", 0, 100),
                    indicator("p2", 10, "negative", 10, 0),
                ],
            },
            {
                "code": "Q",
                "name": words("Q"),
                "weight": 60,
                "indicators": [
                    indicator("q1", 40, "moderate", [10, 60], [20, 40]),
                    indicator("q2", 20, "positive", 0, 50),
                ],
            },
        ],
    }


def small_series(**changes: Any) -> Series:
    return parse_series(small_content() | changes)


def value_rows(
    series: Series, quarter: str, level: str, area: str, values: dict[str, float | str], parent: str | None = None
) -> list[dict[str, Any]]:
    """Rows of one area and quarter. A value may be a status instead: ``not_applicable`` or ``missing``."""
    return [
        {
            "area_code": area,
            "quarter": quarter,
            "indicator_code": code,
            "area_level_code": level,
            "parent_code": parent,
            "numerator": np.nan if isinstance(value, str) else value * 2,
            "denominator": np.nan if isinstance(value, str) else 200.0,
            "value": np.nan if isinstance(value, str) else value,
            "status_code": value if isinstance(value, str) else "observed",
            "window_quarter_count": 1,
        }
        for code, value in values.items()
    ]


def table(*parts: list[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([row for part in parts for row in part])
