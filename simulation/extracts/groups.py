"""Extracts about special groups: persons with their services, and counts by area."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from simulation.extracts.columns import codes, committee_codes, dates, emptied, frame, made_on, quarter_numbers
from simulation.randomness import generator
from simulation.special_groups import Spells
from simulation.text import looked_up, numbered
from simulation.timeline import NEVER
from simulation.world import World


def _person(world: World, persons: np.ndarray) -> dict[str, pa.Array]:
    people, documents = world.people, world.documents
    rows = pa.array(persons)
    return {
        "document_number": documents.number.take(rows),
        "person_name": documents.chinese_name.take(rows),
        "sex_code": codes(people.sex[persons]),
        "birth_date": dates(people.birth_day[persons]),
    }


def community_corrections(world: World, quarter: int) -> pa.Table:
    spells = world.special_groups.corrections
    at = np.flatnonzero(spells.committee[quarter] >= 0)
    start = spells.start_day[at]
    is_minor = (start - world.people.birth_day[spells.person[at]]) / 365.2425 < 18
    return frame(
        "justice.community_corrections",
        _person(world, spells.person[at])
        | {
            "correction_number": numbered("S", at + 1, 8),
            "correction_type_code": codes(spells.kind[at]),
            "start_date": dates(start),
            "end_date": dates(spells.end_day[at]),
            "is_minor": pa.array(is_minor),
            "committee_code": committee_codes(world, spells.committee[quarter][at]),
            "has_plan": pa.array(spells.has_plan[quarter][at]),
            "contacts_due_count": pa.array(spells.contacts_due[quarter][at].astype(np.int32)),
            "contacts_held_count": pa.array(spells.contacts_held[quarter][at].astype(np.int32)),
        },
    )


def rehabilitation_register(world: World, quarter: int) -> pa.Table:
    spells = world.special_groups.rehabilitation
    at = np.flatnonzero(spells.committee[quarter] >= 0)
    made = made_on(world.timeline, quarter)
    return frame(
        "drug_control.rehabilitation_register",
        _person(world, spells.person[at])
        | {
            "register_number": numbered("D", at + 1, 8),
            "rehabilitation_type_code": codes(spells.kind[at]),
            "start_date": dates(spells.start_day[at]),
            "end_date": dates(spells.end_day[at], known_by=made),
            "relapse_date": dates(spells.relapse_day[at], known_by=made),
            "has_plan": pa.array(spells.has_plan[quarter][at]),
            "contacts_due_count": pa.array(spells.contacts_due[quarter][at].astype(np.int32)),
            "committee_code": committee_codes(world, spells.committee[quarter][at]),
        },
    )


def visits(world: World, quarter: int) -> pa.Table:
    """Every contact of the rehabilitation register: those held on time, and most of the others, late."""
    spells = world.special_groups.rehabilitation
    rng = generator(world.profile.seed, "visits", quarter)
    first, last = int(world.timeline.starts[quarter]), int(world.timeline.ends[quarter])
    in_force = np.flatnonzero(spells.committee[quarter] >= 0)
    due_count = spells.contacts_due[quarter][in_force]
    at = np.repeat(in_force, due_count)
    number = np.arange(len(at)) - np.repeat(np.cumsum(due_count) - due_count, due_count)
    on_time = number < spells.contacts_held[quarter][at]
    starts = np.maximum(spells.start_day[at], first)
    length = np.minimum(spells.end_day[at], last) - starts + 1
    due = starts + np.floor(
        (number + rng.uniform(0.3, 0.7, len(at))) / np.maximum(due_count.repeat(due_count), 1) * length
    )
    due = np.minimum(due.astype(np.int64), last)
    day = np.where(on_time, np.maximum(due - rng.integers(0, 6, len(at)), starts), due + rng.integers(1, 6, len(at)))
    held = (on_time | (rng.random(len(at)) < 0.6)) & (day <= last)
    order = np.flatnonzero(held)[np.argsort(day[held], kind="stable")]
    at, day, due = at[order], day[order], due[order]
    documents = world.documents
    rows = pa.array(spells.person[at])
    return frame(
        "drug_control.visits",
        {
            "visit_number": quarter_numbers("W", world, quarter, len(at), 6),
            "register_number": numbered("D", at + 1, 8),
            "document_number": documents.number.take(rows),
            "person_name": documents.chinese_name.take(rows),
            "visit_date": dates(day),
            "visit_due_date": dates(due),
            "visitor_role_code": looked_up(
                ["1", "2", "3", "4"], np.searchsorted([0.5, 0.75, 0.88], rng.random(len(at)))
            ),
            "committee_code": committee_codes(world, spells.committee[quarter][at]),
        },
    )


def elderly_living_alone(world: World, quarter: int) -> pa.Table:
    spells: Spells = world.special_groups.elderly_alone
    at = np.flatnonzero(spells.committee[quarter] >= 0)
    person = spells.person[at]
    dwelling = world.residence.lives_in[quarter + 1][world.people.household[person]]
    draw = generator(world.profile.seed, "elderly").random(len(world.people.household))[person]
    return frame(
        "civil_affairs.elderly_living_alone",
        _person(world, person)
        | {
            "dwelling_code": looked_up(world.places.dwelling_codes, dwelling),
            "committee_code": committee_codes(world, spells.committee[quarter][at]),
            "listed_date": dates(spells.start_day[at]),
            "removed_date": dates(np.minimum(spells.end_day[at], NEVER), known_by=int(world.timeline.ends[quarter])),
            "contact_agreement_code": codes(spells.kind[at]),
            "contacts_due_count": pa.array(spells.contacts_due[quarter][at].astype(np.int32)),
            "contacts_held_count": pa.array(spells.contacts_held[quarter][at].astype(np.int32)),
            "phone": emptied(world.documents.phone.take(pa.array(person)), draw < 0.15),
        },
    )


def mental_disorder_services(world: World, quarter: int) -> pa.Table:
    """Counts by sub-district: a register that hardly moves, consent, and follow-up on time."""
    rng = generator(world.profile.seed, "mental disorder", quarter)
    steady = generator(world.profile.seed, "mental disorder").normal(1, 0.08, len(world.places.sub_districts))
    sub_of = world.places.committee_sub_district
    residents = np.bincount(sub_of, weights=world.exposures.residents[:, quarter])
    share = np.bincount(
        sub_of, weights=world.exposures.residents[:, quarter] * world.rates.service_shares["A5"][:, quarter]
    )
    registered = np.maximum(np.round(residents * world.profile.services.mental_disorder_per_1000 / 1000 * steady), 5)
    consented = rng.binomial(registered.astype(int), 0.92)
    counts = (registered, consented, rng.binomial(consented, share / residents))
    return frame(
        "health.mental_disorder_services",
        {
            "sub_district_code": pa.array([sub["code"] for sub in world.places.sub_districts]),
            **{
                name: pa.array(np.asarray(values).astype(np.int32))
                for name, values in zip(
                    ("registered_count", "consented_count", "followed_up_count"), counts, strict=True
                )
            },
        },
    )


def youth_services(world: World, quarter: int) -> pa.Table:
    """Counts by committee."""
    rng = generator(world.profile.seed, "youths", quarter)
    steady = generator(world.profile.seed, "youths").poisson(
        world.profile.services.youths_per_committee, len(world.places.committee_codes)
    )
    listed = np.maximum(steady + rng.integers(-1, 2, len(steady)), 0)
    served = rng.binomial(listed, world.rates.service_shares["C6"][:, quarter])
    at = np.flatnonzero(world.places.committees_open(quarter))
    return frame(
        "youth_league.youth_services",
        {
            "committee_code": committee_codes(world, at),
            "listed_count": pa.array(listed[at].astype(np.int32)),
            "served_count": pa.array(served[at].astype(np.int32)),
        },
    )
