"""Comparing areas: rounding, ranks with stated precision and ties, bands.

Belongs here: order among areas. Does not belong here: where the scores come from.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from safety_index.method.order import in_order
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
    number (``dense``: 1, 2, 2, 3). Single precision gives ranks in single precision. Cost: one sort for each leading
    element.
    """
    rounded = rounded_if(scores, rule.decimals)
    order, begins, is_nan = in_order(-rounded if rule.order == "highest_first" else rounded)
    places = _places(begins, rule.ties).astype(np.result_type(rounded, np.float32))
    places[is_nan] = np.nan
    result = np.empty_like(places)
    np.put_along_axis(result, order, places, axis=-1)
    return result


def _places(begins: NDArray[np.bool_], ties: str) -> NDArray[np.number]:
    """The places that sorted values take or share; ``begins`` says which differ from the one before."""
    if ties == "dense":
        return np.cumsum(begins, axis=-1, dtype=np.int32)
    place = np.arange(1, begins.shape[-1] + 1, dtype=np.int32)
    first = np.maximum.accumulate(np.where(begins, place, 0), axis=-1)
    if ties == "min":
        return first
    ends = np.ones_like(begins)
    ends[..., :-1] = begins[..., 1:]
    last = np.minimum.accumulate(np.where(ends, place, begins.shape[-1])[..., ::-1], axis=-1)[..., ::-1]
    return last if ties == "max" else (first + last) / 2


def bands(scores: Floats, declared: Sequence[Band], decimals: int | None) -> NDArray[np.object_]:
    """The code of the band that each rounded score belongs to, None where there is no score or no band for it."""
    rounded = rounded_if(scores, decimals)
    result = np.full(np.shape(scores), None, dtype=object)
    for band in reversed(declared):
        result[rounded >= band.minimum] = band.code
    return result
