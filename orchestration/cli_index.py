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
