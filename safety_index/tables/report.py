"""Writing the results of any long table: CSV files in plain words, and a report of what was done.

Belongs here: the files of ``index score``. Does not belong here: the tables of the pipeline (``results``).
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from safety_index.method.outliers import fit_treatments
from safety_index.series.declaration import Series
from safety_index.tables.cube import cubes
from safety_index.tables.results import SERIES_FILE, IndexTables

_PLAIN = {
    "quarter": "period",
    "area_level_code": "level",
    "area_code": "area",
    "parent_code": "parent",
    "dimension_code": "dimension",
    "indicator_code": "indicator",
    "status_code": "status",
    "band_code": "band",
}
_LEFT_OUT = ["window_quarter_count"]


def write_results(tables: IndexTables, values: pd.DataFrame, folder: Path) -> list[Path]:
    """Write ``scores``, ``dimension_scores``, ``indicator_scores`` and ``changes`` as CSV, ``series.json`` and
    ``report.md`` into ``folder``; what is there under these names is replaced. ``values`` is what was scored."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in tables.by_name().items():
        plain = in_plain_words(frame.drop(columns=_LEFT_OUT, errors="ignore"))
        plain = plain.dropna(axis=1, how="all") if name != "changes" else plain
        written.append(folder / f"{name}.csv")
        plain.to_csv(written[-1], index=False, lineterminator="\n")
    content = json.dumps(tables.series.model_dump(mode="json", exclude_none=True), ensure_ascii=False, indent=2)
    (folder / SERIES_FILE).write_text(content + "\n", encoding="utf-8")
    (folder / "report.md").write_text(report(tables, values), encoding="utf-8")
    return [*written, folder / SERIES_FILE, folder / "report.md"]


def in_plain_words(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with the column names that a table of values has."""
    return frame.rename(columns=_PLAIN)


def report(tables: IndexTables, values: pd.DataFrame) -> str:
    """What was scored, what stood in for missing values, what was clamped or treated, and the last period's ranks."""
    series, scores = tables.series, tables.scores
    periods = sorted(scores["quarter"].unique())
    outside = [period for period in periods if not _is_valid(series, period)]
    lines = [
        f"# {series.title.zh} {series.title.en}" if series.title.zh != series.title.en else f"# {series.title.en}",
        "",
        f"Series {series.code}, version {series.version}; periods {periods[0]} to {periods[-1]}.",
    ]
    if outside:
        lines.append(f"Outside the series's dates, a back-series or an outlook: {', '.join(outside)}.")
    if series.geography:
        lines.append(f"Areas: {series.geography.code} as of {series.geography.as_of}.")
    by_level = scores.groupby("area_level_code", sort=False)
    lines += ["", "| level | areas | with a score | ranked |", "|---|---|---|---|"]
    for level, part in by_level:
        last = part[part["quarter"] == periods[-1]]
        lines.append(f"| {level} | {len(last)} | {last['score'].notna().sum()} | {last['rank'].notna().sum()} |")
    lines += ["", "## Values", "", *_table(_counts(tables))]
    treated = treatments(series, values)
    lines += ["", "## Outliers", "", *(treated or ["None was treated."])]
    for level, part in by_level:
        last = part[(part["quarter"] == periods[-1]) & part["rank"].notna()].sort_values(["rank", "area_code"])
        if len(last):
            lines += ["", f"## Ranks of {level}, {periods[-1]}", "", "| rank | area | score |", "|---|---|---|"]
            decimals = 4 if series.rank.decimals is None else series.rank.decimals
            lines += [f"| {row.rank:g} | {row.area_code} | {row.score:.{decimals}f} |" for row in last.itertuples()]
    return "\n".join(lines) + "\n"


def _is_valid(series: Series, period: str) -> bool:
    length = min(len(period), len(series.valid_from))
    starts = period[:length] >= series.valid_from[:length]
    return starts and (series.valid_to is None or period[: len(series.valid_to)] <= series.valid_to)


def _counts(tables: IndexTables) -> pd.DataFrame:
    """By indicator how many values have each status, and how many scores are held by floor or cap."""
    rows = tables.indicator_scores
    counts = pd.crosstab(rows["indicator_code"], rows["status_code"])
    counts["clamped"] = rows.groupby("indicator_code")["is_clamped"].sum()
    return counts.reindex(list(tables.series.indicator_codes)).reset_index(names="indicator")


def treatments(series: Series, values: pd.DataFrame) -> list[str]:
    """One line for every indicator, level and sample of which outliers were treated."""
    if series.outliers is None:
        return []
    lines = []
    for cube in cubes(series, values):
        fitted = fit_treatments(cube.filled(series.missing).value, series.outliers)
        for sample in range(len(fitted.points)):
            when = cube.quarters[sample] if len(fitted.points) > 1 else "all periods"
            for place, code in enumerate(series.indicator_codes):
                what = ""
                if fitted.points[sample, place]:
                    ends = f"{fitted.lower[sample, place]:g} to {fitted.upper[sample, place]:g}"
                    what = f"{fitted.points[sample, place]} points drawn in, kept in {ends}"
                if fitted.log_side[sample, place]:
                    what = "logarithm taken"
                lines += [f"- {code}, {cube.level_code}, {when}: {what}"] if what else []
    return lines


def _table(frame: pd.DataFrame) -> list[str]:
    return [
        f"| {' | '.join(map(str, frame.columns))} |",
        f"|{'---|' * len(frame.columns)}",
        *(f"| {' | '.join(map(str, row))} |" for row in frame.itertuples(index=False)),
    ]
