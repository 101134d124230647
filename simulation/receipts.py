"""On which day each file came: nearly all in time, some late, corrections after what they correct.

Belongs here: the time of change that a landed file has, which is when it was received. Does not belong here: which
files there are (``deliveries``).
"""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from simulation.deliveries import CORRECTED, RESENT, SENT_AGAIN, PlannedFile
from simulation.profile import Profile
from simulation.randomness import generator
from simulation.timeline import Timeline, date_of

#: Offices work by this time, whatever the machine's own zone.
_CHINA = dt.timezone(dt.timedelta(hours=8))
_OFFICE_OPENS, _OFFICE_MINUTES = 8 * 60, 9 * 60


def received_at(profile: Profile, timeline: Timeline, planned: PlannedFile, quarter: int) -> dt.datetime:
    """When the file of the round ``quarter`` came. The same profile gives the same moment."""
    round_name = str(timeline.quarters[quarter])
    rng = generator(profile.seed, "receipt", planned.extract, round_name, planned.period)
    allowed = planned.contract.delivery.due_days
    due = date_of(timeline.days_of_period(planned.period)[1]) + dt.timedelta(days=allowed)
    is_late = rng.random() < profile.punctuality.late_share
    days_late = int(rng.geometric(1 / profile.punctuality.mean_days_late))
    day = due + dt.timedelta(days=days_late if is_late else -int(rng.integers(0, allowed)))
    match planned.note:
        case str(note) if note == RESENT:
            day = max(day, due) + dt.timedelta(days=days_late)
        case str(note) if note == SENT_AGAIN:
            day += dt.timedelta(days=1)
        case str(note) if note == CORRECTED:
            day = date_of(timeline.ends[quarter]) + dt.timedelta(days=1 + int(rng.integers(0, allowed)))
    minute = _OFFICE_OPENS + int(rng.integers(0, _OFFICE_MINUTES))
    return dt.datetime.combine(day, dt.time(minute // 60, minute % 60), _CHINA)


def stamp(path: Path, moment: dt.datetime) -> None:
    """Give the file at ``path`` the time of change ``moment``."""
    seconds = int(moment.timestamp())
    os.utime(path, (seconds, seconds))
