"""A change of rank in two parts: what the area did, and what the others did.

Belongs here: that split. Does not belong here: ranks themselves (``method.ranking``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from safety_index.method.ranking import ranks
from safety_index.series.settings import RankRule

Floats = NDArray[np.float64]


class RankChange(NamedTuple):
    """Places gained, (areas,): ``own`` + ``others`` is the earlier rank less the later one. NaN without both ranks."""

    own: Floats
    others: Floats


def rank_change_parts(earlier: Floats, later: Floats, rule: RankRule) -> RankChange:
    """Split each area's change of rank; ``earlier`` and ``later`` (areas,) are scores, NaN where there is no rank.

    The own part is the mean of two answers to "what did its own score do": among the others' earlier scores, and among
    their later ones. Ranks are by ``rule``, so its rounding and ties hold in every comparison.
    """
    count = len(earlier)
    both = np.stack([ranks(earlier, rule), ranks(later, rule)])
    here = np.eye(count, dtype=bool)
    moved_alone = ranks(np.where(here, later[:, None], earlier[None, :]), rule).diagonal()
    stayed_alone = ranks(np.where(here, earlier[:, None], later[None, :]), rule).diagonal()
    own = ((both[0] - moved_alone) + (stayed_alone - both[1])) / 2
    return RankChange(own, both[0] - both[1] - own)
