"""Writing the truth as Parquet under ``truth/``; the pipeline never reads it, tests measure against it.

Belongs here: the tables of the truth. Does not belong here: making it.

- ``persons.parquet``: person_id, household_id, category_code (1 registered, 2 migrant, 3 overseas), sex_code,
  birth_date, death_date, entry_date (null: there at the start), exit_date, gained_registration_date,
  document_type_code, document_number, person_name, foreign_name, phone (as given; many households give one)
- ``households.parquet``: household_id, category_code, entry_date, exit_date
- ``residence/quarter=<q>.parquet``: everyone who truly lives in the district on the last day: person_id,
  category_code, dwelling_code, compound_code, committee_code, sub_district_code, is_registered (here, in force or
  never cancelled), lives_where_registered
- ``registration/quarter=<q>.parquet``: everyone with a registration that offices hold in force: person_id,
  is_dead, has_left, is_absent, registered_committee_code
- ``dwellings.parquet``: dwelling_code, compound_code and committee_code at the end, building, room
- ``areas.parquet``: area_code, quarter, resident_count, household_count, daytime_count (committees)
- ``expected_events.parquet``: committee_code, quarter, event, expected_count
- ``service_shares.parquet``: committee_code, quarter, indicator_code, share
- ``indicators/quarter=<q>.parquet``: what a perfect pipeline would find for the quarter alone (no windows):
  committee_code, indicator_code, numerator, denominator (``true_indicators``)
- ``events/<extract>/quarter=<q>.parquet``: the undamaged rows of the event extracts, with the contract's columns
- ``special_groups.parquet``: group_code, spell (number as in the register), person_id, start_date, end_date,
  relapse_date
- ``damage/<round>.parquet``: row_number, column, kind, true_value, round, department, extract, file_name
- ``refused_values/<round>.parquet``: header, value, round, department, extract, file_name
- ``files.parquet``: one row a file written, with its style and incident
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contracts.registry import registry
from simulation.extracts.columns import codes, committee_codes, compound_codes, dates
from simulation.text import looked_up
from simulation.true_indicators import true_indicators
from simulation.world import World
from simulation.writing import WrittenFile, rows_of_period
from warehouse.files import atomic_path

EVENT_EXTRACTS = (
    "police.alarms_110", "police.cases", "police.traffic_accidents", "justice.mediations", "governance.hazards",
    "governance.hotline_tickets", "governance.psychological_service", "governance.volunteers", "drug_control.visits",
    "fire.fires",
)  # fmt: skip


def write_table(path: Path, table: pa.Table) -> None:
    with atomic_path(path) as unfinished:
        pq.write_table(table, unfinished, compression="zstd", compression_level=1)


def write_static(world: World, folder: Path) -> None:
    """The tables that do not go by quarter, and the areas' rates."""
    people, documents = world.people, world.documents
    first_day = world.timeline.first_day
    entry = np.where(people.entry_day < first_day, 2**30, people.entry_day)
    persons = {
        "person_id": pa.array(np.arange(len(people.household), dtype=np.int32)),
        "household_id": pa.array(people.household),
        "category_code": pa.array(people.kind),
        "sex_code": pa.array(people.sex),
        "birth_date": dates(people.birth_day),
        "death_date": dates(people.death_day),
        "entry_date": dates(entry),
        "exit_date": dates(people.exit_day),
        "gained_registration_date": dates(people.household_gained_registration_day[people.household]),
        "document_type_code": codes(documents.type_code),
        "document_number": documents.number,
        "person_name": documents.chinese_name,
        "foreign_name": documents.latin_name,
        "phone": documents.phone,
    }
    write_table(folder / "persons.parquet", pa.table(persons))
    households = {
        "household_id": pa.array(np.arange(len(people.household_kind), dtype=np.int32)),
        "category_code": pa.array(people.household_kind),
        "entry_date": dates(np.where(people.household_entry_day < first_day, 2**30, people.household_entry_day)),
        "exit_date": dates(people.household_exit_day),
    }
    write_table(folder / "households.parquet", pa.table(households))
    places = world.places
    end = world.timeline.count
    dwellings = {
        "dwelling_code": places.dwelling_codes,
        "compound_code": compound_codes(world, places.compound_of_dwelling(end)),
        "committee_code": committee_codes(world, places.committee_of_dwelling(end)),
        "building": pa.array(places.dwelling_building.astype(np.int32)),
        "room": pa.array(places.dwelling_room.astype(np.int32)),
    }
    write_table(folder / "dwellings.parquet", pa.table(dwellings))
    _write_rates(world, folder)
    groups = {
        "community_rehabilitation": world.special_groups.rehabilitation,
        "community_corrections": world.special_groups.corrections,
        "elderly_living_alone": world.special_groups.elderly_alone,
    }
    parts = [
        pa.table(
            {
                "group_code": pa.repeat(name, len(spells.person)),
                "spell": pa.array(np.arange(1, len(spells.person) + 1)),
                "person_id": pa.array(spells.person.astype(np.int32)),
                "start_date": dates(spells.start_day),
                "end_date": dates(spells.end_day),
                "relapse_date": dates(spells.relapse_day),
            }
        )
        for name, spells in groups.items()
    ]
    write_table(folder / "special_groups.parquet", pa.concat_tables(parts))


def _write_rates(world: World, folder: Path) -> None:
    committees, quarters = len(world.places.committee_codes), world.timeline.count
    place = {
        "committee_code": committee_codes(world, np.repeat(np.arange(committees), quarters)),
        "quarter": looked_up(world.timeline.quarters, np.tile(np.arange(quarters), committees)),
    }
    exposures = world.exposures
    counts = {
        "resident_count": pa.array(exposures.residents.ravel()),
        "household_count": pa.array(exposures.households.ravel()),
        "daytime_count": pa.array(exposures.daytime.ravel()),
    }
    write_table(folder / "areas.parquet", pa.table(place | counts))
    for file, key, value, rates in (
        ("expected_events", "event", "expected_count", world.rates.expected_events),
        ("service_shares", "indicator_code", "share", world.rates.service_shares),
    ):
        parts = [
            pa.table(place | {key: pa.repeat(name, committees * quarters), value: pa.array(array.ravel())})
            for name, array in rates.items()
        ]
        write_table(folder / f"{file}.parquet", pa.concat_tables(parts))


def write_quarter(world: World, quarter: int, folder: Path) -> None:
    """Residence, registration and events of one quarter."""
    people, places, registers = world.people, world.places, world.registers
    name, last = str(world.timeline.quarters[quarter]), int(world.timeline.ends[quarter])
    dwelling = world.residence.dwelling_of_person(people, quarter, last)
    registered_at = world.residence.registered_at[quarter + 1][people.household]
    in_force = (registers.registered_day <= last) & (registers.cancelled_day > last) & (registered_at >= 0)
    rows = np.flatnonzero(dwelling >= 0)
    committee = places.committee_of_dwelling(quarter)[dwelling[rows]]
    residence = {
        "person_id": pa.array(rows.astype(np.int32)),
        "category_code": pa.array(people.kind[rows]),
        "dwelling_code": places.dwelling_codes.take(pa.array(dwelling[rows])),
        "compound_code": compound_codes(world, places.compound_of_dwelling(quarter)[dwelling[rows]]),
        "committee_code": committee_codes(world, committee),
        "sub_district_code": looked_up(
            [sub["code"] for sub in places.sub_districts], places.committee_sub_district[committee]
        ),
        "is_registered": pa.array(in_force[rows]),
        "lives_where_registered": pa.array((dwelling == registered_at)[rows]),
    }
    write_table(folder / "residence" / f"quarter={name}.parquet", pa.table(residence))
    rows = np.flatnonzero(in_force)
    registration = {
        "person_id": pa.array(rows.astype(np.int32)),
        "is_dead": pa.array(people.death_day[rows] <= last),
        "has_left": pa.array(people.exit_day[rows] <= last),
        "is_absent": pa.array((dwelling != registered_at)[rows]),
        "registered_committee_code": committee_codes(world, places.committee_of_dwelling(quarter)[registered_at[rows]]),
    }
    write_table(folder / "registration" / f"quarter={name}.parquet", pa.table(registration))
    write_table(folder / "indicators" / f"quarter={name}.parquet", _indicators(world, quarter))
    for extract in EVENT_EXTRACTS:
        monthly = registry().contract(extract).delivery.rhythm == "monthly"
        all_periods = world.timeline.quarters[quarter].months if monthly else [name]
        parts = [rows_of_period(world, extract, period, quarter, {}) for period in all_periods]
        write_table(folder / "events" / extract / f"quarter={name}.parquet", pa.concat_tables(parts))


def _indicators(world: World, quarter: int) -> pa.Table:
    committees = committee_codes(world, np.arange(len(world.places.committee_codes)))
    parts = [
        pa.table(
            {
                "committee_code": committees,
                "indicator_code": pa.repeat(code, len(committees)),
                "numerator": pa.array(numerator),
                "denominator": pa.array(denominator),
            }
        )
        for code, (numerator, denominator) in true_indicators(world, quarter).items()
    ]
    return pa.concat_tables(parts)


def write_ledgers(folder: Path, round_name: str, written: list[WrittenFile]) -> None:
    """Damage and refused values of one round."""
    damage = [part for file in written for part in file.damage]
    refused = [file.refused_values for file in written if file.refused_values is not None]
    for kind, parts in (("damage", damage), ("refused_values", refused)):
        if parts:
            write_table(folder / kind / f"{round_name}.parquet", pa.concat_tables(parts).unify_dictionaries())


def write_records(folder: Path, records: list[dict]) -> None:
    """One row a file written."""
    write_table(folder / "files.parquet", pa.Table.from_pylist(records))
