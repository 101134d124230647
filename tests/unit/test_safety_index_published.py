"""Published indices and textbook examples come out as printed; the inputs are typed in from their sources."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from safety_index.engine import score
from safety_index.method.ranking import round_half_away
from safety_index.series.declaration import Series, parse_series
from safety_index.tables.results import IndexTables


def series_of(dimensions: list[dict], **settings: Any) -> Series:
    return parse_series(
        {"code": "published", "title": "Published", "valid_from": "2000"} | settings | {"dimensions": dimensions}
    )


def part(code: str, weight: float = 1, polarity: str = "positive", **more: Any) -> dict[str, Any]:
    return {"code": code, "weight": weight, "polarity": polarity} | more


def posts(bad: Any, good: Any) -> dict[str, Any]:
    return {"goalposts": {"impermissible": bad, "satisfactory": good}}


def scored(series: Series, values: dict[str, tuple[float, ...]]) -> IndexTables:
    rows = [
        {
            "area_code": area,
            "quarter": "2018",
            "indicator_code": code,
            "area_level_code": series.level_codes[-1],
            "parent_code": None,
            "numerator": np.nan,
            "denominator": np.nan,
            "value": float(value),
            "status_code": "observed",
            "window_quarter_count": 1,
        }
        for area, row in values.items()
        for code, value in zip(series.indicator_codes, row, strict=True)
    ]
    return score(series, pd.DataFrame(rows))


def printed(tables: IndexTables, decimals: int) -> dict[str, float]:
    scores = tables.scores
    return dict(zip(scores["area_code"], round_half_away(scores["score"].to_numpy(), decimals).tolist(), strict=True))


def human_development() -> Series:
    """UNDP, technical note 1 of the Human Development Report 2019: goalposts, log income, capped, geometric mean."""
    return series_of(
        [
            {"code": "health", "weight": 1, "indicators": [part("life_expectancy", **posts(20, 85))]},
            {
                "code": "education",
                "weight": 1,
                "indicators": [part("expected_years", **posts(0, 18)), part("mean_years", **posts(0, 15))],
            },
            {
                "code": "income",
                "weight": 1,
                "indicators": [part("income_per_head", transformation="natural_log", **posts(100, 75000))],
            },
        ],
        scoring={"function": "min_max"},
        aggregation=[{"method": "geometric"}, {"method": "arithmetic"}],
        rank={"decimals": 3},
    )


def test_the_human_development_index_of_2018():
    # Human Development Report 2019, table 1: life expectancy at birth, expected and mean years of schooling, gross
    # national income per head (2011 PPP dollars); the value of 2018 as printed.
    countries = {
        "Norway": ((82.3, 18.1, 12.6, 68059), 0.954),
        "Switzerland": ((83.6, 16.2, 13.4, 59375), 0.946),
        "Ireland": ((82.1, 18.8, 12.5, 55660), 0.942),
        "Germany": ((81.2, 17.1, 14.1, 46946), 0.939),
        "China": ((76.7, 13.9, 7.9, 16127), 0.758),
        "India": ((69.4, 12.3, 6.5, 6829), 0.647),
    }
    found = scored(human_development(), {name: values for name, (values, _) in countries.items()})
    assert printed(found, 3) == {name: index for name, (_, index) in countries.items()}
    # Norway's and Ireland's 18.1 and 18.8 expected years count as 18.
    clamped = found.indicator_scores.query("is_clamped")[["area_code", "indicator_code"]].to_numpy().tolist()
    assert clamped == [["Ireland", "expected_years"], ["Norway", "expected_years"]]
    assert found.scores.set_index("area_code")["rank"].to_dict() == {
        "Norway": 1,
        "Switzerland": 2,
        "Ireland": 3,
        "Germany": 4,
        "China": 5,
        "India": 6,
    }


def test_the_composite_index_of_economic_benefit_in_chinese_textbooks():
    # 综合指数法: eight indicators of an area's economic benefit with the authority's standard values and weights.
    # Printed: individual indices, scores (index times weight) and the composite index of 104.05.
    rows = {
        "value_added_rate": (20, 45, 46, 102.22, 20.44),
        "profit_and_tax_rate_of_cost": (15, 28, 30, 107.14, 16.07),
        "labour_productivity": (15, 5900, 6000, 101.69, 15.25),
        "product_per_energy": (10, 40000, 41000, 102.50, 10.25),
        "output_rate_of_funds": (10, 60, 61, 101.67, 10.17),
        "profit_and_tax_rate_of_funds": (10, 20, 22, 110.00, 11.00),
        "effect_of_investment": (10, 0.5, 0.51, 102.00, 10.20),
        "benefit_of_added_funds": (10, 60, 64, 106.67, 10.67),
    }
    indicators = [part(code, weight, benchmark=standard) for code, (weight, standard, *_) in rows.items()]
    series = series_of(
        [{"code": "benefit", "weight": 100, "indicators": indicators}],
        weight_total=100,
        scoring={"function": "benchmark_ratio"},
    )
    found = scored(series, {"area": tuple(actual for _, _, actual, *_ in rows.values())})
    assert printed(found, 2) == {"area": 104.05}
    parts = found.indicator_scores
    assert round_half_away(parts["score"].to_numpy(), 2).tolist() == [row[3] for row in rows.values()]
    assert round_half_away(parts["points"].to_numpy(), 2).tolist() == [row[4] for row in rows.values()]


DOMAINS = {
    "income": 22.5,
    "employment": 22.5,
    "education": 13.5,
    "health": 13.5,
    "crime": 9.3,
    "housing": 9.3,
    "environment": 9.3,
}


def deprivation() -> Series:
    """English Indices of Deprivation 2019, technical report: exponentially transformed ranks, weights that add up to
    99.9 per cent and are used as published."""
    indicators = [part(code, weight) for code, weight in DOMAINS.items()]
    return series_of(
        [{"code": "domains", "weight": 1, "indicators": indicators}],
        scoring={"function": "exponential_rank"},
        aggregation=[{}, {"weights": "as_they_stand", "weight_unit": 100}],
        rank={"decimals": None},
    )


def test_the_exponential_transformation_of_the_english_indices():
    # The technical report: transformed scores run to 100, the most deprived tenth of areas lies above 50, and full
    # deprivation in one of two equal domains is cancelled to about the 90th percentile, not to the middle.
    areas = 1000
    found = scored(deprivation(), {f"{place:04}": (place,) * 7 for place in range(1, areas + 1)})
    domain = found.indicator_scores.query("indicator_code == 'income'")["score"].to_numpy()
    assert domain[-1] == pytest.approx(100)
    assert np.sum(domain >= 50) == pytest.approx(areas / 10, abs=5)
    # E = −23·ln(1 − 0.5·(1 − e^(−100/23))) = 15.644 in the middle.
    assert domain[areas // 2 - 1] == pytest.approx(-23 * math.log(1 - 0.5 * (1 - math.exp(-100 / 23))))
    cancelled = (domain[-1] + domain[0]) / 2
    assert np.searchsorted(domain, cancelled) / areas == pytest.approx(0.9, abs=0.005)
    # Weights are not made to add up: the most deprived area in every domain scores 99.9, not 100.
    assert printed(found, 1)["1000"] == 99.9
    assert found.scores.set_index("area_code").loc["1000", "rank"] == 1


def test_the_efficacy_coefficient_of_a_statistics_examination():
    # 总资产贡献率 5.81 %, satisfactory 12 %, impermissible 6 %: printed 58.73, below 60 as the method has no floor.
    indicator = part("contribution_of_assets", **posts(6, 12))
    series = series_of([{"code": "a", "weight": 1, "indicators": [indicator]}], scoring={"function": "linear"})
    assert printed(scored(series, {"area": (5.81,)}), 2) == {"area": 58.73}


def test_the_improved_efficacy_coefficients_of_four_companies():
    # 改进功效系数法, a course example: satisfactory and impermissible are the best and worst of the four, the total is
    # the geometric mean. Printed: 91.835, 68.173, 73.847, 82.185 and places 1, 4, 3, 2. The source cuts its
    # intermediate figures, so that its last decimal does not follow from the inputs.
    companies = {
        "jia": (5733, 60.5, 91.5, 16.7),
        "yi": (3575, 52.2, 93.2, 7.3),
        "bing": (3929, 71.2, 84.9, 10.7),
        "ding": (4404, 69.7, 88.0, 12.8),
    }
    names = ("labour_productivity", "product_of_assets", "sales_of_output", "profit_of_sales")
    series = series_of(
        [{"code": "benefit", "weight": 1, "indicators": [part(name) for name in names]}],
        scoring={"function": "min_max", "bounds": "each_period", "low": 60, "high": 100},
        aggregation=[{"method": "geometric"}],
        rank={"decimals": 2},
    )
    found = scored(series, companies)
    assert printed(found, 1) == {"jia": 91.8, "yi": 68.2, "bing": 73.8, "ding": 82.2}
    printed_totals = {"jia": 91.835, "yi": 68.173, "bing": 73.847, "ding": 82.185}
    assert found.scores.set_index("area_code")["score"].to_dict() == pytest.approx(printed_totals, abs=1.5e-3)
    assert found.scores.set_index("area_code")["rank"].to_dict() == {"jia": 1, "yi": 4, "bing": 3, "ding": 2}


def test_min_max_over_the_sample_as_coinr_has_it():
    # COINr's n_minmax to 0 … 100 and n_zscore to (0, 1), n_prank, n_borda on 1:10-like vectors: the documented results.
    base = [1, 2, 4, 8, 16]
    codes = [{"code": "x", "weight": 1, "indicators": [part("x")]}]

    def by(**scoring: Any) -> list[float]:
        series = series_of(codes, scoring=scoring, rank={"decimals": None})
        return scored(series, {f"u{place}": (value,) for place, value in enumerate(base)}).scores["score"].tolist()

    assert by(function="min_max", bounds="each_period", high=100) == pytest.approx([0, 100 / 15, 20, 700 / 15, 100])
    assert by(function="percentile_rank") == pytest.approx([0, 25, 50, 75, 100])
    assert by(function="rank") == [1, 2, 3, 4, 5]
    # Mean 6.2, standard deviation √37.2.
    assert by(function="z_score") == pytest.approx([(value - 6.2) / math.sqrt(37.2) for value in base])


def test_the_five_grade_standards_of_enterprise_performance_rating():
    # 中央企业综合绩效评价实施细则 (2006): grade coefficients 1.0, 0.8, 0.6, 0.4, 0.2 at the standards excellent, good,
    # mean, lower and worse; basic score of the grade reached plus its share of the step to the next. With standards 12,
    # 9, 6, 2 and −3 of a return on equity, weight 20, a return of 7.5 earns 20·0.6 + ½·(20·0.8 − 20·0.6) = 14.
    standards = zip((-3, 2, 6, 9, 12), (0.2, 0.4, 0.6, 0.8, 1.0), strict=True)
    tiers = [{"value": value, "score": grade} for value, grade in standards]
    series = series_of(
        [{"code": "profit", "weight": 1, "indicators": [part("return_on_equity", 20, tiers=tiers)]}],
        scoring={"function": "tiered", "beyond": 0},
        aggregation=[{}, {"weights": "as_they_stand"}],
        rank={"decimals": 2},
    )
    values = {"half": (7.5,), "excellent": (15,), "worse": (-3,), "beyond": (-4,)}
    assert printed(scored(series, values), 4) == {"half": 14, "excellent": 20, "worse": 4, "beyond": 0}
