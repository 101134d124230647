"""Extracts of the comprehensive-governance office: areas, hazards, tickets, psychological service, volunteers."""

from __future__ import annotations

import datetime as dt

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
    quarter_numbers,
)  # fmt: skip
from simulation.randomness import generator
from simulation.text import looked_up, numbered
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
            "valid_from_date": dates(np.array(columns[7])),
            "valid_to_date": dates(np.array(columns[8]), known_by=last),
        },
    )


def _committee_rows(world: World, since: int) -> list[tuple]:
    places, split = world.places, world.places.split
    rows = []
    for at, code in enumerate(places.committee_codes):
        parent = places.sub_districts[places.committee_sub_district[at]]["code"]
        common = (code, COMMITTEE, *places.committee_names[at], parent, places.grid_codes[places.committee_grid[at]])
        if split and at in (split.old, split.new):
            day = int(world.timeline.starts[split.index])
            if at == split.old:
                rows.append((*common, None, since, day - 1))
            rows.append((*common, places.committee_codes[split.old] if at == split.new else None, day, int(NEVER)))
        else:
            rows.append((*common, None, since, int(NEVER)))
    return rows


def _compound_rows(world: World, since: int) -> list[tuple]:
    places, split = world.places, world.places.split
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

        if split and committee == split.new and opened < split.index:
            day = int(world.timeline.starts[split.index])
            rows.append(row(split.old, predecessor, start, day - 1))
            rows.append(row(committee, None, day, int(NEVER)))
        else:
            rows.append(row(committee, predecessor, start, int(NEVER)))
    return rows


def hazards(world: World, quarter: int) -> pa.Table:
    """Hazards due in the quarter; the share wanted is put right by the due date."""
    rng = generator(world.profile.seed, "hazards", quarter)
    events = world.events["hazard"]
    at = events.of_quarter(quarter)
    due, committee = events.day[at], events.committee[at]
    found = due - rng.integers(10, 31, len(at))
    closed, _ = _closed(found, due, rng.random(len(at)) < world.rates.service_shares["D3"][committee, quarter], rng)
    return frame(
        "governance.hazards",
        {
            "hazard_number": quarter_numbers("Y", world, quarter, len(at), 5),
            "hazard_type_code": looked_up(["1", "2", "3", "4"], rng.choice(4, len(at), p=[0.4, 0.25, 0.2, 0.15])),
            "found_date": dates(found),
            "due_date": dates(due),
            "closed_date": dates(closed, known_by=made_on(world.timeline, quarter)),
            "committee_code": committee_codes(world, committee),
            "compound_code": emptied(compound_codes(world, events.compound[at]), rng.random(len(at)) < 0.25),
        },
    )


def hotline_tickets(world: World, quarter: int) -> pa.Table:
    """Tickets due in the quarter; the share wanted is closed on time and followed up."""
    rng = generator(world.profile.seed, "tickets", quarter)
    events = world.events["ticket"]
    at = events.of_quarter(quarter)
    due, committee = events.day[at], events.committee[at]
    received = due - rng.integers(5, 16, len(at))
    good = rng.random(len(at)) < world.rates.service_shares["D4"][committee, quarter]
    only_not_followed = ~good & (rng.random(len(at)) < 0.4)
    closed, late = _closed(received, due, good | only_not_followed, rng)
    return frame(
        "governance.hotline_tickets",
        {
            "ticket_number": quarter_numbers("R", world, quarter, len(at), 6),
            "ticket_type_code": looked_up(["1", "2", "3", "4"], rng.choice(4, len(at), p=[0.35, 0.2, 0.2, 0.25])),
            "received_date": dates(received),
            "due_date": dates(due),
            "closed_date": dates(closed, known_by=made_on(world.timeline, quarter)),
            "is_followed_up": pa.array(good | (late & (rng.random(len(at)) < 0.5))),
            "committee_code": committee_codes(world, committee),
        },
    )


def _closed(opened: np.ndarray, due: np.ndarray, in_time: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray]:
    """Day of closing: between opening and due, or some weeks late. Second: which are late."""
    early = opened + 1 + np.floor(rng.random(len(due)) * (due - opened)).astype(np.int64)
    return np.where(in_time, np.minimum(early, due), due + rng.integers(1, 60, len(due))), ~in_time


def psychological_service(world: World, quarter: int) -> pa.Table:
    """Requests and referrals; the share wanted has a first contact within seven days."""
    rng = generator(world.profile.seed, "psychological service", quarter)
    events = world.events["psychological_request"]
    at = events.of_quarter(quarter)
    day, committee = events.day[at], events.committee[at]
    quick = rng.random(len(at)) < world.rates.service_shares["C5"][committee, quarter]
    contact = day + np.where(quick, rng.integers(0, 8, len(at)), rng.integers(9, 40, len(at)))
    contact = np.where(~quick & (rng.random(len(at)) < 0.3), NEVER, contact)
    return frame(
        "governance.psychological_service",
        {
            "request_number": quarter_numbers("P", world, quarter, len(at), 4),
            "request_date": dates(day),
            "request_source_code": codes(rng.choice([1, 2], len(at), p=[0.65, 0.35])),
            "first_contact_date": dates(contact, known_by=made_on(world.timeline, quarter)),
            "committee_code": committee_codes(world, committee),
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
