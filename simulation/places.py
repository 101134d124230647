"""Where: committees, compounds, dwellings, grids, and when they have been so.

Belongs here: the made geography and its changes. Does not belong here: who lives there (``residence``)
or the rows of the area extract (``extracts.governance``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulation.profile import Profile, ProfileError
from simulation.randomness import generator
from simulation.text import numbered
from simulation.timeline import Timeline
from warehouse.files import read_yaml
from warehouse.quarters import Quarter

AREAS_FOLDER = Path(__file__).parent / "areas"
TABLES_FOLDER = Path(__file__).parent / "tables"


@dataclass(frozen=True)
class Split:
    """Committee ``old`` gives part of its compounds to committee ``new`` at the start of quarter ``index``."""

    old: int
    new: int
    index: int


@dataclass(frozen=True)
class Merge:
    """Committee ``old`` ends at the start of quarter ``index``, and ``into`` takes over its compounds."""

    old: int
    into: int
    index: int


@dataclass(frozen=True)
class Places:
    """Areas by position: arrays of one entry a committee, compound or dwelling.

    ``compound_origin`` is the compound that a later one was carved out of, ``compound_opened`` the quarter
    index (-1: from the start), ``dwelling_compound`` the compound at the end of the simulation; ``compound_committee``
    is the committee with the split and without the merge.
    """

    district: dict[str, str]
    sub_districts: list[dict]
    committee_codes: np.ndarray
    committee_names: list[tuple[str, str]]
    committee_sub_district: np.ndarray
    committee_grid: np.ndarray
    grid_codes: np.ndarray
    grid_sub_district: np.ndarray
    micro_grid_codes: np.ndarray
    micro_grid_grid: np.ndarray
    compound_codes: np.ndarray
    compound_names: list[tuple[str, str]]
    compound_committee: np.ndarray
    compound_origin: np.ndarray
    compound_opened: np.ndarray
    dwelling_codes: pa.Array
    dwelling_compound: np.ndarray
    dwelling_building: np.ndarray
    dwelling_room: np.ndarray
    split: Split | None
    merge: Merge | None

    def committee_of_compound(self, quarter: int) -> np.ndarray:
        """Committee of every compound at the end of the quarter."""
        committee = self.compound_committee
        if self.split is not None and quarter < self.split.index:
            committee = np.where(committee == self.split.new, self.split.old, committee)
        if self.merge is not None and quarter >= self.merge.index:
            committee = np.where(committee == self.merge.old, self.merge.into, committee)
        return committee

    def compound_of_dwelling(self, quarter: int) -> np.ndarray:
        """Compound of every dwelling at the end of the quarter: before a compound opens, the one it came from."""
        current = np.where(self.compound_opened <= quarter, np.arange(len(self.compound_codes)), self.compound_origin)
        return current[self.dwelling_compound]

    def committee_of_dwelling(self, quarter: int) -> np.ndarray:
        return self.committee_of_compound(quarter)[self.dwelling_compound]

    def committees_open(self, quarter: int) -> np.ndarray:
        """Which committees exist in the quarter."""
        is_open = np.ones(len(self.committee_codes), bool)
        if self.split is not None and quarter < self.split.index:
            is_open[self.split.new] = False
        if self.merge is not None and quarter >= self.merge.index:
            is_open[self.merge.old] = False
        return is_open


def load_areas(name: str) -> dict:
    """The district's codes and names. Raises ProfileError, naming the areas there are, for an unknown one."""
    path = AREAS_FOLDER / f"{name}.yml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in AREAS_FOLDER.glob("*.yml")))
        raise ProfileError(f"no areas {name!r}; there are: {known}")
    return read_yaml(path)


def make_places(profile: Profile, timeline: Timeline, dwelling_count: int) -> Places:
    """Lay out the district with ``dwelling_count`` dwellings, about equally many a compound within a committee."""
    areas = load_areas(profile.areas)
    prefix = areas["district"]["code"]
    rng = generator(profile.seed, "places")
    subs = areas["sub_districts"]
    codes, names, sub_index = [], [], []
    for position, sub in enumerate(subs):
        for number in range(1, sub["committees"] + 1):
            codes.append(f"{sub['code']}{number:03d}")
            names.append((f"{sub['name_zh']}第{number}居委会", f"{sub['name_en']} Committee {number}"))
            sub_index.append(position)
    sub_of = np.array(sub_index)
    split = _split(profile, timeline, subs, sub_of)
    variation = profile.places.committee_size_variation
    weights = rng.gamma(1 / variation**2, variation**2, len(codes)).clip(0.45, 2.2)
    if split:
        whole = max(weights[split.old], 1.0) * 1.7
        weights[split.new] = whole * profile.places.split.dwelling_share
        weights[split.old] = whole - weights[split.new]
    committee, origin, opened = _compounds(profile, timeline, weights, rng)
    size = weights[committee] / np.bincount(committee)[committee] * rng.lognormal(0, 0.5, len(committee))
    counts = np.maximum(np.floor(size / size.sum() * dwelling_count).astype(np.int64), 6)
    dwelling_compound = np.repeat(np.arange(len(committee)), counts)
    within = np.arange(len(dwelling_compound)) - np.repeat(np.cumsum(counts) - counts, counts)
    grid_sub, grid_of_committee = _grids(profile.places.grids, sub_of, len(subs))
    micro = np.sort(rng.integers(0, len(grid_sub), profile.places.micro_grids))
    return Places(
        district=areas["district"],
        sub_districts=subs,
        committee_codes=np.array(codes),
        committee_names=names,
        committee_sub_district=sub_of,
        committee_grid=grid_of_committee,
        grid_codes=np.array([f"{prefix}G{number:04d}" for number in range(1, len(grid_sub) + 1)]),
        grid_sub_district=grid_sub,
        micro_grid_codes=np.array([f"{prefix}M{number:05d}" for number in range(1, len(micro) + 1)]),
        micro_grid_grid=micro,
        compound_codes=np.array([f"{prefix}X{number:04d}" for number in range(1, len(committee) + 1)]),
        compound_names=_compound_names(len(committee), rng),
        compound_committee=committee,
        compound_origin=origin,
        compound_opened=opened,
        dwelling_codes=numbered(f"{prefix}F", np.arange(1, len(dwelling_compound) + 1), 7),
        dwelling_compound=dwelling_compound,
        dwelling_building=within // 24 + 1,
        dwelling_room=(within % 24 // 4 + 1) * 100 + within % 4 + 1,
        split=split,
        merge=_merge(profile, timeline, subs, sub_of),
    )


def _split(profile: Profile, timeline: Timeline, subs: list[dict], sub_of: np.ndarray) -> Split | None:
    wanted = profile.places.split
    if wanted is None:
        return None
    inside, index = _inside("split", wanted.sub_district, wanted.quarter, timeline, subs, sub_of)
    return Split(int(inside[0]), int(inside[-1]), index) if index < timeline.count else None


def _merge(profile: Profile, timeline: Timeline, subs: list[dict], sub_of: np.ndarray) -> Merge | None:
    wanted, split = profile.places.merge, profile.places.split
    if wanted is None:
        return None
    inside, index = _inside("merge", wanted.sub_district, wanted.quarter, timeline, subs, sub_of)
    if split and split.sub_district == wanted.sub_district:
        raise ProfileError("places.merge: its sub-district has the split already; name another one")
    return Merge(int(inside[-1]), int(inside[-2]), index) if index < timeline.count else None


def _inside(what: str, code: str, quarter: str, timeline: Timeline, subs: list[dict], sub_of: np.ndarray):
    """Committees of the sub-district in which areas change, and the index of the quarter in which they do."""
    at = [position for position, sub in enumerate(subs) if sub["code"] == code]
    index = timeline.index(Quarter.parse(quarter))
    if not at or subs[at[0]]["committees"] < 2:
        raise ProfileError(f"places.{what}: {code} is no sub-district with two committees")
    if index < 1:
        raise ProfileError(f"places.{what}: {quarter} leaves no simulated quarter before the {what}")
    return np.flatnonzero(sub_of == at[0]), index


def _compounds(profile: Profile, timeline: Timeline, weights: np.ndarray, rng: np.random.Generator):
    """Committee, origin and opening quarter of every compound, in the order of their codes."""
    start, end = profile.places.compounds_at_start, profile.places.compounds_at_end
    if start < len(weights) * 2:
        raise ProfileError(f"places: {start} compounds are too few for {len(weights)} committees (two each)")
    first = np.sort(np.r_[np.tile(np.arange(len(weights)), 2), _draw(weights, start - 2 * len(weights), rng)])
    later = _draw(weights, end - start, rng)
    starts = np.searchsorted(first, later, side="left")
    sizes = np.searchsorted(first, later, side="right") - starts
    origin = np.r_[np.arange(start), starts + rng.integers(0, sizes)]
    per_quarter = -(-(end - start) // max(timeline.count - 1, 1)) or 1
    opened = np.r_[np.full(start, -1), np.arange(end - start) // per_quarter + 1]
    return np.r_[first, later], origin, np.minimum(opened, max(timeline.count - 1, 0))


def _draw(weights: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice(len(weights), count, p=weights / weights.sum())


def _grids(count: int, sub_of: np.ndarray, sub_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sub-district of every grid, and grid of every committee: neighbours by number share one."""
    per_sub = np.full(sub_count, count // sub_count)
    per_sub[np.argsort(-np.bincount(sub_of, minlength=sub_count), kind="stable")[: count % sub_count]] += 1
    per_sub = np.maximum(per_sub, 1)
    first_grid = np.cumsum(per_sub) - per_sub
    sizes = np.bincount(sub_of, minlength=sub_count)
    within = np.arange(len(sub_of)) - (np.cumsum(sizes) - sizes)[sub_of]
    return np.repeat(np.arange(sub_count), per_sub), first_grid[sub_of] + within * per_sub[sub_of] // sizes[sub_of]


def _compound_names(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    table = read_yaml(TABLES_FOLDER / "compound_names.yml")
    pairs = [(first, second) for first in table["first"] for second in table["second"]]
    order = rng.permutation(len(pairs))
    names = []
    for number in range(count):
        (first_zh, first_en), (second_zh, second_en) = pairs[order[number % len(pairs)]]
        block = number // len(pairs)
        names.append(
            (f"{first_zh}{second_zh}{_block_zh(block)}", f"{first_en} {second_en}{f' {block + 1}' if block else ''}")
        )
    return names


def _block_zh(block: int) -> str:
    return f"{block + 1}期" if block else ""
