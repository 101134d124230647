"""The rules that the parts of a series keep among themselves.

Belongs here: rules over several fields, on content that may not have been checked yet, so that these faults and those
of form are reported together. Does not belong here: the form of a single field (``declaration``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OPEN_ENDS = {"floor": float("-inf"), "cap": float("inf")}


def disagreements(content: Mapping[str, Any]) -> list[str]:
    """Every disagreement, one line each. Parts of a series that have no usable form are passed over."""
    faults: list[str] = []
    top = _mappings(content.get("dimensions"))
    dimensions = _with_parts(top)
    indicators = [indicator for dimension in dimensions for indicator in _mappings(dimension.get("indicators"))]
    for kind, parts in (
        ("dimension", dimensions),
        ("indicator", indicators),
        ("level", _mappings(content.get("levels"))),
        ("band", _mappings(content.get("bands"))),
    ):
        codes = [part.get("code") for part in parts]
        faults += [f"{kind} {code} is declared more than once" for code in sorted(_repeated(codes))]
    faults += _weight_faults(content, top, dimensions)
    for indicator in indicators:
        fault = _goalpost_fault(indicator.get("polarity"), indicator.get("goalposts"))
        faults += [f"indicator {indicator.get('code')}: {fault}"] if fault else []
    faults += _scale_faults(content.get("scoring"), _mappings(content.get("bands")))
    first, last = content.get("valid_from_quarter"), content.get("valid_to_quarter")
    if isinstance(first, str) and isinstance(last, str) and last < first:
        faults.append(f"valid_to_quarter {last} is before valid_from_quarter {first}")
    return faults


def _mappings(parts: Any) -> list[Mapping[str, Any]]:
    return [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list | tuple) else []


def _with_parts(dimensions: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """``dimensions`` and all groups inside them."""
    return [part for group in dimensions for part in (group, *_with_parts(_mappings(group.get("dimensions"))))]


def _repeated(codes: list[Any]) -> set[str]:
    return {str(code) for code in codes if code is not None and codes.count(code) > 1}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _weight_faults(
    content: Mapping[str, Any], top: list[Mapping[str, Any]], dimensions: list[Mapping[str, Any]]
) -> list[str]:
    faults = []
    rules = [*_mappings(content.get("aggregation")), *_mappings([group.get("aggregation") for group in dimensions])]
    if "weight_total" in content:
        faults += _sum_faults("the series", content["weight_total"], top)
        if any(rule.get("weights") == "as_they_stand" for rule in rules):
            faults.append("weights taken as they stand are not shares of a weight_total: leave weight_total out")
    for group in dimensions:
        where = f"dimension {group.get('code')}"
        parts = [*_mappings(group.get("dimensions")), *_mappings(group.get("indicators"))]
        if not parts:
            faults.append(f"{where} has no indicators and no dimensions")
        if "weight_total" in content:
            faults += _sum_faults(where, group.get("weight"), parts)
    return faults


def _sum_faults(where: str, stated: Any, parts: list[Mapping[str, Any]]) -> list[str]:
    weights = [part.get("weight") for part in parts]
    if not (_is_number(stated) and weights and all(map(_is_number, weights))):
        return []
    if abs(sum(weights) - stated) <= 1e-9:
        return []
    return [f"{where}: the weights add up to {sum(weights):g}, not to the stated {stated:g}"]


def _goalpost_fault(polarity: Any, goalposts: Any) -> str | None:
    if not isinstance(goalposts, Mapping):
        return None
    bad, good = goalposts.get("impermissible"), goalposts.get("satisfactory")
    if polarity == "moderate":
        if not all(
            isinstance(pair, list | tuple) and len(pair) == 2 and all(map(_is_number, pair)) for pair in (bad, good)
        ):
            return "a moderate indicator has two impermissible values and an ideal interval"
        if not bad[0] < good[0] <= good[1] < bad[1]:
            return f"the ideal interval {list(good)} does not lie inside the impermissible values {list(bad)}"
        return None
    if polarity not in ("positive", "negative") or not (_is_number(bad) and _is_number(good)):
        return (
            f"a {polarity} indicator has one impermissible and one satisfactory value" if _is_pair(bad, good) else None
        )
    if (good > bad) != (polarity == "positive") or good == bad:
        side = "above" if polarity == "positive" else "below"
        return f"satisfactory {good:g} must lie {side} impermissible {bad:g} for a {polarity} indicator"
    return None


def _is_pair(*values: Any) -> bool:
    return any(isinstance(value, list | tuple) for value in values)


def _scale_faults(scale: Any, bands: list[Mapping[str, Any]]) -> list[str]:
    faults = []
    minima = [band.get("minimum") for band in bands]
    if minima and all(map(_is_number, minima)) and minima != sorted(minima, reverse=True):
        faults.append("bands stand from the highest minimum to the lowest")
    if not isinstance(scale, Mapping) or not all(_is_number(scale.get(name)) for name in ("base", "span")):
        return faults
    floor, cap = (scale[name] if _is_number(scale.get(name)) else end for name, end in _OPEN_ENDS.items())
    if not floor <= scale["base"] < scale["base"] + scale["span"] <= cap:
        faults.append("scoring: floor ≤ base < base + span ≤ cap does not hold")
    if minima and all(map(_is_number, minima)) and min(minima) > floor:
        faults.append(f"bands: no band holds scores from the floor {floor:g} to {min(minima):g}")
    return faults
