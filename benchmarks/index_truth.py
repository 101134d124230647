"""The simulator's true rates, and counts drawn from them, as the index takes them.

Belongs here: reading the truth of a simulated warehouse, and the cubes that counts drawn from it make. Does not belong
here: what is judged by them (``index_coverage``), or the true rates' origin (``simulation``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from safety_index.series.declaration import Series
from safety_index.tables.cube import COLUMNS, STATUSES, IndicatorCube, cubes

#: Which of the simulator's events an indicator counts.
EVENTS = {
    "B1": ("alarm",), "B2": ("residential_burglary",), "B3": ("bicycle_theft", "motorbike_theft"),
    "B4": ("telecom_fraud",), "D1": ("road_accident",), "D2": ("fire",),
}  # fmt: skip
RARE = ("B2", "B3", "B4")


@dataclass(frozen=True)
class Truth:
    """True expectations: ``expected`` (quarters, committees, indicators) of a quarter's numerator and ``exposure`` of
    its denominator; ``parent`` (committees,) places in ``sub_districts``; ``compounds`` (committees,)."""

    quarters: tuple[str, ...]
    committees: tuple[str, ...]
    sub_districts: tuple[str, ...]
    parent: np.ndarray
    expected: np.ndarray
    exposure: np.ndarray
    compounds: np.ndarray


def read_truth(home: Path, series: Series) -> Truth:
    """The true rates of the committees that existed in every quarter, on the exposures that the marts found."""
    with duckdb.connect(str(home / "build" / "pingan.duckdb"), read_only=True) as build:
        table = build.execute(f"select {', '.join(COLUMNS)} from marts.fct_indicator_quarter").df()
    found = {cube.level_code: cube for cube in cubes(series, table)}
    cube, above = found["committee"], found["sub_district"]
    keep = np.flatnonzero(cube.is_present.all(axis=0))
    committees = tuple(np.array(cube.areas)[keep])
    codes, shape = series.indicator_codes, (len(cube.quarters), len(keep))

    def pivoted(rows: pd.DataFrame, column: str) -> np.ndarray:
        wide = rows.pivot(index="quarter", columns="committee_code", values=column)
        return wide.reindex(index=list(cube.quarters), columns=list(committees)).to_numpy()

    tables = {
        name: pd.read_parquet(home / "truth" / f"{name}.parquet")
        for name in ("areas", "expected_events", "service_shares")
    }
    events = {key: pivoted(rows, "expected_count") for key, rows in tables["expected_events"].groupby("event")}
    shares = {key: pivoted(rows, "share") for key, rows in tables["service_shares"].groupby("indicator_code")}
    residents, households = (pivoted(tables["areas"], f"{what}_count") for what in ("resident", "household"))
    expected, exposure = np.zeros((2, *shape, len(codes)))
    for place, code in enumerate(codes):
        own = cube.denominator[:, keep, place]
        passed = cube.status[:, keep, place] == STATUSES.index("passed_down")
        indicator_truth = _true_counts(home, cube.quarters, committees, code)
        if code in EVENTS:
            exposure[..., place] = households if code in ("B2", "D2") else residents
            expected[..., place] = sum(events[event] for event in EVENTS[code])
        elif code == "C1":
            exposure[..., place] = residents
            expected[..., place] = indicator_truth[0]
        elif code == "C2":
            expected[..., place], exposure[..., place] = residents, np.where(own > 0, own, 0.0)
        elif code in shares:
            size = np.where(passed | np.isnan(own), indicator_truth[1], own)
            exposure[..., place] = np.round(size)
            expected[..., place] = exposure[..., place] * shares[code]
    parent = np.array([above.areas.index(code) for code in cube.parent[-1, keep]])
    compounds = np.nan_to_num(cube.denominator[-1, keep, codes.index("B6")], nan=1).astype(int)
    return Truth(cube.quarters, committees, above.areas, parent, expected, exposure, compounds)


def _true_counts(home: Path, quarters, committees, code: str) -> tuple[np.ndarray, np.ndarray]:
    rows = pd.concat(
        pd.read_parquet(home / "truth" / "indicators" / f"quarter={quarter}.parquet").assign(quarter=quarter)
        for quarter in quarters
    )
    rows = rows[rows["indicator_code"] == code]
    return tuple(
        rows.pivot(index="quarter", columns="committee_code", values=column)
        .reindex(index=list(quarters), columns=list(committees)).fillna(0.0).to_numpy()
        for column in ("numerator", "denominator")
    )  # fmt: skip


def unchanged(truth: Truth) -> Truth:
    """The same truth with the last quarter's rates and exposures in every quarter."""
    return replace(
        truth,
        expected=np.broadcast_to(truth.expected[-1], truth.expected.shape).copy(),
        exposure=np.broadcast_to(truth.exposure[-1], truth.exposure.shape).copy(),
    )


def counts(truth: Truth, series: Series, rng: np.random.Generator | None) -> tuple[np.ndarray, np.ndarray]:
    """Numerators and exposures of single quarters, drawn, or as expected where ``rng`` is None."""
    drawn = truth.expected.copy()
    if rng is not None:
        for place, indicator in enumerate(series.indicators):
            mean, size = truth.expected[..., place], truth.exposure[..., place]
            if indicator.code == "C1":
                volunteers = np.round(mean / 0.5)
                drawn[..., place] = rng.binomial(
                    volunteers.astype(int), np.divide(mean, volunteers, out=np.zeros_like(mean), where=volunteers > 0)
                )
            elif indicator.count_model == "poisson":
                drawn[..., place] = rng.poisson(mean)
            elif indicator.count_model == "binomial" and indicator.code not in ("B5", "B6"):
                drawn[..., place] = rng.binomial(
                    size.astype(int), np.divide(mean, size, out=np.zeros_like(mean), where=size > 0)
                )
    return drawn, truth.exposure


def level_cubes(
    truth: Truth, series: Series, numerator: np.ndarray, exposure: np.ndarray, rng: np.random.Generator | None,
    window: int = 4,
) -> dict[str, IndicatorCube]:  # fmt: skip
    """The cubes of sub-districts and committees that these counts make, clearance and zero-burglary compounds added;
    without ``rng`` those two are as expected. ``window`` is the longest window."""
    own, exposure = numerator.copy(), exposure.copy()
    spans = np.ones(own.shape[-1], dtype=int)
    for place, indicator in enumerate(series.indicators):
        spans[place] = span = min(indicator.window_quarter_count, window)
        if indicator.code == "B6":
            own[..., place] = _zero_burglary(truth, numerator[..., series.indicator_codes.index("B2")], rng, span)
            exposure[..., place] = truth.compounds
        elif span > 1:
            own[..., place], exposure[..., place] = (_rolled(part[..., place], span) for part in (own, exposure))
    lengths = np.minimum(np.arange(len(own))[:, None] + 1, spans)
    top, bottom = _pooled(truth, own), _pooled(truth, exposure)
    clearance = series.indicator_codes.index("B5")
    top[..., clearance], bottom[..., clearance] = _clearance(truth, series, numerator, rng, spans[clearance])
    above = _cube(truth, series, "sub_district", top, bottom, lengths, np.zeros(len(spans), dtype=bool))
    is_passed_down = np.isin(series.indicator_codes, ("A3", "A4", "A5", "B5"))
    own, exposure = (
        np.where(is_passed_down, theirs[:, truth.parent], ours) for theirs, ours in ((top, own), (bottom, exposure))
    )
    below = _cube(truth, series, "committee", own, exposure, lengths, is_passed_down)
    return {"sub_district": above, "committee": below}


def _cube(truth: Truth, series: Series, level: str, top, bottom, lengths, is_passed_down) -> IndicatorCube:
    areas, parent = truth.sub_districts, np.full(top.shape[:2], None, dtype=object)
    if level == "committee":
        areas = truth.committees
        parent[:] = np.array(truth.sub_districts, dtype=object)[truth.parent]
    status = np.where(is_passed_down, STATUSES.index("passed_down"), STATUSES.index("observed"))
    status = np.where(bottom > 0, status, STATUSES.index("not_applicable")).astype(np.int8)
    multiplier = np.array([indicator.value_multiplier for indicator in series.indicators])
    value = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0) * multiplier
    is_there = np.ones(top.shape[:2], dtype=bool)
    window = np.broadcast_to(lengths[:, None], top.shape)
    return IndicatorCube(level, truth.quarters, areas, is_there, parent, status, value, top, bottom, window)


def _pooled(truth: Truth, array: np.ndarray) -> np.ndarray:
    member = (truth.parent[:, None] == np.arange(len(truth.sub_districts))).astype(float)
    return np.einsum("qci,cs->qsi", array, member)


def _rolled(array: np.ndarray, span: int) -> np.ndarray:
    total = np.cumsum(array, axis=0)
    total[span:] = total[span:] - np.cumsum(array, axis=0)[:-span]
    return total


def _clearance(truth: Truth, series: Series, numerator: np.ndarray, rng, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Cleared and recorded preventable cases by sub-district over the window; a third is truly cleared."""
    rare = _pooled(truth, numerator[..., [series.indicator_codes.index(code) for code in RARE]]).sum(axis=-1)
    cleared = rare / 3 if rng is None else rng.binomial(rare.astype(int), 1 / 3)
    return _rolled(cleared.astype(float), window), _rolled(rare, window)


def _zero_burglary(truth: Truth, burglaries: np.ndarray, rng, span: int) -> np.ndarray:
    """Compounds without a burglary in the window, if each burglary falls on any compound of its committee alike."""
    size = np.maximum(truth.compounds, 1)
    if rng is None:
        return size * np.exp(-_rolled(burglaries, span) / size)
    zero = np.empty(burglaries.shape)
    for area, compounds in enumerate(size):
        hits = _rolled(rng.multinomial(burglaries[:, area].astype(int), np.full(compounds, 1 / compounds)), span)
        zero[:, area] = (hits == 0).sum(axis=1)
    return zero
