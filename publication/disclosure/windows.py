"""Rolling windows against differencing: does a run of published window sums give away one quarter's count?

Belongs here: the bounds that published sums of overlapping quarters put on each quarter, and the cells whose hiding
loosens them. Does not belong here: what must be hidden beside those (``totals``, ``scores``).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from publication.disclosure.cells import Cell, Hidden
from publication.disclosure.figures import Figures
from publication.disclosure.quarter import QuarterCells

_TOLERANCE = 1e-6


def quarter_bounds(sums: np.ndarray, lengths: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The tightest bounds on each quarter's count that follow from the shown window sums.

    sums, lengths, shown: areas × quarters; ``sums[a, q]`` is the count over the ``lengths[a, q]`` quarters up to q.
    Returns lower and upper bounds, areas × (lead + quarters); lead, the longest window less one, stands for the
    quarters before the first that a window may reach.

    With running totals as unknowns every window sum is a difference of two of them, and so is "no count is
    negative". Bounds under such constraints are shortest paths, found here by Floyd and Warshall's algorithm.
    """
    area_count, quarter_count = sums.shape
    lead = int(lengths.max(initial=1)) - 1
    point_count = lead + quarter_count + 1
    # at_most[a, i, j]: how far the running total may rise from point i to point j
    at_most = np.full((area_count, point_count, point_count), np.inf)
    for point in range(point_count):
        at_most[:, point:, point] = 0.0
    for quarter in range(quarter_count):
        rows = np.flatnonzero(shown[:, quarter])
        end = lead + quarter + 1
        start = end - lengths[rows, quarter].astype(int)
        at_most[rows, start, end] = np.minimum(at_most[rows, start, end], sums[rows, quarter])
        at_most[rows, end, start] = np.minimum(at_most[rows, end, start], -sums[rows, quarter])
    for through in range(point_count):
        np.minimum(at_most, at_most[:, :, through, None] + at_most[:, None, through, :], out=at_most)
    points = np.arange(point_count - 1)
    return -at_most[:, points + 1, points], at_most[:, points, points + 1]


def gives_away_a_small_count(sums: np.ndarray, lengths: np.ndarray, shown: np.ndarray, threshold: float) -> np.ndarray:
    """True for each area in which some quarter's count is pinned to a value from 1 up to ``threshold``, excluded."""
    lower, upper = quarter_bounds(sums, lengths, shown)
    pinned = np.isfinite(upper) & (np.ceil(lower - _TOLERANCE) == np.floor(upper + _TOLERANCE))
    small = (upper > 1 - _TOLERANCE) & (upper < threshold - _TOLERANCE)
    return (pinned & small).any(axis=1)


def window_cells(
    quarter: str, figures: Mapping[str, Figures], hidden: Mapping[str, Hidden], cells: QuarterCells
) -> list[Cell]:
    """Cells of rolling windows that, published after the earlier quarters, would give away a single small quarter.

    hidden: what the quarters before this one hide, in their order.
    """
    quarters = [*hidden, quarter]
    found: list[Cell] = []
    windowed = {row["indicator_code"] for row in cells.rows.values() if (row["window_quarter_count"] or 1) > 1}
    shown_now: dict[str, list[Cell]] = {indicator: [] for indicator in sorted(windowed)}
    for cell in cells.rows:  # what is hidden already gives nothing away
        if cell[1] in windowed and cell in cells.own and cell not in cells.hidden.cells:
            shown_now[cell[1]].append(cell)
    for indicator, own in shown_now.items():
        sums, lengths = np.zeros((2, len(own), len(quarters)))
        lengths += 1
        shown = np.zeros(sums.shape, dtype=bool)
        for column, when in enumerate(quarters):
            unseen = cells.hidden.cells if when == quarter else hidden[when].cells
            counts = figures[when].counts
            for line, cell in enumerate(own):
                if cell in counts:
                    sums[line, column], lengths[line, column] = counts[cell]
                    shown[line, column] = cell not in unseen
        given_away = gives_away_a_small_count(sums, lengths, shown, cells.threshold(indicator))
        found += [cell for cell, is_bare in zip(own, given_away, strict=True) if is_bare]
    return found
