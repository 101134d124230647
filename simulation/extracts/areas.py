"""The extract of areas with their periods of validity."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from simulation.extracts.columns import dates, frame
from simulation.timeline import NEVER, day_number
from simulation.world import World

DISTRICT, SUB_DISTRICT, COMMITTEE, COMPOUND, GRID, MICRO_GRID = "123456"


def areas(world: World, quarter: int) -> pa.Table:
    """Every area and period of validity as known in the quarter: a split closes rows and opens others."""
    places = world.places
    since = day_number(dt.date.fromisoformat(world.profile.places.valid_from))
    district = places.district
    rows = [(district["code"], DISTRICT, district["name_zh"], district["name_en"], None, None, None, since, int(NEVER))]
    for sub in places.sub_districts:
        names = (sub["name_zh"], sub["name_en"])
        rows.append((sub["code"], SUB_DISTRICT, *names, district["code"], None, None, since, int(NEVER)))
    rows += _committee_rows(world, since) + _compound_rows(world, since)
    subs = [sub["code"] for sub in places.sub_districts]
    for number, (code, sub) in enumerate(zip(places.grid_codes, places.grid_sub_district, strict=True), start=1):
        names = (f"综合网格{number:02d}", f"Comprehensive Grid {number}")
        rows.append((code, GRID, *names, subs[sub], None, None, since, int(NEVER)))
    for number, (code, grid) in enumerate(zip(places.micro_grid_codes, places.micro_grid_grid, strict=True), start=1):
        names = (f"微网格{number:05d}", f"Micro-grid {number}")
        rows.append((code, MICRO_GRID, *names, places.grid_codes[grid], None, None, since, int(NEVER)))
    last = int(world.timeline.ends[quarter])
    known = [row for row in rows if row[7] <= last]
    columns = list(zip(*known, strict=True))
    texts = [
        pa.array([None if value is None else str(value) for value in column], pa.string()) for column in columns[:7]
    ]
    return frame(
        "governance.areas",
        dict(
            zip(
                (
                    "area_code",
                    "area_level_code",
                    "area_name",
                    "area_name_en",
                    "parent_code",
                    "grid_code",
                    "predecessor_code",
                ),
                texts,
                strict=True,
            )
        )
        | {
            "daytime_count": _daytime(world, quarter, known),
            "valid_from_date": dates(np.array(columns[7])),
            "valid_to_date": dates(np.array(columns[8]), known_by=last),
        },
    )


def _daytime(world: World, quarter: int, rows: list[tuple]) -> pa.Array:
    """People by day in every committee's form that is in force at the end of the quarter, where they are counted."""
    last = int(world.timeline.ends[quarter])
    counted = {}
    if world.profile.population.daytime_counted:
        counted = dict(zip(world.places.committee_codes, world.exposures.daytime[:, quarter].round(), strict=True))
    return pa.array([int(counted[row[0]]) if row[0] in counted and row[8] > last else None for row in rows], pa.int32())


def _committee_rows(world: World, since: int) -> list[tuple]:
    places, split, merge = world.places, world.places.split, world.places.merge
    rows = []
    for at, code in enumerate(places.committee_codes):
        parent = places.sub_districts[places.committee_sub_district[at]]["code"]
        common = (code, COMMITTEE, *places.committee_names[at], parent, places.grid_codes[places.committee_grid[at]])
        changes = split if split and at in (split.old, split.new) else merge
        day = int(world.timeline.starts[changes.index]) if changes else 0
        if split and at == split.old:
            rows += [(*common, None, since, day - 1), (*common, None, day, int(NEVER))]
        elif split and at == split.new:
            rows.append((*common, places.committee_codes[split.old], day, int(NEVER)))
        elif merge and at == merge.old:
            rows.append((*common, None, since, day - 1))
        elif merge and at == merge.into:
            rows.append((*common, None, since, day - 1))
            rows.append((*common, places.committee_codes[merge.old], day, int(NEVER)))
        else:
            rows.append((*common, None, since, int(NEVER)))
    return rows


def _compound_rows(world: World, since: int) -> list[tuple]:
    places, split, merge = world.places, world.places.split, world.places.merge
    rows = []
    for at, code in enumerate(places.compound_codes):
        opened = places.compound_opened[at]
        start = since if opened < 0 else int(world.timeline.starts[opened])
        predecessor = None if opened < 0 else places.compound_codes[places.compound_origin[at]]
        committee = places.compound_committee[at]

        def row(committee: int, predecessor: str | None, start: int, end: int, at: int = at, code: str = code) -> tuple:
            grid = places.grid_codes[places.committee_grid[committee]]
            parent = places.committee_codes[committee]
            return (code, COMPOUND, *places.compound_names[at], parent, grid, predecessor, start, end)

        earlier, later, index = committee, committee, opened
        if split and committee == split.new:
            earlier, index = split.old, split.index
        elif merge and committee == merge.old:
            later, index = merge.into, merge.index
        if earlier != later and opened < index:
            day = int(world.timeline.starts[index])
            rows += [row(earlier, predecessor, start, day - 1), row(later, None, day, int(NEVER))]
        else:
            rows.append(row(later, predecessor, start, int(NEVER)))
    return rows
