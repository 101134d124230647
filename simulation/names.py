"""Made names: surnames that run in families and clans, common and rare given names, names of other forms.

Belongs here: composing names. Does not belong here: how departments misspell them (``damage``).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.households import FATHER, FEMALE, FIRST_CHILD, HEAD, MALE, MIGRANT, OVERSEAS, SECOND_CHILD, People
from simulation.places import TABLES_FOLDER
from simulation.text import joined, looked_up
from warehouse.files import read_yaml

#: Compounds in which one surname is common, and how common it is there.
_CLAN_COMPOUND_SHARE, _CLAN_SHARE = 0.04, 0.45
_ONE_CHARACTER_SHARE, _RARE_SHARE, _MINORITY_SHARE, _FATHERS_NAME_SHARE = 0.18, 0.004, 0.012, 0.006
#: Given names are not drawn evenly: a character's weight falls with its place in the table, from here on.
_COMMON_CHARACTERS = 6
#: Men of a clan who carry the character of their generation.
_GENERATION_NAME_SHARE = 0.5


@cache
def tables() -> dict:
    return read_yaml(TABLES_FOLDER / "names.yml")


def chinese_names(people: People, compound: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """Chinese name of every person; null for those from abroad, who have a name in Latin letters.

    ``compound`` is each household's compound at the start, -1 for none: clans cluster there.
    """
    table = tables()
    surnames, weights = list(table["surnames"]), np.array(list(table["surnames"].values()), float)
    household_surname = rng.choice(len(surnames), len(people.household_kind), p=weights / weights.sum())
    clan = np.where(rng.random(compound.max() + 2) < _CLAN_COMPOUND_SHARE, 1, 0)
    clan_surname = rng.integers(0, len(surnames), len(clan))
    in_clan = (clan[compound] == 1) & (compound >= 0) & (rng.random(len(compound)) < _CLAN_SHARE)
    household_surname = np.where(in_clan, clan_surname[compound], household_surname)
    # the household's surname is the father's; wives and mothers have their own
    count = len(people.household)
    own = rng.choice(len(surnames), count, p=weights / weights.sum())
    shares_it = np.isin(people.role, (FIRST_CHILD, SECOND_CHILD, FATHER)) | (
        (people.role == HEAD) & (people.sex == MALE)
    )
    shares_it |= (people.role != HEAD) & (people.sex == MALE) & (people.role < FATHER)
    surname = np.where(shares_it, household_surname[people.household], own)

    male, female = list(table["given_male"]), list(table["given_female"])
    given = [*male, *female, *table["rare"]]
    first, second = (
        np.where(
            people.sex == FEMALE,
            len(male) + _common_first(len(female), count, rng),
            _common_first(len(male), count, rng),
        )
        for _ in range(2)
    )
    # a clan's men of one generation share the first character
    of_clan = (
        in_clan[people.household] & shares_it & (people.sex == MALE) & (rng.random(count) < _GENERATION_NAME_SHARE)
    )
    generation = (people.birth_day // (365 * 28)) * 7 + compound[people.household]
    first = np.where(of_clan, generation % len(male), first)
    # brothers and sisters may share the first character
    sibling = (people.role == SECOND_CHILD) & (rng.random(count) < 0.4)
    first[sibling] = np.roll(first, 1)[sibling]
    rare = rng.random(count) < _RARE_SHARE
    second[rare] = len(male) + len(female) + rng.integers(0, len(table["rare"]), rare.sum())
    namesake = np.flatnonzero(
        (people.role == FIRST_CHILD) & (people.sex == MALE) & (rng.random(count) < _FATHERS_NAME_SHARE)
    )
    namesake = namesake[(namesake >= 2) & (people.household[namesake - 2] == people.household[namesake])]
    first[namesake], second[namesake] = first[namesake - 2], second[namesake - 2]
    second = np.where((rng.random(count) < _ONE_CHARACTER_SHARE) & ~rare, -1, second)
    names = joined(looked_up(surnames, surname), looked_up(given, first), looked_up(given, second))

    minority = (people.kind == MIGRANT) & (rng.random(count) < _MINORITY_SHARE)
    other = joined(
        looked_up(table["minority_given"], rng.integers(0, len(table["minority_given"]), count)),
        "·",
        looked_up(table["minority_father"], rng.integers(0, len(table["minority_father"]), count)),
    )
    names = pc.if_else(pa.array(minority), other, names)
    return pc.if_else(pa.array(people.kind == OVERSEAS), pa.scalar(None, pa.string()), names)


def _common_first(size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Places in a table, those in front far more often (Zipf's law with an offset)."""
    weights = 1 / (np.arange(size) + _COMMON_CHARACTERS)
    return np.searchsorted(np.cumsum(weights / weights.sum())[:-1], rng.random(count))


def latin_names(count: int, is_romanised: np.ndarray, rng: np.random.Generator) -> pa.Array:
    """Names in Latin letters, family name first; ``is_romanised`` for Hong Kong, Macao and Taiwan residents."""
    table = tables()

    def draw(key: str) -> pa.Array:
        return looked_up(table[key], rng.integers(0, len(table[key]), count))

    foreign = joined(draw("foreign_family"), " ", draw("foreign_given"))
    romanised = joined(draw("romanised_family"), " ", draw("romanised_given"))
    return pc.if_else(pa.array(is_romanised), romanised, foreign)


def signatures(count: int, rng: np.random.Generator) -> list[str]:
    """Names of the clerks who sign extracts."""
    table = tables()
    surnames, given = list(table["surnames"]), table["given_male"] + table["given_female"]
    return [surnames[rng.integers(len(surnames))] + given[rng.integers(len(given))] for _ in range(count)]
