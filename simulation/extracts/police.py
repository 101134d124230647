"""Extracts of the police, the judicial bureau's mediations and the fire brigade: events, officers, devices."""

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
    moments,
    month_numbers,
)  # fmt: skip
from simulation.randomness import cumulative_counts, generator
from simulation.text import looked_up, numbered
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


def _merged(world: World, quarter: int, kinds: list[str]) -> dict[str, np.ndarray]:
    """Events of several kinds in the order of time; ``kind`` is the position in ``kinds``."""
    parts = []
    for number, name in enumerate(kinds):
        events = world.events[name]
        at = events.of_quarter(quarter)
        parts.append(
            (np.full(len(at), number), events.day[at], events.second[at], events.committee[at], events.compound[at])
        )
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort((columns[2], columns[1]))
    return dict(
        zip(("kind", "day", "second", "committee", "compound"), (column[order] for column in columns), strict=True)
    )


def alarms_110(world: World, quarter: int) -> pa.Table:
    """Calls that count, repeated calls about them minutes later, and invalid calls."""
    rng = generator(world.profile.seed, "alarms", quarter)
    kinds = list(_ALARM_CATEGORIES)
    calls = _merged(world, quarter, kinds)
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
    happened = _merged(world, quarter, kinds)
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


def traffic_accidents(world: World, quarter: int) -> pa.Table:
    rng = generator(world.profile.seed, "accidents", quarter)
    accidents = _merged(world, quarter, ["road_accident", "property_accident"])
    count = len(accidents["day"])
    with_injury = np.flatnonzero(accidents["kind"] == 0)
    deaths = np.zeros(count, np.int64)
    deaths[rng.choice(with_injury, min(_road_deaths(world)[quarter], len(with_injury)), replace=False)] = 1
    injured = np.where(accidents["kind"] == 0, np.maximum(1 + rng.poisson(0.25, count) - deaths, 0), 0)
    return frame(
        "police.traffic_accidents",
        {
            "accident_number": month_numbers("T", accidents["day"], 4),
            "occurred_at": moments(accidents["day"], accidents["second"]),
            "committee_code": committee_codes(world, accidents["committee"]),
            "injured_count": pa.array(injured.astype(np.int32)),
            "death_count": pa.array(deaths.astype(np.int32)),
            "direct_loss_yuan": emptied(
                pa.array(np.round(rng.lognormal(7.6, 0.8, count), 2)), rng.random(count) < 0.05
            ),
        },
    )


def _road_deaths(world: World) -> np.ndarray:
    """Deaths of each quarter: so few that their year's total must follow the rate (``cumulative_counts``)."""
    outcomes = world.profile.outcomes
    steps_back = np.arange(world.timeline.count) - (world.timeline.count - 1)
    expected = outcomes.road_deaths * (1 + outcomes.road_deaths_year_change_share) ** (steps_back / 4)
    return cumulative_counts(expected, 0.0, generator(world.profile.seed, "deaths"))


def fires(world: World, quarter: int) -> pa.Table:
    rng = generator(world.profile.seed, "fires", quarter)
    happened = _merged(world, quarter, ["fire", "false_fire"])
    count = len(happened["day"])
    confirmed = happened["kind"] == 0
    outcomes, rate = world.profile.outcomes, world.profile.events["fire"]
    # the loss of a fire changes by what the change of the total leaves after that of the number
    change = (1 + outcomes.fire_loss_year_change_share) / (1 + rate.year_change_share)
    mean = outcomes.fire_loss_yuan * change ** ((quarter - world.timeline.count + 1) / 4)
    loss = np.where(confirmed, mean * rng.lognormal(-0.125, 0.5, count), 0)
    return frame(
        "fire.fires",
        {
            "fire_number": month_numbers("F", happened["day"], 4),
            "occurred_at": moments(happened["day"], happened["second"]),
            "committee_code": committee_codes(world, happened["committee"]),
            "compound_code": emptied(compound_codes(world, happened["compound"]), rng.random(count) < 0.15),
            "is_confirmed": pa.array(confirmed),
            "injured_count": pa.array((confirmed & (rng.random(count) < 0.04)).astype(np.int32)),
            "death_count": pa.array((confirmed & (rng.random(count) < 0.005)).astype(np.int32)),
            "direct_loss_yuan": pa.array(np.round(loss, 2)),
        },
    )


def security_devices(world: World, quarter: int) -> pa.Table:
    """Every entrance on its audit day; one that works tends to work next quarter."""
    places, profile = world.places, world.profile
    rng = generator(profile.seed, "entrances")
    compounds = len(places.compound_codes)
    total = max(round(profile.places.entrances_per_committee * len(places.committee_codes)), compounds)
    weight = np.bincount(places.dwelling_compound, minlength=compounds)
    extra = rng.choice(compounds, total - compounds, p=weight / weight.sum())
    compound = np.sort(np.r_[np.arange(compounds), extra])
    state = rng.normal(0, 1, total)
    for _ in range(quarter):
        state = 0.9 * state + np.sqrt(1 - 0.81) * rng.normal(0, 1, total)
    committee = places.committee_of_compound(quarter)[compound]
    draw = generator(profile.seed, "audits", quarter)
    uniform = np.argsort(np.argsort(state)) / total
    works = (uniform + draw.uniform(0, 1 / total, total)) < world.rates.service_shares["C3"][committee, quarter]
    broken = draw.choice(3, total, p=[0.5, 0.4, 0.1])
    current = np.where(places.compound_opened <= quarter, np.arange(compounds), places.compound_origin)[compound]
    days = draw.integers(world.timeline.starts[quarter], world.timeline.ends[quarter] + 1, total)
    return frame(
        "police.security_devices",
        {
            "entrance_code": numbered(f"{places.district['code']}E", np.arange(1, total + 1), 5),
            "compound_code": compound_codes(world, current),
            "committee_code": committee_codes(world, committee),
            "has_working_camera": pa.array(works | (broken == 1)),
            "has_working_access_control": pa.array(works | (broken == 0)),
            "audit_date": dates(days),
        },
    )


def community_officers(world: World, quarter: int) -> pa.Table:
    """Posts by committee: where there are fewer posts than committees in a sub-district, a post is shared."""
    places = world.places
    is_open = places.committees_open(quarter)
    residents = world.exposures.residents[:, quarter]
    sub_of = places.committee_sub_district
    # posts follow the residents of years ago, not today's
    unevenness = generator(world.profile.seed, "posts").lognormal(0, 0.16, len(places.sub_districts))
    by_sub = np.bincount(sub_of, weights=residents) * unevenness
    # every sub-district has one, the rest by size; large committees get the second ones
    posts = 1 + np.floor(by_sub / by_sub.sum() * (world.profile.places.officer_posts - len(by_sub))).astype(int)
    remainder = by_sub / by_sub.sum() * (world.profile.places.officer_posts - len(by_sub)) - (posts - 1)
    posts[np.argsort(-remainder, kind="stable")[: world.profile.places.officer_posts - posts.sum()]] += 1
    post, committee, share = [], [], []
    number = 1
    for sub, count in enumerate(posts):
        inside = np.flatnonzero((sub_of == sub) & is_open)
        served = np.r_[inside, inside[np.argsort(-residents[inside], kind="stable")][: max(count - len(inside), 0)]]
        held_by = np.arange(len(served)) % count
        post += list(number + held_by)
        committee += list(served)
        share += list(np.round(1 / np.bincount(held_by)[held_by], 2))
        number += count
    start = generator(world.profile.seed, "officers").integers(200, 2500, number)
    return frame(
        "police.community_officers",
        {
            "post_code": numbered("G", np.array(post), 6),
            "committee_code": committee_codes(world, np.array(committee)),
            "full_time_share": pa.array(np.array(share)),
            "post_start_date": dates(world.timeline.first_day - start[np.array(post) - 1]),
            "post_end_date": pa.nulls(len(post), pa.date32()),
        },
    )


def mediations(world: World, quarter: int) -> pa.Table:
    """Disputes closed in the quarter; success is an agreement that is not reopened within 30 days."""
    rng = generator(world.profile.seed, "mediations", quarter)
    closed = _merged(world, quarter, ["mediation"])
    count = len(closed["day"])
    succeeds = rng.random(count) < world.rates.service_shares["C4"][closed["committee"], quarter]
    failure = rng.choice([1, 2, 3], count, p=[0.2, 0.65, 0.15])
    outcome = np.where(succeeds, 1, failure)
    reopened = np.where(~succeeds & (failure == 1), closed["day"] + rng.integers(2, 31, count), NEVER)
    later = succeeds & (rng.random(count) < 0.02)
    reopened = np.where(later, closed["day"] + rng.integers(35, 90, count), reopened)
    return frame(
        "justice.mediations",
        {
            "mediation_number": month_numbers("M", closed["day"], 4),
            "accepted_date": dates(closed["day"] - rng.integers(1, 31, count)),
            "closed_date": dates(closed["day"]),
            "committee_code": committee_codes(world, closed["committee"]),
            "dispute_type_code": looked_up(
                ["1", "2", "3", "4", "5", "9"], rng.choice(6, count, p=[0.22, 0.36, 0.2, 0.08, 0.08, 0.06])
            ),
            "mediation_outcome_code": codes(outcome),
            "reopened_date": dates(reopened, known_by=made_on(world.timeline, quarter)),
        },
    )
