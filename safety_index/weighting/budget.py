"""Budget allocation 百分权重法: each expert distributes the same points over the parts.

Belongs here: the weights, their spread and how far the experts agree. Does not belong here: reading their answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from safety_index.faults import FaultyInput
from safety_index.method.ranking import ranks
from safety_index.series.settings import RankRule

Floats = NDArray[np.float64]


class BudgetFaults(FaultyInput):
    """Everything that is wrong with the experts' points, at once."""


@dataclass(frozen=True)
class Allocation:
    """Weights that add up to 1, the quartiles of the experts' points (linear between points, as R's type 7), each of
    shape (parts,), and Kendall's W: 1 when all experts order the parts alike, 0 when there is no agreement."""

    weights: Floats
    lower_quartile: Floats
    median: Floats
    upper_quartile: Floats
    concordance: float


def budget_allocation(points: Floats, total: float = 100, centre: Literal["median", "mean"] = "median") -> Allocation:
    """Weights from ``points`` (experts, parts): their medians or means, divided by their sum.

    Raises BudgetFaults with every expert whose points are negative, not numbers or do not add up to ``total``.
    """
    points = np.asarray(points, dtype=float)
    told = [(expert, expert_fault(row, total)) for expert, row in enumerate(points, start=1)]
    faults = [f"expert {expert}: {fault}" for expert, fault in told if fault]
    if not points.size:
        faults.append("no expert has given points")
    if faults:
        raise BudgetFaults("the budget allocation", faults)
    lower, median, upper = np.quantile(points, (0.25, 0.5, 0.75), axis=0)
    middle = median if centre == "median" else points.mean(axis=0)
    if middle.sum() == 0:
        raise BudgetFaults("the budget allocation", ["all medians are 0: take the means"])
    return Allocation(middle / middle.sum(), lower, median, upper, concordance(points))


def expert_fault(points: Floats, total: float) -> str | None:
    """What is wrong with one expert's ``points`` (parts,), if anything is."""
    if not np.all(np.isfinite(points)) or np.any(points < 0):
        return "points are numbers of 0 or more"
    if abs(points.sum() - total) > 1e-6 * total:
        return f"the points add up to {points.sum():g}, not to {total:g}"
    return None


def concordance(points: Floats) -> float:
    """Kendall's W of ``points`` (experts, parts), corrected for ties; 1 where there is nothing to disagree about.

    W = 12·S ÷ (m²(n³ − n) − m·ΣT), with S the squared deviations of the rank sums and T = Σ(t³ − t) of an expert's
    ties.
    """
    experts, parts = points.shape
    rank = ranks(points, RankRule(decimals=9, ties="mean"))
    sums = rank.sum(axis=0)
    squares = ((sums - sums.mean()) ** 2).sum()
    ties = sum(float((size**3 - size).sum()) for size in (np.unique(row, return_counts=True)[1] for row in rank))
    possible = experts**2 * (parts**3 - parts) - experts * ties
    return float(12 * squares / possible) if possible > 0 else 1.0
