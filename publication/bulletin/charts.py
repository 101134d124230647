"""The bulletin's drawings: score dots, tiles in bands, waterfall, time series, bars. Geometry only.

Belongs here: turning figures into shapes. Does not belong here: choosing the figures (``views``) or colours and type
(``templates/style.css``, by class).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from publication.bulletin.svg import element, picture
from publication.figures import figure

TILES_PER_ROW = 12
_TILE = 28.0


@dataclass(frozen=True)
class Scale:
    """A linear scale from figures to user units."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low or 1.0
        return self.start + (value - self.low) / span * (self.end - self.start)


def score_range(scores: Sequence[float | None], step: int = 5) -> tuple[float, float]:
    """Whole steps around all scores, so that the rows of a table share one axis."""
    known = [score for score in scores if score is not None] or [0.0, 100.0]
    return min(known) // step * step, -(-max(known) // step) * step or step


def score_dot(
    name: str,
    score: float | None,
    previous: float | None,
    axis: tuple[float, float],
    interval: tuple[float | None, float | None] = (None, None),
) -> Markup:
    """One row: a filled dot for the score on the bar of its interval, a ring for the quarter before."""
    width, height = 190.0, 20.0
    scale = Scale(*axis, 8, width - 8)
    shapes = [element("line", x1=8, x2=width - 8, y1=10, y2=10, class_="axis")]
    for tick in range(int(axis[0]), int(axis[1]) + 1, 5):
        shapes.append(element("line", x1=scale(tick), x2=scale(tick), y1=7, y2=13, class_="axis"))
    low, high = interval
    if low is not None and high is not None:
        start, end = (min(max(scale(edge), 2), width - 2) for edge in (low, high))
        shapes.append(element("rect", x=start, y=6, width=end - start, height=8, rx=4, class_="span"))
    if score is not None and previous is not None:
        shapes.append(element("circle", cx=scale(previous), cy=10, r=4, class_="before"))
    if score is not None:
        shapes.append(element("circle", cx=scale(score), cy=10, r=5, class_="now"))
    description = (
        f"得分{figure(score, 1)}（区间{figure(low, 1)}至{figure(high, 1)}），上季度{figure(previous, 1)}；"
        f"刻度{figure(axis[0])}至{figure(axis[1])}。 "
        f"Score {figure(score, 1)} (interval {figure(low, 1)} to {figure(high, 1)}), quarter before "
        f"{figure(previous, 1)}; axis {figure(axis[0])} to {figure(axis[1])}."
    )
    return picture(width, height, name, description, *shapes)


@dataclass(frozen=True)
class Tile:
    """One area of a tile grid; ``letter`` and ``place`` (from 0, the best) are of its band, None without a score."""

    text: str
    link: str
    letter: str
    place: int | None


def tile_grid(title: str, description: str, tiles: Sequence[Tile]) -> Markup:
    """Tiles in rows of twelve: colour and letter both say the band, a title says the rest."""
    row_count = max(-(-len(tiles) // TILES_PER_ROW), 1)
    shapes = []
    for position, tile in enumerate(tiles):
        x, y = position % TILES_PER_ROW * _TILE, position // TILES_PER_ROW * _TILE
        band = "none" if tile.place is None else str(tile.place)
        shapes.append(
            element(
                "a",
                element("title", tile.text),
                element("rect", x=x + 1, y=y + 1, width=_TILE - 2, height=_TILE - 2, rx=2, class_=f"band-{band}"),
                element("text", tile.letter, x=x + _TILE / 2, y=y + _TILE / 2 + 4.5, class_=f"letter on-band-{band}"),
                href=tile.link,
                aria_label=tile.text,
            )
        )
    # links inside must stay reachable, which role="img" would forbid
    drawing = picture(TILES_PER_ROW * _TILE, row_count * _TILE, title, description, *shapes, class_="chart tiles")
    return Markup(drawing.replace('role="img"', 'role="group"', 1))


@dataclass(frozen=True)
class Step:
    """One step of a waterfall: its label and the points it adds."""

    label: str
    points: float


def waterfall(title: str, before: float, after: float, steps: Sequence[Step]) -> Markup:
    """From the score before to the score now, one bar for each step, labels left and figures right."""
    label_width, width, row = 236.0, 640.0, 21.0
    levels = [before]
    for step in steps:
        levels.append(levels[-1] + step.points)
    low, high = min([*levels, after]), max([*levels, after])
    margin = max((high - low) * 0.06, 0.2)
    scale = Scale(low - margin, high + margin, label_width + 8, width - 58)
    height = row * (len(steps) + 2) + 6
    shapes = [*_total_row("上季度得分 before", before, scale, 0, label_width, width)]
    for position, step in enumerate(steps, 1):
        y = position * row
        start, end = scale(levels[position - 1]), scale(levels[position])
        kind = "rise" if step.points > 0 else "fall" if step.points < 0 else "still"
        shapes += [
            element("text", step.label, x=label_width, y=y + 15, class_="label"),
            element("line", x1=start, x2=start, y1=y - 3, y2=y + 4, class_="axis"),
            element("rect", x=min(start, end), y=y + 4, width=max(abs(end - start), 0.8), height=row - 8, class_=kind),
            element("text", figure(step.points, 2, signed=True), x=width, y=y + 15, class_="value"),
        ]
    shapes += _total_row("本季度得分 now", after, scale, (len(steps) + 1) * row, label_width, width)
    described = "；".join(f"{step.label} {figure(step.points, 2, signed=True)}" for step in steps)
    description = (
        f"由{figure(before, 1)}分到{figure(after, 1)}分，逐项贡献：{described}。 "
        f"From {figure(before, 1)} to {figure(after, 1)} points, one bar an indicator; the figures stand in the table."
    )
    return picture(width, height, title, description, *shapes)


def _total_row(label: str, score: float, scale: Scale, y: float, label_width: float, width: float) -> list[Markup]:
    return [
        element("text", label, x=label_width, y=y + 15, class_="label total"),
        element("circle", cx=scale(score), cy=y + 10.5, r=5, class_="now"),
        element("text", figure(score, 1), x=width, y=y + 15, class_="value total"),
    ]


def time_series(title: str, quarters: Sequence[str], scores: Sequence[float | None]) -> Markup:
    """A small line of scores over the quarters, first and last labelled; gaps stay gaps."""
    width, height = 360.0, 96.0
    low, high = score_range(scores)
    across = Scale(0, max(len(quarters) - 1, 1), 16, width - 44)
    up = Scale(low, high, height - 22, 10)
    known = [(across(position), up(score), score) for position, score in enumerate(scores) if score is not None]
    shapes = [element("line", x1=16, x2=width - 44, y1=up(level), y2=up(level), class_="axis") for level in (low, high)]
    shapes += [element("text", figure(level), x=width - 38, y=up(level) + 4, class_="tick") for level in (low, high)]
    runs: list[list[tuple[float, float]]] = [[]]
    for position, score in enumerate(scores):
        if score is None:
            runs.append([])
        else:
            runs[-1].append((across(position), up(score)))
    for run in runs:
        if len(run) > 1:
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
            shapes.append(element("polyline", points=points, class_="line"))
    shapes += [element("circle", cx=x, cy=y, r=2.5, class_="point") for x, y, _ in known[:-1]]
    if known:
        x, y, score = known[-1]
        shapes.append(element("circle", cx=x, cy=y, r=4.5, class_="now"))
    if quarters:
        shapes.append(element("text", quarters[0], x=16, y=height - 4, class_="tick"))
        shapes.append(element("text", quarters[-1], x=width - 44, y=height - 4, class_="tick end"))
    told = "，".join(f"{quarter} {figure(score, 1)}" for quarter, score in zip(quarters, scores, strict=True))
    return picture(width, height, title, f"各季度得分 scores by quarter: {told}", *shapes)


def change_bar(title: str, change: float | None, largest: float, is_judged: bool = True) -> Markup:
    """A bar left or right of a middle line; ``largest`` is the change that fills half of the width. Its colour says
    better or worse only where ``is_judged``: fewer calls are no worse."""
    width, height, middle = 120.0, 14.0, 60.0
    shapes = [element("line", x1=middle, x2=middle, y1=0, y2=height, class_="axis")]
    if change:
        size = min(abs(change) / (largest or 1.0), 1.0) * (middle - 2)
        x = middle if change > 0 else middle - size
        kind = "fill" if not is_judged else "rise" if change > 0 else "fall"
        shapes.append(element("rect", x=x, y=3, width=size, height=8, class_=kind))
    return picture(width, height, title, title, *shapes)


def dimension_bar(title: str, score: float | None, axis: tuple[float, float]) -> Markup:
    """A thin bar from the left end of the axis to the score."""
    width, height = 120.0, 8.0
    scale = Scale(*axis, 0, width)
    shapes = [element("rect", x=0, y=0, width=width, height=height, class_="track")]
    if score is not None:
        shapes.append(element("rect", x=0, y=0, width=max(scale(score), 0), height=height, class_="fill"))
    return picture(width, height, title, f"{title} {figure(score, 1)}", *shapes)
