"""Are the index's intervals right? Counts are drawn again and again from the simulator's true rates and judged by them.

    python -m benchmarks.index_coverage --home HOME [--replicates 20] [--draws 1000] [--write]

HOME is a simulated warehouse whose quarters were built (``pingan simulate``, ``pingan run``). With --write the table
in docs/method.md is replaced by what was found. Belongs here: the experiment. Does not belong here: the true rates'
origin (``simulation``), or the method (``safety_index``).
"""

from __future__ import annotations

import argparse
import resource
import time
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from safety_index.method.plan import Plan
from safety_index.method.ranking import ranks
from safety_index.method.scores import score_values
from safety_index.series.declaration import Series, load_series
from safety_index.small_counts.estimates import estimates
from safety_index.small_counts.settings import SmallCounts
from safety_index.tables.cube import COLUMNS, STATUSES, IndicatorCube, cubes
from safety_index.uncertainty.simulation import simulate
from safety_index.uncertainty.summaries import change_class, interval, rank_interval, share_improved

#: Which of the simulator's events an indicator counts.
EVENTS = {
    "B1": ("alarm",), "B2": ("residential_burglary",), "B3": ("bicycle_theft", "motorbike_theft"),
    "B4": ("telecom_fraud",), "D1": ("road_accident",), "D2": ("fire",),
}  # fmt: skip
RARE = ("B2", "B3", "B4")
MARKS = "<!-- coverage: made by benchmarks/index_coverage.py -->", "<!-- end of coverage -->"
METHOD = Path(__file__).resolve().parent.parent / "docs" / "method.md"
LEVELS = ("sub_district", "committee")


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


def _index(plan: Plan, cube: IndicatorCube, value: np.ndarray) -> np.ndarray:
    return score_values(plan, value, cube.is_scored, cube.is_applicable, is_ranked=False).index


def _spearman(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(pd.Series(first).rank(), pd.Series(second).rank())[0, 1])


def coverage(
    truth: Truth, series: Series, replicates: int, draw_count: int, seed: int
) -> dict[tuple[str, str], list[float]]:
    """Shares by (level, measure), one figure a replicate."""
    plan, last = Plan.of(series), len(truth.quarters) - 1
    compared = [truth.quarters[last], truth.quarters[last - 1], truth.quarters[last - 4]]
    found: dict[tuple[str, str], list[float]] = {}

    def note(level: str, measure: str, figure: float) -> None:
        found.setdefault((level, measure), []).append(float(figure))

    true_cubes = level_cubes(truth, series, *counts(truth, series, None), None)
    true_index = {level: _index(plan, cube, cube.value) for level, cube in true_cubes.items()}
    true_rank = {level: ranks(true_index[level], series.rank) for level in LEVELS}
    for number in range(replicates):
        rng = np.random.default_rng([seed, number])
        drawn = level_cubes(truth, series, *counts(truth, series, rng), rng)
        for draws in simulate(plan, list(drawn.values()), compared, seed=seed + number, draw_count=draw_count):
            level = draws.level_code
            truth_now = true_index[level][last]
            low, high = interval(draws.index[0], series.uncertainty.coverage)
            note(level, "score covered", np.mean((low <= truth_now) & (truth_now <= high)))
            note(level, "score width", np.mean(high - low))
            low, high = rank_interval(draws.rank[0], series.uncertainty.coverage)
            note(level, "rank covered", np.mean((low <= true_rank[level][last]) & (true_rank[level][last] <= high)))
            note(level, "rank width", np.mean(high - low))
            cube = drawn[level]
            plug_in = _index(plan, cube, estimates(series, cube).value)[last]
            note(level, "error", np.sqrt(np.mean((plug_in - truth_now) ** 2)))
            for line, name in ((1, "quarter before"), (2, "year before")):
                change = draws.index[0] - draws.index[line]
                low, high = interval(change, series.uncertainty.coverage)
                true_change = true_index[level][last] - true_index[level][last - (1 if line == 1 else 4)]
                note(
                    level,
                    f"change on {name} covered",
                    np.mean((low - 1e-6 <= true_change) & (true_change <= high + 1e-6)),
                )
                words = change_class(share_improved(change), series.uncertainty)
                note(level, f"clear on {name}", np.mean([str(word).startswith("clearly") for word in words]))
                note(level, f"probable on {name}", np.mean([str(word).startswith("probably") for word in words]))
    return found


def treatments(truth: Truth, series: Series, replicates: int, seed: int) -> dict[tuple[str, str], list[float]]:
    """Rank correlation with the true index of the quarter, and error of the score, under each treatment of counts."""
    plan, last = Plan.of(series), len(truth.quarters) - 1
    quarter_cubes = level_cubes(truth, series, *counts(truth, series, None), None, window=4)
    true_index = {level: _index(plan, cube, cube.value)[last] for level, cube in quarter_cubes.items()}
    untreated = series.model_copy(update={"small_counts": SmallCounts()})
    found: dict[tuple[str, str], list[float]] = {}
    for number in range(replicates):
        for window in (1, 4):
            rng = np.random.default_rng([seed, number])
            made = level_cubes(truth, series, *counts(truth, series, rng), rng, window=window)
            for how, rule in (("", untreated), (" + shrinkage", series)):
                name = ("one quarter" if window == 1 else "four quarters") + how
                for level, cube in made.items():
                    got, true = _index(plan, cube, estimates(rule, cube).value)[last], true_index[level]
                    worst = true <= np.quantile(true, 0.1)
                    named = got <= np.sort(got)[worst.sum() - 1]
                    for what, figure in (
                        ("rank correlation", _spearman(got, true)),
                        ("error", np.sqrt(np.mean((got - true) ** 2))),
                        ("worst tenth found", (worst & named).sum() / worst.sum()),
                    ):
                        found.setdefault((level, f"{name}: {what}"), []).append(float(figure))
    return found


def table(found: dict[str, dict[tuple[str, str], list[float]]], replicates: int) -> str:
    """The findings as Markdown: coverage and false alarms, then what each treatment of counts achieves."""

    def cell(case: str, level: str, measure: str, is_share: bool = True) -> str:
        figures = found[case][level, measure]
        middle, error = np.mean(figures), np.std(figures) / np.sqrt(len(figures))
        return f"{middle:.1%} ± {error:.1%}" if is_share else f"{middle:.2f}"

    lines = [f"{replicates} draws of all counts from the simulator's true rates, last quarter of the run.", ""]
    lines += ["| 90 % intervals that hold the truth | sub-district | committee |", "|---|---|---|"]
    for case, measure, name in (
        ("true", "score covered", "score"),
        ("true", "rank covered", "rank"),
        ("unchanged", "score covered", "score, where nothing changes"),
        ("unchanged", "rank covered", "rank, where nothing changes"),
        ("unchanged", "change on quarter before covered", "change on the quarter before, where nothing changes"),
        ("unchanged", "change on year before covered", "change on the year, where nothing changes"),
    ):
        lines.append(f"| {name} | {' | '.join(cell(case, level, measure) for level in LEVELS)} |")
    lines += ["", "| “clearly” better or worse where nothing changed | sub-district | committee |", "|---|---|---|"]
    for measure, name in (("clear on quarter before", "quarter before"), ("clear on year before", "year before")):
        lines.append(f"| {name} | {' | '.join(cell('unchanged', level, measure) for level in LEVELS)} |")
    lines += [
        "",
        "| treatment of counts | level | rank correlation with the truth | error, points | worst tenth found |",
    ]
    lines += ["|---|---|---|---|---|"]
    for level in LEVELS:
        for name in ("one quarter", "four quarters", "one quarter + shrinkage", "four quarters + shrinkage"):
            if level == "sub_district" and "shrinkage" in name:
                continue  # only committees are pulled
            figures = [cell("treatments", level, f"{name}: {what}", False) for what in ("rank correlation", "error")]
            share = cell("treatments", level, f"{name}: worst tenth found")
            lines.append(f"| {name} | {level.replace('_', '-')} | {' | '.join(figures)} | {share} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--replicates", type=int, default=20)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="replace the table in docs/method.md")
    arguments = parser.parse_args()
    started, cpu, series = time.perf_counter(), time.process_time(), load_series()
    truth = read_truth(arguments.home, series)
    size = (arguments.replicates, arguments.draws, arguments.seed)
    found = {
        "true": coverage(truth, series, *size),
        "unchanged": coverage(unchanged(truth), series, *size),
        "treatments": treatments(truth, series, arguments.replicates, arguments.seed),
    }
    text = table(found, arguments.replicates)
    print(text)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{time.perf_counter() - started:.0f} s, {time.process_time() - cpu:.0f} CPU s, {memory:.0f} MiB")
    if arguments.write:
        before, _, rest = METHOD.read_text(encoding="utf-8").partition(MARKS[0])
        after = rest.partition(MARKS[1])[2]
        METHOD.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
