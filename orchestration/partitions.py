"""The one partitions definition of the warehouse.

Belongs here: which quarters can be run. Does not belong here: arithmetic on quarters (``warehouse.quarters``).
"""

from __future__ import annotations

import datetime as dt
import warnings
from zoneinfo import ZoneInfo

import dagster as dg

from warehouse.quarters import Quarter, quarter_range

# Partitions of checks are marked as a preview; a warning for each of some hundred checks would hide any other.
warnings.filterwarnings("ignore", category=dg.PreviewWarning)

TIMEZONE = "Asia/Shanghai"
FIRST_QUARTER = Quarter(2015, 3)
#: The quarter under way and a few more, so that files that come early have a partition.
_QUARTERS_AHEAD = 4


def today() -> dt.date:
    return dt.datetime.now(ZoneInfo(TIMEZONE)).date()


def closed_quarter(day: dt.date) -> Quarter:
    """The newest quarter that is over on ``day``."""
    return Quarter.containing(day).plus(-1)


def quarter_keys(day: dt.date) -> list[str]:
    return [str(quarter) for quarter in quarter_range(FIRST_QUARTER, Quarter.containing(day).plus(_QUARTERS_AHEAD))]


#: Every partitioned asset, check and job shares this object: Dagster refuses a job with two definitions.
QUARTERS = dg.StaticPartitionsDefinition(quarter_keys(today()))
