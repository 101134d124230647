"""The numerators and denominators that a perfect pipeline would find, by committee and quarter.

Belongs here: the indicators' definitions applied to the truth, for measuring the pipeline. Does not belong here:
goalposts, weights and scores. Works on the truth's arrays and undamaged rows; shares no code with the pipeline.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.extracts import EXTRACTS
from simulation.households import OVERSEAS, REGISTERED
from simulation.registers import RENTED, YEAR
from simulation.world import World

Pair = tuple[np.ndarray, np.ndarray]
ALARM_TYPES = ("010000", "020000")
BURGLARY, THEFTS, FRAUD = "0501", ("0502", "0503"), "0601"


def true_indicators(world: World, quarter: int) -> dict[str, Pair]:
    """Numerator and denominator by committee of the quarter alone; windows are for the reader to add up.

    B6 has compounds without a burglary in this quarter; C2 has residents and full-time posts.
    """
    residents = world.exposures.residents[:, quarter]
    households = world.exposures.households[:, quarter]
    return _population(world, quarter) | _groups(world, quarter) | _events(world, quarter, residents, households)


def _by_committee(world: World, table: pa.Table, mask: pa.ChunkedArray | None = None) -> np.ndarray:
    codes = table.column("committee_code") if mask is None else table.column("committee_code").filter(mask)
    index = pc.index_in(codes, value_set=pa.array(world.places.committee_codes))
    return np.bincount(index.to_numpy(), minlength=len(world.places.committee_codes)).astype(float)


def _population(world: World, quarter: int) -> dict[str, Pair]:
    people, registers, residence = world.people, world.registers, world.residence
    first, last = int(world.timeline.starts[quarter]), int(world.timeline.ends[quarter])
    committee_of = world.places.committee_of_dwelling(quarter)
    size = len(world.places.committee_codes)
    lives = residence.dwelling_of_person(people, quarter, last)
    registered_at = residence.registered_at[quarter + 1][people.household]
    known = residence.known_dwelling[quarter + 1][people.household]
    is_local = people.kind == REGISTERED
    in_force = (registers.registered_day <= last) & (registers.cancelled_day > last) & (registered_at == lives)
    staying = registers.in_stay_extract(first, last) & (registers.signed_off_day > last)
    on_register = (lives >= 0) & np.where(is_local, in_force, staying)
    home = committee_of[np.maximum(np.where(is_local, registered_at, known), 0)]
    verified = on_register & (registers.verified_day[quarter] > last - YEAR)
    newcomers = (registers.stay_day >= first) & (registers.stay_day <= last) & ~is_local & (people.kind != OVERSEAS)
    timely = newcomers & (registers.stay_day - registers.arrival_day <= 3)
    rented = registers.occupancy[quarter] == RENTED
    current = rented & (registers.rental_registered_day[quarter] + YEAR >= last)
    current &= registers.safety_checked_day[quarter] > last - YEAR

    def count(committee: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return np.bincount(committee[mask], minlength=size).astype(float)

    return {
        "A1": (count(home, verified), count(home, on_register)),
        "A2": (
            count(home, timely) + count(committee_of, current),
            count(home, newcomers) + count(committee_of, rented),
        ),
    }


def _groups(world: World, quarter: int) -> dict[str, Pair]:
    size = len(world.places.committee_codes)
    groups, pairs = world.special_groups, {}
    for code, spells in (("A3", groups.rehabilitation), ("A4", groups.corrections), ("A6", groups.elderly_alone)):
        at = np.flatnonzero(spells.committee[quarter] >= 0)
        committee = spells.committee[quarter][at]
        due, held = spells.contacts_due[quarter][at], spells.contacts_held[quarter][at] * spells.has_plan[quarter][at]
        if code == "A6":
            due, held = np.ones(len(at)), spells.contacts_held[quarter][at] >= spells.contacts_due[quarter][at]
        pairs[code] = tuple(np.bincount(committee, weights=values, minlength=size) for values in (held, due))
    # counted by sub-district only: spread over its committees by residents
    table = EXTRACTS["health.mental_disorder_services"](world, quarter)
    sub_of = world.places.committee_sub_district
    residents = world.exposures.residents[:, quarter]
    share = residents / np.bincount(sub_of, weights=residents)[sub_of]
    counts = [table.column(name).to_numpy()[sub_of] * share for name in ("followed_up_count", "consented_count")]
    pairs["A5"] = (counts[0], counts[1])
    youths = EXTRACTS["youth_league.youth_services"](world, quarter)
    index = pc.index_in(youths.column("committee_code"), value_set=pa.array(world.places.committee_codes)).to_numpy()
    pairs["C6"] = tuple(
        np.bincount(index, weights=youths.column(name).to_numpy(), minlength=size)
        for name in ("served_count", "listed_count")
    )
    return pairs


def _events(world: World, quarter: int, residents: np.ndarray, households: np.ndarray) -> dict[str, Pair]:
    rows = {
        name: EXTRACTS[name](world, quarter)
        for name in (
            "police.alarms_110", "police.cases", "police.traffic_accidents", "police.security_devices",
            "justice.mediations", "governance.hazards", "governance.hotline_tickets",
            "governance.psychological_service", "governance.volunteers", "fire.fires",
        )
    }  # fmt: skip

    def count(extract: str, mask=None) -> np.ndarray:
        return _by_committee(world, rows[extract], mask)

    def is_in(extract: str, column: str, values) -> pa.ChunkedArray:
        return pc.is_in(rows[extract].column(column), value_set=pa.array(values))

    def days(extract: str, later: str, earlier: str) -> pa.ChunkedArray:
        columns = (rows[extract].column(name).cast(pa.int32()) for name in (later, earlier))
        return pc.subtract(*columns)

    def true(mask) -> pa.ChunkedArray:
        return pc.fill_null(mask, False)

    counted = pc.and_(
        is_in("police.alarms_110", "alarm_category_code", ALARM_TYPES),
        is_in("police.alarms_110", "alarm_disposal_code", ["1"]),
    )
    cases = "police.cases"
    standing = pc.invert(is_in(cases, "case_status_code", ["3"]))
    of_type = {
        name: pc.and_(standing, is_in(cases, "case_type_code", types))
        for name, types in (("B2", [BURGLARY]), ("B3", THEFTS), ("B4", [FRAUD]), ("all", [BURGLARY, *THEFTS, FRAUD]))
    }
    cleared = pc.and_(of_type["all"], is_in(cases, "case_status_code", ["2"]))
    devices, mediations, hazards = (
        rows["police.security_devices"],
        rows["justice.mediations"],
        rows["governance.hazards"],
    )
    tickets = rows["governance.hotline_tickets"]
    accidents = rows["police.traffic_accidents"]
    with_injury = pc.greater(pc.add(accidents.column("injured_count"), accidents.column("death_count")), 0)
    works = pc.and_(devices.column("has_working_camera"), devices.column("has_working_access_control"))
    reopened = true(pc.less_equal(days("justice.mediations", "reopened_date", "closed_date"), 30))
    agreed = pc.and_(pc.equal(mediations.column("mediation_outcome_code"), "1"), pc.invert(reopened))
    put_right = true(pc.less_equal(hazards.column("closed_date"), hazards.column("due_date")))
    closed = true(pc.less_equal(tickets.column("closed_date"), tickets.column("due_date")))
    quick = true(pc.less_equal(days("governance.psychological_service", "first_contact_date", "request_date"), 7))
    active = rows["governance.volunteers"].group_by(["committee_code", "volunteer_number"]).aggregate([])
    burgled = rows[cases].filter(of_type["B2"]).column("compound_code").unique()
    posts = EXTRACTS["police.community_officers"](world, quarter)
    post_of = pc.index_in(posts.column("committee_code"), value_set=pa.array(world.places.committee_codes)).to_numpy()
    open_now = np.flatnonzero(world.places.compound_opened <= quarter)
    compound_committee = world.places.committee_of_compound(quarter)
    is_burgled = pc.is_in(pa.array(world.places.compound_codes), value_set=burgled).to_numpy(zero_copy_only=False)
    size = len(residents)
    return {
        "B1": (count("police.alarms_110", counted), residents),
        "B2": (count(cases, of_type["B2"]), households),
        "B3": (count(cases, of_type["B3"]), residents),
        "B4": (count(cases, of_type["B4"]), residents),
        "B5": (count(cases, cleared), count(cases, of_type["all"])),
        "B6": (
            np.bincount(compound_committee[open_now[~is_burgled[open_now]]], minlength=size).astype(float),
            np.bincount(compound_committee[open_now], minlength=size).astype(float),
        ),
        "C1": (_by_committee(world, active), residents),
        "C2": (residents, np.bincount(post_of, weights=posts.column("full_time_share").to_numpy(), minlength=size)),
        "C3": (count("police.security_devices", works), count("police.security_devices")),
        "C4": (count("justice.mediations", agreed), count("justice.mediations")),
        "C5": (count("governance.psychological_service", quick), count("governance.psychological_service")),
        "D1": (count("police.traffic_accidents", with_injury), residents),
        "D2": (count("fire.fires", rows["fire.fires"].column("is_confirmed")), households),
        "D3": (count("governance.hazards", put_right), count("governance.hazards")),
        "D4": (
            count("governance.hotline_tickets", pc.and_(closed, tickets.column("is_followed_up"))),
            count("governance.hotline_tickets"),
        ),
    }
