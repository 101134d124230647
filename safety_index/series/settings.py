"""The settings of the method other than scoring: how scores are joined and ranked, and values made ready.

Belongs here: one model for each part of the method; descriptions become the page of settings. Does not belong here:
what is measured (``declaration``), and doing it (``method``).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from safety_index.series.scoring_settings import BenchmarkRatio, Positive, Share, Strict


class Aggregation(Strict):
    """How the parts of a group become one score."""

    method: Literal["arithmetic", "geometric", "harmonic"] = "arithmetic"
    weights: Literal["normalised", "as_they_stand"] = Field(
        "normalised",
        description="Divided by their sum, or used as published even if they add up to 0.999.",
    )
    weight_unit: Positive = Field(1, description="What weights taken as they stand are parts of: 100 for per cent.")
    decimals: int | None = Field(None, ge=0, le=12, description="Round each group's score, half away from zero.")


class Combination(Strict):
    """How efficacy coefficients and the composite index 综合指数 of benchmark ratios are combined.

    ``level``: indicators are scored on their level; ``split``: indicators with a benchmark ratio of their own beside
    others; ``level_trend``: alpha·level + (1 − alpha)·composite index. The composite index of the ``companion`` stands
    beside the index in every mode.
    """

    mode: Literal["level", "split", "level_trend"] = "level"
    alpha: Share | None = Field(None, description="Share of the level in level_trend.")
    companion: BenchmarkRatio | None = Field(None, description="The ratios whose composite index is published beside.")


class Outliers(Strict):
    """Winsorising by shape: the outermost point on the longer side is drawn in to the next, again and again.

    It ends when the sample passes (its absolute skewness below ``skewness`` or its excess kurtosis below
    ``kurtosis``) or the points are used up. A sample that still does not pass becomes, with ``then: log``, ln(x − min
    + 0.01·range) of the values as they were (mirrored for a long lower side), and keeps its points with ``then:
    keep``. One treatment holds for all periods, so that they stay comparable, or each period has its own.
    """

    skewness: Positive = 2
    kurtosis: float = 3.5
    maximum_points: int = Field(5, ge=0)
    then: Literal["log", "keep"] = "log"
    sample: Literal["all_periods", "each_period"] = "all_periods"


class MissingRule(Strict):
    """What stands in for a missing value, in this order; what is then still missing drops out of its group."""

    carry_forward: bool = Field(False, description="The previous period's own value, once: it is not carried further.")
    group_mean: bool = Field(False, description="The mean of the areas of the same parent in that period.")


class RankRule(Strict):
    """How scores become ranks."""

    decimals: int | None = Field(
        None, ge=0, le=12, description="Scores are rounded to this first, half away from zero; null: not."
    )
    ties: Literal["min", "max", "mean", "dense"] = Field(
        "min", description="What equal scores share: the best, worst or mean of their places, or the next number."
    )
    order: Literal["highest_first", "lowest_first"] = "highest_first"


class DataThresholds(Strict):
    """How much of the applicable weight must be there: for a group's score, and for a rank."""

    dimension_weight_share: Share = 0
    index_weight_share: Share = 0


class Geography(Strict):
    """The areas that the figures are on."""

    code: str
    as_of: str = Field(coerce_numbers_to_str=True, description="Period or date of the boundaries.")
