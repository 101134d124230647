"""What a series says about uncertainty: draws, intervals and the words for a change, fixed before any result.

Belongs here: the shape of the settings and their defaults. Does not belong here: applying them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

#: How an interval of ranks is made of whole places: it holds the stated share on average, or never less.
RankInterval = Literal["on_average", "at_least"]
Probability = Annotated[float, Field(gt=0.5, lt=1)]


class Uncertainty(BaseModel):
    """``draw_count`` draws from ``seed``; intervals hold the middle ``coverage``.

    A change is *clearly* better or worse when at least ``clear_probability`` of the draws agree on its sign, and
    *probably* when ``probable_probability`` do; below that there is no clear change and no arrow is drawn.

    Ranks are whole, so that hardly any interval of them holds exactly ``coverage``. With ``rank_interval``
    ``on_average`` a rank belongs to it when at least half of 1 − ``coverage`` of the draws lie on either side of it,
    half of those at the rank itself counted to each (mid-P); with ``at_least`` the interval holds ``coverage`` of the
    draws or more, and the fewer the areas the more.

    ``rank_set_error_share`` is the chance that any one rank set of a level misses its area's true rank.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    draw_count: int = Field(2000, ge=200, le=100_000)
    seed: int = Field(20170331, ge=0)
    coverage: Annotated[float, Field(gt=0, lt=1)] = 0.9
    rank_interval: RankInterval = "on_average"
    clear_probability: Probability = 0.99
    probable_probability: Probability = 0.9
    rank_set_error_share: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    top_place_count: int = Field(3, ge=1)
    bottom_share: Annotated[float, Field(gt=0, lt=1)] = 0.1
