"""What a series says about uncertainty: draws, intervals and the words for a change, fixed before any result.

Belongs here: the shape of the settings and their defaults. Does not belong here: applying them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Probability = Annotated[float, Field(gt=0.5, lt=1)]


class Uncertainty(BaseModel):
    """``draw_count`` draws from ``seed``; intervals hold the middle ``coverage``.

    A change is *clearly* better or worse when at least ``clear_probability`` of the draws agree on its sign, and
    *probably* when ``probable_probability`` do; below that there is no clear change and no arrow is drawn.
    ``rank_set_error_share`` is the chance that any one rank set of a level misses its area's true rank.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    draw_count: int = Field(2000, ge=200, le=100_000)
    seed: int = Field(20170331, ge=0)
    coverage: Annotated[float, Field(gt=0, lt=1)] = 0.9
    clear_probability: Probability = 0.99
    probable_probability: Probability = 0.9
    rank_set_error_share: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    top_place_count: int = Field(3, ge=1)
    bottom_share: Annotated[float, Field(gt=0, lt=1)] = 0.1
