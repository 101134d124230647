"""What one indicator must have for the function that scores it.

Belongs here: rules over the fields of one indicator and its scoring function, on content that may not have been
checked. Does not belong here: rules between indicators (``agreement``).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

_OVER_GOALPOSTS = ("linear", "exponential", "logarithmic", "power")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def mapping(part: Any) -> Mapping[str, Any]:
    """``part`` if it is a mapping, else an empty one."""
    return part if isinstance(part, Mapping) else {}


def scoring_of(indicator: Mapping[str, Any], content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The function that scores ``indicator``: its own, else the series's."""
    return mapping(indicator.get("scoring")) or mapping(content.get("scoring"))


def indicator_faults(indicator: Mapping[str, Any], content: Mapping[str, Any]) -> list[str]:
    """Every disagreement within one indicator and its scoring."""
    scoring = scoring_of(indicator, content)
    function, polarity, goalposts = scoring.get("function"), indicator.get("polarity"), indicator.get("goalposts")
    faults = scale_faults("scoring", mapping(indicator.get("scoring")))
    between = function in _OVER_GOALPOSTS or (
        function == "min_max" and scoring.get("bounds", "goalposts") == "goalposts"
    )
    if goalposts is None:
        if between:
            faults.append(f"{function} scoring needs goalposts")
        elif polarity == "moderate" and function not in ("tiered", "benchmark_ratio", None):
            faults.append("a moderate indicator needs its ideal value or interval as goalposts.satisfactory")
    elif isinstance(goalposts, Mapping):
        faults += _goalpost_faults(polarity, goalposts, between)
    if function == "tiered":
        faults += _tier_faults(polarity, indicator.get("tiers"), scoring.get("between"))
    faults += _benchmark_faults(indicator, scoring, mapping(content.get("combination")).get("companion"))
    if function == "logarithmic" or indicator.get("transformation") == "natural_log":
        faults += _logarithm_faults(goalposts, indicator.get("benchmark"))
    return faults


def scale_faults(where: str, scoring: Mapping[str, Any]) -> list[str]:
    """What is wrong with the constants of a scoring function."""
    faults = []
    function = scoring.get("function")
    floor, cap = (scoring.get(name) for name in ("floor", "cap"))
    low, high = (floor if is_number(floor) else float("-inf")), (cap if is_number(cap) else float("inf"))
    if low >= high:
        faults.append(f"{where}: floor {floor:g} is not below cap {cap:g}")
    base, span = scoring.get("base", 60), scoring.get("span", 40)
    if function in _OVER_GOALPOSTS and is_number(base) and is_number(span) and not low <= base < base + span <= high:
        faults.append(f"{where}: floor ≤ base < base + span ≤ cap does not hold")
    if function in ("min_max", "percentile_rank"):
        ends = scoring.get("low", 0), scoring.get("high", 1 if function == "min_max" else 100)
        if all(map(is_number, ends)) and ends[0] >= ends[1]:
            faults.append(f"{where}: low {ends[0]:g} is not below high {ends[1]:g}")
    if function == "benchmark_ratio":
        faults += [f"{where}: {fault}" for fault in ratio_faults(scoring)]
    return faults


def ratio_faults(ratio: Mapping[str, Any]) -> list[str]:
    """What is wrong between the settings of a benchmark ratio."""
    faults = []
    if (ratio.get("negative") == "smoothed") != (ratio.get("smoothing") is not None):
        faults.append("the smoothed form, and it alone, has a smoothing constant")
    if (ratio.get("base") == "base_period") != (ratio.get("base_period") is not None):
        faults.append("base: base_period, and it alone, names a base_period")
    return faults


def _goalpost_faults(polarity: Any, goalposts: Mapping[str, Any], between: bool) -> list[str]:
    bad, good = goalposts.get("impermissible"), goalposts.get("satisfactory")
    if bad is None and between:
        return ["goalposts.impermissible is not given, and this scoring counts from it"]
    if polarity == "moderate":
        ideal = (good, good) if is_number(good) else good
        if not _is_pair(ideal) or not (bad is None or _is_pair(bad)):
            return ["a moderate indicator has two impermissible values and an ideal value or interval"]
        inside = ideal[0] <= ideal[1] if bad is None else bad[0] < ideal[0] <= ideal[1] < bad[1]
        around = "" if bad is None else f" inside the impermissible values {list(bad)}"
        return [] if inside else [f"the ideal interval {list(ideal)} does not lie{around or ' in order'}"]
    if polarity not in ("positive", "negative"):
        return []
    if isinstance(bad, list | tuple) or isinstance(good, list | tuple):
        return [f"a {polarity} indicator has one impermissible and one satisfactory value"]
    if is_number(bad) and is_number(good) and ((good > bad) != (polarity == "positive") or good == bad):
        side = "above" if polarity == "positive" else "below"
        return [f"satisfactory {good:g} must lie {side} impermissible {bad:g} for a {polarity} indicator"]
    return []


def _is_pair(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and all(map(is_number, value))


def _tier_faults(polarity: Any, tiers: Any, between: Any) -> list[str]:
    tiers = [mapping(tier) for tier in tiers] if isinstance(tiers, list | tuple) else []
    values, scores = ([tier.get(name) for tier in tiers] for name in ("value", "score"))
    if len(tiers) < 2:
        return ["tiered scoring needs two tiers or more"]
    if not all(map(is_number, [*values, *scores])):
        return []
    if between == "step" and polarity == "moderate":
        return ["steps have one side: a moderate indicator lies on the line between tiers"]
    if any(later <= earlier for earlier, later in pairwise(values)):
        return ["tiers stand by rising value"]
    best = scores.index(max(scores))
    rising, falling = scores[: best + 1], scores[best:]
    one_top = rising == sorted(rising) and falling == sorted(falling, reverse=True)
    fits = {"positive": best == len(scores) - 1, "negative": best == 0}.get(polarity, True)
    flat = {"positive": scores[-1] == max(scores), "negative": scores[0] == max(scores)}.get(polarity, False)
    return [] if one_top and (fits or flat) else [f"the tiers' scores are not those of a {polarity} indicator"]


def _benchmark_faults(indicator: Mapping[str, Any], scoring: Mapping[str, Any], companion: Any) -> list[str]:
    ratios = [scoring] if scoring.get("function") == "benchmark_ratio" else []
    ratios += [companion] if isinstance(companion, Mapping) else []
    benchmark = indicator.get("benchmark")
    if is_number(benchmark) and benchmark <= 0:
        return [f"benchmark {benchmark:g} is not above 0"]
    moderate = indicator.get("polarity") == "moderate"
    needed = any(ratio.get("base", "declared") == "declared" or moderate for ratio in ratios)
    ideal = mapping(indicator.get("goalposts")).get("satisfactory") if moderate else None
    if needed and benchmark is None and ideal is None:
        return ["a benchmark ratio needs a benchmark" + (" or an ideal value" if moderate else "")]
    return []


def _logarithm_faults(goalposts: Any, benchmark: Any) -> list[str]:
    ends = [mapping(goalposts).get(name) for name in ("impermissible", "satisfactory")]
    numbers = [number for end in ends for number in (end if isinstance(end, list | tuple) else [end])]
    low = [number for number in (*numbers, benchmark) if is_number(number) and number <= 0]
    return [f"{low[0]:g} has no logarithm: goalposts and benchmark must be above 0"] if low else []
