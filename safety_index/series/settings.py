"""The settings of the method: how values are scored, joined and ranked.

Belongs here: one model for each part of the method. Does not belong here: what is measured (``declaration``), and
doing it (``method``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    """A part of a series: nothing that is not declared, and nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Scoring(Strict):
    """The efficacy coefficient d = base + span·t, kept between floor and cap."""

    function: Literal["linear"] = "linear"
    base: float
    span: Positive
    floor: float | None = None
    cap: float | None = None


class Aggregation(Strict):
    """How the parts of a group become one score."""

    method: Literal["arithmetic", "geometric", "harmonic"] = "arithmetic"
    weights: Literal["normalised", "as_they_stand"] = Field(
        "normalised",
        description="Divided by their sum, or used as published even if they add up to 0.999.",
    )
    weight_unit: Positive = Field(1, description="What weights taken as they stand are parts of: 100 for per cent.")


class RankRule(Strict):
    """How scores become ranks."""

    decimals: int | None = Field(
        ge=0, le=12, description="Scores are rounded to this first, half away from zero; null: not."
    )
    ties: Literal["min", "max", "mean", "dense"] = Field(
        "min", description="What equal scores share: the best, worst or mean of their places, or the next number."
    )
    order: Literal["highest_first", "lowest_first"] = "highest_first"


class DataThresholds(Strict):
    """How much of the applicable weight must be there: for a group's score, and for a rank."""

    dimension_weight_share: Share = 0
    index_weight_share: Share = 0
