"""What a series measures, and reading one: every fault is reported at once.

Belongs here: the shape of a series, and loading it. Does not belong here: the settings of the method
(``settings``), the rules that the parts keep among themselves (``agreement``), applying it (``method``), rendering it
(``rendering``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError

from safety_index.faults import FaultyInput
from safety_index.series.agreement import disagreements
from safety_index.series.settings import Aggregation, DataThresholds, Positive, RankRule, Scoring, Strict

SERIES_FOLDER = Path(__file__).parent
DEFAULT_SERIES = SERIES_FOLDER / "default.yml"

Polarity = Literal["positive", "negative", "moderate"]
QuarterText = Annotated[str, Field(pattern=r"^\d{4}Q[1-4]$")]
Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class SeriesFaults(FaultyInput):
    """Everything that is wrong with a series, at once."""


class Words(Strict):
    """The same words in Chinese and English."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Goalposts(Strict):
    """The values that score ``base`` (impermissible, x_s) and ``base + span`` (satisfactory, x_h).

    One number each for positive and negative indicators; a pair each for moderate ones: the ideal interval,
    and the value below and the value above which nothing is permitted.
    """

    impermissible: float | tuple[float, float]
    satisfactory: float | tuple[float, float]


class Indicator(Strict):
    """One indicator: what it says, how it is scored and how much it counts."""

    code: Code
    name: Words
    unit: Words
    polarity: Polarity
    weight: Positive = Field(description="Relative to the other parts of its group, or in units of weight_total.")
    goalposts: Goalposts
    value_multiplier: Positive = Field(description="Numerator ÷ denominator times this is the value: 100 for per cent.")
    window_quarter_count: int = Field(1, ge=1, description="Rolling quarters; the value is expressed per quarter.")
    published_level: Literal["committee", "sub_district"] = "committee"
    is_special_group: bool = False
    sources: tuple[str, ...] = Field(min_length=1, description="Extracts the figures come from.")
    formula: Words
    quarter_rule: Words = Field(description="Which quarter an event or a state belongs to.")


class Dimension(Strict):
    """A group of indicators or of smaller groups, to any depth."""

    code: Code
    name: Words
    weight: Positive
    aggregation: Aggregation | None = Field(None, description="Instead of the series's rule for this depth.")
    dimensions: tuple[Dimension, ...] = ()
    indicators: tuple[Indicator, ...] = ()


class Level(Strict):
    """A level of areas. Areas are ranked within their level, if at all."""

    code: str
    is_ranked: bool


class Band(Strict):
    """Rounded scores from ``minimum`` up to the next higher band's."""

    code: str
    minimum: float
    name: Words


class Series(Strict):
    """Everything that makes two quarters comparable: definitions, weights, goalposts, rules and dates."""

    code: str = Field(pattern=r"^[a-z0-9-]+$")
    title: Words
    valid_from_quarter: QuarterText
    valid_to_quarter: QuarterText | None = None
    weight_total: Positive | None = Field(
        None, description="If given, every weight is a share of it: parts add up to their group, the top groups to it."
    )
    scoring: Scoring
    aggregation: tuple[Aggregation, ...] = Field(
        (Aggregation(),), min_length=1, description="From the index down: how it, its groups, their groups are made."
    )
    rank: RankRule
    data_thresholds: DataThresholds = DataThresholds()
    levels: tuple[Level, ...] = Field(min_length=1)
    bands: tuple[Band, ...] = ()
    dimensions: tuple[Dimension, ...] = Field(min_length=1)

    @property
    def groups(self) -> tuple[Dimension, ...]:
        """All dimensions and their parts that are groups, each before its own parts."""
        return tuple(_groups(self.dimensions))

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """All indicators in the order of display. Every array's last axis follows it."""
        return tuple(indicator for group in self.groups for indicator in group.indicators)

    @property
    def indicator_codes(self) -> tuple[str, ...]:
        return tuple(indicator.code for indicator in self.indicators)

    @property
    def dimension_codes(self) -> tuple[str, ...]:
        """The codes of all groups, in their order."""
        return tuple(group.code for group in self.groups)

    @property
    def dimension_positions(self) -> tuple[int, ...]:
        """For every indicator the position of its own group among ``groups``."""
        return tuple(place for place, group in enumerate(self.groups) for _ in group.indicators)

    @property
    def level_codes(self) -> tuple[str, ...]:
        return tuple(level.code for level in self.levels)


def _groups(parts: tuple[Dimension, ...]) -> Iterator[Dimension]:
    for part in parts:
        yield part
        yield from _groups(part.dimensions)


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
