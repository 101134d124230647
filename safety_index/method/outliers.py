"""Outlier treatment by the shape of the distribution: winsorise, then log.

Belongs here: fitting a treatment on values and applying it. Does not belong here: floor and cap of a score.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from safety_index.series.settings import Outliers

Floats = NDArray[np.float64]
#: Share of the range that is added before a logarithm, so that the smallest value has one (COINr's ``log_CT``).
_OFFSET = 0.01


@dataclass(frozen=True)
class Treatments:
    """What was done to each indicator, arrays of shape (samples, indicators); one sample, or one for each period.

    Values are kept between ``lower`` and ``upper``. ``log_side`` is 1 where the result is ln(x − log_from), −1 where
    it is −ln(log_from − x), else 0. ``points`` counts the values that were drawn in.
    """

    lower: Floats
    upper: Floats
    log_side: NDArray[np.int64]
    log_from: Floats
    points: NDArray[np.int64]

    def apply(self, values: Floats) -> Floats:
        """``values`` (..., [periods,] areas, indicators) treated; NaN stays NaN."""
        lower, upper, side, start = (
            part[:, None, :] for part in (self.lower, self.upper, self.log_side, self.log_from)
        )
        if values.ndim < 3:
            lower, upper, side, start = lower[-1], upper[-1], side[-1], start[-1]
        drawn_in = np.clip(values, lower, upper)
        if not self.log_side.any():
            return drawn_in
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(side > 0, np.log(values - start), -np.log(start - values))
        return np.where(side == 0, drawn_in, logs)


def fit_treatments(values: Floats, rule: Outliers) -> Treatments:
    """Fit the treatment of each indicator on ``values`` ([periods,] areas, indicators), NaN where there is none."""
    cube = values if values.ndim == 3 else values[None]
    samples = [cube.reshape(1, -1, cube.shape[-1])] if rule.sample == "all_periods" else [cube]
    found = [[_fit(column[~np.isnan(column)], rule) for column in np.moveaxis(sample, -1, 0)] for sample in samples[0]]
    parts = (np.array([[treatment[number] for treatment in row] for row in found]) for number in range(5))
    return Treatments(*parts)


def _fit(values: Floats, rule: Outliers) -> tuple[float, float, int, float, int]:
    """(lower, upper, log side, log from, points drawn in) of one sample."""
    untouched = (-np.inf, np.inf, 0, 0.0, 0)
    if values.size < 4:
        return untouched
    ordered, low, high = np.sort(values), 0, values.size - 1
    drawn_in = ordered
    while not passes(drawn_in, rule):
        if low + values.size - 1 - high == rule.maximum_points or high - low <= 1:
            return _log(ordered) if rule.then == "log" else (*ordered[[low, high]], 0, 0.0, rule.maximum_points)
        low, high = (low, high - 1) if skewness(drawn_in) > 0 else (low + 1, high)
        drawn_in = np.clip(ordered, ordered[low], ordered[high])
    points = low + values.size - 1 - high
    return (float(ordered[low]), float(ordered[high]), 0, 0.0, points) if points else untouched


def _log(ordered: Floats) -> tuple[float, float, int, float, int]:
    offset = _OFFSET * (ordered[-1] - ordered[0])
    if skewness(ordered) > 0:
        return -np.inf, np.inf, 1, float(ordered[0] - offset), 0
    return -np.inf, np.inf, -1, float(ordered[-1] + offset), 0


def passes(values: Floats, rule: Outliers) -> bool:
    """Whether the shape is near enough to a bell: a small skewness or a small excess kurtosis."""
    return abs(skewness(values)) < rule.skewness or excess_kurtosis(values) < rule.kurtosis


def skewness(values: Floats) -> float:
    """Sample skewness G₁ = n ÷ ((n − 1)(n − 2)) · Σ((x − mean) ÷ s)³, as spreadsheets have it; 0 for a constant."""
    n, spread = values.size, values.std(ddof=1)
    if spread == 0:
        return 0.0
    return float(n / ((n - 1) * (n - 2)) * np.sum(((values - values.mean()) / spread) ** 3))


def excess_kurtosis(values: Floats) -> float:
    """Sample excess kurtosis G₂, as spreadsheets have it; 0 for a constant."""
    n, spread = values.size, values.std(ddof=1)
    if spread == 0:
        return 0.0
    fourth = np.sum(((values - values.mean()) / spread) ** 4)
    return float(n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * fourth - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3)))
