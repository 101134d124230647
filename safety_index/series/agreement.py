"""The rules that the parts of a series keep among themselves.

Belongs here: rules over several fields, on content that may not have been checked yet, so that these faults and those
of form are reported together. Does not belong here: the form of a single field (``declaration``), what one indicator
needs (``indicator_agreement``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from safety_index.series.indicator_agreement import (
    indicator_faults,
    is_number,
    mapping,
    ratio_faults,
    scale_faults,
    scoring_of,
)


def disagreements(content: Mapping[str, Any]) -> list[str]:
    """Every disagreement, one line each. Parts of a series that have no usable form are passed over."""
    faults: list[str] = []
    top = _mappings(content.get("dimensions"))
    dimensions = _with_parts(top)
    indicators = [indicator for dimension in dimensions for indicator in _mappings(dimension.get("indicators"))]
    bands = _mappings(content.get("bands"))
    levels = _mappings(content.get("levels"))
    for kind, parts in (("dimension", dimensions), ("indicator", indicators), ("level", levels), ("band", bands)):
        codes = [part.get("code") for part in parts]
        faults += [f"{kind} {code} is declared more than once" for code in sorted(_repeated(codes))]
    faults += _weight_faults(content, top, dimensions)
    faults += scale_faults("scoring", mapping(content.get("scoring")))
    faults += _combination_faults(mapping(content.get("combination")), [scoring_of(one, content) for one in indicators])
    for indicator in indicators:
        where = f"indicator {indicator.get('code')}"
        faults += [f"{where}: {fault}" for fault in indicator_faults(indicator, content)]
    faults += _method_faults(content, dimensions, indicators)
    faults += _count_faults(content, indicators)
    faults += _peer_faults(mapping(content.get("peers")))
    faults += _band_faults(mapping(content.get("scoring")), bands)
    first, last = (str(content.get(name, "")) for name in ("valid_from", "valid_to"))
    if first and content.get("valid_to") is not None and last < first:
        faults.append(f"valid_to {last} is before valid_from {first}")
    return faults


def _mappings(parts: Any) -> list[Mapping[str, Any]]:
    return [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list | tuple) else []


def _with_parts(dimensions: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """``dimensions`` and all groups inside them."""
    return [part for group in dimensions for part in (group, *_with_parts(_mappings(group.get("dimensions"))))]


def _repeated(codes: list[Any]) -> set[str]:
    return {str(code) for code in codes if code is not None and codes.count(code) > 1}


def _rules(content: Mapping[str, Any], dimensions: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rules of aggregation, wherever they are stated."""
    return [*_mappings(content.get("aggregation")), *_mappings([group.get("aggregation") for group in dimensions])]


def _count_faults(content: Mapping[str, Any], indicators: list[Mapping[str, Any]]) -> list[str]:
    """What counts refer to must be there."""
    faults = []
    codes = {indicator.get("code") for indicator in indicators}
    overlaps = {
        indicator.get("code"): overlap.get("indicator")
        for indicator in indicators
        if isinstance(overlap := indicator.get("overlap"), Mapping)
    }
    for code, other in overlaps.items():
        if other is not None and (other not in codes or other == code):
            faults.append(f"indicator {code}: overlap names {other}, which is no other indicator")
        elif other in overlaps:
            # Putting the other's draws in order for its own sake would undo what was put in order by it.
            faults.append(f"indicator {code}: overlap names {other}, which has an overlap itself")
    for pair in _mappings(mapping(content.get("alarms")).get("parted")):
        unknown = sorted(str(code) for code in pair.values() if code not in codes)
        faults += [f"alarms: parted names {code}, which is no indicator" for code in unknown]
    rule = content.get("small_counts")
    target = rule.get("target") if isinstance(rule, Mapping) else None
    levels = {level.get("code") for level in _mappings(content.get("levels"))}
    unknown = sorted(map(str, set(target) - levels)) if isinstance(target, Mapping) else []
    return faults + [f"small_counts: {level} is none of the series's levels" for level in unknown]


def _peer_faults(peers: Mapping[str, Any]) -> list[str]:
    shares = _mappings(peers.get("shares"))
    faults = [
        f"peers: the share {code} is named more than once"
        for code in sorted(_repeated([share.get("code") for share in shares]))
    ]
    if peers.get("size_weight") == 0 and not shares:
        faults.append("peers: without shares and with a size_weight of 0 there is nothing to be alike in")
    return faults


def _weight_faults(
    content: Mapping[str, Any], top: list[Mapping[str, Any]], dimensions: list[Mapping[str, Any]]
) -> list[str]:
    faults = []
    total = content.get("weight_total")
    if total is not None:
        faults += _sum_faults("the series", total, top)
        if any(rule.get("weights") == "as_they_stand" for rule in _rules(content, dimensions)):
            faults.append("weights taken as they stand are not shares of a weight_total: leave weight_total out")
    for group in dimensions:
        where = f"dimension {group.get('code')}"
        parts = [*_mappings(group.get("dimensions")), *_mappings(group.get("indicators"))]
        if not parts:
            faults.append(f"{where} has no indicators and no dimensions")
        if total is not None:
            faults += _sum_faults(where, group.get("weight"), parts)
    return faults


def _sum_faults(where: str, stated: Any, parts: list[Mapping[str, Any]]) -> list[str]:
    weights = [part.get("weight") for part in parts]
    if not (is_number(stated) and weights and all(map(is_number, weights))):
        return []
    if abs(sum(weights) - stated) <= 1e-9:
        return []
    return [f"{where}: the weights add up to {sum(weights):g}, not to the stated {stated:g}"]


def _combination_faults(combination: Mapping[str, Any], scorings: list[Mapping[str, Any]]) -> list[str]:
    mode, companion = combination.get("mode", "level"), mapping(combination.get("companion"))
    has_companion = isinstance(combination.get("companion"), Mapping)
    faults = [f"combination.companion: {fault}" for fault in ratio_faults(companion)]
    is_ratio = [scoring.get("function") == "benchmark_ratio" for scoring in scorings]
    ratios = [one for one in (*scorings, companion) if one.get("function", "benchmark_ratio") == "benchmark_ratio"]
    bases = {(str(one.get("base", "declared")), str(one.get("base_period"))) for one in ratios if one}
    if len({base for base in bases if base[0] != "declared"}) > 1:
        faults.append("benchmark ratios against the areas' own values all have the same base")
    if mode == "level_trend" and not has_companion:
        faults.append("combination: level_trend needs a companion, whose composite index is the trend")
    if (mode == "level_trend") != (combination.get("alpha") is not None):
        faults.append("combination: level_trend, and it alone, has an alpha, the share of the level")
    if mode == "split" and (all(is_ratio) or not any(is_ratio)):
        faults.append("combination: split needs indicators scored by benchmark_ratio and others")
    if mode != "split" and any(is_ratio) and not all(is_ratio):
        faults.append("combination: only split has indicators scored by benchmark_ratio beside others")
    return faults


def _method_faults(
    content: Mapping[str, Any], dimensions: list[Mapping[str, Any]], indicators: list[Mapping[str, Any]]
) -> list[str]:
    faults = []
    functions = {scoring_of(indicator, content).get("function") for indicator in indicators}
    means = {rule.get("method") for rule in _rules(content, dimensions)} & {"geometric", "harmonic"}
    if means and "z_score" in functions:
        faults.append(
            f"aggregation: {' and '.join(sorted(means))} means have no use for z-scores, half of them negative"
        )
    outliers = content.get("outliers")
    fixed = {"linear", "exponential", "logarithmic", "power", "tiered", "benchmark_ratio"} & functions
    if isinstance(outliers, Mapping) and outliers.get("then", "log") == "log" and fixed:
        faults.append(
            "outliers: logs of the sample would move the values but not what fixes the scores of "
            f"{', '.join(sorted(fixed))}: set then: keep, or score within the sample"
        )
    return faults


def _band_faults(scoring: Mapping[str, Any], bands: list[Mapping[str, Any]]) -> list[str]:
    minima = [band.get("minimum") for band in bands]
    if not minima or not all(map(is_number, minima)):
        return []
    faults = []
    if minima != sorted(minima, reverse=True):
        faults.append("bands stand from the highest minimum to the lowest")
    floor = scoring.get("floor")
    if is_number(floor) and min(minima) > floor:
        faults.append(f"bands: no band holds scores from the floor {floor:g} to {min(minima):g}")
    return faults
