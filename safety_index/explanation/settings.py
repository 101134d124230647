"""What a series says about peers: which areas are of similar size and kind.

Belongs here: the shape of the settings. Does not belong here: choosing an area's peers (``peers``), or where the shares
come from.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class PeerShare(BaseModel):
    """A share that says what kind of area it is, by the code under which it is given beside the indicators."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, Field(min_length=1)]
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] = Field(1, description="Beside the other traits.")


class Peers(BaseModel):
    """Which areas of its level an area's strengths and weaknesses are told against: the nearest in size and kind.

    Traits are the logarithm of the size and the ``shares``. Each is standardised to mean 0 and standard deviation 1
    over the level, and the distance of two areas is the root of the weighted mean of the squared differences. These are
    statistical neighbours as CIPFA's model for English local authorities has them, with few traits instead of forty.
    Traits that nobody knows of a level are left out; an area that lacks one that others have, or is too small, has no
    peers and is nobody's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    count: int = Field(10, ge=3, description="Peers of an area, at most.")
    level_share: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5, description="Share of the level's other areas that may be peers, at most, but always 3: else all are."
    )
    least_size: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        0, description="Smaller areas have no peers and are none: shares of few are chance."
    )
    size_weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(1, description="0: size doesn't matter.")
    shares: tuple[PeerShare, ...] = Field((), description="What makes areas of one kind; without any, size alone.")

    def unknown_shares(self, known: Collection[str]) -> list[str]:
        """The codes of shares that are not among the ``known`` ones: misspelt, they would else count for nothing."""
        return sorted({share.code for share in self.shares}.difference(known))
