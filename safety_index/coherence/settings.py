"""What a series says about alarms.

Belongs here: the shape of the settings. Does not belong here: raising an alarm (``fairness``, ``incentives``).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Parted(BaseModel):
    """Two figures that should go together: events that may fall because fewer are reported (``falling``, an indicator's
    numerator), and complaints that then rise (``rising``, another's denominator)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    falling: str
    rising: str


class Alarms(BaseModel):
    """``association`` is the correlation with a share of residents above which an alarm is raised."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    association: Annotated[float, Field(gt=0, lt=1)] = 0.3
    parted: tuple[Parted, ...] = ()
