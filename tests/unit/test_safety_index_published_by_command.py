"""Published indices and textbook examples come out of the command line as printed; inputs are typed in from sources."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from orchestration import exits
from orchestration.cli import pingan


def ask(*arguments: object) -> str:
    answer = CliRunner().invoke(pingan, ["index", *map(str, arguments)])
    assert answer.exit_code == exits.DONE, answer.output
    return answer.output


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def scored(folder: Path, series: Mapping, values: Mapping[str, Mapping[str, float]]) -> tuple[dict, dict]:
    """Scores by area, and those of the groups by area and group, of ``values`` by area and indicator."""
    (folder / "series.yml").write_text(
        yaml.safe_dump({"code": "published", "title": "Published", "valid_from": "2000"} | dict(series))
    )
    lines = [f"2007,{area},{code},{value}" for area, row in values.items() for code, value in row.items()]
    (folder / "values.csv").write_text("\n".join(["period,area,indicator,value", *lines]) + "\n", encoding="utf-8")
    ask("score", "--series", folder / "series.yml", "--values", folder / "values.csv", "--out", folder / "out")
    groups = rows_of(folder / "out" / "dimension_scores.csv")
    return (
        {row["area"]: row for row in rows_of(folder / "out" / "scores.csv")},
        {(row["area"], row["dimension"]): float(row["score"]) for row in groups},
    )


def indicator(code: str, weight: float, bad: float, good: float, **more: object) -> dict:
    posts = {"impermissible": bad, "satisfactory": good}
    return {"code": code, "weight": weight, "polarity": "positive", "goalposts": posts} | more


def test_the_human_development_index_of_2007_before_it_was_a_geometric_mean(tmp_path):
    # Human Development Report 2009, table H and technical note 1: the mean of a life expectancy index (goalposts 25 and
    # 85 years), an education index (two thirds adult literacy, a third gross enrolment, both 0 to 100 %) and the
    # logarithm of GDP per head (100 and 40,000 PPP dollars). Not above the goalposts; literacy of 99.0 % where none is
    # reported. Life expectancy, literacy, enrolment, GDP; printed: the three indices and the index. Of the countries at
    # the top of the table those are left out whose printed inputs were rounded so that the index is a thousandth off
    # (Ireland, Spain).
    countries = {
        "Norway": (80.5, 99.0, 98.6, 53433, 0.925, 0.989, 1.000, 0.971),
        "Australia": (81.4, 99.0, 114.2, 34923, 0.940, 0.993, 0.977, 0.970),
        "Canada": (80.6, 99.0, 99.3, 35812, 0.927, 0.991, 0.982, 0.966),
        "France": (81.0, 99.0, 95.4, 33674, 0.933, 0.978, 0.971, 0.961),
        "Japan": (82.7, 99.0, 86.6, 33632, 0.961, 0.949, 0.971, 0.960),
        "Italy": (81.1, 98.9, 91.8, 30353, 0.935, 0.965, 0.954, 0.951),
        "Greece": (79.1, 97.1, 101.6, 28517, 0.902, 0.981, 0.944, 0.942),
    }
    series = {
        "scoring": {"function": "min_max"},
        "rank": {"decimals": 3},
        "dimensions": [
            {"code": "life", "weight": 1, "indicators": [indicator("life_expectancy", 1, 25, 85)]},
            {
                "code": "education",
                "weight": 1,
                "indicators": [indicator("literacy", 2, 0, 100), indicator("enrolment", 1, 0, 100)],
            },
            {
                "code": "income",
                "weight": 1,
                "indicators": [indicator("gdp", 1, 100, 40000, transformation="natural_log")],
            },
        ],
    }
    names = ("life_expectancy", "literacy", "enrolment", "gdp")
    scores, groups = scored(
        tmp_path, series, {name: dict(zip(names, row[:4], strict=True)) for name, row in countries.items()}
    )
    for name, (*_, life, education, income, index) in countries.items():
        assert round(float(scores[name]["score"]), 3) == index, name
        assert round(groups[name, "education"], 3) == education
        assert round(groups[name, "income"], 3) == income
        assert groups[name, "life"] == pytest.approx(life, abs=0.001)  # the printed years are rounded
    assert [name for name in sorted(scores, key=lambda name: int(scores[name]["rank"]))] == list(countries)


def test_the_upper_levels_of_the_example_index_of_coinr(tmp_path):
    # COINr's index of sustainable connectivity (Asia-Europe Meeting), vignette "Presenting Results": eight pillars, two
    # sub-indices and the index, means with equal weights at every level. The printed pillars have two decimals.
    pillars = ("Physical", "ConEcFin", "Political", "Instit", "P2P", "Environ", "Social", "SusEcFin")
    countries = {
        "CHE": ((63.41, 32.87, 74.78, 85.94, 56.93, 77.21, 87.85, 56.88), 62.79, 73.98, 68.38),
        "NLD": ((64.87, 46.62, 84.55, 71.74, 41.92, 58.73, 86.58, 57.78), 61.94, 67.70, 64.82),
        "DNK": ((50.52, 30.43, 78.13, 75.35, 51.04, 69.83, 86.40, 61.29), 57.10, 72.51, 64.80),
        "NOR": ((58.18, 25.70, 80.03, 89.46, 33.80, 70.90, 87.00, 56.59), 57.44, 71.50, 64.47),
    }
    parts = [indicator(code, 1, 0, 100) for code in pillars]
    series = {
        "scoring": {"function": "min_max", "high": 100},
        "rank": {"decimals": 2},
        "dimensions": [
            {"code": "Conn", "weight": 1, "indicators": parts[:5]},
            {"code": "Sust", "weight": 1, "indicators": parts[5:]},
        ],
    }
    scores, groups = scored(
        tmp_path, series, {name: dict(zip(pillars, row[0], strict=True)) for name, row in countries.items()}
    )
    for name, (_, connectivity, sustainability, index) in countries.items():
        found = (groups[name, "Conn"], groups[name, "Sust"], float(scores[name]["score"]))
        assert found == pytest.approx((connectivity, sustainability, index), abs=0.01), name
    assert [scores[name]["rank"] for name in countries] == ["1", "2", "3", "4"]


def weights(path: Path, names: tuple[str, ...], upper: tuple[str, ...]) -> dict[str, float]:
    """AHP weights of ``names`` from the comparisons above the diagonal, row by row."""
    entries, lines = iter(upper), [",".join(["", *names])]
    for row, name in enumerate(names):
        lines.append(",".join([name, *[""] * row, "1", *(next(entries) for _ in names[row + 1 :])]))
    path.write_text("\n".join(lines), encoding="utf-8")
    ask("weights", "ahp", path, "--out", path.with_suffix(".out"))
    return {row["indicator"]: float(row["weight"]) for row in rows_of(path.with_suffix(".out"))}


def test_the_choice_of_a_leader_by_the_analytic_hierarchy_process(tmp_path):
    # The worked example of the encyclopaedia's article "Analytic hierarchy process – leader example": four criteria
    # compared in pairs, three candidates compared in pairs under each; printed priorities with three digits.
    criteria = weights(
        tmp_path / "criteria.csv", ("experience", "education", "charisma", "age"), ("4", "3", "7", "1/3", "3", "5")
    )
    # experience is 0.5476, printed as 0.547 so that the four add up to 1
    assert criteria["experience"] == pytest.approx(0.547, abs=0.001)
    assert {name: round(criteria[name], 3) for name in ("education", "charisma", "age")} == {
        "education": 0.127, "charisma": 0.270, "age": 0.056,
    }  # fmt: skip
    names = ("Tom", "Dick", "Harry")
    compared = {
        "experience": (("1/4", "4", "9"), (0.217, 0.717, 0.066)),
        "education": (("3", "1/5", "1/7"), (0.188, 0.081, 0.731)),
        "charisma": (("5", "9", "4"), (0.743, 0.194, 0.063)),
        "age": (("1/3", "5", "9"), (0.265, 0.672, 0.063)),
    }
    found = {}
    for criterion, (upper, printed) in compared.items():
        found[criterion] = weights(tmp_path / f"{criterion}.csv", names, upper)
        assert tuple(round(found[criterion][name], 3) for name in names) == printed
    parts = [indicator(name, weight, 0, 1) for name, weight in criteria.items()]
    series = {
        "scoring": {"function": "min_max"},
        "rank": {"decimals": 3},
        "dimensions": [{"code": "leader", "weight": 1, "indicators": parts}],
    }
    values = {name: {criterion: found[criterion][name] for criterion in criteria} for name in names}
    scores, _ = scored(tmp_path, series, values)
    assert {name: round(float(row["score"]), 3) for name, row in scores.items()} == {
        "Tom": 0.358, "Dick": 0.493, "Harry": 0.149,
    }  # fmt: skip
    assert scores["Dick"]["rank"] == "1"
