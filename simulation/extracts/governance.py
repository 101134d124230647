"""Extracts of what is dealt with: hazards, hotline tickets, psychological service, mediations."""

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
    month_numbers,
    quarter_numbers,
)  # fmt: skip
from simulation.randomness import generator
from simulation.text import looked_up
from simulation.timeline import NEVER
from simulation.world import World


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


def mediations(world: World, quarter: int) -> pa.Table:
    """Disputes closed in the quarter; success is an agreement that is not reopened within 30 days."""
    rng = generator(world.profile.seed, "mediations", quarter)
    closed = merged_events(world, quarter, ["mediation"])
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
