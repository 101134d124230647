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
from pydantic import BeforeValidator, Field, ValidationError, model_validator

from safety_index.coherence.settings import Alarms
from safety_index.explanation.settings import Peers
from safety_index.faults import FaultyInput
from safety_index.series.agreement import disagreements
from safety_index.series.scoring_settings import Positive, Scoring, Share, Strict
from safety_index.series.settings import (
    Aggregation,
    Combination,
    DataThresholds,
    Geography,
    MissingRule,
    Outliers,
    RankRule,
)
from safety_index.small_counts.settings import CountModel, Overlap, SmallCounts
from safety_index.uncertainty.settings import Uncertainty

SERIES_FOLDER = Path(__file__).parent
DEFAULT_SERIES = SERIES_FOLDER / "default.yml"

Polarity = Literal["positive", "negative", "moderate"]
#: YAML reads a year as a number.
PeriodText = Annotated[
    str,
    BeforeValidator(lambda text: str(text) if isinstance(text, int) else text),
    Field(pattern=r"^\d{4}(Q[1-4]|-(0[1-9]|1[0-2]))?$"),
]
Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class SeriesFaults(FaultyInput):
    """Everything that is wrong with a series, at once."""


class Words(Strict):
    """The same words in Chinese and English; one text stands for both."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _same_in_both(cls, content: Any) -> Any:
        return {"zh": content, "en": content} if isinstance(content, str) else content


class Goalposts(Strict):
    """The values that score ``base`` (impermissible, x_s) and ``base + span`` (satisfactory, x_h).

    One number each for positive and negative indicators. A moderate one has as satisfactory its ideal value or
    interval, and as impermissible the pair of values below and above which nothing is permitted; scores that do not
    count from the impermissible values leave them out. Goalposts are in the unit of the value, before any
    transformation.
    """

    impermissible: float | tuple[float, float] | None = None
    satisfactory: float | tuple[float, float]


class Tier(Strict):
    """A graded standard: this value earns this score."""

    value: float
    score: float


class Indicator(Strict):
    """One indicator: what it says, how it is scored and how much it counts."""

    code: Code
    name: Words
    unit: Words = Words(zh="–", en="–")
    polarity: Polarity
    weight: Positive = Field(description="Relative to the other parts of its group, or in units of weight_total.")
    transformation: Literal["none", "natural_log", "rank"] = Field(
        "none",
        description="Before scoring; goalposts and benchmarks go the same way, but with ``rank`` they are ranks.",
    )
    scoring: Scoring | None = Field(None, description="Instead of the series's function.")
    goalposts: Goalposts | None = None
    tiers: tuple[Tier, ...] = Field((), description="For the tiered function, by rising value.")
    benchmark: float | None = Field(None, description="x_b of a benchmark ratio: a standard, plan or base value.")
    value_multiplier: Positive = Field(
        1, description="Numerator ÷ denominator times this is the value: 100 for per cent."
    )
    window_quarter_count: int = Field(1, ge=1, description="Rolling quarters; the value is expressed per quarter.")
    window_is_sum: bool = Field(True, description="Whether a window's figures are sums over its quarters.")
    count_model: CountModel = Field("exact", description="What chance does to the figure; exact: nothing.")
    overlap: Overlap | None = Field(None, description="An indicator that rests on the same events.")
    published_level: Literal["committee", "sub_district"] = "committee"
    is_special_group: bool = False
    sources: tuple[str, ...] = Field((), description="Extracts the figures come from.")
    formula: Words | None = None
    quarter_rule: Words | None = Field(None, description="Which quarter an event or a state belongs to.")

    @model_validator(mode="before")
    @classmethod
    def _name_is_code(cls, content: Any) -> Any:
        return _named_by_code(content)


class Dimension(Strict):
    """A group of indicators or of smaller groups, to any depth."""

    code: Code
    name: Words
    weight: Positive
    aggregation: Aggregation | None = Field(None, description="Instead of the series's rule for this depth.")
    data_threshold: Share | None = Field(None, description="Instead of the series's dimension_weight_share.")
    dimensions: tuple[Dimension, ...] = ()
    indicators: tuple[Indicator, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _name_is_code(cls, content: Any) -> Any:
        return _named_by_code(content)


def _named_by_code(content: Any) -> Any:
    """What has no name is called by its code."""
    if isinstance(content, Mapping) and "name" not in content and "code" in content:
        return {**content, "name": str(content["code"])}
    return content


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
    version: int = Field(
        1, ge=1, description="Of the method; a change of any figure is a series with a code of its own."
    )
    title: Words
    valid_from: PeriodText = Field(description="First period: a year, a quarter (2017Q1) or a month (2017-01).")
    valid_to: PeriodText | None = Field(None, description="Last period; earlier ones scored are a back-series.")
    geography: Geography | None = None
    weight_total: Positive | None = Field(
        None, description="If given, every weight is a share of it: parts add up to their group, the top groups to it."
    )
    scoring: Scoring
    combination: Combination = Combination()
    outliers: Outliers | None = None
    missing: MissingRule = MissingRule()
    aggregation: tuple[Aggregation, ...] = Field(
        (Aggregation(),), min_length=1, description="From the index down: how it, its groups, their groups are made."
    )
    rank: RankRule = RankRule()
    data_thresholds: DataThresholds = DataThresholds()
    small_counts: SmallCounts = SmallCounts()
    uncertainty: Uncertainty = Uncertainty()
    alarms: Alarms = Alarms()
    peers: Peers = Peers()
    levels: tuple[Level, ...] = Field((Level(code="area", is_ranked=True),), min_length=1)
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
    def scorings(self) -> tuple[Scoring, ...]:
        """For every indicator the function that scores it."""
        return tuple(indicator.scoring or self.scoring for indicator in self.indicators)

    @property
    def level_codes(self) -> tuple[str, ...]:
        return tuple(level.code for level in self.levels)


def _groups(parts: tuple[Dimension, ...]) -> Iterator[Dimension]:
    for part in parts:
        yield part
        yield from _groups(part.dimensions)


#: The same rules as SafeLoader's, several times faster where PyYAML has its part in C.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_series(path: Path = DEFAULT_SERIES) -> Series:
    """Read a series. Raises SeriesFaults with everything that is wrong with it."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SeriesFaults(path.name, [f"not readable as YAML in UTF-8: {' '.join(str(error).split())}"]) from error
    return parse_series(content, path.name)


def _only_follows(part: Mapping[str, Any]) -> bool:
    """Whether a list is called too short only because its items have faults, which are told by themselves."""
    return part["type"] == "too_short" and len(part["input"]) >= part["ctx"]["min_length"]


def parse_series(content: Any, where: str = "series") -> Series:
    """Check ``content`` as a series. Raises SeriesFaults: faults of form and of agreement together."""
    if not isinstance(content, Mapping):
        raise SeriesFaults(where, ["a series is a mapping of its parts, see series/default.yml"])
    faults, series = [], None
    try:
        series = Series.model_validate(content)
    except ValidationError as error:
        told = (part for part in error.errors() if not _only_follows(part))
        faults += [f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in told]
    faults += disagreements(content)
    if faults or series is None:
        raise SeriesFaults(where, faults)
    return series
