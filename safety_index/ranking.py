"""Comparing areas: rounding, ranks with stated precision and ties, bands.

Belongs here: order among areas. Does not belong here: where the scores come from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from safety_index.declaration import Band, RankRule

Floats = NDArray[np.float64]
#: Two computations of the same score may differ by this much and must round alike.
_ROUNDING_TOLERANCE = 1e-9


def round_half_away(values: Floats, decimals: int) -> Floats:
    """Round as people do on paper: 84.25 becomes 84.3, −84.25 becomes −84.3. NaN stays NaN."""
    scaled = np.abs(values) * 10.0**decimals
    return np.copysign(np.floor(scaled + 0.5 + _ROUNDING_TOLERANCE * 10.0**decimals), values) / 10.0**decimals


def ranks(scores: Floats, rule: RankRule) -> Floats:
    """Rank ``scores`` of shape (..., areas) along the last axis, the highest first; NaN has no rank.

    Scores are rounded to the rule's decimals first. Areas that tie share the smallest of their places (``min``: 1, 2,
    2, 4) or the largest (``max``: 1, 3, 3, 4). Cost: one sort for each leading element.
    """
    rounded = round_half_away(scores, rule.decimals)
    order = np.argsort(-rounded, axis=-1, kind="stable")  # NaN last
    ordered = np.take_along_axis(rounded, order, axis=-1)
    count = ordered.shape[-1]
    place = np.broadcast_to(np.arange(1, count + 1, dtype=float), ordered.shape)
    differs = ordered[..., 1:] != ordered[..., :-1]
    edge = np.ones((*ordered.shape[:-1], 1), dtype=bool)
    if rule.ties == "min":
        shared = np.maximum.accumulate(np.where(np.concatenate([edge, differs], axis=-1), place, 0.0), axis=-1)
    else:
        ends = np.where(np.concatenate([differs, edge], axis=-1), place, np.inf)
        shared = np.minimum.accumulate(ends[..., ::-1], axis=-1)[..., ::-1]
    result = np.empty_like(rounded)
    np.put_along_axis(result, order, np.where(np.isnan(ordered), np.nan, shared), axis=-1)
    return result


def bands(scores: Floats, declared: Sequence[Band], decimals: int) -> NDArray[np.object_]:
    """The code of the band that each rounded score belongs to, None where there is no score or no band for it."""
    rounded = round_half_away(scores, decimals)
    result = np.full(np.shape(scores), None, dtype=object)
    for band in reversed(declared):
        result[rounded >= band.minimum] = band.code
    return result
