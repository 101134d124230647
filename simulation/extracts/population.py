"""Extracts of the population office: registered residents, people from elsewhere and from abroad, dwellings."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.extracts.columns import codes, committee_codes, compound_codes, dates, emptied, frame
from simulation.households import MIGRANT, OVERSEAS
from simulation.randomness import generator
from simulation.registers import RENTED, VACANT, YEAR, registered_as_present
from simulation.text import joined, looked_up
from simulation.timeline import NEVER
from simulation.world import World

_RELATIONS = np.array([1, 2, 3, 3, 4, 4, 9])


def registered_residents(world: World, quarter: int) -> pa.Table:
    people, registers, documents = world.people, world.registers, world.documents
    first, last = int(world.timeline.starts[quarter]), int(world.timeline.ends[quarter])
    registered_at = world.residence.registered_at[quarter + 1][people.household]
    rows = np.flatnonzero(registers.in_registered_extract(first, last) & (registered_at >= 0))
    dwelling = registered_at[rows]
    lives_in = world.residence.dwelling_of_person(people, quarter, last)[rows]
    draw = generator(world.profile.seed, "residence match").random(len(people.household))[rows]
    at_home = np.zeros(len(people.household), bool)
    at_home[rows] = (lives_in == dwelling) | (people.death_day[rows] <= last)
    says_present = registered_as_present(world.profile, at_home)[rows]
    cancelled = registers.cancelled_day[rows]
    by_death = people.death_day[rows] < people.exit_day[rows]
    numbers = documents.number.take(pa.array(rows))
    return frame(
        "population.registered_residents",
        {
            "document_number": numbers,
            "person_name": documents.chinese_name.take(pa.array(rows)),
            "sex_code": codes(people.sex[rows]),
            "birth_date": dates(people.birth_day[rows]),
            "household_number": world.household_numbers.take(pa.array(people.household[rows])),
            "household_relation_code": codes(_RELATIONS[people.role[rows]]),
            "registered_address": joined(
                world.places.district["name_zh"], world.door_addresses.take(pa.array(dwelling))
            ),
            "residence_match_code": codes(np.where(says_present, "01", "02")),
            "dwelling_code": world.places.dwelling_codes.take(pa.array(dwelling)),
            "committee_code": committee_codes(world, world.places.committee_of_dwelling(quarter)[dwelling]),
            "registration_date": dates(registers.registered_day[rows]),
            "verified_date": dates(registers.verified_day[quarter][rows]),
            "registered_status_code": codes(np.where(cancelled > last, 1, np.where(by_death, 2, 3))),
            "status_date": dates(cancelled, known_by=last),
            "phone": emptied(documents.phone.take(pa.array(rows)), draw < 0.12),
        },
    )


def _staying(world: World, quarter: int, kind: int) -> tuple[np.ndarray, dict[str, pa.Array]]:
    """Rows and common columns of people from elsewhere and from abroad."""
    people, registers = world.people, world.registers
    first, last = int(world.timeline.starts[quarter]), int(world.timeline.ends[quarter])
    dwelling = world.residence.known_dwelling[quarter + 1][people.household]
    rows = np.flatnonzero(registers.in_stay_extract(first, last) & (people.kind == kind) & (dwelling >= 0))
    dwelling = dwelling[rows]
    signed_off = registers.signed_off_day[rows]
    return rows, {
        "document_number": world.documents.number.take(pa.array(rows)),
        "sex_code": codes(people.sex[rows]),
        "birth_date": dates(people.birth_day[rows]),
        "arrival_date": dates(registers.arrival_day[rows]),
        "registration_date": dates(registers.stay_day[rows]),
        "permit_expiry_date": dates(registers.permit_expiry(last)[rows]),
        "dwelling_code": world.places.dwelling_codes.take(pa.array(dwelling)),
        "committee_code": committee_codes(world, world.places.committee_of_dwelling(quarter)[dwelling]),
        "verified_date": dates(np.maximum(registers.verified_day[quarter], registers.stay_day)[rows]),
        "stay_status_code": codes(np.where(signed_off <= last, 2, 1)),
        "status_date": dates(signed_off, known_by=last),
    }


def migrant_residents(world: World, quarter: int) -> pa.Table:
    rows, columns = _staying(world, quarter, MIGRANT)
    draw = generator(world.profile.seed, "migrants").random((2, len(world.people.household)))[:, rows]
    county = world.documents.county[rows]
    return frame(
        "population.migrant_residents",
        columns
        | {
            "person_name": world.documents.chinese_name.take(pa.array(rows)),
            "origin_area_code": emptied(codes(county), draw[0] < 0.03),
            "residence_purpose_code": looked_up(["1", "2", "3", "9"], np.searchsorted([0.7, 0.88, 0.95], draw[1])),
            "phone": emptied(world.documents.phone.take(pa.array(rows)), draw[0] > 0.93),
        },
    )


def overseas_residents(world: World, quarter: int) -> pa.Table:
    rows, columns = _staying(world, quarter, OVERSEAS)
    documents = world.documents
    draw = generator(world.profile.seed, "overseas").random(len(world.people.household))[rows]
    return frame(
        "population.overseas_residents",
        columns
        | {
            "document_type_code": codes(documents.type_code[rows]),
            "foreign_name": documents.latin_name.take(pa.array(rows)),
            "person_name": emptied(
                joined("王", looked_up(["伟", "静", "明", "丽"], (draw * 4).astype(int))), draw < 0.6
            ),
            "nationality_code": documents.nationality.take(pa.array(rows)),
        },
    )


def household_visits(world: World, quarter: int) -> pa.Table:
    """People whom a visit found to live otherwise than the registers say."""
    visits, documents, places = world.visits, world.documents, world.places
    rows = np.flatnonzero(visits.finding[quarter])
    dwelling = visits.dwelling[quarter][rows]
    names = pc.if_else(pa.array(world.people.kind == OVERSEAS), documents.latin_name, documents.chinese_name)
    return frame(
        "population.household_visits",
        {
            "document_number": documents.number.take(pa.array(rows)),
            "document_type_code": codes(documents.type_code[rows]),
            "person_name": names.take(pa.array(rows)),
            "sex_code": codes(world.people.sex[rows]),
            "birth_date": dates(world.people.birth_day[rows]),
            "residence_finding_code": codes(visits.finding[quarter][rows]),
            "found_date": dates(visits.found_day[quarter][rows]),
            "dwelling_code": places.dwelling_codes.take(pa.array(dwelling)),
            "committee_code": committee_codes(world, places.committee_of_dwelling(quarter)[dwelling]),
        },
    )


def dwellings(world: World, quarter: int) -> pa.Table:
    places, registers = world.places, world.registers
    last = int(world.timeline.ends[quarter])
    occupancy = registers.occupancy[quarter]
    rented = occupancy == RENTED
    registered = registers.rental_registered_day[quarter]
    # a registration that lapsed long ago is not in the file any more
    expiry = np.where(rented & (registered + YEAR > last - 2 * YEAR), registered + YEAR, NEVER)
    checked = np.where(rented, registers.safety_checked_day[quarter], NEVER)
    return frame(
        "population.dwellings",
        {
            "dwelling_code": places.dwelling_codes,
            "compound_code": compound_codes(world, places.compound_of_dwelling(quarter)),
            "committee_code": committee_codes(world, places.committee_of_dwelling(quarter)),
            "door_address": world.door_addresses,
            "occupancy_code": codes(np.where(occupancy == VACANT, 3, occupancy)),
            "rental_registration_expiry_date": dates(expiry),
            "safety_check_date": dates(checked, known_by=last),
        },
    )
