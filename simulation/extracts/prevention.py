"""Extracts of what areas have for prevention: entrances with devices, officers' posts, volunteers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from simulation.extracts.columns import committee_codes, compound_codes, dates, emptied, frame, quarter_numbers
from simulation.randomness import generator
from simulation.text import looked_up, numbered
from simulation.world import World


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


def volunteers(world: World, quarter: int) -> pa.Table:
    """Logged activities of the quarter's active volunteers; each committee has a pool from which some are active."""
    rng = generator(world.profile.seed, "volunteers", quarter)
    expected = expected_volunteers(world)
    pool_size = np.ceil(expected.max(axis=1) * world.profile.services.volunteer_pool_ratio / 1.3).astype(int)
    active = np.minimum(rng.poisson(expected[:, quarter]), pool_size)
    pool = np.repeat(np.arange(len(pool_size)), pool_size)
    order = np.lexsort((rng.random(len(pool)), pool))
    rank = np.arange(len(pool)) - (np.cumsum(pool_size) - pool_size)[pool[order]]
    chosen = order[rank < active[pool[order]]]
    times = 1 + rng.poisson(world.profile.services.activities_per_volunteer - 1, len(chosen))
    who = np.repeat(chosen, times)
    day = rng.integers(world.timeline.starts[quarter], world.timeline.ends[quarter] + 1, len(who))
    in_order = np.argsort(day, kind="stable")
    who, day = who[in_order], day[in_order]
    return frame(
        "governance.volunteers",
        {
            "activity_number": quarter_numbers("V", world, quarter, len(who), 6),
            "volunteer_number": numbered("Z", who + 1, 7),
            "committee_code": committee_codes(world, pool[who]),
            "activity_date": dates(day),
            "activity_type_code": looked_up(["1", "2", "3", "4"], rng.choice(4, len(who), p=[0.5, 0.2, 0.25, 0.05])),
            "hour_count": emptied(pa.array(rng.integers(1, 9, len(who)) / 2), rng.random(len(who)) < 0.05),
        },
    )


def expected_volunteers(world: World) -> np.ndarray:
    """Expected active volunteers by committee and quarter: more where the share C1 is above its level."""
    share = world.rates.service_shares["C1"]
    base = world.profile.service_shares["C1"].share
    shift = np.log(share / (1 - share)) - np.log(base / (1 - base))
    return world.exposures.residents * world.profile.services.active_volunteers_per_100 / 100 * np.exp(shift * 0.55)
