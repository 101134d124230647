"""A series as a page for people to read.

Belongs here: the words and the layout of the page. Does not belong here: writing the file; explaining the method.
"""

from __future__ import annotations

from safety_index.series.declaration import Dimension, Indicator, Series
from safety_index.series.scoring_settings import Scoring

_POLARITIES = {
    "positive": "正向 positive",
    "negative": "负向 negative",
    "moderate": "适度 moderate",
}
_LEVELS = {"committee": "居委会 residents' committee", "sub_district": "街道镇 sub-district"}


def indicator_guide_markdown(series: Series) -> str:
    """The text of ``docs/indicators.md``: every indicator with its formula, quarter, goalposts, weight and sources."""
    lines = [
        f"# {series.title.zh} · {series.title.en}",
        "",
        f"Made from the series `{series.code}`, valid from {series.valid_from}; change it there, not here.",
        "",
        *_scoring_lines(series.scoring),
        "",
        "| 维度 dimension | 指标数 indicators | 权重 weight |",
        "|---|---|---|",
    ]
    for dimension in series.dimensions:
        name = f"{dimension.code} {dimension.name.zh} {dimension.name.en}"
        lines.append(f"| {name} | {len(dimension.indicators)} | {dimension.weight:g} |")
    lines.append(f"| | {len(series.indicators)} | {series.weight_total:g} |")
    for dimension in series.dimensions:
        lines += _dimension_lines(dimension)
    lines += ["", "## 等级 Bands", "", "| 等级 band | 分数 score |", "|---|---|"]
    lines += [f"| {band.name.zh} {band.name.en} | ≥ {band.minimum:g} |" for band in series.bands]
    return "\n".join(lines) + "\n"


def _scoring_lines(scale: Scoring) -> list[str]:
    base, top = f"{scale.base:g}", f"{scale.base + scale.span:g}"
    formula = f"d = {base} + {scale.span:g}·(x − x_s) ÷ (x_h − x_s)"
    return [
        f"Each value x becomes a score {formula}, kept between {scale.floor:g} and {scale.cap:g}: the impermissible "
        f"value x_s scores {base} and the satisfactory value x_h {top}. A moderate indicator scores {top} inside its "
        f"ideal interval and falls to {base} at the impermissible value on either side. The index is the weighted mean "
        "of the scores; an indicator that does not apply in an area leaves its weight to the others of its dimension.",
        "",
        f"每项指标值 x 按功效系数 {formula} 计分（不低于{scale.floor:g}、不高于{scale.cap:g}），"
        "再按权重加权平均；不适用的指标，其权重分摊给同一维度的其他指标。",
    ]


def _dimension_lines(dimension: Dimension) -> list[str]:
    lines = ["", f"## {dimension.code} {dimension.name.zh} {dimension.name.en}"]
    for indicator in dimension.indicators:
        lines += [
            "",
            f"### {indicator.code} {indicator.name.zh} {indicator.name.en}",
            "",
            f"- 公式 formula: {indicator.formula.zh}  ",
            f"  {indicator.formula.en}",
            f"- 归季 quarter: {indicator.quarter_rule.zh}  ",
            f"  {indicator.quarter_rule.en}",
            f"- 方向 direction: {_POLARITIES[indicator.polarity]}",
            f"- 单位 unit: {indicator.unit.zh} ({indicator.unit.en})",
            f"- 不允许值 impermissible: {_bad(indicator)}; 满意值 satisfactory: {_good(indicator)}",
            f"- 权重 weight: {indicator.weight:g}; 窗口 window: {indicator.window_quarter_count} 个季度 quarter(s)",
            f"- 公布层级 published for: {_LEVELS[indicator.published_level]}",
            f"- 来源 source: {', '.join(f'`{source}`' for source in indicator.sources)}",
        ]
    return lines


def _bad(indicator: Indicator) -> str:
    bad = indicator.goalposts.impermissible
    return f"< {bad[0]:g}, > {bad[1]:g}" if isinstance(bad, tuple) else f"{bad:g}"


def _good(indicator: Indicator) -> str:
    good = indicator.goalposts.satisfactory
    return f"{good[0]:g}–{good[1]:g}" if isinstance(good, tuple) else f"{good:g}"
