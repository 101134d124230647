"""Extracts of the five service systems: work, contributions, medical insurance, assistance, family planning."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from simulation.extracts.columns import codes, committee_codes, dates, frame, made_on, quarter_numbers
from simulation.households import FEMALE, HEAD, OVERSEAS, REGISTERED
from simulation.randomness import generator
from simulation.text import looked_up
from simulation.world import World


def _person(world: World, rows: np.ndarray) -> dict[str, pa.Array]:
    documents = world.documents
    names = documents.chinese_name.take(pa.array(rows))
    return {"document_number": documents.number.take(pa.array(rows)), "person_name": names}


def _known_committee(world: World, quarter: int, rows: np.ndarray) -> pa.Array:
    return committee_codes(world, world.services.known_committee[quarter][rows])


def _has_resident_card(world: World) -> np.ndarray:
    """The service systems' files know resident identity cards only."""
    return world.people.kind != OVERSEAS


def employment(world: World, quarter: int) -> pa.Table:
    services, people = world.services, world.people
    first, last = int(world.timeline.starts[quarter]), int(world.timeline.ends[quarter])
    job = services.job_in_force(first, last)
    rows = np.flatnonzero((job >= 0) & (people.entry_day <= last) & _has_resident_card(world))
    return frame(
        "labour.employment",
        _person(world, rows)
        | {
            "employment_type_code": codes(services.employment_type[rows]),
            "start_date": dates(services.job_start[job[rows], rows]),
            "end_date": dates(services.job_end[job[rows], rows], known_by=made_on(world.timeline, quarter)),
            "committee_code": _known_committee(world, quarter, rows),
        },
    )


def contributions(world: World, quarter: int) -> pa.Table:
    services, people = world.services, world.people
    first, last = int(world.timeline.starts[quarter]), int(world.timeline.ends[quarter])
    here = (people.entry_day <= last) & (np.minimum(people.exit_day, people.death_day) > first)
    rows = np.flatnonzero(services.pays_contributions & here & _has_resident_card(world))
    rng = generator(world.profile.seed, "contributions", quarter)
    months = np.minimum(
        rng.choice([3, 2, 1], len(rows), p=[0.93, 0.04, 0.03]), 1 + (last - people.entry_day[rows]) // 31
    )
    return frame(
        "social_security.contributions",
        _person(world, rows)
        | {
            "contribution_type_code": codes(np.where(services.is_employed[rows], 1, 2)),
            "contribution_month_count": pa.array(months.astype(np.int32)),
            "committee_code": _known_committee(world, quarter, rows),
        },
    )


def enrolments(world: World, quarter: int) -> pa.Table:
    services, people = world.services, world.people
    first, last = int(world.timeline.starts[quarter]), int(world.timeline.ends[quarter])
    # the insurer learns late of deaths and departures
    gone = np.minimum(people.death_day + 60, people.exit_day.astype(np.int64) + 150)
    here = (people.entry_day <= last - 30) & (gone > first)
    rows = np.flatnonzero(services.is_insured & here & _has_resident_card(world))
    still_here = np.minimum(np.minimum(people.death_day, people.exit_day)[rows], last)
    activity = still_here - services.insured_activity[quarter][rows]
    activity = np.where(activity < last - 900, 2**30, np.maximum(activity, people.entry_day[rows]))
    return frame(
        "medical_insurance.enrolments",
        _person(world, rows)
        | {
            "enrolment_type_code": codes(np.where(services.pays_contributions[rows], 1, 2)),
            "last_activity_date": dates(activity),
            "committee_code": _known_committee(world, quarter, rows),
        },
    )


def assistance(world: World, quarter: int) -> pa.Table:
    """Monthly payments to heads of assisted households, and an old-age allowance in the middle of the quarter."""
    people, services = world.people, world.services
    first, last = int(world.timeline.starts[quarter]), int(world.timeline.ends[quarter])
    rng = generator(world.profile.seed, "assistance", quarter)
    lives = world.residence.dwelling_of_person(people, quarter, last) >= 0
    assisted = np.flatnonzero(services.is_assisted_household[people.household] & (people.role == HEAD) & lives)
    aged = np.flatnonzero((people.age_on(first) >= 80) & (people.kind == REGISTERED) & lives)
    rows = np.r_[np.repeat(assisted, 3), aged]
    kind = np.r_[np.repeat(rng.choice([1, 2], len(assisted), p=[0.85, 0.15]), 3), np.full(len(aged), 3)]
    month = np.r_[np.tile([0, 1, 2], len(assisted)), np.ones(len(aged), np.int64)]
    months = np.array([world.timeline.days_of_period(text)[0] for text in world.timeline.quarters[quarter].months])
    day = months[month] + rng.integers(4, 24, len(rows))
    amount = np.select(
        [kind == 1, kind == 2], [rng.integers(300, 1400, len(rows)), rng.integers(500, 4000, len(rows))], 200
    )
    order = np.argsort(day, kind="stable")
    rows, kind, day, amount = rows[order], kind[order], day[order], amount[order]
    known = world.services.known_committee[quarter][rows]
    committee = np.where(known >= 0, known, _living_committee(world, quarter, rows))
    return frame(
        "civil_affairs.assistance",
        _person(world, rows)
        | {
            "payment_number": quarter_numbers("B", world, quarter, len(rows), 5),
            "assistance_type_code": codes(kind),
            "payment_date": dates(day),
            "amount_yuan": pa.array(amount.astype(np.float64)),
            "committee_code": committee_codes(world, committee),
        },
    )


def family_planning_services(world: World, quarter: int) -> pa.Table:
    people = world.people
    first, last = int(world.timeline.starts[quarter]), int(world.timeline.ends[quarter])
    rng = generator(world.profile.seed, "family planning", quarter)
    age = people.age_on(first)
    lives = world.residence.dwelling_of_person(people, quarter, last) >= 0
    women = np.flatnonzero((people.sex == FEMALE) & (age >= 18) & (age < 50) & lives & _has_resident_card(world))
    count = round(len(women) * world.profile.services.family_planning_per_1000_women / 1000)
    rows = rng.choice(women, count)
    return frame(
        "family_planning.services",
        _person(world, rows)
        | {
            "service_number": quarter_numbers("N", world, quarter, count, 5),
            "service_date": dates(np.sort(rng.integers(first, last + 1, count))),
            "family_planning_service_code": looked_up(["1", "2", "3"], np.searchsorted([0.25, 0.8], rng.random(count))),
            "committee_code": committee_codes(world, _living_committee(world, quarter, rows)),
        },
    )


def _living_committee(world: World, quarter: int, rows: np.ndarray) -> np.ndarray:
    dwelling = world.residence.lives_in[quarter + 1][world.people.household[rows]]
    return world.places.committee_of_dwelling(quarter)[np.maximum(dwelling, 0)]
