"""From an indicator's value to its score, for arrays of any leading shape.

Belongs here: the scoring functions that a series may name. Does not belong here: weights, ranks of areas.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.method.goalposts import GoalpostArrays, achieved_share, distance, ideal_interval, oriented
from safety_index.method.ranking import rounded_if
from safety_index.method.sample import extremes, moments, sample_ranks
from safety_index.method.tiers import tiered_scores
from safety_index.method.transformation import of_constants, transformed
from safety_index.series import scoring_settings as functions
from safety_index.series.declaration import Indicator
from safety_index.series.scoring_settings import BenchmarkRatio, Scoring

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_RANKED = (functions.PercentileRank, functions.Rank, functions.ExponentialRank)


class IndicatorScores(NamedTuple):
    """Scores, shape (..., areas, indicators), NaN where there is no value. The last two are None if not asked for."""

    score: Floats
    unclamped: Floats | None
    is_clamped: Flags | None


def indicator_scores(
    values: Floats,
    indicators: Sequence[Indicator],
    scorings: Sequence[Scoring],
    base: Floats | None = None,
    *,
    with_unclamped: bool = True,
) -> IndicatorScores:
    """Score ``values`` of shape (..., areas, indicators), each indicator by its own function.

    ``base`` broadcasts against ``values`` and is the base of benchmark ratios that don't declare one. Samples of
    functions that look at other areas lie along the axis of areas, with ``all_periods`` also along the one before it.
    """
    kinds: dict[tuple[Scoring, str], list[int]] = {}
    for place, (indicator, scoring) in enumerate(zip(indicators, scorings, strict=True)):
        kinds.setdefault((scoring, indicator.transformation), []).append(place)
    if len(kinds) == 1:
        (kind,) = kinds
        return _of_one_kind(values, indicators, *kind, base, with_unclamped)
    score = np.empty_like(values)
    unclamped, is_clamped = (np.empty_like(values), np.empty(values.shape, bool)) if with_unclamped else (None, None)
    for (scoring, transformation), places in kinds.items():
        chosen = [indicators[place] for place in places]
        own_base = None if base is None else base[..., places]
        part = _of_one_kind(values[..., places], chosen, scoring, transformation, own_base, with_unclamped)
        score[..., places] = part.score
        if with_unclamped:
            unclamped[..., places], is_clamped[..., places] = part.unclamped, part.is_clamped
    return IndicatorScores(score, unclamped, is_clamped)


def _of_one_kind(
    values: Floats,
    indicators: Sequence[Indicator],
    scoring: Scoring,
    transformation: str,
    base: Floats | None,
    with_unclamped: bool,
) -> IndicatorScores:
    """Scores of indicators that share one function and one transformation."""
    ready = values if transformation == "none" else transformed(values, transformation)
    found = _unclamped(ready, indicators, scoring, transformation, base)
    floor, cap = bounds_of(scoring)
    unclamped, is_clamped = None, None
    if with_unclamped:
        unclamped, is_clamped = found, (found < floor) | (found > cap)
    open_ended = np.isneginf(floor) and np.isposinf(cap)
    score = found if open_ended else np.clip(found, floor, cap, out=None if with_unclamped else found)
    score = rounded_if(score, scoring.decimals)
    return IndicatorScores(score, unclamped, is_clamped)


def bounds_of(scoring: Scoring) -> tuple[float, float]:
    """The lowest and highest score that ``scoring`` gives, infinite where it sets no bound."""
    floor = -np.inf if scoring.floor is None else scoring.floor
    cap = np.inf if scoring.cap is None else scoring.cap
    if isinstance(scoring, functions.MinMax) and scoring.clip:
        floor, cap = max(floor, scoring.low), min(cap, scoring.high)
    return floor, cap


def _unclamped(
    values: Floats, indicators: Sequence[Indicator], scoring: Scoring, transformation: str, base: Floats | None
) -> Floats:
    """Scores before floor and cap, in an array of their own."""
    constants = of_constants(transformation)
    if isinstance(scoring, functions.OVER_GOALPOSTS):
        return _over_goalposts(values, indicators, scoring, transformation)
    if isinstance(scoring, functions.Tiered):
        return tiered_scores(values, indicators, scoring, constants)
    if isinstance(scoring, BenchmarkRatio):
        base = None if base is None else transformed(base, transformation)
        return ratios(values, indicators, scoring, base, transformation)
    if isinstance(scoring, functions.MinMax):
        if scoring.bounds == "goalposts":
            share = achieved_share(values, GoalpostArrays.of(indicators, constants))
        else:
            better = oriented(values, indicators, constants)
            share = between(better, *extremes(better, scoring.bounds))
        return scoring.low + (scoring.high - scoring.low) * share
    better = oriented(values, indicators, constants)
    if isinstance(scoring, functions.ZScore):
        mean, deviation = moments(better, scoring.sample, scoring.lost_degrees)
        return scoring.centre + scoring.scale * (better - mean) / np.where(deviation > 0, deviation, 1.0)
    return _from_ranks(*sample_ranks(better, scoring.sample, scoring.ties), scoring)


def _over_goalposts(values: Floats, indicators: Sequence[Indicator], scoring: Scoring, transformation: str) -> Floats:
    """The efficacy coefficient in its linear, exponential, logarithmic and power forms."""
    if isinstance(scoring, functions.Logarithmic):
        values = transformed(values, "natural_log")
        constants = of_constants("natural_log")
    else:
        constants = of_constants(transformation)
    share = achieved_share(values, GoalpostArrays.of(indicators, constants))
    if isinstance(scoring, functions.Exponential):
        return scoring.base * np.exp(share * np.log((scoring.base + scoring.span) / scoring.base))
    if isinstance(scoring, functions.Power):
        share = np.copysign(np.abs(share) ** scoring.power, share)
    share *= scoring.span
    share += scoring.base
    return share


def between(values: Floats, lowest: Floats, highest: Floats) -> Floats:
    """The share of the way from ``lowest`` to ``highest``; one half where they are the same."""
    width = highest - lowest
    return np.where(width > 0, (values - lowest) / np.where(width > 0, width, 1.0), values - lowest + 0.5)


def _from_ranks(rank: Floats, count: Floats, scoring: Scoring) -> Floats:
    if isinstance(scoring, functions.Rank):
        return rank
    if isinstance(scoring, functions.ExponentialRank):
        c = scoring.constant
        return -c * np.log(1 - rank / count * (1 - np.exp(-100 / c)))
    if scoring.form == "from_zero":
        share = np.where(count > 1, (rank - 1) / np.maximum(count - 1, 1), rank - 0.5)
    else:
        share = (rank if scoring.form == "to_one" else rank - 0.5) / count
    return scoring.low + (scoring.high - scoring.low) * share


def ratios(
    values: Floats, indicators: Sequence[Indicator], scoring: BenchmarkRatio, base: Floats | None, transformation: str
) -> Floats:
    """Individual indices 个体指数 before floor and cap. NaN where the base is 0 or not known."""
    constants = of_constants(transformation)
    if scoring.base == "declared":
        given = [np.nan if part.benchmark is None else part.benchmark for part in indicators]
        base = constants(np.array(given, dtype=float))
    elif base is None:
        raise ValueError(f"benchmark ratios against {scoring.base} need the base values")
    base = np.broadcast_to(base, values.shape)
    base = np.where(base == 0, np.nan, base)
    result = values / base
    with np.errstate(divide="ignore", invalid="ignore"):
        for place, indicator in enumerate(indicators):
            column, against = values[..., place], base[..., place]
            if indicator.polarity == "moderate":
                interval = constants(np.array(ideal_interval(indicator), dtype=float))
                nearer = np.where(column < interval[0], *interval)
                result[..., place] = 1 - distance(column, interval) / nearer
            elif indicator.polarity == "negative" and scoring.negative == "mirrored":
                result[..., place] = 2 - column / against
            elif indicator.polarity == "negative" and scoring.negative == "reciprocal":
                result[..., place] = np.where(column == 0, np.nan, against / column)
            elif indicator.polarity == "negative":
                result[..., place] = (against + scoring.smoothing) / (column + scoring.smoothing)
    return scoring.scale * result
