"""What a series says about counts: the words and their defaults.

Belongs here: the shape of the settings. Does not belong here: applying them (``estimates``).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

#: ``poisson`` events against an exposure; ``binomial`` successes among trials; ``exact`` nothing left to chance.
CountModel = Literal["poisson", "binomial", "exact"]
Target = Literal["none", "parent", "level"]


class Overlap(BaseModel):
    """An indicator whose chance errors go with another's, because both rest on the same events. The other has no
    overlap itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    indicator: str
    correlation: float = Field(gt=-1, lt=1, description="Of the normal scores of the two values' errors.")


class SmallCounts(BaseModel):
    """How a series treats rates of few events.

    ``target`` says by level what an area is pulled towards: ``none`` (its own figure stands), its ``parent`` or the
    mean of its ``level``; a level that is not named has ``none``. With ``adds_up`` the estimates of a parent's areas
    are rescaled to the parent's count.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    target: dict[str, Target] = Field(default_factory=dict)
    adds_up: bool = False
