"""Drawings of evidence: ranks with intervals, what the ranks hang on, weights beside influence. Geometry only.

Belongs here: turning figures into shapes. Does not belong here: choosing the figures (``views``, ``evidence_views``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from publication.bulletin.charts import Scale
from publication.bulletin.svg import element, picture
from publication.figures import figure

_WIDTH, _ROW = 640.0, 22.0


@dataclass(frozen=True)
class Rung:
    """One area of a ladder: its name, rank and the ends of the rank's interval, and its tier."""

    label: str
    rank: int
    low: int
    high: int
    tier: int


def rank_ladder(title: str, rungs: Sequence[Rung]) -> Markup:
    """One row an area, best first: a bar from the best to the worst rank of the interval, a dot at the rank. A line
    separates tiers."""
    count = max((rung.high for rung in rungs), default=1)
    label_width = 16.0 + 12.0 * max((len(rung.label) for rung in rungs), default=0)
    width = label_width + 340.0
    scale = Scale(1, max(count, 2), label_width + 18, width - 18)
    height = _ROW * (len(rungs) + 1) + 4
    shapes = []
    step = max(count // 10, 1)
    for rank in [*range(1, count + 1, step)]:
        shapes.append(element("line", x1=scale(rank), x2=scale(rank), y1=_ROW, y2=height - 4, class_="guide"))
        shapes.append(element("text", figure(rank), x=scale(rank), y=14, class_="tick middle"))
    for position, rung in enumerate(rungs, 1):
        y = position * _ROW + 2
        start, end = scale(rung.low), scale(rung.high)
        if position > 1 and rung.tier != rungs[position - 2].tier:
            shapes.append(element("line", x1=0, x2=width, y1=y, y2=y, class_="border"))
        shapes += [
            element("text", rung.label, x=label_width, y=y + 15, class_="label"),
            element("rect", x=start - 4, y=y + 6, width=end - start + 8, height=10, rx=5, class_="span"),
            element("circle", cx=scale(rung.rank), cy=y + 11, r=5, class_="now"),
        ]
    told = "；".join(f"{rung.label} {rung.rank}（{rung.low}–{rung.high}）" for rung in rungs)
    return picture(width, height, title, f"位次及90%区间 rank and 90 % interval: {told}", *shapes)


@dataclass(frozen=True)
class Bar:
    """One row of bars: its name, a figure from 0 to 1, and a second one to mark beside it, or None."""

    label: str
    share: float
    mark: float | None = None


def share_bars(title: str, description: str, bars: Sequence[Bar], label_width: float = 260.0) -> Markup:
    """Bars from 0 on one axis, with a tick where the second figure lies."""
    largest = max([0.01, *(bar.share for bar in bars), *(bar.mark or 0.0 for bar in bars)])
    scale = Scale(0, largest, label_width + 8, _WIDTH - 50)
    shapes = []
    for position, bar in enumerate(bars):
        y = position * _ROW
        end = scale(max(bar.share, 0.0))
        shapes += [
            element("text", bar.label, x=label_width, y=y + 15, class_="label"),
            element("rect", x=scale(0), y=y + 5, width=max(end - scale(0), 0.8), height=_ROW - 10, class_="fill"),
            element("text", figure(bar.share, 2), x=_WIDTH, y=y + 15, class_="tick end"),
        ]
        if bar.mark is not None:
            at = scale(bar.mark)
            shapes.append(element("line", x1=at, x2=at, y1=y + 2, y2=y + _ROW - 2, class_="mark"))
    told = "；".join(f"{bar.label} {figure(bar.share, 2)}" for bar in bars)
    return picture(_WIDTH, _ROW * max(len(bars), 1) + 4, title, f"{description} {told}", *shapes)
