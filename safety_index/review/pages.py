"""What a reviewer reads: the fitted goalposts, and a comparison, as text.

Belongs here: Markdown and YAML for people. Does not belong here: any figure's making.
"""

from __future__ import annotations

import pandas as pd
import yaml

from safety_index.review.comparison import SeriesComparison
from safety_index.review.goalposts import FittedGoalposts
from safety_index.series.declaration import Goalposts, Series
from safety_index.tables.report import in_plain_words

_MOVERS = 10
_REASONS = 3


def goalposts_page(series: Series, fitted: list[FittedGoalposts], periods: list[str], level_code: str) -> str:
    """The goalposts in force and those proposed, for a decision."""
    names = {indicator.code: indicator.name for indicator in series.indicators}
    lines = [
        f"# 目标值复核 Goalposts for review: {series.code}",
        "",
        f"Fitted on {level_code}, {', '.join(periods)}. A target set by policy or plan comes first; these are to be",
        "reviewed, signed and frozen. They take effect only as a series of their own.",
        "",
        "| indicator | values | in force: impermissible → satisfactory | proposed | worse | better | note |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in fitted:
        name = names[one.indicator_code]
        cells = [f"{one.indicator_code} {name.zh} {name.en}", one.value_count, _text(one.before), _text(one.after)]
        cells += [f"{one.beyond_worst:.0%}", f"{one.beyond_best:.0%}", one.note]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines) + "\n"


def _text(goalposts: Goalposts | None) -> str:
    if goalposts is None:
        return "–"
    bad, good = (
        "–".join(f"{end:g}" for end in ends) if isinstance(ends, tuple) else "" if ends is None else f"{ends:g}"
        for ends in (goalposts.impermissible, goalposts.satisfactory)
    )
    return f"{bad} → {good}"


def series_yaml(series: Series) -> str:
    """``series`` as a file that ``load_series`` reads."""
    content = series.model_dump(mode="json", exclude_none=True)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def comparison_page(before: Series, after: Series, comparison: SeriesComparison) -> str:
    """How far two series lie apart, and who moves most, and why."""
    lines = [f"# {before.code} → {after.code}", "", *_markdown(in_plain_words(comparison.summary))]
    last = comparison.areas["quarter"].max() if len(comparison.areas) else None
    ranked = comparison.areas[comparison.areas["quarter"].eq(last) & comparison.areas["places_gained"].notna()]
    for level, part in ranked.groupby("area_level_code", sort=False):
        order = part["places_gained"].abs().sort_values(ascending=False, kind="stable").index[:_MOVERS]
        lines += ["", f"## Who moves most: {level}, {last}", ""]
        for row in part.loc[order].itertuples():
            terms = comparison.terms[
                comparison.terms["quarter"].eq(last)
                & comparison.terms["area_level_code"].eq(level)
                & comparison.terms["area_code"].eq(row.area_code)
            ]
            lines.append(
                f"- {row.area_code}: rank {row.rank_before:g} → {row.rank_after:g}, score {row.score_before:.3f} → "
                f"{row.score_after:.3f}; {_reasons(terms)}"
            )
    return "\n".join(lines) + "\n"


def _reasons(terms: pd.DataFrame) -> str:
    moved = (terms["by_score"] + terms["by_weight"]).where(terms["by_score"].notna(), terms["points_difference"])
    order = moved.abs().sort_values(ascending=False, kind="stable").index[:_REASONS]
    return ", ".join(f"{terms.at[place, 'indicator_code']} {moved[place]:+.3f}" for place in order)


def _markdown(frame: pd.DataFrame) -> list[str]:
    def shown(value: object) -> str:
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    head = [f"| {' | '.join(frame.columns)} |", f"|{'---|' * len(frame.columns)}"]
    return head + [f"| {' | '.join(map(shown, row))} |" for row in frame.itertuples(index=False)]
