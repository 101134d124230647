"""What one event is worth: index points for one burglary, fire or missed visit more.

Belongs here: that figure. Does not belong here: whether anyone should act on it; a price is a property of the method.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def event_prices(
    count: Floats, exposure: Floats, prior_mean: Floats, prior_strength: Floats, factor: Floats, multiplier: Floats,
    is_share: NDArray[np.bool_], score: Callable[[Floats], Floats], weight: Floats,
) -> Floats:  # fmt: skip
    """Index points for one event more, or for a share one failure more, shape (..., indicators).

    ``score`` turns values (..., indicators) into scores, floor and cap applied; ``weight`` (..., indicators) is each
    indicator's weight in the index. Others' figures and the prior stay as they are. A price of 0 says that the
    score is held by floor or cap, or does not count; where there are no counts or a share has no success left to lose,
    it is NaN.
    """
    step = np.where(is_share, -1.0, 1.0)
    pulled = np.where(prior_strength > 0, np.nan_to_num(prior_mean) * prior_strength, 0.0)
    is_priced = np.isfinite(count) & (exposure > 0) & (~is_share | (count >= 1))
    total = np.where(is_priced, prior_strength + exposure, np.nan)
    values = [(pulled + count + more) / total * factor * multiplier for more in (0.0, step)]
    return weight * (score(values[1]) - score(values[0]))
