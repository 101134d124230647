"""Analytic hierarchy process 层次分析法: weights from a matrix of pairwise comparisons.

Belongs here: the principal eigenvector and its consistency. Does not belong here: reading the matrix (``files``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from safety_index.faults import FaultyInput

Floats = NDArray[np.float64]
#: Mean consistency index of random matrices of 1 to 15 parts (Saaty 1980, as in Chinese textbooks).
RANDOM_INDEX = (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.54, 1.56, 1.58, 1.59)
#: Comparisons are refused above this consistency ratio.
ACCEPTABLE = 0.1
#: How far a_ij·a_ji may lie from 1: fractions are often typed with two or three digits.
_RECIPROCAL_TOLERANCE = 0.02


class ComparisonFaults(FaultyInput):
    """Everything that is wrong with a matrix of comparisons, at once."""


@dataclass(frozen=True)
class Comparison:
    """Weights that add up to 1, and how consistent the comparisons are.

    λmax is the principal eigenvalue, CI = (λmax − n) ÷ (n − 1), CR = CI ÷ RI; CR is 0 for two parts or fewer.
    """

    weights: Floats
    principal_eigenvalue: float
    consistency_index: float
    consistency_ratio: float


def analytic_hierarchy(
    matrix: Floats,
    *,
    method: Literal["eigenvector", "column_mean", "row_geometric_mean"] = "eigenvector",
    allow_inconsistent: bool = False,
    random_index: float | None = None,
) -> Comparison:
    """Weights of ``matrix`` (parts, parts), in which a_ij says how many times i outweighs j.

    ``eigenvector`` is Saaty's method; the means of the normalised columns (和法) and the geometric means of the rows
    (方根法) are the approximations by hand of many textbooks, with λmax as the mean of (A·w)_i ÷ w_i. ``random_index``
    replaces Saaty's. Raises ComparisonFaults when the matrix is not positive and reciprocal, when it is too large
    for the table of random indices, or its consistency ratio is above 0.1 and ``allow_inconsistent`` is not set.
    """
    matrix = np.asarray(matrix, dtype=float)
    faults = matrix_faults(matrix) + ([] if random_index is not None else size_faults(len(matrix)))
    if faults:
        raise ComparisonFaults("the comparisons", faults)
    count = len(matrix)
    weights, eigenvalue = _principal(matrix, method)
    consistency = max(0.0, (eigenvalue - count) / (count - 1)) if count > 1 else 0.0
    random = RANDOM_INDEX[count - 1] if random_index is None else random_index
    ratio = consistency / random if random > 0 else 0.0
    if ratio > ACCEPTABLE and not allow_inconsistent:
        worst = _worst(matrix, weights)
        fault = f"consistency ratio {ratio:.3f} is above {ACCEPTABLE}: {worst} contradicts the others most"
        raise ComparisonFaults("the comparisons", [fault])
    return Comparison(weights, eigenvalue, consistency, ratio)


def _principal(matrix: Floats, method: str) -> tuple[Floats, float]:
    """Weights that add up to 1, and λmax."""
    if method == "eigenvector":
        values, vectors = np.linalg.eig(matrix)
        place = int(np.argmax(values.real))
        vector = np.abs(vectors[:, place].real)
        return vector / vector.sum(), float(values[place].real)
    by_columns, by_rows = (matrix / matrix.sum(axis=0)).mean(axis=1), np.exp(np.log(matrix).mean(axis=1))
    vector = by_columns if method == "column_mean" else by_rows
    weights = vector / vector.sum()
    return weights, float(np.mean(matrix @ weights / weights))


def matrix_faults(matrix: Floats) -> list[str]:
    """Every way in which ``matrix`` is not a positive reciprocal matrix; rows and columns are counted from 1."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        return [f"comparisons are a square matrix, not of shape {matrix.shape}"]
    faults = []
    for row in range(len(matrix)):
        for column in range(row, len(matrix)):
            fault = pair_fault(matrix[row, column], matrix[column, row], is_diagonal=row == column)
            faults += [f"row {row + 1}, column {column + 1}: {fault}"] if fault else []
    return faults


def pair_fault(value: float, mirror: float, *, is_diagonal: bool) -> str | None:
    """What is wrong with a comparison and its mirror, if anything is."""
    if not (np.isfinite(value) and np.isfinite(mirror) and value > 0 and mirror > 0):
        return f"{value:g} and its mirror {mirror:g} are not both above 0"
    if is_diagonal:
        return None if value == 1 else f"{value:g} on the diagonal is not 1"
    if abs(value * mirror - 1) > _RECIPROCAL_TOLERANCE:
        return f"{value:g} is not the reciprocal of its mirror {mirror:g}"
    return None


def size_faults(count: int) -> list[str]:
    """What is wrong with comparing ``count`` parts, if anything is."""
    if count <= len(RANDOM_INDEX):
        return []
    return [f"no random index is known for {count} parts: split them into groups"]


def _worst(matrix: Floats, weights: Floats) -> str:
    error = np.triu(np.abs(np.log(matrix * weights / weights[:, None])))
    row, column = np.unravel_index(np.argmax(error), error.shape)
    fitting = weights[row] / weights[column]
    return f"row {row + 1}, column {column + 1} ({matrix[row, column]:g}, where {fitting:.2f} would fit)"
