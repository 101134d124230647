"""Every disagreement within a series is told, and nothing that agrees is."""

from __future__ import annotations

from typing import Any

import pytest

from safety_index.faults import FaultyInput
from safety_index.series.declaration import Series, SeriesFaults, load_series, parse_series
from safety_index.series.scoring_settings import Linear
from tests.unit.safety_index_builders import small_content

UP = {"code": "up", "polarity": "positive", "weight": 1, "goalposts": {"impermissible": 0, "satisfactory": 10}}
BARE_UP = {"code": "up", "polarity": "positive", "weight": 1}
BARE_MIDDLE = {"code": "mid", "polarity": "moderate", "weight": 1}


def content(indicator: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "code": "one",
        "title": "One",
        "valid_from": 2016,
        "scoring": {"function": "linear"},
        "dimensions": [{"code": "T", "weight": 1, "indicators": [indicator or UP]}],
    } | changes


def faults(given: dict[str, Any]) -> list[str]:
    try:
        parse_series(given)
    except SeriesFaults as error:
        return list(error.faults)
    return []


RATIO = {"function": "benchmark_ratio"}
TIERED = {"function": "tiered"}


def tiers(*points: tuple[float, float]) -> list[dict[str, float]]:
    return [{"value": value, "score": score} for value, score in points]


@pytest.mark.parametrize(
    "given",
    [
        content(),
        content(scoring={"function": "linear", "floor": 60, "cap": 100}),
        content(UP | {"transformation": "rank"}),
        content(BARE_UP, scoring={"function": "z_score"}),
        content(BARE_UP, scoring={"function": "min_max", "bounds": "all_periods"}),
        content(BARE_MIDDLE | {"goalposts": {"satisfactory": 3}}, scoring={"function": "z_score"}),
        content(BARE_MIDDLE | {"goalposts": {"satisfactory": [3, 3]}}, scoring=RATIO),
        content(BARE_MIDDLE | {"benchmark": 3}, scoring=RATIO),
        content(BARE_MIDDLE | {"goalposts": {"impermissible": [1, 9], "satisfactory": 3}}),
        content(BARE_UP | {"benchmark": 3}, scoring=RATIO),
        content(BARE_UP, scoring=RATIO | {"base": "year_ago"}),
        content(BARE_UP, scoring=RATIO | {"base": "base_period", "base_period": 2016}),
        content(BARE_UP | {"tiers": tiers((1, 0), (2, 0), (3, 1), (4, 1))}, scoring=TIERED),
        content(BARE_UP | {"polarity": "negative", "tiers": tiers((1, 5), (2, 5), (3, 1))}, scoring=TIERED),
        content(BARE_MIDDLE | {"tiers": tiers((1, 0), (2, 5), (3, 5), (4, 1))}, scoring=TIERED),
        content(BARE_UP | {"scoring": {"function": "rank"}}),
        content(UP | {"goalposts": {"impermissible": 1, "satisfactory": 9}}, scoring={"function": "logarithmic"}),
        content(outliers={"then": "keep"}),
        content(BARE_UP, scoring={"function": "rank"}, outliers={}),
        content(combination={"companion": RATIO | {"base": "year_ago"}}),
        content(valid_to="2016"),
        content(scoring={"function": "linear", "floor": 40}, bands=[{"code": "all", "minimum": 40, "name": "all"}]),
        content(BARE_UP, scoring={"function": "percentile_rank", "high": 1}),
        content(weight_total=1),
        content(aggregation=[{"weights": "as_they_stand"}, {"method": "geometric"}]),
    ],
)
def test_what_agrees_is_taken(given):
    assert faults(given) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (content(BARE_UP), ["indicator up: linear scoring needs goalposts"]),
        (content(BARE_UP, scoring={"function": "min_max"}), ["indicator up: min_max scoring needs goalposts"]),
        (
            content(UP | {"goalposts": {"satisfactory": 3}}, scoring={"function": "power", "power": 2}),
            ["indicator up: goalposts.impermissible is not given, and this scoring counts from it"],
        ),
        (
            content(BARE_MIDDLE, scoring={"function": "percentile_rank"}),
            ["indicator mid: a moderate indicator needs its ideal value or interval as goalposts.satisfactory"],
        ),
        (
            content(BARE_MIDDLE | {"goalposts": {"satisfactory": [4, 3]}}, scoring={"function": "rank"}),
            ["indicator mid: the ideal interval [4, 3] does not lie in order"],
        ),
        (content(BARE_UP, scoring=RATIO), ["indicator up: a benchmark ratio needs a benchmark"]),
        (
            content(BARE_MIDDLE, scoring=RATIO | {"base": "year_ago"}),
            ["indicator mid: a benchmark ratio needs a benchmark or an ideal value"],
        ),
        (content(BARE_UP | {"benchmark": 0}, scoring=RATIO), ["indicator up: benchmark 0 is not above 0"]),
        (
            content(combination={"companion": RATIO}),
            ["indicator up: a benchmark ratio needs a benchmark"],
        ),
        (
            content(BARE_UP | {"benchmark": 1}, scoring=RATIO | {"smoothing": 2}),
            ["scoring: the smoothed form, and it alone, has a smoothing constant"],
        ),
        (
            content(BARE_UP | {"benchmark": 1, "scoring": RATIO | {"negative": "smoothed"}}),
            ["indicator up: scoring: the smoothed form, and it alone, has a smoothing constant"],
        ),
        (
            content(BARE_UP, scoring=RATIO | {"base": "base_period"}),
            ["scoring: base: base_period, and it alone, names a base_period"],
        ),
        (
            content(combination={"companion": RATIO | {"base": "previous", "base_period": 2016}}),
            ["combination.companion: base: base_period, and it alone, names a base_period"],
        ),
        (content(BARE_UP, scoring=TIERED), ["indicator up: tiered scoring needs two tiers or more"]),
        (
            content(BARE_UP | {"tiers": tiers((2, 0), (2, 1))}, scoring=TIERED),
            ["indicator up: tiers stand by rising value"],
        ),
        (
            content(BARE_UP | {"tiers": tiers((1, 1), (2, 0))}, scoring=TIERED),
            ["indicator up: the tiers' scores are not those of a positive indicator"],
        ),
        (
            content(BARE_UP | {"polarity": "negative", "tiers": tiers((1, 0), (2, 1))}, scoring=TIERED),
            ["indicator up: the tiers' scores are not those of a negative indicator"],
        ),
        (
            content(BARE_MIDDLE | {"tiers": tiers((1, 3), (2, 0), (3, 5))}, scoring=TIERED),
            ["indicator mid: the tiers' scores are not those of a moderate indicator"],
        ),
        (
            content(BARE_MIDDLE | {"tiers": tiers((1, 0), (2, 5), (3, 0))}, scoring=TIERED | {"between": "step"}),
            ["indicator mid: steps have one side: a moderate indicator lies on the line between tiers"],
        ),
        (
            content(scoring={"function": "linear", "base": 60, "cap": 90}),
            ["scoring: floor ≤ base < base + span ≤ cap does not hold"],
        ),
        (
            content(BARE_UP, scoring={"function": "z_score", "floor": 3, "cap": 3}),
            ["scoring: floor 3 is not below cap 3"],
        ),
        (
            content(scoring={"function": "min_max", "low": 1, "high": 1}),
            ["scoring: low 1 is not below high 1"],
        ),
        (
            content(BARE_UP, scoring={"function": "percentile_rank", "low": 100}),
            ["scoring: low 100 is not below high 100"],
        ),
        (
            content(scoring={"function": "logarithmic"}),
            ["indicator up: 0 has no logarithm: goalposts and benchmark must be above 0"],
        ),
        (
            content(UP | {"transformation": "natural_log"}),
            ["indicator up: 0 has no logarithm: goalposts and benchmark must be above 0"],
        ),
        (
            content(combination={"mode": "level_trend", "alpha": 0.5}),
            ["combination: level_trend needs a companion, whose composite index is the trend"],
        ),
        (
            content(combination={"mode": "level_trend", "companion": RATIO | {"base": "previous"}}),
            ["combination: level_trend, and it alone, has an alpha, the share of the level"],
        ),
        (
            content(combination={"alpha": 0.5}),
            ["combination: level_trend, and it alone, has an alpha, the share of the level"],
        ),
        (
            content(combination={"mode": "split"}),
            ["combination: split needs indicators scored by benchmark_ratio and others"],
        ),
        (
            content(BARE_UP | {"benchmark": 2}, scoring=RATIO, combination={"mode": "split"}),
            ["combination: split needs indicators scored by benchmark_ratio and others"],
        ),
        (
            content(
                BARE_UP,
                scoring=RATIO | {"base": "previous"},
                combination={"companion": RATIO | {"base": "year_ago"}},
            ),
            ["benchmark ratios against the areas' own values all have the same base"],
        ),
        (
            content(
                BARE_UP, scoring={"function": "z_score"}, aggregation=[{"method": "harmonic"}, {"method": "geometric"}]
            ),
            ["aggregation: geometric and harmonic means have no use for z-scores, half of them negative"],
        ),
        (
            content(outliers={}),
            [
                "outliers: logs of the sample would move the values but not what fixes the scores of linear: "
                "set then: keep, or score within the sample"
            ],
        ),
        (
            content(BARE_MIDDLE | {"goalposts": {"impermissible": 3, "satisfactory": [4, 5]}}),
            ["indicator mid: a moderate indicator has two impermissible values and an ideal value or interval"],
        ),
        (
            content(peers={"size_weight": 0, "least_size": 10}),
            ["peers: without shares and with a size_weight of 0 there is nothing to be alike in"],
        ),
        (
            content(peers={"size_weight": 0, "shares": [{"code": "x"}, {"code": "y"}, {"code": "x"}, {"code": "y"}]}),
            ["peers: the share x is named more than once", "peers: the share y is named more than once"],
        ),
        (content(valid_to=2015), ["valid_to 2015 is before valid_from 2016"]),
        (
            content(bands=[{"code": "a", "minimum": 1, "name": "a"}, {"code": "a", "minimum": 2, "name": "b"}]),
            ["band a is declared more than once", "bands stand from the highest minimum to the lowest"],
        ),
        (
            content(levels=[{"code": "x", "is_ranked": True}, {"code": "x", "is_ranked": True}]),
            ["level x is declared more than once"],
        ),
        (
            content(dimensions=[{"code": "T", "weight": 1, "indicators": [UP, UP]}]),
            ["indicator up is declared more than once"],
        ),
    ],
)
def test_what_does_not_agree_is_told(given, expected):
    assert faults(given) == expected


def test_two_companions_bases_may_be_declared_and_own():
    mixed = content(BARE_UP | {"benchmark": 2}, scoring=RATIO, combination={"companion": RATIO | {"base": "year_ago"}})
    assert faults(mixed) == []


def test_parts_of_no_usable_form_are_told_once_and_passed_over():
    broken = content(
        {"code": "up", "polarity": "positive", "weight": "much", "goalposts": "none", "tiers": 3},
        scoring={"function": "magic"},
        bands="high",
        combination=[],
        outliers=3,
    )
    found = faults(broken)
    assert all(":" in fault for fault in found)
    assert {fault.split(":")[0] for fault in found} == {
        "scoring",
        "combination",
        "outliers",
        "bands",
        "dimensions.0.indicators.0.weight",
        "dimensions.0.indicators.0.goalposts",
        "dimensions.0.indicators.0.tiers",
    }


def test_a_name_stands_for_both_languages_and_a_code_for_a_missing_name():
    series = parse_series(content(UP | {"name": "Rise"}))
    assert (series.title.zh, series.title.en) == ("One", "One")
    assert series.indicators[0].name.zh == "Rise"
    assert series.groups[0].name.en == "T"
    assert series.valid_from == "2016"


@pytest.mark.parametrize("period", ["2016Q1", "2016", "2016-12", 2016])
def test_dates_are_years_quarters_or_months(period):
    assert parse_series(content(valid_from=period)).valid_from == str(period)


@pytest.mark.parametrize("period", ["2016Q5", "2016-13", "16", True])
def test_other_dates_are_refused(period):
    assert any(fault.startswith("valid_from") for fault in faults(content(valid_from=period)))


def test_every_indicator_of_the_default_series_says_all_that_the_seed_and_the_guide_need():
    for indicator in load_series().indicators:
        assert indicator.formula
        assert indicator.quarter_rule
        assert indicator.sources
        assert indicator.unit.zh != "–"


def test_what_is_not_stated_has_its_default():
    series = parse_series(content())
    indicator = series.indicators[0]
    assert (indicator.value_multiplier, indicator.window_quarter_count, indicator.is_special_group) == (1, 1, False)
    assert (series.version, series.rank.ties, series.rank.decimals) == (1, "min", None)
    assert [(level.code, level.is_ranked) for level in series.levels] == [("area", True)]
    assert (series.data_thresholds.dimension_weight_share, series.data_thresholds.index_weight_share) == (0, 0)
    assert (series.missing.carry_forward, series.missing.group_mean) == (False, False)
    assert (series.scoring.base, series.scoring.span, series.scoring.floor, series.scoring.cap) == (60, 40, None, None)
    assert series.aggregation[0].weight_unit == 1
    for field, value in (("version", 0), ("levels", []), ("aggregation", []), ("dimensions", [])):
        assert [fault.split(":")[0] for fault in faults(content() | {field: value})] == [field]
    for field, value in (("window_quarter_count", 0), ("weight", 0), ("value_multiplier", 0)):
        assert faults(content(UP | {field: value}))[0].startswith(f"dimensions.0.indicators.0.{field}: ")


def test_an_indicator_may_have_a_function_of_its_own():
    own = parse_series(content(UP | {"scoring": {"function": "linear", "base": 0, "span": 1}}))
    assert own.scorings == (Linear(base=0, span=1),)
    assert isinstance(own, Series)
    assert small_content()["scoring"]["function"] == "linear"


def test_only_split_has_ratios_beside_other_functions():
    ratio = UP | {"code": "ratio", "benchmark": 5, "scoring": {"function": "benchmark_ratio"}}
    both = content() | {"dimensions": [{"code": "T", "weight": 1, "indicators": [UP, ratio]}]}
    told = "combination: only split has indicators scored by benchmark_ratio beside others"
    assert faults(both) == [told]
    assert faults(both | {"combination": {"mode": "split"}}) == []


@pytest.mark.parametrize(
    ("count", "head", "tail"),
    [
        (1, "it has 1 fault:", "  - f0"),
        (2, "it has 2 faults:", "  - f1"),
        (50, "it has 50 faults:", "  - f49"),
        (51, "it has 51 faults:", "  … and 1 more"),
        (53, "it has 53 faults:", "  … and 3 more"),
    ],
)
def test_an_error_shows_fifty_faults_and_counts_the_rest(count, head, tail):
    error = FaultyInput("it", [f"f{number}" for number in range(count)])
    lines = str(error).splitlines()
    assert (lines[0], lines[-1], len(lines)) == (head, tail, 1 + min(count, 51))
    assert len(error.faults) == count


def three_that_overlap(**overlaps: str) -> dict[str, Any]:
    said = {code: {"overlap": {"indicator": other, "correlation": 0.5}} for code, other in overlaps.items()}
    indicators = [UP | {"code": code} | said.get(code, {}) for code in ("a", "b", "c")]
    return content(dimensions=[{"code": "T", "weight": 1, "indicators": indicators}])


def test_two_indicators_may_overlap_a_third():
    assert faults(three_that_overlap(a="c", b="c")) == []


def test_an_overlap_with_itself_with_none_or_in_a_chain_is_told():
    assert faults(three_that_overlap(a="a", b="c", c="nothing")) == [
        "indicator a: overlap names a, which is no other indicator",
        "indicator b: overlap names c, which has an overlap itself",
        "indicator c: overlap names nothing, which is no other indicator",
    ]
