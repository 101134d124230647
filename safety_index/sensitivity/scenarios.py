"""One choice changed at a time: how far the ranks of areas move.

Belongs here: the list of scenarios and what they do to one level and quarter. Does not belong here: all choices
together (``global_analysis``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.method.plan import Plan
from safety_index.method.scores import fitted, score_values
from safety_index.sensitivity.choices import (
    GOALPOST_SHARE,
    WEIGHT_SHARE,
    equal_weights,
    other_function,
    top_places,
    with_aggregation,
    with_goalposts_moved,
    with_weights,
)
from safety_index.small_counts.estimates import estimates
from safety_index.small_counts.settings import SmallCounts
from safety_index.tables.bases import base_values
from safety_index.tables.cube import IndicatorCube
from safety_index.tables.periods import ordinal
from safety_index.uncertainty.simulation import without_companion
from safety_index.uncertainty.windows import single_quarters

Floats = NDArray[np.float64]


class Scenario(NamedTuple):
    """One alternative: its code and the ranks (areas,) that it gives, NaN without one."""

    code: str
    rank: Floats


class Shift(NamedTuple):
    """How far ranks move from those of the series: the mean and the largest shift in places, over the areas that have a
    rank in both, and whether another area is first."""

    code: str
    mean: float
    largest: float
    is_first_another: bool


def scenarios(plan: Plan, cube: IndicatorCube, quarter: int) -> Iterator[Scenario]:
    """The series itself (``series``) and its alternatives, for one quarter of one level.

    Weights of each top group ±25 %, equal weights, the other means, the other scoring function, each goalpost ±10 % of
    the distance, no pull of small counts, single quarters instead of windows, each indicator and each group left out.
    What does not apply to a series is left out.
    """
    series, value = plan.series, estimates(plan.series, cube).value[quarter]
    base = base_values(series, cube)
    base = None if base is None else base[quarter]
    fit = fitted(plan, estimates(series, cube).value, cube.is_scored)

    def ranked(code: str, by: Plan = plan, values: Floats = value, left_out: NDArray | tuple = ()) -> Scenario:
        keep = ~np.isin(np.arange(plan.indicator_count), left_out)
        scored = score_values(
            replace(without_companion(by), treatments=fit.treatments), values,
            cube.is_scored[quarter] & keep & ~np.isnan(values), cube.is_applicable[quarter] & keep,
            base=base, with_unclamped=False,
        )  # fmt: skip
        return Scenario(code, scored.rank)

    yield ranked("series")
    for group, place in zip(series.dimensions, top_places(plan), strict=True):
        for name, factor in (("more", 1 + WEIGHT_SHARE), ("less", 1 - WEIGHT_SHARE)):
            factors = np.ones(plan.weight.shape[-1])
            factors[place] = factor
            yield ranked(f"weight_{name}_{group.code}", with_weights(plan, factors))
    yield ranked("weight_equal", equal_weights(plan))
    for method in ("arithmetic", "geometric", "harmonic"):
        if any(group.aggregation.method != method for group in plan.groups):
            yield ranked(f"mean_{method}", Plan.of(with_aggregation(series, method)))
    if (other := other_function(series)) is not None:
        yield ranked(f"function_{other.scoring.function}", Plan.of(other))
    if other is not None and all(indicator.goalposts is not None for indicator in series.indicators):
        for end in ("impermissible", "satisfactory"):
            for name, share in (("easier", -GOALPOST_SHARE), ("harder", GOALPOST_SHARE)):
                moved = {"impermissible": 0.0, "satisfactory": 0.0} | {end: share}
                yield ranked(f"goalpost_{end}_{name}", values=with_goalposts_moved(value, series, **moved))
    if cube.level_code in series.small_counts.target:
        plain = estimates(series.model_copy(update={"small_counts": SmallCounts()}), cube).value[quarter]
        yield ranked("small_counts_none", values=plain)
    if (single := _single_quarter(plan, cube, quarter, value)) is not None:
        yield ranked("window_one_quarter", values=single)
    for place, indicator in enumerate(series.indicators):
        yield ranked(f"without_{indicator.code}", left_out=(place,))
    for group, inside in zip(series.groups, plan.ancestry, strict=True):
        yield ranked(f"without_{group.code}", left_out=np.flatnonzero(inside))


def _single_quarter(plan: Plan, cube: IndicatorCube, quarter: int, value: Floats) -> Floats | None:
    """Values of the quarter alone where the window's quarters can be told apart; None where no indicator has one."""
    series = plan.series
    is_rolled = np.array(
        [indicator.window_quarter_count > 1 and indicator.window_is_sum for indicator in series.indicators]
    )
    if not is_rolled.any():
        return None
    when = np.array([ordinal(name)[1] for name in cube.quarters])
    lengths = np.maximum(cube.window, 1)
    top, bottom = (single_quarters(part, lengths, when)[quarter] for part in (cube.numerator, cube.denominator))
    multiplier = np.array([indicator.value_multiplier for indicator in series.indicators])
    own = np.divide(top, bottom, out=np.full(value.shape, np.nan), where=np.nan_to_num(bottom) > 0) * multiplier
    return np.where(is_rolled & np.isfinite(own), own, value)


def shifts(tried: list[Scenario]) -> list[Shift]:
    """Each scenario after the first against the first."""
    ours, *others = tried
    return [shift(code, ours.rank, rank) for code, rank in others]


def shift(code: str, ours: Floats, theirs: Floats) -> Shift:
    """How far ``theirs`` (areas,) lie from ``ours``; NaN where no area has both ranks."""
    both = ~np.isnan(theirs) & ~np.isnan(ours)
    ours, theirs = ours[both], theirs[both]
    distance = np.abs(theirs - ours)
    if not len(distance):
        return Shift(code, float("nan"), float("nan"), False)
    first = [set(np.flatnonzero(rank == rank.min())) for rank in (ours, theirs)]
    return Shift(code, float(distance.mean()), float(distance.max()), first[0] != first[1])
