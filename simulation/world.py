"""The whole truth of one made district, put together.

Belongs here: the order in which the parts are made. Does not belong here: the parts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from simulation.documents import Documents, make_documents
from simulation.events import Events, draw_events
from simulation.households import People, make_people
from simulation.places import Places, make_places
from simulation.profile import Profile
from simulation.rates import Exposures, Rates, make_rates, measure_exposures
from simulation.registers import Registers, make_registers
from simulation.residence import Residence, dwellings_needed, make_residence
from simulation.services import Services, make_services
from simulation.special_groups import SpecialGroups, make_special_groups
from simulation.text import integers_as_text, joined, looked_up, numbered
from simulation.timeline import Timeline
from simulation.visits import Visits, make_visits
from simulation.vital_events import add_vital_events
from warehouse.quarters import Quarter


@dataclass(frozen=True)
class World:
    """Everything that is true, and what offices know. Persons, households and areas go by position."""

    profile: Profile
    timeline: Timeline
    places: Places
    people: People
    residence: Residence
    documents: Documents
    exposures: Exposures
    rates: Rates
    registers: Registers
    visits: Visits
    services: Services
    special_groups: SpecialGroups
    events: dict[str, Events]

    @cached_property
    def household_numbers(self) -> pa.Array:
        return numbered("H", np.arange(len(self.people.household_kind)), 8)

    @cached_property
    def door_addresses(self) -> pa.Array:
        """Address of every dwelling: compound, building, room. Compounds have made names, so no door has it."""
        places = self.places
        compound = looked_up([name for name, _ in places.compound_names], places.dwelling_compound)
        building, room = (integers_as_text(values) for values in (places.dwelling_building, places.dwelling_room))
        return joined(compound, building, "号", room, "室")


def build_world(profile: Profile, progress: Callable[[str], None]) -> World:
    """Make the truth of all quarters. The same profile gives the same truth."""
    timeline = Timeline(Quarter.parse(profile.first_quarter), profile.quarter_count)
    people = add_vital_events(profile, timeline, make_people(profile, timeline))
    places = make_places(profile, timeline, dwellings_needed(profile))
    progress(
        f"{len(people.household):,} people in {len(people.household_kind):,} households, "
        f"{len(places.dwelling_compound):,} dwellings, {len(places.compound_codes):,} compounds, "
        f"{len(places.committee_codes)} committees"
    )
    residence = make_residence(profile, timeline, places, people)
    documents = make_documents(profile.seed, places, people, residence)
    exposures = measure_exposures(profile, timeline, places, people, residence)
    rates = make_rates(profile, timeline, places, exposures)
    registers = make_registers(profile, timeline, places, people, residence, rates)
    visits = make_visits(profile, timeline, places, people, residence, registers)
    services = make_services(profile, timeline, places, people, residence)
    special_groups = make_special_groups(profile, timeline, places, people, residence, rates)
    events = draw_events(profile, timeline, places, exposures, rates)
    progress(
        f"{exposures.residents[:, 0].sum():,.0f} residents at the end of the first quarter, "
        f"{sum(len(kind.day) for kind in events.values()):,} events"
    )
    return World(
        profile, timeline, places, people, residence, documents,
        exposures, rates, registers, visits, services, special_groups, events,
    )  # fmt: skip
