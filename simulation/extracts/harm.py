"""Extracts of road accidents and fires."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from simulation.extracts.columns import (
    committee_codes,
    compound_codes,
    emptied,
    frame,
    merged_events,
    moments,
    month_numbers,
)
from simulation.randomness import cumulative_counts, generator
from simulation.world import World


def traffic_accidents(world: World, quarter: int) -> pa.Table:
    rng = generator(world.profile.seed, "accidents", quarter)
    accidents = merged_events(world, quarter, ["road_accident", "property_accident"])
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
    happened = merged_events(world, quarter, ["fire", "false_fire"])
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
