"""The words a series may use, and reading one: every fault is reported at once.

Belongs here: the shape of a series, and loading it. Does not belong here: the rules that its parts keep among
themselves (``agreement``), applying it (``efficacy``, ``composite``, ``ranking``), rendering it (``seed``, ``guide``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from safety_index.agreement import disagreements
from safety_index.faults import FaultyInput

SERIES_FOLDER = Path(__file__).parent / "series"
DEFAULT_SERIES = SERIES_FOLDER / "default.yml"

Polarity = Literal["positive", "negative", "moderate"]
QuarterText = Annotated[str, Field(pattern=r"^\d{4}Q[1-4]$")]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class SeriesFaults(FaultyInput):
    """Everything that is wrong with a series, at once."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """The same words in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Goalposts(_Strict):
    """The values that score ``base`` (impermissible, x_s) and ``base + span`` (satisfactory, x_h).

    One number each for positive and negative indicators; a pair each for moderate ones: the ideal interval,
    and the value below and the value above which nothing is permitted.
    """

    impermissible: float | tuple[float, float]
    satisfactory: float | tuple[float, float]


class Indicator(_Strict):
    """One indicator: what it says, how it is scored and how much it counts."""

    code: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    name: Words
    unit: Words
    polarity: Polarity
    weight: Positive = Field(description="Share of the whole index, in the units of the series's weight_total.")
    goalposts: Goalposts
    value_multiplier: Positive = Field(description="Numerator ÷ denominator times this is the value: 100 for per cent.")
    window_quarter_count: int = Field(1, ge=1, description="Rolling quarters; the value is expressed per quarter.")
    published_level: Literal["committee", "sub_district"] = "committee"
    is_special_group: bool = False
    sources: tuple[str, ...] = Field(min_length=1, description="Extracts the figures come from.")
    formula: Words
    quarter_rule: Words = Field(description="Which quarter an event or a state belongs to.")


class Dimension(_Strict):
    """A group of indicators; its weight is the sum of theirs, written out so that a slip shows."""

    code: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")
    name: Words
    weight: Positive
    indicators: tuple[Indicator, ...] = Field(min_length=1)


class EfficacyScale(_Strict):
    """The efficacy coefficient d = base + span·t, kept between floor and cap."""

    base: float
    span: Positive
    floor: float
    cap: float


class RankRule(_Strict):
    """Scores are rounded to ``decimals`` (half away from zero) before they are ranked; equal ones share a rank."""

    decimals: int = Field(ge=0, le=6)
    ties: Literal["min", "max"]


class DataThresholds(_Strict):
    """How much of the applicable weight must be there: for a dimension's score, and for a rank."""

    dimension_weight_share: Share
    index_weight_share: Share


class Level(_Strict):
    """A level of areas. Areas are ranked within their level, if at all."""

    code: str
    is_ranked: bool


class Band(_Strict):
    """Rounded scores from ``minimum`` up to the next higher band's."""

    code: str
    minimum: float
    name: Words


class Series(_Strict):
    """Everything that makes two quarters comparable: definitions, weights, goalposts, rules and dates."""

    code: str = Field(pattern=r"^[a-z0-9-]+$")
    title: Words
    valid_from_quarter: QuarterText
    valid_to_quarter: QuarterText | None = None
    weight_total: Positive
    efficacy: EfficacyScale
    rank: RankRule
    data_thresholds: DataThresholds
    levels: tuple[Level, ...] = Field(min_length=1)
    bands: tuple[Band, ...] = Field(min_length=1)
    dimensions: tuple[Dimension, ...] = Field(min_length=1)

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """All indicators in the order of display. Every array's last axis follows it."""
        return tuple(indicator for dimension in self.dimensions for indicator in dimension.indicators)

    @property
    def indicator_codes(self) -> tuple[str, ...]:
        return tuple(indicator.code for indicator in self.indicators)

    @property
    def dimension_codes(self) -> tuple[str, ...]:
        return tuple(dimension.code for dimension in self.dimensions)

    @property
    def dimension_positions(self) -> tuple[int, ...]:
        """For every indicator the position of its dimension."""
        return tuple(place for place, dimension in enumerate(self.dimensions) for _ in dimension.indicators)

    @property
    def level_codes(self) -> tuple[str, ...]:
        return tuple(level.code for level in self.levels)


def load_series(path: Path = DEFAULT_SERIES) -> Series:
    """Read a series. Raises SeriesFaults with everything that is wrong with it."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return parse_series(content, path.name)


def parse_series(content: Any, where: str = "series") -> Series:
    """Check ``content`` as a series. Raises SeriesFaults: faults of form and of agreement together."""
    if not isinstance(content, Mapping):
        raise SeriesFaults(where, ["a series is a mapping of its parts, see series/default.yml"])
    faults, series = [], None
    try:
        series = Series.model_validate(content)
    except ValidationError as error:
        faults += [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()]
    faults += disagreements(content)
    if faults or series is None:
        raise SeriesFaults(where, faults)
    return series
