"""Are the index's intervals right? Counts are drawn again and again from the simulator's true rates and judged by them.

    python -m benchmarks.index_coverage --home HOME [--replicates 100] [--draws 1000] [--write]

HOME is a simulated warehouse whose quarters were built (``pingan simulate``, ``pingan run``). With --write the table
in docs/method.md is replaced by what was found. Belongs here: the experiment. Does not belong here: the counts
(``index_truth``), or the method (``safety_index``).
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.index_truth import Truth, counts, level_cubes, read_truth, unchanged
from safety_index.coherence.structure import influence
from safety_index.method.plan import Plan
from safety_index.method.ranking import ranks
from safety_index.method.scores import score_values
from safety_index.series.declaration import Series, load_series
from safety_index.small_counts.estimates import estimates
from safety_index.small_counts.settings import SmallCounts
from safety_index.tables.cube import IndicatorCube
from safety_index.uncertainty.simulation import simulate
from safety_index.uncertainty.summaries import change_class, interval, rank_interval, share_improved

MARKS = "<!-- coverage: made by benchmarks/index_coverage.py -->", "<!-- end of coverage -->"
METHOD = Path(__file__).resolve().parent.parent / "docs" / "method.md"
LEVELS = ("sub_district", "committee")


def _index(plan: Plan, cube: IndicatorCube, value: np.ndarray) -> np.ndarray:
    return score_values(plan, value, cube.is_scored, cube.is_applicable, is_ranked=False).index


def _spearman(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(pd.Series(first).rank(), pd.Series(second).rank())[0, 1])


def coverage(
    truth: Truth, series: Series, replicates: int, draw_count: int, seed: int
) -> dict[tuple[str, str], list[float]]:
    """Shares by (level, measure), one figure a replicate: of scores and ranks over all quarters with full windows, of
    changes those of the last quarter. Intervals are as published: with the score and the rank that are shown."""
    plan, last = Plan.of(series), len(truth.quarters) - 1
    places = range(last, max(indicator.window_quarter_count for indicator in series.indicators) - 2, -1)
    found: dict[tuple[str, str], list[float]] = {}

    def note(level: str, measure: str, figure: float) -> None:
        found.setdefault((level, measure), []).append(float(figure))

    true_cubes = level_cubes(truth, series, *counts(truth, series, None), None)
    true_index = {level: _index(plan, cube, cube.value) for level, cube in true_cubes.items()}
    true_rank = {level: ranks(true_index[level], series.rank) for level in LEVELS}
    for number in range(replicates):
        rng = np.random.default_rng([seed, number])
        drawn = level_cubes(truth, series, *counts(truth, series, rng), rng)
        quarters = [truth.quarters[place] for place in places]
        for draws in simulate(plan, list(drawn.values()), quarters, seed=seed + number, draw_count=draw_count):
            level, each = draws.level_code, {}
            plug_in = _index(plan, drawn[level], estimates(series, drawn[level]).value)
            for line, place in enumerate(places):
                shown, truth_now, draw = plug_in[place], true_index[level][place], draws.index[line]
                low, high = interval(draw, series.uncertainty.coverage)
                low, high = np.minimum(low, shown), np.maximum(high, shown)
                each.setdefault("score covered", []).append(np.mean((low <= truth_now) & (truth_now <= high)))
                each.setdefault("error", []).append(np.sqrt(np.mean((shown - truth_now) ** 2)))
                shown, truth_now, draw = ranks(shown, series.rank), true_rank[level][place], draws.rank[line]
                for how, name in (("on_average", "rank"), ("at_least", "rank at least")):
                    low, high = rank_interval(draw, series.uncertainty.coverage, how)
                    low, high = np.minimum(low, shown), np.maximum(high, shown)
                    each.setdefault(f"{name} covered", []).append(np.mean((low <= truth_now) & (truth_now <= high)))
                    each.setdefault(f"{name} draws", []).append(np.mean((low <= draw) & (draw <= high)))
            for measure, figures in each.items():
                note(level, measure, np.mean(figures))
            for line, name in ((1, "quarter before"), (4, "year before")):
                change = draws.index[0] - draws.index[line]
                low, high = interval(change, series.uncertainty.coverage)
                true_change = true_index[level][last] - true_index[level][last - line]
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

    def note_dimensions(level: str, name: str, cube: IndicatorCube, value: np.ndarray) -> None:
        scored = score_values(plan, value[last], cube.is_scored[last], cube.is_applicable[last], is_ranked=False)
        share, spread = influence(scored.groups, scored.index), scored.groups.std(axis=0)
        for place, code in enumerate(series.dimension_codes):
            found.setdefault((level, f"{name}: influence of {code}"), []).append(float(share[place]))
            found.setdefault((level, f"{name}: spread of {code}"), []).append(float(spread[place]))

    for level, cube in quarter_cubes.items():
        note_dimensions(level, "true rates", cube, cube.value)
    for number in range(replicates):
        for window in (1, 4):
            rng = np.random.default_rng([seed, number])
            made = level_cubes(truth, series, *counts(truth, series, rng), rng, window=window)
            for how, rule in (("", untreated), (" + shrinkage", series)):
                name = ("one quarter" if window == 1 else "four quarters") + how
                for level, cube in made.items():
                    value, true = estimates(rule, cube).value, true_index[level]
                    note_dimensions(level, name, cube, value)
                    got = _index(plan, cube, value)[last]
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

    lines = [
        f"{replicates} draws of all counts from the simulator's true rates; scores and ranks of all quarters with full "
        "windows, changes of the last quarter.",
        "",
    ]
    lines += ["| 90 % intervals that hold the truth | sub-district | committee |", "|---|---|---|"]
    for case, measure, name in (
        ("true", "score covered", "score"),
        ("true", "rank covered", "rank"),
        ("true", "rank draws", "– share of the draws in the same intervals"),
        ("true", "rank at least covered", "rank, intervals of at least 90 % of the draws"),
        ("true", "rank at least draws", "– share of the draws in these"),
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
    return "\n".join([*lines, "", *_dimensions_table(found["treatments"])])


def _dimensions_table(found: dict[tuple[str, str], list[float]]) -> list[str]:
    """How far each dimension goes with the index, and how much it varies between areas."""
    codes = sorted({measure.rpartition(" ")[2] for _, measure in found if ": influence of " in measure})
    lines = [
        f"| squared correlation with the index (standard deviation, points) | {' | '.join(codes)} |",
        f"|---|{'---|' * len(codes)}",
    ]
    for level, names in (
        ("committee", ("true rates", "four quarters", "four quarters + shrinkage")),
        ("sub_district", ("true rates", "four quarters")),
    ):
        for name in names:
            figures = [
                [np.mean(found[level, f"{name}: {what} of {code}"]) for what in ("influence", "spread")]
                for code in codes
            ]
            cells = " | ".join(f"{share:.2f} ({spread:.1f})" for share, spread in figures)
            lines.append(f"| {level.replace('_', '-')}, {name} | {cells} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--replicates", type=int, default=100)
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
