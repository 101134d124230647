"""What stands on everyone's papers: type and number of the identity document, name, nationality, telephone.

Belongs here: giving papers to people. Does not belong here: the forms of the numbers (``identity_numbers``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.households import OVERSEAS, REGISTERED, People
from simulation.identity_numbers import as_text, permanent_resident_numbers, resident_numbers
from simulation.names import chinese_names, latin_names, tables
from simulation.places import Places
from simulation.randomness import generator
from simulation.residence import Residence
from simulation.text import looked_up, numbered

RESIDENT_CARD, PASSPORT, TAIWAN_PERMIT, HONG_KONG_PERMIT, PERMANENT_RESIDENT = "111", "414", "511", "516", "553"
_COUNTIES_PER_PROVINCE = 20
#: Share of the registered who were first registered elsewhere in the country.
_REGISTERED_FROM_ELSEWHERE = 0.22
#: Share of households whose members all give the same telephone number.
_SHARED_PHONE_SHARE = 0.3


@dataclass(frozen=True)
class Documents:
    """One entry a person. ``county`` is the six-digit code at the front of the number (0 without one)."""

    type_code: np.ndarray
    number: pa.Array
    county: np.ndarray
    chinese_name: pa.Array
    latin_name: pa.Array
    nationality: pa.Array
    phone: pa.Array


def make_documents(seed: int, places: Places, people: People, residence: Residence) -> Documents:
    """Papers for everyone; resident ID numbers are all different, and so are the others."""
    rng = generator(seed, "documents")
    count = len(people.household)
    start = np.where(residence.known_dwelling >= 0, residence.known_dwelling, residence.registered_at).max(axis=0)
    compound = np.where(start >= 0, places.dwelling_compound[start], -1)
    kind = people.kind
    county = _counties(people, kind, rng)
    numbers = as_text(resident_numbers(county, people.birth_day, people.sex))
    foreign = kind == OVERSEAS
    type_code = np.where(
        foreign,
        rng.choice([PASSPORT, HONG_KONG_PERMIT, TAIWAN_PERMIT, PERMANENT_RESIDENT], count, p=[0.74, 0.12, 0.11, 0.03]),
        RESIDENT_CARD,
    )
    nations = tables()["nationalities"]
    weights = np.array([weight for _, _, weight in nations], float)
    nation = rng.choice(len(nations), count, p=weights / weights.sum())
    serial = np.cumsum(foreign) * 17
    numeric = np.array([number for _, number, _ in nations])[nation]
    others = [
        (PASSPORT, numbered("X", serial, 9)),
        (HONG_KONG_PERMIT, numbered("H99", serial % 1_000_000, 6)),
        (TAIWAN_PERMIT, numbered("99", serial % 1_000_000, 6)),
        (PERMANENT_RESIDENT, as_text(permanent_resident_numbers(numeric, people.birth_day, serial))),
    ]
    for code, values in others:
        numbers = pc.if_else(pa.array(type_code == code), values, numbers)
    is_permit = np.isin(type_code, (HONG_KONG_PERMIT, TAIWAN_PERMIT))
    region = np.where(type_code == TAIWAN_PERMIT, len(nations) + 1, np.where(is_permit, len(nations), nation))
    nationality = looked_up([*(code for code, _, _ in nations), "HKG", "TWN"], np.where(foreign, region, -1))
    # no mobile number in China begins with 12
    step = 10**9 // count
    phone = numbered("12", rng.permutation(count).astype(np.int64) * step + rng.integers(0, step, count), 9)
    # in many households all give one telephone, that of the first member
    head = np.searchsorted(people.household, people.household)
    shares_phone = (rng.random(len(people.household_kind)) < _SHARED_PHONE_SHARE)[people.household]
    phone = phone.take(pa.array(np.where(shares_phone, head, np.arange(count))))
    return Documents(
        type_code=type_code,
        number=numbers,
        county=np.where(foreign, 0, county),
        chinese_name=chinese_names(people, compound, rng),
        latin_name=latin_names(count, is_permit, rng),
        nationality=nationality,
        phone=phone,
    )


def _counties(people: People, kind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Codes of counties that never were: one household, one county, except those who came from elsewhere."""
    weights = tables()["provinces"]
    codes = np.array([int(code) for code in weights]) * 10_000 + 9_900
    shares = np.array(list(weights.values()), float)
    count = len(people.household_kind)
    elsewhere = codes[rng.choice(len(codes), count, p=shares / shares.sum())]
    elsewhere = elsewhere + rng.integers(1, _COUNTIES_PER_PROVINCE + 1, count)
    local = 319_900 + rng.integers(1, _COUNTIES_PER_PROVINCE + 1, len(kind))
    is_local = (kind == REGISTERED) & (rng.random(len(kind)) >= _REGISTERED_FROM_ELSEWHERE)
    return np.where(is_local, local, elsewhere[people.household])
