"""The words a series may use, and reading one: every fault is reported at once.

Belongs here: the shape of a series and the rules that its parts must keep among themselves. Does not belong here:
applying it (``efficacy``, ``composite``, ``ranking``) or rendering it for readers (``seed``, ``guide``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
    faults += list(_disagreements(content))
    if faults or series is None:
        raise SeriesFaults(where, faults)
    return series


def _disagreements(content: Mapping[str, Any]) -> list[str]:
    """What each part alone can't see. Works on unchecked content and passes over parts that have no usable form."""
    faults: list[str] = []
    dimensions = _mappings(content.get("dimensions"))
    indicators = [indicator for dimension in dimensions for indicator in _mappings(dimension.get("indicators"))]
    for kind, parts in (
        ("dimension", dimensions),
        ("indicator", indicators),
        ("level", _mappings(content.get("levels"))),
        ("band", _mappings(content.get("bands"))),
    ):
        codes = [part.get("code") for part in parts]
        faults += [f"{kind} {code} is declared more than once" for code in sorted(_repeated(codes))]
    faults += _sum_faults("the series", content.get("weight_total"), dimensions)
    for dimension in dimensions:
        where = f"dimension {dimension.get('code')}"
        faults += _sum_faults(where, dimension.get("weight"), _mappings(dimension.get("indicators")))
    for indicator in indicators:
        fault = _goalpost_fault(indicator.get("polarity"), indicator.get("goalposts"))
        faults += [f"indicator {indicator.get('code')}: {fault}"] if fault else []
    faults += _scale_faults(content.get("efficacy"), _mappings(content.get("bands")))
    first, last = content.get("valid_from_quarter"), content.get("valid_to_quarter")
    if isinstance(first, str) and isinstance(last, str) and last < first:
        faults.append(f"valid_to_quarter {last} is before valid_from_quarter {first}")
    return faults


def _mappings(parts: Any) -> list[Mapping[str, Any]]:
    return [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list | tuple) else []


def _repeated(codes: list[Any]) -> set[str]:
    return {str(code) for code in codes if code is not None and codes.count(code) > 1}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _sum_faults(where: str, stated: Any, parts: list[Mapping[str, Any]]) -> list[str]:
    weights = [part.get("weight") for part in parts]
    if not (_is_number(stated) and weights and all(map(_is_number, weights))):
        return []
    if abs(sum(weights) - stated) <= 1e-9:
        return []
    return [f"{where}: the weights add up to {sum(weights):g}, not to the stated {stated:g}"]


def _goalpost_fault(polarity: Any, goalposts: Any) -> str | None:
    if not isinstance(goalposts, Mapping):
        return None
    bad, good = goalposts.get("impermissible"), goalposts.get("satisfactory")
    if polarity == "moderate":
        if not all(
            isinstance(pair, list | tuple) and len(pair) == 2 and all(map(_is_number, pair)) for pair in (bad, good)
        ):
            return "a moderate indicator has two impermissible values and an ideal interval"
        if not bad[0] < good[0] <= good[1] < bad[1]:
            return f"the ideal interval {list(good)} does not lie inside the impermissible values {list(bad)}"
        return None
    if polarity not in ("positive", "negative") or not (_is_number(bad) and _is_number(good)):
        return (
            f"a {polarity} indicator has one impermissible and one satisfactory value" if _is_pair(bad, good) else None
        )
    if (good > bad) != (polarity == "positive") or good == bad:
        side = "above" if polarity == "positive" else "below"
        return f"satisfactory {good:g} must lie {side} impermissible {bad:g} for a {polarity} indicator"
    return None


def _is_pair(*values: Any) -> bool:
    return any(isinstance(value, list | tuple) for value in values)


def _scale_faults(scale: Any, bands: list[Mapping[str, Any]]) -> list[str]:
    faults = []
    minima = [band.get("minimum") for band in bands]
    if minima and all(map(_is_number, minima)) and minima != sorted(minima, reverse=True):
        faults.append("bands stand from the highest minimum to the lowest")
    if not isinstance(scale, Mapping) or not all(
        _is_number(scale.get(name)) for name in ("base", "span", "floor", "cap")
    ):
        return faults
    if not scale["floor"] <= scale["base"] < scale["base"] + scale["span"] <= scale["cap"]:
        faults.append("efficacy: floor ≤ base < base + span ≤ cap does not hold")
    if minima and all(map(_is_number, minima)) and min(minima) > scale["floor"]:
        faults.append(f"bands: no band holds scores from the floor {scale['floor']:g} to {min(minima):g}")
    return faults
