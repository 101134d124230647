"""Correlations, real influence, reliability and principal components of a set of indicators.

Belongs here: figures about the indicators as a set, over areas. Does not belong here: judging one area.

Source: OECD and JRC, Handbook on Constructing Composite Indicators (2008), step 4; Becker, Saisana, Paruolo and
Vandecasteele, Weights and importance in composite indicators, Ecological Indicators 80 (2017), for the influence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Two indicators that correlate more closely than this say nearly the same.
REDUNDANT = 0.9


class PrincipalComponents(NamedTuple):
    """Of the correlation matrix: ``explained`` share of variance of each component, largest first, and ``loadings``
    (parts, components), correlations of parts with components; each component's largest loading is positive."""

    explained: Floats
    loadings: Floats


def correlations(scores: Floats) -> Floats:
    """Pearson correlations of ``scores`` (areas, parts), over the areas that have both; NaN where a part doesn't vary
    or fewer than 3 areas have both."""
    present = ~np.isnan(scores)
    if present.all():
        return _pearson(scores)
    count = scores.shape[1]
    result = np.full((count, count), np.nan)
    for row in range(count):
        for column in range(row, count):
            both = present[:, row] & present[:, column]
            if both.sum() >= 3:
                result[row, column] = result[column, row] = _pearson(scores[both][:, [row, column]])[0, 1]
    return result


def _pearson(scores: Floats) -> Floats:
    centred = scores - scores.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    scale = np.maximum(np.abs(scores).max(axis=0), 1.0)
    length = np.where(length > 1e-10 * scale, length, np.nan)
    return (
        np.clip((centred / length).T @ (centred / length), -1, 1)
        if len(scores) >= 3
        else np.full([len(length)] * 2, np.nan)
    )


def influence(scores: Floats, index: Floats) -> Floats:
    """The squared correlation of each part with the index, (parts,): its main effect if the relation is linear. What
    weighs much and influences little hardly separates areas."""
    return correlations(np.column_stack([scores, index]))[:-1, -1] ** 2


def cronbach_alpha(scores: Floats) -> float:
    """Cronbach's alpha (Psychometrika 16, 1951): k/(k − 1)·(1 − Σ variances ÷ variance of the sum), over the areas
    that have all parts; NaN for fewer than two parts or three areas, or if the sum does not vary."""
    complete = scores[~np.isnan(scores).any(axis=1)]
    count = complete.shape[1]
    if count < 2 or len(complete) < 3:
        return float("nan")
    total = complete.sum(axis=1).var(ddof=1)
    return float(count / (count - 1) * (1 - complete.var(axis=0, ddof=1).sum() / total)) if total > 0 else float("nan")


def principal_components(scores: Floats) -> PrincipalComponents:
    """Components of the correlation matrix of the parts that vary; those that don't have loadings of 0."""
    matrix = np.nan_to_num(correlations(scores))
    values, vectors = np.linalg.eigh(matrix)
    order = np.argsort(-values)
    values, vectors = np.maximum(values[order], 0.0), vectors[:, order]
    sign = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(len(values))])
    total = values.sum()
    return PrincipalComponents(
        values / total if total > 0 else values, vectors * np.where(sign == 0, 1, sign) * np.sqrt(values)
    )


def redundant_pairs(matrix: Floats, limit: float = REDUNDANT) -> list[tuple[int, int]]:
    """Pairs of parts whose correlation exceeds ``limit`` in size, the closest first."""
    rows, columns = np.triu_indices(len(matrix), 1)
    size = np.abs(np.nan_to_num(matrix[rows, columns]))
    return [(int(rows[at]), int(columns[at])) for at in np.argsort(-size, kind="stable") if size[at] > limit]
