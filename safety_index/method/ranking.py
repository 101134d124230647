"""Comparing areas: rounding, ranks with stated precision and ties, bands.

Belongs here: order among areas. Does not belong here: where the scores come from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from safety_index.series.declaration import Band
from safety_index.series.settings import RankRule

Floats = NDArray[np.float64]
#: Two computations of the same score may differ by this much and must round alike.
_ROUNDING_TOLERANCE = 1e-9


def round_half_away(values: Floats, decimals: int) -> Floats:
    """Round as people do on paper: 84.25 becomes 84.3, −84.25 becomes −84.3. NaN stays NaN."""
    scaled = np.abs(values) * 10.0**decimals
    return np.copysign(np.floor(scaled + 0.5 + _ROUNDING_TOLERANCE * 10.0**decimals), values) / 10.0**decimals


def rounded_if(values: Floats, decimals: int | None) -> Floats:
    """``values`` rounded half away from zero, or as they are where ``decimals`` is None."""
    return values if decimals is None else round_half_away(values, decimals)


def ranks(scores: Floats, rule: RankRule) -> Floats:
    """Rank ``scores`` of shape (..., areas) along the last axis; NaN has no rank.

    Scores are rounded to the rule's decimals first, if it has any. Areas that tie share the smallest of their places
    (``min``: 1, 2, 2, 4), the largest (``max``: 1, 3, 3, 4), the mean of them (``mean``: 1, 2.5, 2.5, 4) or the next
    number (``dense``: 1, 2, 2, 3). Cost: one sort for each leading element.
    """
    rounded = rounded_if(scores, rule.decimals)
    signed = -rounded if rule.order == "highest_first" else rounded
    order = np.argsort(signed, axis=-1, kind="stable")  # NaN last
    ordered = np.take_along_axis(signed, order, axis=-1)
    result = np.empty(signed.shape)
    np.put_along_axis(result, order, np.where(np.isnan(ordered), np.nan, _places(ordered, rule.ties)), axis=-1)
    return result


def _places(ordered: Floats, ties: str) -> Floats:
    """The places that each of ``ordered``, sorted along the last axis, takes or shares."""
    place = np.broadcast_to(np.arange(1, ordered.shape[-1] + 1, dtype=float), ordered.shape)
    differs = ordered[..., 1:] != ordered[..., :-1]
    edge = np.ones((*ordered.shape[:-1], 1), dtype=bool)
    begins = np.concatenate([edge, differs], axis=-1)
    if ties == "dense":
        return np.cumsum(begins, axis=-1, dtype=float)
    first = np.maximum.accumulate(np.where(begins, place, 0.0), axis=-1)
    if ties == "min":
        return first
    ends = np.where(np.concatenate([differs, edge], axis=-1), place, np.inf)
    last = np.minimum.accumulate(ends[..., ::-1], axis=-1)[..., ::-1]
    return last if ties == "max" else (first + last) / 2


def bands(scores: Floats, declared: Sequence[Band], decimals: int | None) -> NDArray[np.object_]:
    """The code of the band that each rounded score belongs to, None where there is no score or no band for it."""
    rounded = rounded_if(scores, decimals)
    result = np.full(np.shape(scores), None, dtype=object)
    for band in reversed(declared):
        result[rounded >= band.minimum] = band.code
    return result
