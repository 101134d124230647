"""``pingan index``: scoring any table with any series, apart from the warehouse.

Belongs here: names and options. Does not belong here: doing it (``commands``).
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def index() -> None:
    """任意指数的计算 Score any table of indicators with any series; needs no warehouse."""


@index.command()
@click.option("--series", "series_path", type=FILE, required=True, help="指数方案 The series, a YAML file.")
@click.option("--values", "values_path", type=FILE, required=True, help="指标值 The values, a CSV file.")
@click.option("--out", type=FOLDER, required=True, help="结果文件夹 Folder for the results.")
def score(series_path: Path, values_path: Path, out: Path) -> None:
    """计算得分与排名 Score every period, level and area: index, groups, indicators, ranks, changes and a report.

    Values: period, area, indicator and value (or numerator, denominator); if need be level, parent, status.
    """
    from orchestration.commands.index_score import score as command

    sys.exit(command(series_path, values_path, out))


@index.command()
@click.option("--series", "series_path", type=FILE, required=True, help="指数方案 The series, a YAML file.")
@click.option("--values", "values_path", type=FILE, required=True, help="指标值 The values, with numerators.")
@click.option("--period", help="时期 The period; the last by default.")
@click.option("--draws", type=click.IntRange(200, 100_000), help="抽样次数 Draws; the series's own number by default.")
@click.option("--out", type=FOLDER, required=True, help="结果文件夹 Folder for the tables.")
def uncertainty(series_path: Path, values_path: Path, period: str | None, draws: int | None, out: Path) -> None:
    """得分的把握程度 Intervals of scores and ranks, verdicts on changes and their terms, places by raw counts."""
    from orchestration.commands.index_uncertainty import uncertainty as command

    sys.exit(command(series_path, values_path, period, draws, out))


@index.command()
@click.option("--series", "series_path", type=FILE, required=True, help="指数方案 The series, a YAML file.")
@click.option("--values", "values_path", type=FILE, required=True, help="指标值 The values, a CSV file.")
@click.option("--period", help="时期 The period; the last by default.")
@click.option("--out", type=FOLDER, required=True, help="结果文件夹 Folder for the tables.")
def sensitivity(series_path: Path, values_path: Path, period: str | None, out: Path) -> None:
    """方法敏感性 What ranks hang on: scenarios and Sobol indices; correlations, reliability and components."""
    from orchestration.commands.index_sensitivity import sensitivity as command

    sys.exit(command(series_path, values_path, period, out))


@index.command()
@click.option("--before", type=FILE, required=True, help="原方案 The series in force.")
@click.option("--after", type=FILE, required=True, help="新方案 The series to compare with it.")
@click.option("--values", "values_path", type=FILE, required=True, help="指标值 Values of both series' indicators.")
@click.option("--out", type=FOLDER, required=True, help="结果文件夹 Folder for the comparison.")
def compare(before: Path, after: Path, values_path: Path, out: Path) -> None:
    """比较两个方案 Compare two series on the same values: scores, ranks, who moves and why."""
    from orchestration.commands.index_compare import compare as command

    sys.exit(command(before, after, values_path, out))


@index.command()
@click.option("--series", "series_path", type=FILE, required=True, help="现行方案 The series in force.")
@click.option("--values", "values_path", type=FILE, required=True, help="指标值 The values, a CSV file.")
@click.option("--base", required=True, metavar="FIRST..LAST", help="基期 Base periods, such as 2015Q3..2017Q2.")
@click.option("--level", help="区域层级 Level whose areas are looked at; the lowest by default.")
@click.option("--code", required=True, help="新方案代码 Code of the proposed series.")
@click.option("--valid-from", required=True, help="启用时间 First period of the proposed series.")
@click.option("--out", type=FOLDER, required=True, help="结果文件夹 Folder for the proposal.")
def fit_goalposts(
    series_path: Path, values_path: Path, base: str, level: str | None, code: str, valid_from: str, out: Path
) -> None:
    """拟定目标值 Fit goalposts on base periods and write them, with a series that has them, for review."""
    from orchestration.commands.index_fit_goalposts import fit_goalposts as command

    sys.exit(command(series_path, values_path, base, level, code, valid_from, out))


@index.group()
def weights() -> None:
    """权重 Weights by AHP, budget allocation, entropy, CRITIC, or equal; to be written into a series and kept."""


OUT = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="结果文件 File; else they are printed."
)
SERIES = click.option("--series", "series_path", type=FILE, required=True, help="指数方案 The series, a YAML file.")
VALUES = click.option("--values", "values_path", type=FILE, required=True, help="指标值 The values, a CSV file.")
PERIOD = click.option("--period", help="数据期 Take them on this period alone; else on all.")


@weights.command()
@click.argument("matrix", type=FILE)
@click.option(
    "--method",
    type=click.Choice(["eigenvector", "column_mean", "row_geometric_mean"]),
    default="eigenvector",
    show_default=True,
    help="算法：特征根法、和法、方根法 Saaty's eigenvector, or an approximation by hand.",
)
@click.option("--allow-inconsistent", is_flag=True, help="允许一致性比例超过0.1 Accept a consistency ratio above 0.1.")
@OUT
def ahp(matrix: Path, method: str, allow_inconsistent: bool, out: Path | None) -> None:
    """层次分析法 Weights from a matrix of pairwise comparisons, with λmax, CI and CR.

    MATRIX is a CSV file: codes in the first row and column, entries such as 3 or 1/3.
    """
    from orchestration.commands.index_weights import ahp as command

    sys.exit(command(matrix, method, allow_inconsistent, out))


@weights.command()
@click.argument("points", type=FILE)
@click.option("--total", default=100.0, show_default=True, help="总分 Points that each expert distributes.")
@click.option("--centre", type=click.Choice(["median", "mean"]), default="median", show_default=True)
@OUT
def budget(points: Path, total: float, centre: str, out: Path | None) -> None:
    """百分权重法 Weights from experts' points, with quartiles and Kendall's W.

    POINTS is a CSV file: codes in the first row, a row for each expert.
    """
    from orchestration.commands.index_weights import budget as command

    sys.exit(command(points, total, centre, out))


@weights.command()
@SERIES
@VALUES
@PERIOD
@OUT
def entropy(series_path: Path, values_path: Path, period: str | None, out: Path | None) -> None:
    """熵值法 Entropy weights of the lowest level's values."""
    from orchestration.commands.index_weights import from_data as command

    sys.exit(command("entropy", series_path, values_path, period, out))


@weights.command()
@SERIES
@VALUES
@PERIOD
@OUT
def critic(series_path: Path, values_path: Path, period: str | None, out: Path | None) -> None:
    """CRITIC法 CRITIC weights of the lowest level's values."""
    from orchestration.commands.index_weights import from_data as command

    sys.exit(command("critic", series_path, values_path, period, out))


@weights.command()
@SERIES
@OUT
def equal(series_path: Path, out: Path | None) -> None:
    """等权 The same weight for every indicator."""
    from orchestration.commands.index_weights import equal as command

    sys.exit(command(series_path, out))
