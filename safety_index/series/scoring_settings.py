"""The scoring functions that a series may name, with their constants.

Belongs here: one model for each function; its docstring is the formula, from which the page of settings is made. Does
not belong here: computing a score (``method``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """A part of a series: nothing that is not declared, and nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class _Function(Strict):
    floor: float | None = Field(None, description="Lower scores are raised to this and flagged as clamped.")
    cap: float | None = Field(None, description="Higher scores are lowered to this and flagged as clamped.")
    decimals: int | None = Field(None, ge=0, le=12, description="Round each score to this, half away from zero.")


class _OverGoalposts(_Function):
    base: float = Field(60, description="Score of the impermissible value x_s, where t = 0.")
    span: Positive = Field(40, description="Base + span is the score of the satisfactory value x_h, where t = 1.")


class Linear(_OverGoalposts):
    """Efficacy coefficient 功效系数, improved form: d = base + span·t with t = (x − x_s) ÷ (x_h − x_s)."""

    function: Literal["linear"] = "linear"


class Exponential(_OverGoalposts):
    """Exponential efficacy coefficient 指数型: d = base·((base + span) ÷ base)^t; with 60 and 40, 60·e^(−t·ln 0.6)."""

    function: Literal["exponential"] = "exponential"
    base: Positive = Field(60, description="Score of the impermissible value x_s, where t = 0.")


class Logarithmic(_OverGoalposts):
    """Logarithmic efficacy coefficient 对数型: linear in ln x between ln x_s and ln x_h; no score for x ≤ 0."""

    function: Literal["logarithmic"] = "logarithmic"


class Power(_OverGoalposts):
    """Power efficacy coefficient 幂型: d = base + span·t^power; for t below 0, base − span·(−t)^power."""

    function: Literal["power"] = "power"
    power: Positive


class Tiered(_Function):
    """Graded standards 分档: each indicator has ``tiers`` of value and score; a score lies on the line between two."""

    function: Literal["tiered"] = "tiered"
    between: Literal["linear", "step"] = Field(
        "linear", description="On the line between two tiers, or the tier reached."
    )
    beyond: Literal["hold", "extrapolate"] | float = Field(
        "hold", description="Worse than the last tier: its score, the line's continuation, or this score."
    )


class MinMax(_Function):
    """Min–max: low + (high − low)·t between goalposts, or between the sample's worst and best value."""

    function: Literal["min_max"] = "min_max"
    low: float = 0
    high: float = 1
    bounds: Literal["goalposts", "each_period", "all_periods"] = Field(
        "goalposts", description="The indicator's goalposts, or the areas of each period or of all periods."
    )
    clip: bool = Field(True, description="Keep scores between low and high.")


class ZScore(_Function):
    """Z-score: centre + scale·(x − mean) ÷ standard deviation of the sample, with the sign turned for negative ones."""

    function: Literal["z_score"] = "z_score"
    centre: float = 0
    scale: Positive = 1
    sample: Literal["each_period", "all_periods"] = "each_period"
    lost_degrees: Literal[0, 1] = Field(1, description="1: divide the squares by n − 1, 0: by n.")


class PercentileRank(_Function):
    """Percentile rank: low + (high − low)·p, p from the rank r among n values, the worst 1."""

    function: Literal["percentile_rank"] = "percentile_rank"
    low: float = 0
    high: float = 100
    sample: Literal["each_period", "all_periods"] = "each_period"
    ties: Literal["mean", "min", "max"] = "mean"
    form: Literal["from_zero", "to_one", "midpoint"] = Field(
        "from_zero", description="p = (r − 1) ÷ (n − 1), r ÷ n, or (r − ½) ÷ n."
    )


class Rank(_Function):
    """Rank: the score is the rank r itself, the worst value 1."""

    function: Literal["rank"] = "rank"
    sample: Literal["each_period", "all_periods"] = "each_period"
    ties: Literal["mean", "min", "max"] = "min"


class ExponentialRank(_Function):
    """English Indices of Deprivation: E = −c·ln(1 − R·(1 − e^(−100 ÷ c))), R = r ÷ n, the lowest value r = 1."""

    function: Literal["exponential_rank"] = "exponential_rank"
    constant: Positive = 23
    sample: Literal["each_period", "all_periods"] = "each_period"
    ties: Literal["mean", "min", "max"] = "mean"


class BenchmarkRatio(_Function):
    """Individual index k 个体指数 of the composite-index method 综合指数法: the value against a benchmark x_b, times
    scale.

    Positive: x ÷ x_b. Negative: ``mirrored`` 2 − x ÷ x_b, ``reciprocal`` x_b ÷ x, or ``smoothed`` (x_b + c) ÷ (x + c).
    Moderate: 1 − |x − q| ÷ q with the ideal q, or the nearer end of an ideal interval. No score where x_b is 0.
    """

    function: Literal["benchmark_ratio"] = "benchmark_ratio"
    scale: Positive = 100
    negative: Literal["mirrored", "reciprocal", "smoothed"] = "mirrored"
    smoothing: Positive | None = Field(None, description="c of the smoothed form, in the indicator's unit.")
    base: Literal["declared", "base_period", "year_ago", "previous"] = Field(
        "declared", description="x_b is the indicator's ``benchmark``, or the area's own value in that period."
    )
    base_period: str | None = Field(None, coerce_numbers_to_str=True)
    floor: float | None = 0


Scoring = Annotated[
    Linear
    | Exponential
    | Logarithmic
    | Power
    | Tiered
    | MinMax
    | ZScore
    | PercentileRank
    | Rank
    | ExponentialRank
    | BenchmarkRatio,
    Field(discriminator="function"),
]
#: The functions that place a value between goalposts.
OVER_GOALPOSTS = (Linear, Exponential, Logarithmic, Power)
