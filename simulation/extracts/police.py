"""Extracts of calls and cases."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from simulation.extracts.columns import (
    codes,
    committee_codes,
    compound_codes,
    dates,
    emptied,
    frame,
    made_on,
    merged_events,
    moments,
    month_numbers,
)  # fmt: skip
from simulation.randomness import generator
from simulation.timeline import NEVER
from simulation.world import World

CASE_TYPES = {
    "residential_burglary": "0501",
    "bicycle_theft": "0502",
    "motorbike_theft": "0503",
    "telecom_fraud": "0601",
    "pickpocketing": "0700",
    "other_case": "0900",
}
_ALARM_CATEGORIES = {"alarm": (["010000", "020000"], [0.2, 0.8])}
_ALARM_CATEGORIES["other_call"] = (
    ["030000", "040000", "050000", "060000", "070000", "990000"],
    [0.25, 0.02, 0.13, 0.42, 0.12, 0.06],
)


def alarms_110(world: World, quarter: int) -> pa.Table:
    """Calls that count, repeated calls about them minutes later, and invalid calls."""
    rng = generator(world.profile.seed, "alarms", quarter)
    kinds = list(_ALARM_CATEGORIES)
    calls = merged_events(world, quarter, kinds)
    count = len(calls["day"])
    category = np.empty(count, "U6")
    for number, name in enumerate(kinds):
        of_kind = calls["kind"] == number
        names, shares = _ALARM_CATEGORIES[name]
        category[of_kind] = rng.choice(names, of_kind.sum(), p=shares)
    outcomes = world.profile.outcomes
    repeated = np.flatnonzero(rng.random(count) < outcomes.repeated_call_share)
    invalid = np.flatnonzero(rng.random(count) < outcomes.invalid_call_share)
    source = np.r_[np.arange(count), repeated, invalid]
    disposal = np.repeat([1, 3, 2], [count, len(repeated), len(invalid)])
    # a repeated call comes within the hour, and stays within the day so that it lies in the same file
    second = calls["second"][source] + np.where(disposal == 1, 0, rng.integers(60, 3600, len(source)))
    second = np.minimum(second, 86_399)
    order = np.lexsort((source, second, calls["day"][source]))
    position = np.empty(len(source), np.int64)
    position[order] = np.arange(len(source))
    source, disposal, second = source[order], disposal[order], second[order]
    day = calls["day"][source]
    numbers = month_numbers("J", day, 6)
    first_call = emptied(numbers.take(pa.array(position[source])), disposal != 3)
    return frame(
        "police.alarms_110",
        {
            "alarm_number": numbers,
            "alarm_at": moments(day, second),
            "alarm_category_code": codes(category[source]),
            "alarm_disposal_code": codes(disposal),
            "repeated_alarm_number": first_call,
            "committee_code": committee_codes(world, calls["committee"][source]),
            "compound_code": emptied(compound_codes(world, calls["compound"][source]), rng.random(len(source)) < 0.35),
        },
    )


def cases(world: World, quarter: int, known_by: int | None = None) -> pa.Table:
    """Recorded cases with their state as known on ``known_by`` (the day the extract of the quarter is made).

    For telecom fraud the committee is the victim's home.
    """
    rng = generator(world.profile.seed, "cases", quarter)
    kinds = list(CASE_TYPES)
    happened = merged_events(world, quarter, kinds)
    count = len(happened["day"])
    outcomes = world.profile.outcomes
    share = np.array([outcomes.cleared_shares.get(name, 0.0) for name in kinds])[happened["kind"]]
    skill = generator(world.profile.seed, "clearance").normal(0, 0.25, len(world.places.sub_districts))
    logit = np.log(share / (1 - share)) + skill[world.places.committee_sub_district[happened["committee"]]]
    is_cleared = rng.random(count) < 1 / (1 + np.exp(-logit))
    cleared_day = np.where(is_cleared, happened["day"] + 1 + rng.exponential(28, count).astype(np.int64), NEVER)
    withdrawn = rng.random(count) < outcomes.withdrawn_case_share
    # withdrawn cases come on top of those that count
    extra = np.flatnonzero(withdrawn)
    source = np.sort(np.r_[np.arange(count), extra], kind="stable")
    is_withdrawn = np.r_[False, source[1:] == source[:-1]]
    known_by = made_on(world.timeline, quarter) if known_by is None else known_by
    cleared_day = np.where(is_withdrawn, NEVER, cleared_day[source])
    occurred = happened["day"][source] - np.floor(rng.exponential(1.5, len(source))).astype(np.int64)
    codes_of = np.array(list(CASE_TYPES.values()))[happened["kind"][source]]
    no_compound = (codes_of != "0501") & (rng.random(len(source)) < 0.3)
    return frame(
        "police.cases",
        {
            "case_number": month_numbers("A", happened["day"][source], 6),
            "case_type_code": codes(codes_of),
            "occurred_date": emptied(dates(occurred), rng.random(len(source)) < 0.02),
            "recorded_date": dates(happened["day"][source]),
            "committee_code": committee_codes(world, happened["committee"][source]),
            "compound_code": emptied(compound_codes(world, happened["compound"][source]), no_compound),
            "case_status_code": codes(np.where(is_withdrawn, 3, np.where(cleared_day <= known_by, 2, 1))),
            "cleared_date": dates(cleared_day, known_by=known_by),
        },
    )
