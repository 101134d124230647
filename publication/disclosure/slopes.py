"""How steep an indicator's score is, from the rows themselves.

Belongs here: slopes. Does not belong here: goalposts and formulas, which are the index's (``safety_index``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping


def slopes(rows: Iterable[Mapping]) -> dict[str, float]:
    """By indicator, how far its score moves when numerator ÷ denominator moves by one and nothing is pulled towards
    others, from the rows themselves; negative where more is worse.

    The score is linear in what is scored (piecewise for a moderate indicator: the mean slope over the range that
    occurs), which is the ratio in the indicator's unit.
    """
    ends: dict[tuple, list[tuple[float, float]]] = defaultdict(list)
    unit: dict[tuple, float] = defaultdict(float)
    for row in rows:
        if row["denominator"] and row["numerator"] is not None and row["unclamped_score"] is not None:
            key, ratio = (row["indicator_code"], row["window_quarter_count"]), row["numerator"] / row["denominator"]
            estimate = row.get("estimate")
            ends[key].append((ratio if estimate is None else estimate, row["unclamped_score"]))
            unit[key] = max(unit[key], 1.0 if estimate is None else row["value"] / ratio if ratio else 0.0)
    found: dict[str, float] = {}
    for key, points in ends.items():
        (low, low_score), (high, high_score) = min(points), max(points)
        if high > low:
            slope = (high_score - low_score) / (high - low) * unit[key]
            found[key[0]] = max(found.get(key[0], 0.0), slope, key=abs)
    return found
